"""Finding: lists of work narrowed by filters, the columns of a board, one item by its number or its words.

In:    a workspace, filters
Out:   querysets of work items with what a row shows; columns with counts and sums
Touch: nothing
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import Count, Q, Sum

from threadwell.kit import clock
from threadwell.kit.folding import holds
from threadwell.kit.questions import Question
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import having, mentioning
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import members_of
from threadwell.record.work.item import WorkItem, WorkItems
from threadwell.record.work.links import WorkLink
from threadwell.record.work.types import WorkItemType, WorkStatus
from threadwell.record.workplace import at_home

SHOWN = 50  #: cards of a column
REMEMBERED = timedelta(days=30)  #: what was closed longer ago stands on no board
MOST = 20  #: pieces of work that are found by words at once
SHORTEST = 3  #: letters before titles are looked through; fewer have no part that an index knows

#: What a row or a card shows beside the item.
BESIDE = ("type", "status", "owner", "team", "contact__one_with", "organisation__one_with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; empty ones narrow nothing."""

    type: UUID | None = None
    status: UUID | None = None
    is_open: bool | None = None
    owner: UUID | None = None
    is_unowned: bool = False
    team: UUID | None = None
    is_late: bool = False
    is_undated: bool = False
    due_from: datetime | None = None
    due_until: datetime | None = None
    contacts: Sequence[UUID] = ()
    organisations: Sequence[UUID] = ()
    system: str = ""
    words: str = ""
    custom: Sequence[tuple[CustomField, str]] = ()  #: a field, and what its value is

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) not in (None, "", (), False) for one in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The work in one status, as a board shows it."""

    status: WorkStatus
    items: list[WorkItem]
    count: int
    sums: list[tuple[str, Decimal]] = field(default_factory=list)  #: by currency

    @property
    def left_out(self) -> int:
        return self.count - len(self.items)


def narrowed(rows: WorkItems, filters: Filters, *, searched: Iterable[CustomField] = ()) -> WorkItems:
    """Those of the rows that the filters leave; ``searched`` are fields whose words count too."""
    exact = {
        "type_id": filters.type,
        "status_id": filters.status,
        "owner_id": filters.owner,
        "team_id": filters.team,
        "system": filters.system,
        "due_at__gte": filters.due_from,
        "due_at__lt": filters.due_until,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.is_open is not None:
        rows = rows.filter(closed_at__isnull=filters.is_open)
    if filters.is_unowned:
        rows = rows.filter(owner=None)
    if filters.is_late:
        rows = rows.late(now=clock.now())
    if filters.is_undated:
        rows = rows.filter(due_at=None)
    if filters.contacts or filters.organisations:
        rows = rows.filter(
            Q(contact_id__in=list(filters.contacts)) | Q(organisation_id__in=list(filters.organisations))
        )
    for one, value in filters.custom:
        rows = rows.filter(having(one, value))
    if words := filters.words.strip():
        rows = rows.filter(_saying(words) | mentioning(searched, words))
    return rows


def shown(rows: WorkItems) -> WorkItems:
    """With all that a row shows; it asks for nothing more."""
    return rows.select_related(*BESIDE).defer("detail").fetch_mode(models.FETCH_RAISE)


def columns(kind: WorkItemType, filters: Filters) -> list[Column]:
    """The board of a type: what is open, and what was closed in the last days."""
    rows = narrowed(WorkItem.objects.of(kind.workspace_id).filter(type_id=kind.pk), filters)
    rows = rows.filter(Q(closed_at=None) | Q(closed_at__gt=clock.now() - REMEMBERED))
    counted = rows.order_by().values("status_id", "currency").annotate(count=Count("pk"), sum=Sum("amount"))
    sums: dict[UUID, list[tuple[str, Decimal]]] = {}
    counts: dict[UUID, int] = {}
    for one in counted.order_by("currency"):
        counts[one["status_id"]] = counts.get(one["status_id"], 0) + one["count"]
        if one["sum"]:
            sums.setdefault(one["status_id"], []).append((one["currency"], one["sum"]))
    return [
        Column(
            status=status,
            items=_cards(rows, status) if counts.get(status.pk) else [],
            count=counts.get(status.pk, 0),
            sums=sums.get(status.pk, []),
        )
        for status in kind.statuses()
    ]


def of_people(
    workspace_id: UUID, *, contact: Contact | None = None, organisation: Organisation | None = None
) -> WorkItems:
    """The work of a customer: of all records that are one with it."""
    rows: WorkItems = WorkItem.objects.of(workspace_id)
    if contact is not None:
        return rows.filter(contact_id__in=members_of(contact))
    if organisation is not None:
        return rows.filter(organisation_id__in=members_of(organisation))
    return rows.none()


def of_conversation(conversation: Conversation) -> list[WorkItem]:
    """What it is about, what is open first."""
    links = WorkLink.objects.of(conversation.workspace_id).filter(conversation_id=conversation.pk)
    rows = WorkItem.objects.of(conversation.workspace_id).filter(pk__in=links.values("item_id"))
    return sorted(shown(rows).order_by("due_order", "pk")[:50], key=lambda one: one.closed_at is not None)


def conversations_of(item: WorkItem) -> list[Conversation]:
    """The conversations that are about it, the newest first."""
    links = WorkLink.objects.of(item.workspace_id).filter(item_id=item.pk)
    rows = Conversation.objects.of(item.workspace_id).filter(pk__in=links.values("conversation_id"))
    beside = rows.select_related("contact__one_with", "organisation__one_with", "owner", "inbox")
    return list(beside.order_by("-last_message_at")[:200])


def by_words(workspace_id: UUID, text: str, *, most: int) -> list[WorkItem]:
    """A few by number, by the other system's id, by parts of these and of the title; open ones first."""
    text = text.strip().replace("\0", "")
    if not text:
        return []
    keys = dict.fromkeys(_of_number(workspace_id, *_numbers_from(text))[:most])
    if len(keys) < most:
        keys |= dict.fromkeys(_of_external_id(workspace_id, text))
    if len(keys) < most and len(text) >= SHORTEST:
        keys |= dict.fromkeys(_held(workspace_id, text, most=most))
    if not keys:
        return []
    rows = {one.pk: one for one in shown(WorkItem.objects.of(workspace_id)).filter(pk__in=list(keys)[:most])}
    return [rows[key] for key in keys if key in rows]


