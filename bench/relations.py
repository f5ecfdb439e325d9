"""Relations: a firm with customers, each with a story, written straight into its tables.

In:    how many interactions
Out:   a firm; a customer with ten thousand interactions, others with ten each; fragments that find them
Touch: the tables, by COPY, as the owner

Names, numbers and firms are drawn from syllables, so that a hundred thousand customers are told apart by
them. The story of each goes back three years. Rows are cut from a pattern, for Django takes minutes to make a
million of them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from bench import stage
from bench.fill import CODE, TEXTS
from bench.mails import THINGS, TROUBLES, WEIGHTS, WORDS
from bench.rows import Pattern, unindexed, whole, write
from bench.stage import Firm
from threadwell.kit import clock, ids, tenancy, words
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.conversations.models import Conversation, Counter, Message
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.work.models import WorkItem, WorkItemType

RICH = 10_000  #: interactions of the one customer
EACH = 10  #: of every other customer, on average
A_TALK = 4  #: messages of a conversation
PEOPLE = 20  #: customers of a firm
YEARS = 3
SHOP = "shop"
WORK_EVERY, TASK_EVERY = 5, 10  #: one customer in so many has a piece of work, a task
RICH_WORK, RICH_TASKS, RICH_PROMISES = 60, 20, 60

_FIRST = (
    *("Anna", "Bo", "Chloé", "Dmitri", "Eko", "Fatma", "Gilles", "Hana", "Ines", "Jörg", "Kaja", "Lucía"),
    *("Mihai", "Nadja", "Okan", "Pavel", "Quinn", "Rosa", "Søren", "Tove", "Ugo", "Vera", "Wim", "Yuki"),
)
_SYLLABLES = (
    *(
        "ba",
        "bel",
        "bro",
        "cas",
        "chen",
        "dal",
        "der",
        "dor",
        "fel",
        "fin",
        "gar",
        "gri",
        "hal",
        "hol",
        "kel",
    ),
    *(
        "kov",
        "lan",
        "lin",
        "mar",
        "mel",
        "mir",
        "nor",
        "oss",
        "pet",
        "quar",
        "ren",
        "ros",
        "sal",
        "sch",
        "ste",
    ),
    *("tan", "ter", "thu", "ul", "val", "ver", "wal", "wen", "xan", "yil", "zan", "zim"),
)
_FIRMS = ("Works", "Logistics", "Bakery", "Energy", "Garden", "Optics", "Metals", "Print")


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What stands there now."""

    firm: Firm
    interactions: int
    rich: Contact
    others: Sequence[Contact]  #: some of them
    organisation: Organisation  #: the rich one's
    fragments: Sequence[tuple[str, str]]  #: what somebody types, and what must then be seen


