"""Moments: the times that are offered for later, and what a field for a time has sent.

In:    the reader's zone, which is active
Out:   choices for a menu; a moment
Touch: nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from threadwell.kit import clock
from threadwell.kit.errors import Invalid

MORNING = time(9, 0)
EVENING = time(18, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A moment that is offered."""

    value: str  #: as a field of a form sends it
    name: Promise
    at: datetime


def choices() -> tuple[Choice, ...]:
    """Later today, tomorrow morning, next week: where the reader is."""
    return tuple(
        Choice(value=f"{at:%Y-%m-%dT%H:%M}", name=name, at=timezone.make_aware(at))
        for name, at in _offered(timezone.localtime(clock.now()).replace(tzinfo=None))
    )


def moment(text: str) -> datetime:
    """What a field for date and time sent, in the reader's zone."""
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        raise Invalid(gettext("Choose a date and a time."))
    try:
        return at if timezone.is_aware(at) else timezone.make_aware(at)
    except OverflowError:
        raise Invalid(gettext("Choose a date and a time.")) from None


def _offered(now: datetime) -> Iterator[tuple[Promise, datetime]]:
    soon = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    if soon.date() == now.date() and soon.time() <= EVENING:
        yield gettext_lazy("Later today"), soon
    tomorrow = now.date() + timedelta(days=1)
    yield gettext_lazy("Tomorrow"), datetime.combine(tomorrow, MORNING)
    monday = now.date() + timedelta(days=7 - now.weekday())
    if monday != tomorrow:
        yield gettext_lazy("Next week"), datetime.combine(monday, MORNING)
    else:
        yield gettext_lazy("In a week"), datetime.combine(now.date() + timedelta(days=7), MORNING)