def _held(workspace_id: UUID, text: str, *, most: int) -> list[UUID]:
    """Those in whose number, foreign id or title all the words are."""
    find = "threadwell_find_work(%s::text[], %s)"
    return [key for (key,) in at_home.asked(workspace_id, "id", find, [text.split()[:8], most])]


def _cards(rows: WorkItems, status: WorkStatus) -> list[WorkItem]:
    return list(shown(rows.filter(status_id=status.pk)).order_by("due_order", "pk")[:SHOWN])


def _saying(words: str) -> Q:
    every_word = Q()
    for word in words.split()[:10]:
        every_word &= holds("title", word)
    return every_word | _numbered(words) | _mirroring(words)


def _mirroring(external_id: str) -> Q:
    return ~Q(system="") & Q(external_id=external_id)


def _numbered(text: str) -> Q:
    """Whose number begins so; a range, for the index of a column that is compared byte by byte."""
    first, end = _numbers_from(text)
    return Q(number__gte=first, number__lt=end)


def _numbers_from(text: str) -> tuple[str, str]:
    start = text.strip().upper()
    return start, start + "\U0010ffff"


def _keys_of_number(workspace_id: UUID, first: str, end: str) -> models.QuerySet[WorkItem, UUID]:
    rows = WorkItem.objects.of(workspace_id).filter(number__gte=first, number__lt=end)
    return rows.order_by("number").values_list("pk", flat=True)[:MOST]


def _keys_of_external_id(workspace_id: UUID, said: str) -> models.QuerySet[WorkItem, UUID]:
    rows = WorkItem.objects.of(workspace_id).filter(~Q(system=""), external_id=said)
    return rows.values_list("pk", flat=True)[:MOST]


_of_number = Question(_keys_of_number)
_of_external_id = Question(_keys_of_external_id)
