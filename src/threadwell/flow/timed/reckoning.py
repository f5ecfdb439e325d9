"""Reckoning: when a clock runs out, and how one comes to that moment.

In:    a Wound, how much time it has, the hours that count
Out:   Reckoned: the deadline, its arithmetic, the counted time, moments before and after the deadline
Touch: nothing (pure)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from threadwell.flow.timed.winding import Wound
from threadwell.kit.opening_hours import NeverOpen, OpeningHours, Stretch, Why

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """A clock that was read."""

    due_at: datetime | None  #: nobody knows, while it stands still or nobody ever opens
    paused_at: datetime | None
    breached_at: datetime | None
    taken: timedelta | None  #: counted until it ended or stood still
    stretches: tuple[Stretch, ...]
    is_never_open: bool = False


def reckon(wound: Wound, much: timedelta, hours: OpeningHours, *, now: datetime) -> Reckoned:
    """The clock as it stands at a moment."""
    if wound.said_at:
        return _promised(wound, wound.said_at, hours, now=now)
    since = wound.ended_at is None and wound.pauses and wound.pauses[-1][1] is None
    paused_at = wound.pauses[-1][0] if since else None
    whole = [(begins, ends) for begins, ends in wound.pauses if ends is not None]
    ended = wound.ended_at or paused_at
    taken = hours.between(wound.started_at, ended, whole) if ended else None
    try:
        found = hours.reckon(wound.started_at, much, whole)
    except NeverOpen:
        return Reckoned(
            due_at=None,
            paused_at=paused_at,
            breached_at=None,
            taken=taken,
            stretches=(),
            is_never_open=True,
        )
    due_at: datetime | None = found.at
    if paused_at and found.at > paused_at:
        due_at = None  # it stood still before it ran out
    is_late = due_at is not None and (wound.ended_at or now) > due_at
    return Reckoned(
        due_at=due_at,
        paused_at=paused_at if due_at is None else None,
        breached_at=due_at if is_late else None,
        taken=taken,
        stretches=found.stretches if due_at else _until(found.stretches, paused_at),
    )


def _promised(wound: Wound, due_at: datetime, hours: OpeningHours, *, now: datetime) -> Reckoned:
    """A date that was said is the deadline: nothing has to be counted to come to it."""
    whole = Stretch(since=wound.started_at, until=due_at, why=Why.PROMISED)
    return Reckoned(
        due_at=due_at,
        paused_at=None,
        breached_at=due_at if (wound.ended_at or now) > due_at else None,
        taken=hours.between(wound.started_at, wound.ended_at) if wound.ended_at else None,
        stretches=(whole,) if wound.started_at < due_at else (),
    )


def moment_of(due_at: datetime, minutes: int, hours: OpeningHours) -> datetime:
    """So many minutes of counted time after the deadline, or before it."""
    if not minutes:
        return due_at
    try:
        return hours.after(due_at, timedelta(minutes=minutes))
    except NeverOpen:
        return due_at + timedelta(minutes=minutes)


def written(stretches: tuple[Stretch, ...]) -> list[dict[str, Any]]:
    """The arithmetic as rows keep it."""
    return [
        {
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
            "why": str(one.why),
            **({"note": one.note} if one.note else {}),
        }
        for one in stretches
    ]


def _until(stretches: tuple[Stretch, ...], moment: datetime | None) -> tuple[Stretch, ...]:
    if moment is None:
        return stretches
    return tuple(
        Stretch(since=one.since, until=min(one.until, moment), why=one.why, note=one.note)
        for one in stretches
        if one.since < moment
    )
