"""Works: what the demo's conversations are about: orders, claims, visits, deals, and projects above visits.

In:    the firm, stories with the conversations they became
Out:   work items that are tied to those conversations; the numbers are those in the mails
Touch: record.work; events

Orders stand in another system of the firm and are mirrored; all else is the firm's own. Everything is
drawn with a seed of the story's number, so it is the same each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.interfaces.commands.demo_firm.story import Story
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Organisation
from threadwell.record.work.models import WorkItem, WorkItemType, WorkLink, WorkRelation, WorkStatus

SYSTEM = "Freightbook"
AT_A_TIME = 500
PROJECTS = 8
LONG_AGO = timedelta(days=12)

#: topic of a story: kind of work, where it stands while it goes on, its title
KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "gate": ("order", ("held-up", "on-its-way"), "{count} pallets to {site}"),
    "reschedule": ("order", ("confirmed", "placed"), "{count} pallets to {site}, other day"),
    "where": ("order", ("on-its-way", "confirmed"), "{item} to {site}"),
    "partial": ("order", ("on-its-way", "held-up"), "{item}, the rest of {count}, to {site}"),
    "damaged": ("claim", ("reported", "being-checked"), "{item} arrived damaged at {site}"),
    "claimstatus": ("claim", ("being-checked", "accepted"), "{item}, {count} pieces"),
    "zero": ("site-visit", ("requested", "scheduled"), "Meter reads zero at {site}"),
    "noshow": ("site-visit", ("scheduled", "requested"), "Second visit to {site}"),
    "appointment": ("site-visit", ("scheduled", "on-site"), "Installation at {site}"),
    "readings": ("site-visit", ("requested", "scheduled"), "Check readings at {site}"),
    "quote": ("deal", ("qualified", "offer-sent", "negotiation", "lead"), "Frame agreement, {site}"),
}
ENDS = {
    "order": (("delivered", 19), ("cancelled", 1)),
    "claim": (("paid", 3), ("rejected", 1)),
    "site-visit": (("done", 9), ("called-off", 1)),
    "deal": (("won", 2), ("lost", 3)),
}
SEEN = {"placed": "NEW", "confirmed": "CONF", "on-its-way": "DISPATCHED", "held-up": "BLOCKED",
        "delivered": "POD", "cancelled": "CXL"}  # fmt: skip
#: behind the numbers that stand in the mails
REACHED = {"order": 21400, "claim": 1240}


@dataclass(slots=True, kw_only=True)
class _Books:
    """What was written so far."""

    items: dict[str, WorkItem] = field(default_factory=dict)  #: by number
    links: list[WorkLink] = field(default_factory=list)
    relations: list[WorkRelation] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def tell(staffed: Staffed, told: Iterable[tuple[Story, UUID | None]], *, now: datetime) -> None:
    """Write the work down; inside the workspace."""
    writing = _Writing(staffed, now)
    stories = {key: story for story, key in told if key is not None and story.topic in KINDS}
    rows = Conversation.objects.of(staffed.workspace).filter(pk__in=list(stories))
    for talk in rows.order_by("made_at", "pk"):
        writing.one(stories[talk.pk], talk)
    writing.projects()
    writing.keep()


class _Writing:
    """The kinds of work of the firm, and the books that are being written."""

    def __init__(self, staffed: Staffed, now: datetime) -> None:
        self.firm, self.now, self.books = staffed, now, _Books()
        kinds = WorkItemType.objects.of(staffed.workspace)
        self.kinds: dict[str, WorkItemType] = {kind.key: kind for kind in kinds}
        stations = WorkStatus.objects.of(staffed.workspace).select_related("type")
        self.stations = {(one.type.key, one.key): one for one in stations}
        self.counts = dict(REACHED)

    def one(self, story: Story, talk: Conversation) -> None:
        """What one story is about."""
        chance = Random(f"work {story.number}")  # noqa: S311 (a story, not a secret)
        kind, going, title = KINDS[story.topic]
        number = {"order": story.gaps["order"], "claim": story.gaps["claim"]}.get(kind) or self._next(kind)
        if number in self.books.items:
            return
        item = self._item(kind, number, title.format_map(story.gaps), story, talk)
        is_over = talk.status == "closed" and self.now - talk.last_message_at > LONG_AGO
        ends = ENDS[kind]
        end = chance.choices([key for key, _ in ends], [weight for _, weight in ends])[0]
        key = end if is_over else chance.choice(going)
        self._stands(item, key, at=talk.last_message_at + timedelta(hours=chance.randint(2, 60)))
        item.due_at = self._due(item, chance)
        if kind == "deal":
            item.amount = Decimal(chance.choice([1800, 2450, 4860, 7200, 12500, 18400, 36000]))
            item.currency = "EUR"
        self.books.links.append(WorkLink(workspace=self.firm.workspace, item=item, conversation=talk))
        if story.topic == "damaged" and story.gaps["order"] not in self.books.items:
            order = self._item(
                "order", story.gaps["order"], f"{story.gaps['item']} to {story.gaps['site']}", story, talk
            )
            self._stands(order, "delivered", at=item.made_at)
            self._relate(item, WorkRelation.Kind.RELATES, order)

    def projects(self) -> None:
        """The visits of those who have most of them, under one roof each."""
        visits: dict[UUID, list[WorkItem]] = {}
        for item in self.books.items.values():
            if item.type.key == "site-visit" and item.organisation_id:
                visits.setdefault(item.organisation_id, []).append(item)
        largest = sorted(visits.items(), key=lambda pair: (-len(pair[1]), pair[1][0].number))[:PROJECTS]
        names = dict(Organisation.objects.of(self.firm.workspace).values_list("pk", "name"))
        for organisation_id, parts in largest:
            project = self._begun(
                "project", self._next("project"), f"Metering rollout, {names[organisation_id]}"
            )
            project.organisation_id = organisation_id
            project.owner = self.firm.agents["jonas.berg"]
            project.team = self.firm.teams["Installations"]
            project.made_at = min(part.made_at for part in parts) - timedelta(days=20)
            project.due_at = self.now + timedelta(days=45)
            self._opened(project)
            self._stands(project, "running", at=project.made_at + timedelta(days=6))
            for part in parts[:12]:
                self._relate(project, WorkRelation.Kind.PARENT, part)

    def keep(self) -> None:
        """Put all of it into the record."""
        books = self.books
        WorkItem.objects.bulk_create(books.items.values(), batch_size=AT_A_TIME)
        WorkLink.objects.bulk_create(books.links, batch_size=AT_A_TIME)
        WorkRelation.objects.bulk_create(books.relations, batch_size=AT_A_TIME)
        Event.objects.bulk_create(books.events, batch_size=AT_A_TIME)
        for key, reached in self.counts.items():
            WorkItemType.objects.of(self.firm.workspace).filter(key=key).update(last_number=reached)

    def _item(self, kind: str, number: str, title: str, story: Story, talk: Conversation) -> WorkItem:
        item = self._begun(kind, number, title)
        item.owner, item.team = self.firm.agents[story.by], self.firm.teams[story.team]
        item.contact_id, item.organisation_id = talk.contact_id, talk.organisation_id
        item.made_at = talk.made_at - timedelta(days=2 if kind == "order" else 0)
        if kind == "order":
            item.system, item.external_id = SYSTEM, number.removeprefix("ORD-")
            item.link = f"https://freightbook.example/orders/{item.external_id}"
        self._opened(item)
        return item

    def _begun(self, kind: str, number: str, title: str) -> WorkItem:
        status = next(one for (key, _name), one in self.stations.items() if key == kind and one.position == 0)
        item = WorkItem(
            workspace=self.firm.workspace,
            type=self.kinds[kind],
            number=number,
            title=title[:1].upper() + title[1:],
            status=status,
        )
        self.books.items[number] = item
        return item

    def _opened(self, item: WorkItem) -> None:
        item.changed_at = item.made_at
        facts = {
            "number": item.number,
            "title": item.title,
            "type": item.type.key,
            "status": item.status.name,
        }
        if item.system:
            facts["because"] = f"{item.system} says so."
        self._tell(item, "work_item.opened", item.made_at, facts)

    def _stands(self, item: WorkItem, key: str, *, at: datetime) -> None:
        """Where it came to; when, as long as that is past."""
        before, item.status = item.status, self.stations[item.type.key, key]
        at = min(at, self.now)
        if item.system:
            item.seen_status, item.seen_at = SEEN[key], at
        item.closed_at = None if item.status.is_open else at
        if before.pk == item.status.pk:
            return
        item.changed_at = at
        facts = {
            "number": item.number,
            "status": str(item.status.pk),
            "status_name": item.status.name,
            "before": str(before.pk),
            "before_name": before.name,
        }
        if item.system:
            facts["because"] = f"{item.system} says so."
        self._tell(item, "work_item.moved", at, facts)

    def _due(self, item: WorkItem, chance: Random) -> datetime:
        """Most of what is open is due soon; a little of it is late."""
        if item.closed_at:
            due = item.closed_at + timedelta(days=chance.randint(-1, 4))
        else:
            due = self.now + timedelta(days=chance.choices([-3, 1, 2, 4, 7, 14], [2, 3, 4, 4, 3, 2])[0])
        return due.replace(hour=chance.choice([9, 12, 15, 16]), minute=0, second=0, microsecond=0)

    def _relate(self, item: WorkItem, kind: str, other: WorkItem) -> None:
        if kind == WorkRelation.Kind.RELATES and item.pk > other.pk:
            item, other = other, item
        self.books.relations.append(
            WorkRelation(workspace=self.firm.workspace, kind=kind, item=item, other=other)
        )

    def _tell(self, item: WorkItem, name: str, at: datetime, facts: dict[str, Any]) -> None:
        by = None if item.system else item.owner
        self.books.events.append(
            Event(workspace=self.firm.workspace, name=name, about=item.pk, by=by, facts=facts, at=at)
        )

    def _next(self, kind: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        width = {"deal": 4, "project": 4}.get(kind, 5)
        letters = {"site-visit": "VIS", "deal": "DEAL", "project": "PRJ"}[kind]
        return f"{letters}-{self.counts[kind]:0{width}}"
