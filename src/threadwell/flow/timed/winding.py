"""Winding: which clocks run in a conversation, read off what was said and done in it.

In:    a Story (what was said, how the status turned), the Terms that were agreed
Out:   Wounds: what was owed from when, when the clock stood still, how it ended
Touch: nothing (pure)

The same story gives the same clocks, however often and however late it is read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION = "first_response", "next_response", "resolution"
PROMISE = "promise"
OPEN, SNOOZED, CLOSED = "open", "snoozed", "closed"
ANSWERED = "answered"

#: From one moment to another; without an end: until now and longer.
type Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Somebody said something."""

    at: datetime
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """From then on the conversation had that status."""

    at: datetime
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """We gave our word."""

    promise: UUID
    at: datetime
    due_at: datetime | None = None  #: nothing: no date was said
    ended_at: datetime | None = None
    ended_by: str = ""  #: "kept" or "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened in a conversation, as far as clocks ask."""

    said: Sequence[Said]
    turned: Sequence[Turned]
    given: Sequence[Given] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed about clocks, besides their length."""

    targets: frozenset[str]
    is_paused_when_snoozed: bool = True
    is_paused_when_waiting: bool = False
    begins_anew: bool = False  #: a solution that did not hold is owed from its beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Wound:
    """One clock."""

    target: str
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None
    ended_by: str = ""
    promise: UUID | None = None
    said_at: datetime | None = None  #: the deadline, where a date was said


def wind(story: Story, terms: Terms) -> list[Wound]:
    """The clocks of a conversation, in the order in which they began."""
    tape = _Tape(terms)
    # A customer who writes opens the conversation in the same instant; the word comes first.
    steps: list[Said | Turned] = sorted([*story.said, *story.turned], key=_order)
    for step in steps:
        if isinstance(step, Turned):
            tape.turn(step)
        elif step.is_ours:
            tape.answer(step.at)
        else:
            tape.ask(step.at)
    words = [_word(one) for one in story.given] if PROMISE in terms.targets else []
    return sorted([*tape.clocks(), *words], key=lambda one: (one.started_at, one.target))


def overlaid(pauses: Iterable[Pause], since: datetime, until: datetime | None) -> tuple[Pause, ...]:
    """Pauses in their order, cut to a stretch of time, those that touch as one."""
    kept: list[Pause] = []
    for first, last in sorted(pauses, key=lambda one: one[0]):
        begins = max(first, since)
        ends = until if last is None else last if until is None else min(last, until)
        if ends is not None and ends <= begins:
            continue
        if kept and (kept[-1][1] is None or begins <= kept[-1][1]):
            before, reached = kept[-1]
            kept[-1] = (before, None if reached is None or ends is None else max(reached, ends))
        else:
            kept.append((begins, ends))
    return tuple(kept)


def _word(given: Given) -> Wound:
    """A word stands whether the conversation sleeps, waits or is closed."""
    return Wound(
        target=PROMISE,
        started_at=given.at,
        ended_at=given.ended_at,
        ended_by=given.ended_by,
        promise=given.promise,
        said_at=given.due_at,
    )


@dataclass(slots=True, kw_only=True)
class _Running:
    target: str
    started_at: datetime
    closed: list[Pause]  #: it was thought to be over
    ended_at: datetime | None = None
    ended_by: str = ""


class _Tape:
    """The story so far."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.status = OPEN
        self.owed: _Running | None = None  #: an answer
        self.solution: _Running | None = None
        self.ended: list[_Running] = []
        self.has_answered = False
        self.snoozed: list[Pause] = []
        self.waiting: list[Pause] = []

    def ask(self, at: datetime) -> None:
        """The customer speaks."""
        _end(self.waiting, at)
        if self.owed and self.owed.ended_at:
            self._lay_down_owed()  # it was closed without an answer; this is a new question
        if self.owed is None:
            target = NEXT_RESPONSE if self.has_answered else FIRST_RESPONSE
            self.owed = _Running(target=target, started_at=at, closed=[])
        if self.solution is None:
            self.solution = _Running(target=RESOLUTION, started_at=at, closed=[])

    def answer(self, at: datetime) -> None:
        """We speak."""
        self.has_answered = True
        if self.owed:
            if self.owed.ended_at is None:
                self.owed.ended_at, self.owed.ended_by = at, ANSWERED
            self._lay_down_owed()
        if not self.waiting or self.waiting[-1][1] is not None:
            self.waiting.append((at, None))

    def turn(self, step: Turned) -> None:
        """The status changes."""
        if step.status == self.status:
            return
        if self.status == SNOOZED:
            _end(self.snoozed, step.at)
        if step.status == SNOOZED:
            self.snoozed.append((step.at, None))
        if step.status == CLOSED:
            for one in (self.owed, self.solution):
                if one and one.ended_at is None:
                    one.ended_at, one.ended_by = step.at, CLOSED
        elif self.status == CLOSED:
            self._open_again(step.at)
        self.status = step.status

    def clocks(self) -> Iterable[Wound]:
        for one in (*self.ended, self.owed, self.solution):
            if one and one.target in self.terms.targets:
                yield self._wound(one)

    def _open_again(self, at: datetime) -> None:
        if self.owed and self.owed.ended_at:
            _resume(self.owed, at)
        if self.solution and self.solution.ended_at:
            if self.terms.begins_anew:
                self.ended.append(self.solution)
                self.solution = _Running(target=RESOLUTION, started_at=at, closed=[])
            else:
                _resume(self.solution, at)

    def _lay_down_owed(self) -> None:
        if self.owed:
            self.ended.append(self.owed)
        self.owed = None

    def _wound(self, one: _Running) -> Wound:
        pauses = list(one.closed)
        if self.terms.is_paused_when_snoozed:
            pauses += self.snoozed
        if self.terms.is_paused_when_waiting and one.target == RESOLUTION:
            pauses += self.waiting
        return Wound(
            target=one.target,
            started_at=one.started_at,
            pauses=overlaid(pauses, one.started_at, one.ended_at),
            ended_at=one.ended_at,
            ended_by=one.ended_by,
        )


def _order(step: Said | Turned) -> tuple[datetime, bool]:
    return step.at, isinstance(step, Turned)


def _end(pauses: list[Pause], at: datetime) -> None:
    if pauses and pauses[-1][1] is None:
        pauses[-1] = (pauses[-1][0], at)


def _resume(one: _Running, at: datetime) -> None:
    if one.ended_at:
        one.closed.append((one.ended_at, at))
    one.ended_at, one.ended_by = None, ""
