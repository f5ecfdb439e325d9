"""Fill: a firm with years of mail, written straight into its tables.

In:    how many conversations
Out:   a firm; the numbers of conversations that have thirty messages; words to look for
Touch: the tables, by COPY, as the owner

Three messages a conversation in the middle, thirty in a few. The texts are drawn from some hundred, each with
an order number of its own: the work of the database is the same, and a million would take hours otherwise.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models

from bench import stage
from bench.mails import NAMES, PROBES, THINGS, TROUBLES, WEIGHTS, WORDS
from bench.stage import Firm
from threadwell.kit import clock, words
from threadwell.record.conversations.models import Conversation, Counter, Message
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Identity

LONG_ONES = 40  #: conversations with thirty messages
LONG = 30
TEXTS = 400
CONTACTS = 2000
CODE = "ORD-{:07d}"
_VECTORS = "SELECT words FROM conversations_message WHERE workspace_id ="


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands there now."""

    firm: Firm
    long_ones: list[int]  #: their numbers
    conversations: list[Conversation]
    messages: int


def fill(slug: str, conversations: int) -> Filled:
    """Conversations with three messages each on average."""
    chance = random.Random(7)
    firm = stage.found(slug, f"{slug}@fill.bench.example")
    contacts = [
        Contact(workspace=firm.workspace, name=chance.choice(NAMES))
        for _ in range(min(CONTACTS, conversations))
    ]
    rows = _conversations(firm, contacts, conversations, chance)
    lengths = [LONG if number <= LONG_ONES else 1 + number % 5 for number in range(1, conversations + 1)]
    with stage.as_owner() as owner, owner.cursor() as cursor:
        for model, made in (
            (Contact, iter(contacts)),
            (Identity, _identities(contacts)),
            (Conversation, _counted(rows, lengths)),
            (Message, _messages(firm, rows, lengths, chance)),
            (Event, _events(rows)),
            (Counter, [Counter(workspace=firm.workspace, name="conversation", next=conversations + 1)]),
        ):
            _copy(cursor, model, made)
        cursor.execute(
            "INSERT INTO conversations_word (id, workspace_id, word)"
            " SELECT gen_random_uuid(), %s, word FROM ts_stat(%s) WHERE word NOT LIKE 'from:%%'",
            [firm.workspace.pk, f"{_VECTORS} '{firm.workspace.pk}'"],
        )
    stage.settle()
    return Filled(
        firm=firm,
        long_ones=list(range(1, LONG_ONES + 1)),
        conversations=rows[: LONG_ONES * 2],
        messages=sum(lengths),
    )


def _conversations(
    firm: Firm, contacts: list[Contact], count: int, chance: random.Random
) -> list[Conversation]:
    now = clock.now()
    return [
        Conversation(
            workspace=firm.workspace,
            number=number,
            subject=f"Our {chance.choice(THINGS)} {chance.choice(TROUBLES)} ({CODE.format(number)})",
            inbox=firm.inbox,
            contact=contacts[number % len(contacts)],
            status="open" if number <= LONG_ONES or number % 4 == 0 else "closed",
            owner=firm.owner if number % 8 == 0 else None,
            participants=[f"c{number % len(contacts)}@cust.example"],
            preview="Hello, this is about our order. Please help us as soon as you can.",
            last_message_at=now - timedelta(minutes=3 * number),
            waiting_since=now - timedelta(minutes=3 * number) if number % 4 == 0 else None,
            made_at=now - timedelta(minutes=3 * number + 60),
        )
        for number in range(1, count + 1)
    ]


def _counted(rows: list[Conversation], lengths: list[int]) -> Iterator[Conversation]:
    for row, length in zip(rows, lengths, strict=True):
        row.message_count = length
        yield row


def _identities(contacts: list[Contact]) -> Iterator[Identity]:
    for number, contact in enumerate(contacts):
        address = f"c{number}@cust.example"
        yield Identity(
            workspace=contact.workspace,
            contact=contact,
            kind="email",
            value=address,
            shown=address,
            source="mail",
        )


def _messages(
    firm: Firm, rows: list[Conversation], lengths: list[int], chance: random.Random
) -> Iterator[Message]:
    texts = [_text(chance) for _ in range(TEXTS)]
    vectors = [words.vector_of(words.places_of(("D", [text])), ["from:cust.example"]) for text in texts]
    for row, length in zip(rows, lengths, strict=True):
        code = CODE.format(row.number)
        own = words.vector_of(words.places_of(("A", [code])))
        for place in range(length):
            chosen = chance.randrange(TEXTS)
            is_ours = place % 2 == 1
            yield Message(
                workspace=firm.workspace,
                conversation=row,
                direction="out" if is_ours else "in",
                contact=None if is_ours else row.contact,
                agent=firm.owner if is_ours else None,
                from_name="Olga Owner" if is_ours else "A customer",
                from_address="owner@fill.example" if is_ours else row.participants[0],
                recipients={"to": [{"name": "Support", "email": firm.inbox.address}], "cc": [], "bcc": []},
                subject=row.subject,
                text=f"{code}: {texts[chosen]}",
                message_id=f"{row.number}.{place}@fill.example",
                state="sent" if is_ours else "received",
                words=f"{vectors[chosen]} {own}",
                subject_base=row.subject.lower(),
                people=row.participants,
                at=row.last_message_at - timedelta(minutes=length - 1 - place),
            )


def _text(chance: random.Random) -> str:
    lines = [" ".join(chance.choices(WORDS, WEIGHTS, k=12)).capitalize() + "." for _ in range(18)]
    lines += [f"Ours has {word}." for word, part in PROBES.items() if chance.random() < part]
    return "\n".join(lines)


def _events(rows: list[Conversation]) -> Iterator[Event]:
    for row in rows:
        yield Event(
            workspace=row.workspace,
            name="conversation.opened",
            about=row.pk,
            facts={"number": row.number},
            at=row.made_at,
        )


def _copy(cursor: Any, model: type[models.Model], rows: Iterable[models.Model]) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([copied(field, row) for field in fields])


def copied(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    """A value as COPY takes it."""
    value = getattr(row, field.attname)
    if isinstance(field, SearchVectorField) or value is None:
        return value
    return field.get_db_prep_save(value, connection)
