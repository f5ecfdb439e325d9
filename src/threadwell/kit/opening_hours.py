"""Opening hours: a week of spans in one time zone, its exceptions, and reckoning in open time.

In:    a week, days that differ (closed for a reason, or with hours of their own), breaks; moments
Out:   is it open, the next opening, a moment so much open time away and how it was reckoned, time between
Touch: nothing

Spans are wall time; what is counted is elapsed time, so that an hour of a night on which the clock changes
is still an hour. A date is open where its own spans are, and where a span of the day before runs past
midnight; a closed date, or one with special hours, keeps nothing of the day before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
NOTHING = timedelta(0)
FURTHEST = 366 * 5  #: days without one open moment, after which nobody waits for the next

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")

#: A moment of opening and one of closing.
type Hours = tuple[datetime, datetime]


class BadHours(ValueError):
    """Hours that no clock shows, or a span without an end."""


class NeverOpen(ValueError):
    """There is no open time to count in."""


class Why(StrEnum):
    """Why time counts, or does not."""

    OPEN = "open"
    CLOSED = "closed"  #: outside of the hours
    EXCEPTION = "exception"  #: a date that is closed or has other hours
    PAUSED = "paused"
    PROMISED = "promised"  #: nothing is counted: the end was said


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one time of the day to another; a close that is not after the open is on the next day."""

    opens: timedelta
    closes: timedelta

    @classmethod
    def of(cls, opens: str, closes: str) -> Self:
        """``Span.of("22:00", "06:00")``; "24:00" is the end of the day."""
        start, end = _since_midnight(opens), _since_midnight(closes)
        if start >= DAY:
            raise BadHours(f"{opens} does not begin on that day")
        return cls(start, end if end > start else end + DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a reckoning: from one moment to another, counted or not."""

    since: datetime
    until: datetime
    why: Why
    note: str = ""  #: the name of the exception

    @property
    def counted(self) -> timedelta:
        return self.until - self.since if self.why is Why.OPEN else NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """A moment, and how it was come by."""

    at: datetime
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When somebody is there."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]  #: Monday first
    closed: Mapping[date, str] = field(default_factory=dict)  #: whole days, with their reason; they win
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)  #: instead of the week's
    breaks: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)  #: taken out of that day

    @classmethod
    def always(cls, zone: ZoneInfo) -> Self:
        return cls(zone=zone, week=((Span(NOTHING, DAY),),) * 7)

    def is_open(self, at: datetime) -> bool:
        return any(opens <= at < closes for opens, closes in self._around(at))

    def next_open(self, at: datetime) -> datetime:
        """The first open moment from then on."""
        opens, _closes = next(self._from(at))
        return max(opens, at.astimezone(UTC))

    def last_open(self, at: datetime) -> datetime:
        """The last moment until then up to which it was open."""
        _opens, closes = next(self._back_from(at))
        return min(closes, at.astimezone(UTC))

    def after(self, start: datetime, much: timedelta, pauses: Sequence[Hours] = ()) -> datetime:
        """The moment at which so much open time has passed; of none, the first open moment.

        Less than none goes backward.
        """
        if much < NOTHING:
            return self._before(start, -much)
        if not much:
            return self.next_open(start)
        for opens, closes in self._counting(start, pauses):
            if closes - opens >= much:
                return opens + much
            much -= closes - opens
        raise NeverOpen("the open time is used up")

    def between(self, start: datetime, end: datetime, pauses: Sequence[Hours] = ()) -> timedelta:
        """The open time from one moment to another; none when the second is not the later."""
        total, end = NOTHING, end.astimezone(UTC)
        if end > start:
            for opens, closes in self._counting(start, pauses, until=end):
                total += max(min(closes, end) - opens, NOTHING)
        return total

    def days_after(self, start: datetime, days: int) -> datetime:
        """The same time of the day, so many open days away; when it is closed then, the next opening."""
        here = (self.next_open(start) if days >= 0 else start).astimezone(self.zone)
        step, left, day = (1 if days >= 0 else -1), abs(days), here.date()
        for _ in range(FURTHEST + 7 * abs(days)):
            is_workday = bool(self._own_spans(day))
            if is_workday and not left:
                return self.next_open(datetime.combine(day, here.time(), self.zone).astimezone(UTC))
            left -= is_workday
            day += step * DAY
        raise NeverOpen("no day is open")

    def reckon(self, start: datetime, much: timedelta, pauses: Sequence[Hours] = ()) -> Reckoning:
        """`after`, with each stretch between and why it counted or did not."""
        at = self.after(start, much, pauses)
        first, last = sorted((start.astimezone(UTC), at))
        edges = [edge for hours in (*self._until(first, last), *pauses) for edge in hours]
        edges += [self._moment(day, NOTHING) for day in self._days(first, last)]
        edges = [first, *(edge for edge in {*edges} if first < edge < last), last]
        pieces = [self._stretch(since, until, pauses) for since, until in pairwise(sorted(edges))]
        return Reckoning(at=at, stretches=tuple(_joined(pieces)))

    def _stretch(self, since: datetime, until: datetime, pauses: Sequence[Hours]) -> Stretch:
        day = since.astimezone(self.zone).date()
        if any(begins <= since < ends for begins, ends in pauses):
            return Stretch(since=since, until=until, why=Why.PAUSED)
        if self.is_open(since):
            return Stretch(since=since, until=until, why=Why.OPEN)
        if day in self.closed or day in self.special or day in self.breaks:
            return Stretch(since=since, until=until, why=Why.EXCEPTION, note=self.closed.get(day, ""))
        return Stretch(since=since, until=until, why=Why.CLOSED)

    def _before(self, end: datetime, much: timedelta) -> datetime:
        end = end.astimezone(UTC)
        for opens, closes in self._back_from(end):
            passed = min(closes, end) - opens
            if passed >= much:
                return opens + passed - much
            much -= passed
        raise NeverOpen("the open time is used up")

    def _counting(
        self, start: datetime, pauses: Sequence[Hours], until: datetime | None = None
    ) -> Iterator[Hours]:
        """The open hours from a moment on, without the pauses; in UTC, where a difference is what passed."""
        start = start.astimezone(UTC)
        for opens, closes in self._until(start, until) if until else self._from(start):
            pieces = [(max(opens, start), closes)]
            for begins, ends in pauses:
                pause = begins.astimezone(UTC), ends.astimezone(UTC)
                pieces = [rest for piece in pieces for rest in _without(piece, pause)]
            yield from pieces

    def _from(self, at: datetime) -> Iterator[Hours]:
        """The open hours that end after a moment, in their order; never none."""
        day = at.astimezone(self.zone).date() - DAY
        idle = 0
        while idle < FURTHEST and day < date.max - 2 * DAY:
            found = [hours for hours in self._of(day) if hours[1] > at]
            yield from found
            idle = 0 if found else idle + 1
            day += DAY
        raise NeverOpen("there are no open hours to come")

    def _until(self, start: datetime, end: datetime) -> Iterator[Hours]:
        for day in self._days(start, end):
            yield from ((opens, closes) for opens, closes in self._of(day) if closes > start and opens < end)

    def _back_from(self, at: datetime) -> Iterator[Hours]:
        """The open hours that began before a moment, the latest first; never none."""
        day = at.astimezone(self.zone).date() + DAY
        idle = 0
        while idle < FURTHEST and day > date.min + 2 * DAY:
            found = [hours for hours in self._of(day) if hours[0] < at]
            yield from reversed(found)
            idle = 0 if found else idle + 1
            day -= DAY
        raise NeverOpen("there were no open hours")

    def _around(self, at: datetime) -> list[Hours]:
        return self._of(at.astimezone(self.zone).date())

    def _days(self, start: datetime, end: datetime) -> Iterator[date]:
        day, last = (moment.astimezone(self.zone).date() for moment in (start, end))
        while day <= last:
            yield day
            day += DAY

    def _of(self, day: date) -> list[Hours]:
        """The open hours of a date, from its midnight to the next."""
        spans = [*self._own_spans(day)]
        if day not in self.closed and day not in self.special:
            spans += [
                Span(NOTHING, span.closes - DAY) for span in self._own_spans(day - DAY) if span.closes > DAY
            ]
        for rest in self.breaks.get(day, ()):
            spans = [Span(*piece) for span in spans for piece in _without(_ends(span), _ends(rest))]
        hours: list[Hours] = []
        for span in sorted(spans):
            opens, closes = self._moment(day, span.opens), self._moment(day, min(span.closes, DAY))
            if hours and opens <= hours[-1][1]:
                hours[-1] = (hours[-1][0], max(hours[-1][1], closes))
            elif closes > opens:
                hours.append((opens, closes))
        return hours

    def _own_spans(self, day: date) -> tuple[Span, ...]:
        if day in self.closed:
            return ()
        return self.special.get(day, self.week[day.weekday()])

    def _moment(self, day: date, since_midnight: timedelta) -> datetime:
        """A wall time as a moment; one that the clock skips is as much later as it jumps."""
        wall = datetime.combine(day, time()) + since_midnight
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def _since_midnight(clock: str) -> timedelta:
    found = _CLOCK.fullmatch(clock.strip())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    so_far = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if minutes > 59 or seconds > 59 or so_far > DAY:
        raise BadHours(f"{clock!r} is no time of the day between 00:00 and 24:00")
    return so_far


def _ends(span: Span) -> tuple[timedelta, timedelta]:
    return span.opens, span.closes


def _without[T: (datetime, timedelta)](piece: tuple[T, T], taken: tuple[T, T]) -> Iterator[tuple[T, T]]:
    """What is left of a piece when another is taken out."""
    opens, closes = piece
    begins, ends = taken
    if begins >= closes or ends <= opens:
        yield piece
        return
    if opens < begins:
        yield opens, begins
    if ends < closes:
        yield ends, closes


def _joined(pieces: Sequence[Stretch]) -> Iterator[Stretch]:
    """Neighbours with the same reason as one."""
    held: Stretch | None = None
    for piece in pieces:
        if held and (held.why, held.note) == (piece.why, piece.note):
            held = Stretch(since=held.since, until=piece.until, why=held.why, note=held.note)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held
