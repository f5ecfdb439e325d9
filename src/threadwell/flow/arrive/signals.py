"""Signals: which conversation does a letter belong to, and how do we know?

In:    Clues (what a letter says about its place) and Known (two look-ups into what we hold).
Out:   Verdict: the conversation or none, the signal that won, and other conversations that were hit.
Touch: nothing; whoever asks brings the look-ups, and writes what follows.

The memory behind the look-ups is a list of keys, first come stays: each letter registers `keys_of(clues)`,
thus its own Message-ID and every one that it names. A parent that arrives after its answer finds its own id
already named. Beside it lies one `Trace` per letter, found by the base of its subject: it serves letters
whose program names nothing. The signals in order of trust are those of `Signal`.

Two conversations that turn out to be one stand in `Verdict.also`. A tie that is certain is joined by the
journey (the one opened earlier takes the other in); any other is shown to people as a proposal. So the same
letters end in the same conversations, in whatever order they come.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from threadwell.channels.email import outlook, prints, subjects
from threadwell.channels.port import Letter

SILENT_FOR = timedelta(days=90)  #: after so long, an answer under a new subject opens a new conversation
WINDOW = timedelta(days=30)  #: how far apart two letters may be that only their subject connects
SKEW = timedelta(hours=1)  #: clocks differ: an answer may seem to be older than its question by this
SERIES_WITHIN = timedelta(hours=2)  #: the parts of a numbered series leave within this
KEYS_AT_MOST = 100
ADRIFT_AT_MOST = 50  #: traces that a look-up by subject gives back at most


class Signal(StrEnum):
    """What decided; the earlier ones are trusted more."""

    TOKEN = "token"  #: our own reply token or plus-address
    SAME_LETTER = "same_letter"  #: we hold this very letter already
    NAMED_BEFORE = "named_before"  #: a letter that came earlier answers this one
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"
    THREAD_INDEX = "thread_index"  #: Outlook's mark of a conversation
    SERIES = "series"  #: another part of a numbered series
    QUOTE = "quote"  #: subject, and words that it quotes
    PARTICIPANTS = "participants"  #: subject, and who writes to whom
    CHANGED_SUBJECT = "changed_subject"  #: new conversation that follows a closed or silent one
    NONE = "none"  #: new conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a letter says about its place. Addresses are folded; our own are left out."""

    own_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    thread_index: outlook.ThreadIndex | None
    token: str
    subject: subjects.Subject
    sender: str
    people: frozenset[str]
    at: datetime
    said: tuple[int, ...]
    quoted: tuple[int, ...]

    @property
    def is_adrift(self) -> bool:
        """An answer that does not say to what."""
        names_nothing = not (self.in_reply_to or self.references or self.token)
        return self.subject.is_answer and bool(self.subject.base) and names_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A key that we know, and the conversation behind it."""

    conversation: UUID
    sender: str  #: who wrote the letter whose own id the key is; empty when the key was merely named
    subject_base: str
    last_at: datetime
    is_closed: bool
    is_apart: bool  #: a person split or moved it, or it was opened on purpose beside an older one


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A letter that we hold, as a letter under the same subject needs to see it."""

    conversation: UUID
    sender: str
    people: frozenset[str]
    at: datetime
    is_adrift: bool
    said: tuple[int, ...]
    quoted: tuple[int, ...]  #: kept only of letters that are adrift


class Known(Protocol):
    """The two look-ups that a decision needs; the second is asked for few letters."""

    def by_keys(self, keys: Sequence[str]) -> Mapping[str, Held]:
        """Those of the keys that are known (one indexed equality look-up)."""
        ...

    def by_subject(self, base: str, *, since: datetime, until: datetime, limit: int) -> Sequence[Trace]:
        """Letters under this base of a subject within the time, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Another conversation that was hit."""

    conversation: UUID
    signal: Signal
    is_certain: bool  #: join them; otherwise propose it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where the letter belongs, and why."""

    conversation: UUID | None  #: None: open a new one
    signal: Signal
    because: str
    also: tuple[Tie, ...] = ()
    follows: UUID | None = None  #: the older conversation that a new one is linked to


def clues_of(letter: Letter, *, ours: Collection[str], token: str = "", arrived_at: datetime) -> Clues:
    """Gather the clues. `ours` are the addresses of our inboxes; `token` what our reply address carried."""
    people = (*letter.from_, *letter.reply_to, *letter.to, *letter.cc)
    own = {address.casefold() for address in ours}
    seen = prints.of(letter.text, visible=letter.visible_text)
    return Clues(
        own_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        references=letter.references,
        thread_index=outlook.thread_index(letter.thread_index),
        token=token,
        subject=subjects.read(letter.subject),
        sender=letter.from_[0].email.casefold() if letter.from_ else "",
        people=frozenset(person.email.casefold() for person in people if person.email) - own,
        at=min(letter.date, arrived_at) if letter.date else arrived_at,
        said=seen.said,
        quoted=seen.quoted,
    )


