"""Fill: a firm with years of mail, written straight into its tables.

In:    how many conversations
Out:   a firm; the numbers of conversations that have thirty messages; words to look for
Touch: the tables, by COPY, as the owner

Three messages a conversation in the middle, thirty in a few. The texts are drawn from some hundred, each with
an order number of its own: the work of the database is the same, and a million would take hours otherwise.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bench import stage
from bench.mails import NAMES, PROBES, THINGS, TROUBLES, WEIGHTS, WORDS
from bench.rows import Pattern, unindexed, whole, write
from bench.stage import Firm
from threadwell.kit import clock, ids, tenancy, words
from threadwell.record.conversations.models import Conversation, Counter, Message, Word
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Identity

LONG_ONES = 40  #: conversations with thirty messages
LONG = 30
TEXTS = 400
CONTACTS = 2000
CODE = "ORD-{:07d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands there now."""

    firm: Firm
    long_ones: list[int]  #: their numbers
    conversations: list[Conversation]  #: some of them
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """A conversation, before it is written."""

    key: UUID
    number: int
    subject: str
    contact: Contact
    address: str
    length: int
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.number <= LONG_ONES or self.number % 4 == 0


def fill(slug: str, conversations: int) -> Filled:
    """Conversations with three messages each on average."""
    chance = random.Random(7)
    firm = stage.found(slug, f"{slug}@fill.bench.example")
    contacts = [
        Contact(workspace=firm.workspace, name=chance.choice(NAMES))
        for _ in range(min(CONTACTS, conversations))
    ]
    addresses = [f"c{number}@cust.example" for number in range(len(contacts))]
    keys = [ids.new() for _ in range(conversations)]
    texts = [_text(chance) for _ in range(TEXTS)]
    now = clock.now()

    def talks() -> Iterator[_Talk]:
        """The same ones each time: millions of them need not be in memory together."""
        again = random.Random(8)
        for number, key in enumerate(keys, 1):
            place = number % len(contacts)
            yield _Talk(
                key=key,
                number=number,
                subject=f"Our {again.choice(THINGS)} {again.choice(TROUBLES)} ({CODE.format(number)})",
                contact=contacts[place],
                address=addresses[place],
                length=_length(number),
                at=now - timedelta(minutes=3 * number),
            )

    messages = sum(_length(number) for number in range(1, conversations + 1))
    with stage.as_owner() as owner, owner.cursor() as cursor, unindexed(cursor, Message, Conversation, Event):
        cursor.execute("SET session_replication_role = replica")
        write(cursor, Contact, whole(contacts), len(contacts))
        write(cursor, Identity, _identities(firm, contacts, addresses), len(contacts))
        write(cursor, Conversation, _conversations(firm, talks()), conversations)
        write(cursor, Message, _messages(firm, talks(), texts, chance), messages)
        write(cursor, Event, _events(firm, talks()), conversations)
        write(cursor, Word, _words(firm, texts, conversations), conversations)
        counter = Counter(workspace=firm.workspace, name="conversation", next=conversations + 1)
        write(cursor, Counter, whole([counter]), 1)
    stage.settle()
    with tenancy.entered(firm.workspace.pk):
        some = Conversation.objects.of(firm.workspace).filter(number__lte=2 * LONG_ONES).order_by("number")
        return Filled(
            firm=firm,
            long_ones=list(range(1, LONG_ONES + 1)),
            conversations=list(some),
            messages=messages,
        )


def _length(number: int) -> int:
    return LONG if number <= LONG_ONES else 1 + number % 5


def _conversations(firm: Firm, talks: Iterator[_Talk]) -> Iterator[list[Any]]:
    changing = "id number subject contact_id status owner_id participants last_message_at waiting_since"
    pattern = Pattern(
        Conversation(
            workspace=firm.workspace,
            inbox=firm.inbox,
            number=0,
            preview="Hello, this is about our order. Please help us as soon as you can.",
        ),
        *changing.split(),
        *("made_at", "message_count"),
    )
    for one in talks:
        yield pattern.cut(
            *(one.key, one.number, one.subject, one.contact.pk, "open" if one.is_open else "closed"),
            firm.owner.pk if one.number % 8 == 0 else None,
            *([one.address], one.at, one.at if one.number % 4 == 0 else None),
            *(one.at - timedelta(minutes=60), one.length),
        )


def _identities(firm: Firm, contacts: list[Contact], addresses: list[str]) -> Iterator[list[Any]]:
    row = Identity(workspace=firm.workspace, kind="email", source="mail")
    pattern = Pattern(row, "id", "contact_id", "value", "shown")
    for contact, address in zip(contacts, addresses, strict=True):
        yield pattern.cut(ids.new(), contact.pk, address, address)


def _messages(
    firm: Firm, talks: Iterator[_Talk], texts: list[str], chance: random.Random
) -> Iterator[list[Any]]:
    vectors = [words.vector_of(words.places_of(("D", [text])), ["from:cust.example"]) for text in texts]
    recipients = {"to": [{"name": "Support", "email": firm.inbox.address}], "cc": [], "bcc": []}
    changing = (
        "id conversation_id direction contact_id agent_id from_name from_address subject text message_id"
        " state words subject_base people at"
    )
    pattern = Pattern(Message(workspace=firm.workspace, recipients=recipients), *changing.split())
    for talk in talks:
        code = CODE.format(talk.number)
        own, base = words.vector_of(words.places_of(("A", [code]))), talk.subject.lower()
        for place in range(talk.length):
            chosen, is_ours = chance.randrange(TEXTS), place % 2 == 1
            yield pattern.cut(
                *(ids.new(), talk.key, "out" if is_ours else "in"),
                *((None, firm.owner.pk) if is_ours else (talk.contact.pk, None)),
                *(("Olga Owner", "owner@fill.example") if is_ours else ("A customer", talk.address)),
                *(talk.subject, f"{code}: {texts[chosen]}", f"{talk.number}.{place}@fill.example"),
                *("sent" if is_ours else "received", f"{vectors[chosen]} {own}", base, [talk.address]),
                talk.at - timedelta(minutes=talk.length - 1 - place),
            )


def _words(firm: Firm, texts: list[str], conversations: int) -> Iterator[list[Any]]:
    """Each word once: those of the texts, and the numbers."""
    pattern = Pattern(Word(workspace=firm.workspace, word=""), "id", "word")
    known = {word for text in texts for word, _place in words.words_of(text)}
    for number in range(1, conversations + 1):
        known |= {word for word, _place in words.words_of(CODE.format(number))}
    for word in known:
        yield pattern.cut(ids.new(), word)


def _text(chance: random.Random) -> str:
    lines = [" ".join(chance.choices(WORDS, WEIGHTS, k=12)).capitalize() + "." for _ in range(18)]
    lines += [f"Ours has {word}." for word, part in PROBES.items() if chance.random() < part]
    return "\n".join(lines)


def _events(firm: Firm, talks: Iterator[_Talk]) -> Iterator[list[Any]]:
    row = Event(workspace=firm.workspace, name="conversation.opened", facts={})
    pattern = Pattern(row, "id", "about", "facts", "at")
    for one in talks:
        facts = f'{{"number": {one.number}}}'
        yield pattern.cut(ids.new(), one.key, facts, one.at - timedelta(minutes=60))