def fill(slug: str, interactions: int) -> Related:
    """One rich customer, and as many others as have the rest."""
    chance = random.Random(11)
    firm = stage.found(slug, f"{slug}@relations.bench.example")
    count = interactions // EACH
    firms = [
        Organisation(
            workspace=firm.workspace,
            name=f"{_name(chance)} {chance.choice(_FIRMS)}",
            domains=[f"f{n}.example"],
        )
        for n in range(max(1, count // PEOPLE))
    ]
    contacts = [
        Contact(
            workspace=firm.workspace,
            name=f"{chance.choice(_FIRST)} {_name(chance)}",
            organisation=firms[n // PEOPLE % len(firms)],
            owner=firm.owner if n % 2 else None,
        )
        for n in range(count)
    ]
    rich, *others = contacts
    talks = _talks(firm, contacts, interactions, chance)
    with stage.as_owner() as owner, owner.cursor() as cursor, unindexed(cursor, Message):
        cursor.execute("SET session_replication_role = replica")
        write(cursor, Organisation, whole(firms), len(firms))
        write(cursor, Contact, whole(contacts), count)
        write(cursor, Identity, _identities(firm, contacts), 2 * count)
        write(cursor, Conversation, _conversations(firm, talks), len(talks))
        write(cursor, Message, _messages(firm, talks, chance), sum(one.length for one in talks))
        write(cursor, WorkItem, _work(firm, contacts), count // WORK_EVERY + RICH_WORK)
        write(cursor, Task, _tasks(firm, contacts), count // TASK_EVERY + RICH_TASKS)
        write(cursor, Promise, _promises(firm, rich), RICH_PROMISES)
        counter = Counter(workspace=firm.workspace, name="conversation", next=len(talks) + 1)
        write(cursor, Counter, whole([counter]), 1)
        # Words of the texts are the same some hundred; of the codes each occurs once.
        cursor.execute(
            "INSERT INTO conversations_word (id, workspace_id, word)"
            " SELECT gen_random_uuid(), %s, word FROM ("
            "SELECT word FROM ts_stat(%s) WHERE word NOT LIKE 'from:%%'"
            " UNION SELECT unnest(%s::text[])) told",
            [
                firm.workspace.pk,
                f"SELECT words FROM conversations_message WHERE workspace_id = '{firm.workspace.pk}'"
                " ORDER BY id LIMIT 4000",
                [word for one in talks for word, _place in words.words_of(CODE.format(one.number))],
            ],
        )
    stage.settle()
    return Related(
        firm=firm,
        interactions=sum(one.length for one in talks),
        rich=rich,
        others=chance.sample(others, min(60, len(others))),
        organisation=firms[0],
        fragments=list(_fragments(others, talks, chance)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """A conversation with its place in the years."""

    key: UUID
    number: int
    contact: Contact
    address: str
    length: int
    ago: timedelta
    subject: str


def _talks(firm: Firm, contacts: list[Contact], interactions: int, chance: random.Random) -> list[_Talk]:
    rich = RICH // A_TALK
    rest = max(0, interactions - RICH if interactions > RICH else interactions) // A_TALK
    whose = [0] * rich + [chance.randrange(1, len(contacts)) for _ in range(rest)]
    years = timedelta(days=365 * YEARS)
    ago = [years * (n / rich) for n in range(rich)] + [years * chance.random() for _ in range(rest)]
    # As they come in years: what one customer said lies far apart on the disk.
    told = sorted(zip(whose, ago, strict=True), key=lambda one: one[1], reverse=True)
    return [
        _Talk(
            key=ids.new(),
            number=number,
            contact=contacts[place],
            address=f"c{place}@cust.example",
            length=A_TALK,
            ago=when,
            subject=f"Our {chance.choice(THINGS)} {chance.choice(TROUBLES)} ({CODE.format(number)})",
        )
        for number, (place, when) in enumerate(told, 1)
    ]


def _identities(firm: Firm, contacts: list[Contact]) -> Iterator[list[Any]]:
    pattern = Pattern(
        Identity(workspace=firm.workspace, source="mail"), "id", "contact_id", "kind", "value", "shown"
    )
    for number, contact in enumerate(contacts):
        mail, phone = f"c{number}@cust.example", f"+4989{number:07d}"
        yield pattern.cut(ids.new(), contact.pk, "email", mail, mail)
        yield pattern.cut(ids.new(), contact.pk, "phone", phone, phone)


def _conversations(firm: Firm, talks: list[_Talk]) -> Iterator[list[Any]]:
    changing = "id number subject contact_id organisation_id status owner_id participants last_message_at"
    pattern = Pattern(
        Conversation(
            workspace=firm.workspace,
            inbox=firm.inbox,
            number=0,
            message_count=A_TALK,
            preview="Hello, this is about our order.",
        ),
        *changing.split(),
        "waiting_since",
        "made_at",
    )
    now = clock.now()
    for one in talks:
        at, is_open = now - one.ago, one.number % 9 == 0
        yield pattern.cut(
            *(one.key, one.number, one.subject, one.contact.pk, one.contact.organisation_id),
            "open" if is_open else "closed",
            firm.owner.pk if one.number % 2 else None,
            [one.address],
            *(at, at if is_open else None, at - timedelta(hours=A_TALK)),
        )


def _messages(firm: Firm, talks: list[_Talk], chance: random.Random) -> Iterator[list[Any]]:
    texts = [" ".join(chance.choices(WORDS, WEIGHTS, k=60)).capitalize() + "." for _ in range(TEXTS)]
    vectors = [words.vector_of(words.places_of(("D", [text])), ["from:cust.example"]) for text in texts]
    changing = (
        "id conversation_id direction contact_id organisation_id agent_id from_name from_address"
        " subject text message_id state words people at"
    )
    pattern = Pattern(
        Message(workspace=firm.workspace, recipients={"to": [], "cc": [], "bcc": []}), *changing.split()
    )
    now = clock.now()
    for talk in talks:
        code = CODE.format(talk.number)
        own = words.vector_of(words.places_of(("A", [code])))
        for place in range(talk.length):
            chosen, is_ours = chance.randrange(TEXTS), place % 2 == 1
            yield pattern.cut(
                *(ids.new(), talk.key, "out" if is_ours else "in"),
                *(talk.contact.pk, talk.contact.organisation_id, firm.owner.pk if is_ours else None),
                "Olga Owner" if is_ours else talk.contact.name,
                "owner@relations.example" if is_ours else talk.address,
                *(talk.subject, f"{code}: {texts[chosen]}", f"{talk.number}.{place}@relations.example"),
                "sent" if is_ours else "received",
                f"{vectors[chosen]} {own}",
                [talk.address],
                now - talk.ago - timedelta(hours=talk.length - 1 - place),
            )


def _work(firm: Firm, contacts: list[Contact]) -> Iterator[list[Any]]:
    with tenancy.entered(firm.workspace.pk):
        kind = WorkItemType.objects.of(firm.workspace).get(key="order")
        begun, *_others, ended = kind.statuses()
    pattern = Pattern(
        WorkItem(workspace=firm.workspace, type=kind, number="", title="", system=SHOP),
        *("id", "number", "title", "status_id", "contact_id", "organisation_id", "external_id"),
        *("made_at", "changed_at", "closed_at"),
    )
    now = clock.now()
    whose = [*[contacts[0]] * RICH_WORK, *contacts[::WORK_EVERY]]
    for number, contact in enumerate(whose, 1):
        at = now - timedelta(hours=number % 20_000)
        closed_at = at + timedelta(hours=1) if number % 4 else None
        yield pattern.cut(
            *(ids.new(), f"ORD-{number:05}", f"A {THINGS[number % len(THINGS)]} for {contact.name}"),
            *(
                ended.pk if closed_at else begun.pk,
                contact.pk,
                contact.organisation_id,
                f"SH-{number * 7919:09}",
            ),
            *(at, at, closed_at),
        )


def _tasks(firm: Firm, contacts: list[Contact]) -> Iterator[list[Any]]:
    pattern = Pattern(
        Task(workspace=firm.workspace, title="Call back about the offer", owner=firm.owner),
        *("id", "contact_id", "organisation_id", "due_at", "made_at"),
    )
    now = clock.now()
    for number, contact in enumerate([*[contacts[0]] * RICH_TASKS, *contacts[::TASK_EVERY]]):
        at = now - timedelta(hours=number % 5000)
        yield pattern.cut(ids.new(), contact.pk, contact.organisation_id, at + timedelta(days=30), at)


def _promises(firm: Firm, rich: Contact) -> Iterator[list[Any]]:
    pattern = Pattern(
        Promise(workspace=firm.workspace, text="We replace it free of charge.", agent=firm.owner),
        *("id", "contact_id", "organisation_id", "due_at", "made_at", "kept_at"),
    )
    now = clock.now()
    for number in range(RICH_PROMISES):
        at = now - timedelta(days=number * 6)
        kept_at = at + timedelta(days=1) if number % 5 else None
        yield pattern.cut(ids.new(), rich.pk, rich.organisation_id, at + timedelta(days=10), at, kept_at)


def _fragments(others: list[Contact], talks: list[_Talk], chance: random.Random) -> Iterator[tuple[str, str]]:
    """A part of a name, an address, a phone, an order in a mail, the number of a piece of work."""
    for _ in range(20):
        place = chance.randrange(len(others))
        name = others[place].name
        yield name.partition(" ")[2].lower(), name
        yield f"c{place + 1}@cust", name
        yield f"089 {place + 1:07d}", name
        talk = chance.choice(talks)
        yield CODE.format(talk.number), talk.subject
        yield f"ORD-{chance.randrange(1, len(others) // WORK_EVERY):05}", "ORD-"


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize()
