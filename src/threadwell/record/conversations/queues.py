"""Queues: which conversations stand where on the desk, narrowed how, in which order.

In:    an agent, a place of the desk, filters
Out:   querysets of conversations, with what a row shows; how many stand at each place
Touch: nothing
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Now

from threadwell.kit.tenancy import OwnedQuerySet
from threadwell.record.conversations import finding
from threadwell.record.conversations.conversation import Conversation, Conversations
from threadwell.record.conversations.desk import Draft, Mention, ReadMark
from threadwell.record.conversations.message import Message
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import having
from threadwell.record.workplace.models import Agent, Workspace

SOON = timedelta(hours=24)  #: what is due later is not due soon
#: what a row of a list shows besides itself
SHOWN = ("contact__one_with", "organisation__one_with", "owner", "team", "inbox")
#: what its row in a list of the desk shows, and what such lists are paged by
ROW = (
    *("number", "subject", "preview", "labels", "participants", "status", "priority", "last_word"),
    *("last_message_at", "waiting_since", "queue_at", "snoozed_until", "due_at", "due_for"),
    *("asides_waiting", "handed_to", "inbox__kind", "owner__name"),
    *("contact__name", "contact__one_with__name", "organisation__name", "organisation__one_with__name"),
)
#: How near a deadline is; what is owed at no time is neither.
DUE = {"overdue": Q(due_at__lt=Now()), "soon": Q(due_at__gte=Now(), due_at__lte=Now() + SOON)}
COUNTED = 1000  #: nobody reads a larger number; counting stops there


class Place(StrEnum):
    """A queue that every workspace has."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    DUE = "due"
    MENTIONS = "mentions"
    DRAFTS = "drafts"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Order(StrEnum):
    """What stands first."""

    WAITING = "waiting"  #: who has waited longest
    NEWEST = "newest"
    WAKING = "waking"  #: what comes back next
    DUE = "due"  #: whose deadline is next, or longest past

    @property
    def by(self) -> str:
        """The field to page by."""
        return {
            "waiting": "queue_at",
            "newest": "-last_message_at",
            "waking": "snoozed_until",
            "due": "due_at",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; empty ones narrow nothing."""

    inbox: UUID | None = None
    team: UUID | None = None
    owner: UUID | None = None
    is_unowned: bool = False
    label: str = ""
    priority: int | None = None  #: at least
    type: str = ""
    channel: str = ""
    is_unread: bool = False
    has_attachment: bool = False
    since: datetime | None = None
    until: datetime | None = None
    due_before: datetime | None = None
    is_waiting: bool = False  #: the customer waits for us
    due: str = ""  #: "overdue", or "soon": due from now on until `SOON`
    words: str = ""
    custom: tuple[tuple[CustomField, str], ...] = ()  #: a field of the workspace's own, and what its value is

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


def at(place: Place, agent: Agent) -> Conversations:
    """The conversations of a place, as this agent sees it."""
    every: Conversations = Conversation.objects.of(agent.workspace_id)
    if place in _BESIDE:
        return every.filter(_BESIDE[place](agent), joined_into=None)
    if place is Place.SNOOZED:
        return every.snoozed()
    if place is Place.CLOSED:
        return every.closed().filter(joined_into=None)
    if place is Place.DUE:
        # The database's own time: a question is put once, and asked at many moments.
        return every.filter(due_at__lte=Now() + SOON)
    every = every.open()
    if place is Place.MINE:
        return every.owned_by(agent)
    return every.unassigned() if place is Place.UNASSIGNED else every


def _called(agent: Agent) -> Q:
    return Q(Exists(_of_the_row(Mention, agent)))


def _writing(agent: Agent) -> Q:
    """Somebody has begun to write there, or in one that goes on there."""
    mine = Draft.objects.of(agent.workspace_id).filter(agent_id=agent.pk)
    elsewhere = mine.filter(conversation__joined_into_id__isnull=False)
    # Their few keys: asked whether it has one here or there, every conversation would be read.
    keys = mine.values("conversation_id").union(elsewhere.values("conversation__joined_into_id"))
    return Q(pk__in=keys)


#: Places of conversations at which the agent has something.
_BESIDE = {Place.MENTIONS: _called, Place.DRAFTS: _writing}


def calling(agent: Agent) -> Conversations:
    """Those in which a note calls the agent, who has not been there since."""
    unseen = _of_the_row(Mention, agent).filter(seen_at=None)
    every: Conversations = Conversation.objects.of(agent.workspace_id)
    return every.filter(Exists(unseen))


def of_team(team_id: UUID, agent: Agent) -> Conversations:
    """A team's queue."""
    every: Conversations = Conversation.objects.of(agent.workspace_id)
    return every.open().filter(team_id=team_id)


def narrowed(rows: Conversations, filters: Filters, agent: Agent) -> Conversations:
    """Those of the rows that the filters leave."""
    exact = {
        "inbox_id": filters.inbox,
        "team_id": filters.team,
        "owner_id": filters.owner,
        "priority__gte": filters.priority,
        "type": filters.type,
        "inbox__kind": filters.channel,
        "labels__contains": [filters.label] if filters.label else None,
        "last_message_at__gte": filters.since,
        "last_message_at__lt": filters.until,
        "due_at__lt": filters.due_before,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.is_unowned:
        rows = rows.unassigned()
    if filters.is_waiting:
        rows = rows.filter(waiting_since__isnull=False)
    if filters.due in DUE:
        rows = rows.filter(DUE[filters.due])
    if filters.is_unread:
        rows = rows.filter(_unread_by(agent))
    if filters.has_attachment:
        rows = rows.filter(Exists(_said().filter(attachment_count__gt=0)))
    for one, text in filters.custom:
        rows = rows.filter(having(one, text))
    if filters.words.strip():
        rows = rows.filter(_says(filters.words))
    return rows


def shown(rows: Conversations, agent: Agent) -> Conversations:
    """With all that a row of the list shows; it asks for nothing more."""
    return (
        rows.annotate(is_unread=ExpressionWrapper(_unread_by(agent), output_field=BooleanField()))
        .select_related(*SHOWN)
        .fetch_mode(models.FETCH_RAISE)
    )


def in_rows(rows: Conversations, agent: Agent) -> Conversations:
    """With as much as the row of a list shows, and nothing else."""
    related = [name for name in SHOWN if name != "team"]
    return shown(rows, agent).select_related(None).select_related(*related).only(*ROW)


def counts(agent: Agent, queues: Mapping[str, OwnedQuerySet[Any]]) -> dict[str, int]:
    """How many stand in each queue, `COUNTED` at most; one query for all of them."""
    if not queues:
        return {}
    return dict(zip(queues, counted(agent, queues.values()).get(), strict=True))


def counted(agent: Agent, queues: Iterable[OwnedQuerySet[Any]]) -> Any:
    """The question that `counts` asks: one row with a number for each queue."""
    bounded = [_Bounded(rows.order_by().values("pk")[:COUNTED]) for rows in queues]
    return Workspace.objects.filter(pk=agent.workspace_id).values_list(*bounded)


def mark_read(agent: Agent, conversations: list[Conversation], *, now: datetime) -> None:
    """The agent has read these; calls from notes in them are answered."""
    ReadMark.objects.bulk_create(
        [
            ReadMark(workspace_id=agent.workspace_id, agent=agent, conversation=one, read_at=now)
            for one in conversations
        ],
        update_conflicts=True,
        unique_fields=["workspace", "agent", "conversation"],
        update_fields=["read_at"],
    )
    Mention.objects.of(agent.workspace_id).filter(
        agent_id=agent.pk, conversation_id__in=[one.pk for one in conversations], seen_at=None
    ).update(seen_at=now)


def _unread_by(agent: Agent) -> Q:
    """The customer had the last word, and this agent has not seen it. What is closed asks for no eyes."""
    read = _of_the_row(ReadMark, agent).filter(read_at__gte=OuterRef("last_message_at"))
    return Q(last_word=Conversation.Party.CONTACT) & ~Q(status=Conversation.Status.CLOSED) & ~Q(Exists(read))


def _of_the_row(model: Any, agent: Agent) -> Any:
    return model.objects.of(agent.workspace_id).filter(agent_id=agent.pk, conversation_id=OuterRef("pk"))


def _said() -> Any:
    return Message.objects.of(OuterRef("workspace_id")).filter(conversation_id=OuterRef("pk"))


def _says(text: str) -> Q:
    """All the words stand in one message."""
    return Q(Exists(_said().filter(finding.matching(text))))


class _Bounded(models.Subquery):
    """How many rows a sliced query finds."""

    template = "(SELECT count(*) FROM (%(subquery)s) bounded)"
    output_field = models.IntegerField()
    empty_result_set_value = 0
