"""Clues: what a letter says about its place among other letters, and the keys by which it is found.

In:    a Letter, the addresses of our inboxes, the token of our reply address if it came to one.
Out:   Clues; the keys to register for the letter; the keys to ask for it, in the order of trust.
Touch: nothing.

A key is a short text. Each letter registers its own Message-ID and every one that it names, first come
stays; so a parent that arrives after its answer finds its own id already there.
"""

import re
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from threadwell.channels.email import outlook, prints, subjects
from threadwell.channels.port import Letter

NAMES_AT_MOST = 100  #: of the ids that a letter names: the nearest, and the oldest
KEY_LENGTH = 200  #: longer ones are replaced by a digest
SERIES_SECONDS = 2 * 60 * 60  #: the parts of a numbered series leave within about this


class Signal(StrEnum):
    """What connects a letter with a conversation; the earlier ones are trusted more."""

    TOKEN = "token"  # noqa: S105 - our reply token or plus-address, not a secret
    SAME_LETTER = "same_letter"  #: we hold this very letter already
    NAMED_BEFORE = "named_before"  #: a letter that came earlier answers this one
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"
    THREAD_INDEX = "thread_index"  #: Outlook's mark of a conversation
    SERIES = "series"  #: another part of a numbered series
    QUOTE = "quote"  #: the subject, and words that it quotes
    PARTICIPANTS = "participants"  #: the subject, and who writes to whom
    CHANGED_SUBJECT = "changed_subject"  #: a new conversation that follows a closed or silent one
    NONE = "none"  #: a new conversation


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
    name: str  #: of the sender
    text: str
    visible_text: str

    @property
    def seems_adrift(self) -> bool:
        """An answer that names nothing that it answers."""
        names_nothing = not (self.in_reply_to or self.references or self.token)
        return self.subject.is_answer and bool(self.subject.base) and names_nothing

    @property
    def is_adrift(self) -> bool:
        """The same, and its program does not hold it for the beginning of a conversation."""
        says_it_begins = self.thread_index is not None and self.thread_index.is_beginning
        return self.seems_adrift and not says_it_begins

    def prints(self) -> prints.Prints:
        """What it says and quotes, as numbers; worked out when asked for, since few letters need it."""
        return prints.of(self.text, visible=self.visible_text, name=self.name)

    def parent_among(self, held: Container[str]) -> str:
        """The Message-ID of the letter that it answers, if that is held; else empty."""
        if self.references and self.references[-1] in held:
            return self.references[-1]
        return next((name for name in self.in_reply_to if name in held), "")


def clues_of(letter: Letter, *, ours: Collection[str], token: str = "", arrived_at: datetime) -> Clues:
    """Gather the clues. A date in the future is not believed."""
    people = (*letter.from_, *letter.reply_to, *letter.to, *letter.cc)
    own = {address.casefold() for address in ours}
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
        name=letter.from_[0].name if letter.from_ else "",
        text=letter.text,
        visible_text=letter.visible_text,
    )


def keys_of(clues: Clues) -> tuple[str, ...]:
    """The keys that lead to the letter's conversation from now on, where they are not taken yet."""
    keys = [_id_key(clues.own_id), *_named(clues), *_index_keys(clues)]
    if clues.is_adrift:
        keys.append(adrift_key(clues.subject.base))
    keys += _series_keys(clues, slots=(0,))
    return tuple(dict.fromkeys(key for key in keys if key))


def own_key(clues: Clues) -> str:
    """The key of the letter's own Message-ID; empty when it has none to speak of."""
    return key_of(clues.own_id)


def key_of(message_id: str) -> str:
    """The key of a letter by its Message-ID."""
    return _id_key(message_id)


def asked_of(clues: Clues) -> dict[str, Signal]:
    """The keys to look up, in the order of trust."""
    asked: dict[str, Signal] = {}
    if clues.token:
        asked[token_key(clues.token)] = Signal.TOKEN
    if clues.own_id:
        asked[_id_key(clues.own_id)] = Signal.NAMED_BEFORE
    for key, signal in _named(clues).items():
        asked.setdefault(key, signal)
    asked.update(dict.fromkeys(_index_keys(clues), Signal.THREAD_INDEX))
    asked.update(dict.fromkeys(_series_keys(clues, slots=(0, -1, 1)), Signal.SERIES))
    asked.pop("", None)
    return asked


def token_key(token: str) -> str:
    """The key to register for a token that our reply address carried on its way out."""
    return _short(f"token:{token}")


def adrift_key(base: str) -> str:
    """Not a way to a conversation, but a flag: under this subject lies an answer that names nothing."""
    return _short(f"adrift:{base}")


def _named(clues: Clues) -> dict[str, Signal]:
    """The letters that it names, the nearest first."""
    names = [(name, Signal.IN_REPLY_TO) for name in clues.in_reply_to]
    names += [(name, Signal.REFERENCES) for name in reversed(clues.references)]
    if len(names) > NAMES_AT_MOST:
        names = [*names[: NAMES_AT_MOST - 1], names[-1]]
    named: dict[str, Signal] = {}
    for name, signal in names:
        if key := _id_key(name):
            named.setdefault(key, signal)
    return named


# What some programs write where they know no id; each would tie strangers together.
_NOT_AN_ID = frozenset(("", "null", "(null)", "none", "undefined", "unknown", "nil", "0", "@", "id", "no-id"))


def _id_key(message_id: str) -> str:
    return "" if message_id.strip().casefold() in _NOT_AN_ID else _short(f"id:{message_id}")


def _index_keys(clues: Clues) -> Iterator[str]:
    if clues.thread_index:
        yield f"index:{clues.thread_index.conversation}"


# "[PATCH 3/7] ...", "Photos (2/5)", "Teil 1 von 3": parts that one person sends one after another.
_PART = re.compile(
    r"(?P<mark>[\[(](?P<name>[^\]\[()\d]{0,30}))0*(?P<part>\d{1,3})\s?(?:/|of|von|de|van|av|di|sur|z|из)\s?"
    r"0*(?P<of>\d{1,3})[\])]"
)


def _series_keys(clues: Clues, *, slots: tuple[int, ...]) -> Iterator[str]:
    """Only the parts themselves: answers to them say what they answer, or are adrift."""
    mark = _PART.search(clues.subject.base)
    if not mark or clues.subject.is_answer or clues.subject.is_passed_on or not clues.sender:
        return
    if not int(mark["part"]) <= int(mark["of"]) >= 2:
        return
    name = mark["name"].strip() or _PART.sub("", clues.subject.base).strip()
    now = int(clues.at.timestamp()) // SERIES_SECONDS
    for slot in slots:
        yield _short(f"series:{now + slot}:{mark['of']}:{clues.sender}:{name}")


def _short(key: str) -> str:
    """Keys stand in an index; a few programs write ids of a thousand letters."""
    key = key.replace("\0", "")
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[:20]}#{sha256(key.encode(errors='replace')).hexdigest()}"
