"""Habits: what somebody's messages say about how they like to be spoken to.

In:    their talks (when, by which channel, in which language); who of us brought conversations to an end
Out:   preferences with the counts that speak for them
Touch: nothing (pure)

A preference is only said when enough speaks for it: a few messages of one kind are chance.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

FEWEST = 4  #: messages
MOSTLY = 0.6  #: of them
WINDOW = 4  #: hours
SOLVED = 2  #: conversations that one of us brought to an end


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A message of theirs."""

    at: datetime
    channel: str
    language: str = ""  #: "" when it does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A preference, and what speaks for it."""

    value: Any
    count: int
    of: int
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        return {"count": self.count, "of": self.of, **self.more}


def habits_in(
    talks: Sequence[Talk], solved_by: Iterable[str | None], *, zone: ZoneInfo
) -> dict[str, Learned]:
    """By kind of preference. ``solved_by`` names for each closed conversation who answered last."""
    found = {
        "channel": _mostly(one.channel for one in talks),
        "language": _mostly(one.language for one in talks if one.language),
        "hours": _hours(talks, zone),
        "agent": _agent(list(solved_by)),
    }
    return {kind: one for kind, one in found.items() if one is not None}


def _mostly(values: Iterable[str]) -> Learned | None:
    counted = Counter(values)
    total = counted.total()
    if total < FEWEST:
        return None
    [(value, count)] = counted.most_common(1)
    return Learned(value=value, count=count, of=total) if count >= total * MOSTLY else None


def _hours(talks: Sequence[Talk], zone: ZoneInfo) -> Learned | None:
    """The hours in which most of their messages were written, where they are."""
    if len(talks) < FEWEST:
        return None
    counted = Counter(one.at.astimezone(zone).hour for one in talks)
    windows = {
        first: sum(counted[hour] for hour in range(first, first + WINDOW)) for first in range(25 - WINDOW)
    }
    first = max(windows, key=lambda one: (windows[one], counted[one]))
    count = windows[first]
    if count < len(talks) * MOSTLY:
        return None
    return Learned(value=[first, first + WINDOW], count=count, of=len(talks), more={"zone": zone.key})


def _agent(solved_by: list[str | None]) -> Learned | None:
    counted = Counter(one for one in solved_by if one)
    if not counted:
        return None
    [(agent, count)] = counted.most_common(1)
    if count < SOLVED or count < len(solved_by) / 2:
        return None
    return Learned(value=agent, count=count, of=len(solved_by))
