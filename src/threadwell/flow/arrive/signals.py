"""Signals: which conversation does a letter belong to, and how do we know?

In:    Clues (what a letter says about its place) and Known (two look-ups into what we hold).
Out:   Verdict: the conversation or none, the signal that won, and other conversations that were hit.
Touch: nothing; whoever asks brings the look-ups, and writes what follows.

After a letter was placed, register `keys_of(clues)` for its conversation (first come stays) and keep
`trace_of(clues)` beside it; it serves letters whose program names nothing. Two conversations that turn out
to be one stand in `Verdict.also`: a tie that is certain is joined by the journey (the one opened earlier
takes the other in), any other is shown to people as a proposal. So the same letters end in the same
conversations, in whatever order they come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple, Protocol
from uuid import UUID

from threadwell.channels.email.clues import Clues, Signal, adrift_key, asked_of

SILENT_FOR = timedelta(days=90)  #: after so long, an answer under a new subject opens a new conversation
WINDOW = timedelta(days=30)  #: how far apart two letters may be that only their subject connects
SKEW = timedelta(hours=1)  #: clocks differ: an answer may seem to be older than its question by this
TRACES_AT_MOST = 50
RUNS_IN_COMMON = 2  #: so many runs of words are a quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A key that we know, and the conversation behind it."""

    conversation: UUID
    sender: str  #: who wrote the letter whose own id the key is; empty when the key was merely named
    subject_base: str
    last_at: datetime
    is_closed: bool
    is_apart: bool  #: a person split or moved it, or it was opened on purpose beside an older one
    is_aside: bool = False  #: with a third party: whatever comes to it stays there
    is_followed: bool = False  #: an agent wants to be told
    home: UUID | None = None  #: the conversation that the key belongs to, when that was joined into this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A letter that we hold, as a letter under the same subject needs to see it."""

    conversation: UUID
    sender: str
    people: frozenset[str]
    at: datetime
    is_adrift: bool  #: an answer that names nothing; False once a person has placed it
    said: tuple[int, ...]
    quoted: tuple[int, ...]  #: only of letters that name nothing that they answer
    home: UUID | None = None  #: the conversation it belongs to, when that was joined into this one


class Known(Protocol):
    """The two look-ups that a decision needs; the second is asked for few letters."""

    def by_keys(self, keys: Sequence[str]) -> Mapping[str, Held]:
        """Those of the keys that are known: one equality look-up."""
        ...

    def by_subject(self, base: str, *, since: datetime, until: datetime, limit: int) -> Sequence[Trace]:
        """The traces under this base of a subject within the time, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Another conversation that was hit."""

    conversation: UUID
    signal: Signal
    is_certain: bool  #: join the two; otherwise propose it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where the letter belongs, and why."""

    conversation: UUID | None  #: None: open a new one
    signal: Signal
    because: str
    also: tuple[Tie, ...] = ()
    follows: UUID | None = None  #: the older conversation that a new one is linked to
    held: Held | None = None  #: what is known of the conversation, when a key led to it
    home: UUID | None = None  #: where it belongs, when that was joined into the conversation


def trace_of(clues: Clues, *, conversation: UUID) -> Trace:
    """What to keep of a letter for those that come under the same subject."""
    seen = clues.prints()
    return Trace(
        conversation=conversation,
        sender=clues.sender,
        people=clues.people,
        at=clues.at,
        is_adrift=clues.is_adrift,
        said=seen.said,
        quoted=seen.quoted if clues.seems_adrift else (),
    )