def keys_of(clues: Clues) -> tuple[str, ...]:
    """The keys that lead to the letter's conversation from now on, where they are not taken yet."""
    keys = [_id_key(clues.own_id), *_named(clues), *_index_key(clues)]
    if clues.is_adrift:
        keys.append(_adrift_key(clues.subject))
    if clues.series:
        keys.append(_series_key(clues, _slot(clues)))
    return tuple(dict.fromkeys(key for key in keys if key))


def token_key(token: str) -> str:
    """The key to register for a token that an address of ours carried on its way out."""
    return f"token:{token}"


def trace_of(clues: Clues, *, conversation: UUID) -> Trace:
    """What to keep of a letter for those that come under the same subject."""
    return Trace(
        conversation=conversation,
        sender=clues.sender,
        people=clues.people,
        at=clues.at,
        is_adrift=clues.is_adrift,
        said=clues.said,
        quoted=clues.quoted if clues.is_adrift else (),
    )


def decide(clues: Clues, known: Known) -> Verdict:
    """Place a letter among what is known."""
    asked = _asked(clues)
    found = known.by_keys(tuple(asked))
    hits = _hits_by_keys(clues, asked, found)
    may_look_on = clues.seems_adrift or (bool(clues.subject.base) and _adrift_key(clues.subject) in found)
    if may_look_on and not (hits and hits[0].signal is Signal.SAME_LETTER):
        hits = (*hits, *_hits_by_subject(clues, known, is_placed=bool(hits)))

    first: dict[UUID, _Hit] = {}
    for hit in hits:
        first.setdefault(hit.conversation, hit)
    winner, *others = (*first.values(), None)
    if winner is None or not winner.may_win:
        ties = tuple(_tie(hit, is_certain=False) for hit in first.values())
        return Verdict(conversation=None, signal=Signal.NONE, because="nothing connects it", also=ties)
    ties = tuple(_tie(hit, is_certain=hit.may_join and winner.may_join) for hit in others if hit)
    if winner.held and _is_new_matter(clues, winner.held, winner.signal):
        return Verdict(
            conversation=None,
            signal=Signal.CHANGED_SUBJECT,
            because="it answers a conversation that is closed or long silent, under a new subject",
            follows=winner.conversation,
        )
    return Verdict(
        conversation=winner.conversation, signal=winner.signal, because=_BECAUSE[winner.signal], also=ties
    )


_BECAUSE = {
    Signal.TOKEN: "it came to the reply address of this conversation",
    Signal.SAME_LETTER: "the same letter is here already",
    Signal.NAMED_BEFORE: "a letter in this conversation answers it",
    Signal.IN_REPLY_TO: "its In-Reply-To names a letter of this conversation",
    Signal.REFERENCES: "its References name a letter of this conversation",
    Signal.THREAD_INDEX: "its Thread-Index is that of this conversation",
    Signal.SERIES: "another part of the same numbered series is here",
    Signal.QUOTE: "same subject, and it quotes what was said here",
    Signal.PARTICIPANTS: "same subject between the same people, not long ago",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    conversation: UUID
    signal: Signal
    may_win: bool = True
    may_join: bool = True  #: if another hit wins
    held: Held | None = None


def _tie(hit: _Hit, *, is_certain: bool) -> Tie:
    return Tie(conversation=hit.conversation, signal=hit.signal, is_certain=is_certain)


# By keys


def _asked(clues: Clues) -> dict[str, Signal]:
    """The keys to look up, in the order of trust."""
    asked: dict[str, Signal] = {}
    if clues.token:
        asked[token_key(clues.token)] = Signal.TOKEN
    if own := _id_key(clues.own_id):
        asked[own] = Signal.NAMED_BEFORE
    for key, signal in _named(clues).items():
        asked.setdefault(key, signal)
    for key in _index_key(clues):
        asked[key] = Signal.THREAD_INDEX
    if clues.series:
        for slot in (_slot(clues), _slot(clues) - 1, _slot(clues) + 1):
            asked[_series_key(clues, slot)] = Signal.SERIES
    if clues.subject.base:
        asked[_adrift_key(clues.subject)] = Signal.NONE
    return asked


def _named(clues: Clues) -> dict[str, Signal]:
    """The letters that it names, the nearest first: a program that knows only the parent says In-Reply-To."""
    names = [(name, Signal.IN_REPLY_TO) for name in clues.in_reply_to]
    names += [(name, Signal.REFERENCES) for name in reversed(clues.references)]
    if len(names) > KEYS_AT_MOST:
        names = [*names[: KEYS_AT_MOST - 1], names[-1]]
    keyed = ((_id_key(name), signal) for name, signal in names)
    return {key: signal for key, signal in reversed([*keyed]) if key}
