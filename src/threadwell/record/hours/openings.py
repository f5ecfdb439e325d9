"""Openings: a calendar as hours one can reckon in.

In:    a calendar, the days it is wanted for
Out:   kit's OpeningHours; what is wrong with it, in words
Touch: nothing
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from threadwell.kit.opening_hours import OpeningHours, Span
from threadwell.record.hours.models import Calendar, Closure, spans_of
from threadwell.record.hours.public_holidays import is_known, public_holidays


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """When a calendar is open, in the days that were asked for."""

    hours: OpeningHours
    fault: str = ""


def opening_hours_of(calendar: Calendar, first: date, last: date, *, fallback: str) -> Openings:
    """The calendar between two days; ``fallback`` is the zone of its workspace."""
    rows = Closure.objects.of(calendar.workspace_id).filter(
        calendar=calendar, first_day__lte=last, last_day__gte=first
    )
    return put_together(calendar, rows.order_by("made_at", "pk"), first, last, fallback=fallback)


def put_together(
    calendar: Calendar, closures: Iterable[Closure], first: date, last: date, *, fallback: str
) -> Openings:
    """The same of closures at hand. What people entered beats a public holiday."""
    zone, fault = calendar.tz(fallback)
    closed = public_holidays(calendar.country, calendar.region, first, last)
    special: dict[date, tuple[Span, ...]] = {}
    breaks: dict[date, tuple[Span, ...]] = {}
    for one in closures:
        for day in _days(max(one.first_day, first), min(one.last_day, last)):
            if one.kind == Closure.Kind.CLOSED:
                special.pop(day, None)
                closed[day] = one.reason
            elif one.kind == Closure.Kind.SPECIAL:
                closed.pop(day, None)
                special[day] = spans_of(one.hours)
            else:
                breaks[day] = (*breaks.get(day, ()), *spans_of(one.hours))
    if calendar.country and not is_known(calendar.country):
        fault = fault or _("The public holidays of “%(country)s” are not known.") % {
            "country": calendar.country
        }
    hours = OpeningHours(zone=zone, week=calendar.spans(), closed=closed, special=special, breaks=breaks)
    return Openings(hours=hours, fault=fault)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