def decide(clues: Clues, known: Known) -> Verdict:
    """Place a letter among what is known."""
    asked = asked_of(clues)
    flag = adrift_key(clues.subject.base) if clues.subject.base else ""
    found = known.by_keys((*asked, flag) if flag else tuple(asked))

    hits = _hits_by_keys(clues, asked, found)
    if clues.seems_adrift or flag in found:
        hits += _hits_by_subject(clues, known, placed=hits[0].conversation if hits else None)
    return _judge(clues, _nearest_of_each(hits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    conversation: UUID
    signal: Signal
    may_win: bool
    may_join: bool
    held: Held | None = None
    home: UUID | None = None


def _hits_by_keys(clues: Clues, asked: Mapping[str, Signal], found: Mapping[str, Held]) -> list[_Hit]:
    hits = []
    for key, asked_signal in asked.items():
        held = found.get(key)
        if held is None:
            continue
        signal = asked_signal
        if signal is Signal.NAMED_BEFORE and held.sender:
            # Some programs give every letter the same Message-ID: from somebody else it proves nothing.
            if held.sender != clues.sender:
                continue
            signal = Signal.SAME_LETTER
        hits.append(
            _Hit(
                conversation=held.conversation,
                signal=signal,
                may_win=True,
                may_join=not held.is_apart,
                held=held,
                home=held.home,
            )
        )
    return hits


def _hits_by_subject(clues: Clues, known: Known, *, placed: UUID | None) -> list[_Hit]:
    """Conversations under the same subject that a letter which is adrift connects, the best first."""
    own = trace_of(clues, conversation=placed or UUID(int=0))
    traces = known.by_subject(
        clues.subject.base, since=clues.at - WINDOW, until=clues.at + WINDOW, limit=TRACES_AT_MOST
    )
    common = _said_by_several(traces)
    by_conversation = sorted(traces, key=lambda trace: (trace.conversation, trace.at))
    # Later letters that name this one came first: their conversation seeks its beginning through it.
    is_beginning = clues.is_adrift and all(
        own.at <= trace.at for trace in traces if trace.conversation == placed
    )
    ranked: list[tuple[_Link, _Hit]] = []
    for conversation, group in groupby(by_conversation, key=lambda trace: trace.conversation):
        letters = [*group]
        begins_adrift = letters[0].is_adrift
        if conversation == placed:
            continue
        links = []
        if clues.seems_adrift and (begins_adrift or is_beginning or not placed):
            links += [_link(own, trace, common=common) for trace in letters]
        if begins_adrift:
            links += [_link(trace, own, common=common) for trace in letters if trace.is_adrift]
        if best := max(filter(None, links), default=None):
            hit = _Hit(
                conversation=conversation,
                signal=Signal.QUOTE if best.runs else Signal.PARTICIPANTS,
                may_win=begins_adrift or clues.is_adrift,
                may_join=begins_adrift,
                home=letters[-1].home,
            )
            ranked.append((best, hit))
    ranked.sort(key=lambda pair: pair[0], reverse=True)
    hits = [hit for _, hit in ranked]
    if placed and is_beginning and hits:
        hits[0] = replace(hits[0], may_join=True)
    return hits


class _Link(NamedTuple):
    """How well an answer fits to an earlier letter; compares as it ranks."""

    runs: int
    at: datetime


def _said_by_several(traces: Sequence[Trace]) -> set[int]:
    """Runs of words that more than one person says: a footer, a disclaimer; to quote them proves nothing."""
    sayers: dict[int, str] = {}
    common = set()
    for trace in traces:
        for run in trace.said:
            if sayers.setdefault(run, trace.sender) != trace.sender:
                common.add(run)
    return common


def _link(answer: Trace, earlier: Trace, *, common: Collection[int]) -> _Link | None:
    # Two customers may write under the same subject, and quote the same words of ours.
    if not answer.people & earlier.people or earlier.at > answer.at + SKEW:
        return None
    runs = len(({*answer.quoted} & {*earlier.said, *earlier.quoted}).difference(common))
    if runs >= RUNS_IN_COMMON:
        return _Link(runs=runs, at=earlier.at)
    if answer.sender in earlier.people or earlier.sender in answer.people:
        return _Link(runs=0, at=earlier.at)
    return None


def _nearest_of_each(hits: list[_Hit]) -> list[_Hit]:
    first: dict[UUID, _Hit] = {}
    for hit in hits:
        first.setdefault(hit.conversation, hit)
    return [*first.values()]


def _judge(clues: Clues, hits: list[_Hit]) -> Verdict:
    if not hits or not hits[0].may_win:
        return Verdict(
            conversation=None,
            signal=Signal.NONE,
            because=_BECAUSE[Signal.NONE],
            also=tuple(_tie(hit, is_certain=False) for hit in hits),
        )
    winner, *others = hits
    is_apart = winner.held is not None and winner.held.is_apart
    if winner.held and not winner.held.is_aside and _is_new_matter(clues, winner.held, winner.signal):
        return Verdict(
            conversation=None,
            signal=Signal.CHANGED_SUBJECT,
            because=_BECAUSE[Signal.CHANGED_SUBJECT],
            follows=winner.conversation,
        )
    return Verdict(
        conversation=winner.conversation,
        signal=winner.signal,
        because=_BECAUSE[winner.signal],
        also=tuple(_tie(hit, is_certain=hit.may_join and not is_apart) for hit in others),
        held=winner.held,
        home=winner.home,
    )


def _tie(hit: _Hit, *, is_certain: bool) -> Tie:
    return Tie(conversation=hit.conversation, signal=hit.signal, is_certain=is_certain)


_BY_NAME = frozenset((Signal.IN_REPLY_TO, Signal.REFERENCES))
_ANSWERS = _BY_NAME | {Signal.TOKEN, Signal.THREAD_INDEX}


def _is_new_matter(clues: Clues, held: Held, signal: Signal) -> bool:
    new, old = clues.subject.base, held.subject_base
    if signal not in _ANSWERS or not new or not old or new in old or old in new:
        return False
    if signal in _BY_NAME and not held.sender:
        return False  # what it answers never came: both only name the same unknown letter
    return held.is_closed or clues.at - held.last_at > SILENT_FOR


_BECAUSE = {
    Signal.TOKEN: "it came to the reply address of this conversation",
    Signal.SAME_LETTER: "the same letter is here already",
    Signal.NAMED_BEFORE: "a letter in this conversation answers it",
    Signal.IN_REPLY_TO: "its In-Reply-To names a letter of this conversation",
    Signal.REFERENCES: "its References name a letter of this conversation",
    Signal.THREAD_INDEX: "its Thread-Index is that of this conversation",
    Signal.SERIES: "another part of the same numbered series is here",
    Signal.QUOTE: "same subject, and the one quotes the other",
    Signal.PARTICIPANTS: "same subject between the same people, not long ago",
    Signal.CHANGED_SUBJECT: "it answers a closed or long silent conversation under a new subject",
    Signal.NONE: "nothing connects it with a conversation",
}
