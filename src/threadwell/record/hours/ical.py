"""iCal: what an iCal feed says about closed days.

In:    the bytes of a feed, a zone, the days that are wanted
Out:   Closings: whole days and pieces of days, with their reasons; `NotACalendar`
Touch: nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

DAY = timedelta(days=1)
MOST = 2000  #: events of one feed
REASON = 120


class NotACalendar(ValueError):
    """It cannot be read as iCal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Some days, or with hours a piece of one day."""

    first_day: date
    last_day: date
    reason: str
    hours: tuple[str, str] | None = None


def closings(raw: bytes, *, zone: ZoneInfo, first: date, last: date) -> list[Closing]:
    """Those that touch the wanted days."""
    # Reading calendars takes a heavy library that most processes never need.
    from icalendar import Calendar

    try:
        read = Calendar.from_ical(raw)
        events = [*read.walk("VEVENT")][:MOST]
    except Exception as wrong:  # broken calendars raise anything
        raise NotACalendar(_("It is not a calendar in the iCal format.")) from wrong
    found: list[Closing] = []
    for event in events:
        try:
            found += [one for one in _of(event, zone, first, last) if one.last_day >= first]
        except Exception:  # noqa: S112 - one event that makes no sense does not hide the others
            continue
    return [one for one in found if one.first_day <= last][:MOST]


def _of(event: Any, zone: ZoneInfo, first: date, last: date) -> Iterator[Closing]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    starts = event.decoded("DTSTART")
    length = _length(event, starts)
    reason = " ".join(str(event.get("SUMMARY", "")).split())[:REASON] or _("closed")
    for begins in _times(event, starts, length, first, last):
        if isinstance(begins, datetime):
            yield from _pieces(begins, begins + length, zone, reason)
        else:
            yield Closing(first_day=begins, last_day=begins + max(length, DAY) - DAY, reason=reason)


def _length(event: Any, starts: date) -> timedelta:
    if "DTEND" in event:
        ends = event.decoded("DTEND")
        length: timedelta = max(ends - starts, timedelta(0))
        return length
    if "DURATION" in event:
        duration: timedelta = event.decoded("DURATION")
        return duration
    return timedelta(0) if isinstance(starts, datetime) else DAY


def _times(event: Any, starts: Any, length: timedelta, first: date, last: date) -> Iterator[Any]:
    """When it happens: once, or by its rule within the wanted days."""
    if "RRULE" not in event:
        yield starts
        return
    from dateutil.rrule import rrulestr

    is_day = not isinstance(starts, datetime)
    begin = datetime.combine(starts, time()) if is_day else starts
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=begin)
    edge = UTC if begin.tzinfo else None
    since = datetime.combine(first, time(), edge) - length - DAY
    until = datetime.combine(last, time(), edge) + DAY
    without = {one.dt for part in _listed(event.get("EXDATE")) for one in part.dts}
    for count, moment in enumerate(rule.xafter(since, inc=True)):
        if moment > until or count > MOST:
            return
        wanted = moment.date() if is_day else moment
        if wanted not in without:
            yield wanted


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _pieces(begins: datetime, ends: datetime, zone: ZoneInfo, reason: str) -> Iterator[Closing]:
    """A piece for each day it touches, in wall time."""
    begins, ends = (
        one.replace(tzinfo=zone) if one.tzinfo is None else one.astimezone(zone) for one in (begins, ends)
    )
    day = begins.date()
    while day <= ends.date():
        opens = begins.strftime("%H:%M") if day == begins.date() else "00:00"
        closes = ends.strftime("%H:%M") if day == ends.date() else "24:00"
        if (opens, closes) == ("00:00", "24:00"):
            yield Closing(first_day=day, last_day=day, reason=reason)
        elif opens < closes:
            yield Closing(first_day=day, last_day=day, reason=reason, hours=(opens, closes))
        day += DAY
