"""Work: kinds and pieces of work, for programs: listed, begun, changed, moved, tied, mirrored.

In:    filters; what shall be; what another system says
Out:   work items as they are now
Touch: nothing but through the verbs of a work item
"""

from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema, Status

from threadwell.interfaces.api import conversations, talk, work_shapes
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import named, one_of, paged
from threadwell.interfaces.api.texts import Cursor, Limit, Word
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import cleaned, fields_of
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.work import finding, mirroring
from threadwell.record.work.links import WorkLink, link, unlink
from threadwell.record.work.models import WorkItem, WorkItemType, WorkRelation, WorkStatus
from threadwell.record.work.relations import relate, relations_of, unrelate
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Work"])


class AskedWork(Schema):
    """What a list of work is narrowed to; empty ones narrow nothing."""

    type: Word = Field(default="", description="the key of a type")
    status: Word = Field(default="", description="the key of a status of that type")
    is_open: bool | None = None
    owner: UUID | None = None
    is_unowned: bool = False
    team: UUID | None = None
    is_late: bool = False
    contact: UUID | None = None
    organisation: UUID | None = None
    system: Word = ""
    external_id: Word = ""
    number: Word = ""
    words: Word = Field(default="", description="of the title, or how the number begins")


@router.get("/work-item-types", response=work_shapes.Types, auth=Scope(May.READ))
def list_work_item_types(request: Call) -> dict[str, Any]:
    """Kinds of work with their statuses, archived ones too."""
    kinds = list(WorkItemType.objects.of(request.workspace_id).order_by("position", "pk"))
    statuses: dict[UUID, list[WorkStatus]] = {}
    for one in WorkStatus.objects.of(request.workspace_id).order_by("position", "pk"):
        statuses.setdefault(one.type_id, []).append(one)
    names = ("id", "name", "key", "number_format", "is_deal", "currency", "archived_at")
    told = [{name: getattr(kind, name) for name in names} for kind in kinds]
    return {"items": [{**one, "statuses": statuses.get(one["id"], [])} for one in told]}


@router.get("/work-items", response=work_shapes.WorkItems, auth=Scope(May.READ))
def list_work_items(
    request: Call, asked: Query[AskedWork], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Work, what is due first; what has no date stands last."""
    kind = _kind(request, asked.type) if asked.type else None
    status = _status(kind, asked.status) if asked.status else None
    filters = finding.Filters(
        type=kind.pk if kind else None,
        status=status.pk if status else None,
        is_open=asked.is_open,
        owner=asked.owner,
        is_unowned=asked.is_unowned,
        team=asked.team,
        is_late=asked.is_late,
        contacts=[asked.contact] if asked.contact else [],
        organisations=[asked.organisation] if asked.organisation else [],
        system=asked.system,
        words=asked.words,
    )
    rows = finding.narrowed(_items(request), filters)
    exact = {"external_id": asked.external_id, "number": asked.number.upper()}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return paged(rows, by="due_order", cursor=cursor, limit=limit)


@router.post("/work-items", response={201: work_shapes.WorkItemShape}, auth=Scope(May.HANDLE))
def open_work_item(request: Call, given: work_shapes.NewWork) -> Status[WorkItem]:
    """Begin a piece of work."""
    kind = _kind(request, given.type)
    if kind.archived_at:
        raise Invalid(_("No new ones of this kind are begun: it is archived."))
    talked = conversations.plain(request, given.conversation) if given.conversation else None
    item = WorkItem.open_one(
        kind,
        by=request.agent,
        status=_status(kind, given.status) if given.status else None,
        number=given.number,
        owner=_owner(request, given.owner),
        team=named(Team.objects.of(request.workspace_id), given.team, "team"),
        **_facts(request, given, kind),
    )
    if talked:
        link(item, talked, by=request.agent)
    return Status(201, _shown(request, item.pk))


@router.put("/mirrored-work-items", response=work_shapes.Heard, auth=Scope(May.HANDLE))
def mirror_work_item(request: Call, given: work_shapes.News) -> dict[str, Any]:
    """Say what another system says: makes the item the first time, and changes it later."""
    known = mirroring.mirrored(request.workspace_id, given.system, given.external_id)
    kind = known.type if known else _kind(request, given.type)
    facts = _facts(request, given, kind, item=known)
    news = mirroring.News(
        system=given.system,
        external_id=given.external_id,
        kind=kind,
        seen_at=given.seen_at,
        number=given.number,
        status=_status(kind, given.status) if given.status else None,
        seen_status=given.seen_status,
        facts=facts,
    )
    heard = mirroring.mirror(news, by=request.agent)
    return {"outcome": heard.outcome, "work_item": _shown(request, heard.item.pk)}


@router.get("/work-items/{uuid:work_item_id}", response=work_shapes.WorkItemShape, auth=Scope(May.READ))
def get_work_item(request: Call, work_item_id: UUID) -> WorkItem:
    """One piece of work."""
    return _shown(request, work_item_id)


@router.patch("/work-items/{uuid:work_item_id}", response=work_shapes.WorkItemShape, auth=Scope(May.HANDLE))
def change_work_item(request: Call, work_item_id: UUID, given: work_shapes.ChangedWork) -> WorkItem:
    """Give it other values; what is left out stays."""
    item = _plain(request, work_item_id)
    item.change(by=request.agent, **_facts(request, given, item.type, item=item))
    if "owner" in given.model_fields_set:
        item.assign(_owner(request, given.owner), by=request.agent)
    if "team" in given.model_fields_set:
        team = named(Team.objects.of(request.workspace_id), given.team, "team")
        item.pass_to(team, by=request.agent)
    return _shown(request, work_item_id)


@router.put(
    "/work-items/{uuid:work_item_id}/status", response=work_shapes.WorkItemShape, auth=Scope(May.HANDLE)
)
def move_work_item(request: Call, work_item_id: UUID, given: work_shapes.Move) -> WorkItem:
    """Go on to another status, if its type allows that."""
    item = _plain(request, work_item_id)
    seen = _status(item.type, given.seen).pk if given.seen else None
    item.move(_status(item.type, given.status), by=request.agent, seen=seen)
    return _shown(request, work_item_id)


@router.get("/work-items/{uuid:work_item_id}/events", response=talk.Events, auth=Scope(May.READ))
def list_events_of_work_item(
    request: Call, work_item_id: UUID, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What happened to it, the oldest first."""
    item = _plain(request, work_item_id)
    rows = Event.objects.of(request.workspace_id).filter(about=item.pk).select_related("by")
    return paged(rows.fetch_mode(models.FETCH_RAISE), by="at", cursor=cursor, limit=limit)


@router.get(
    "/work-items/{uuid:work_item_id}/conversations",
    response=work_shapes.TalksOfWork,
    auth=Scope(May.READ),
)
def list_conversations_of_work_item(request: Call, work_item_id: UUID) -> dict[str, Any]:
    """The conversations that are about it."""
    item = _plain(request, work_item_id)
    links = WorkLink.objects.of(request.workspace_id).filter(item_id=item.pk)
    rows = Conversation.objects.of(request.workspace_id).filter(pk__in=links.values("conversation_id"))
    return {"items": list(queues.shown(rows, request.agent).order_by("-last_message_at")[:200])}


@router.get("/work-items/{uuid:work_item_id}/relations", response=work_shapes.Relations, auth=Scope(May.READ))
def list_relations_of_work_item(request: Call, work_item_id: UUID) -> dict[str, Any]:
    """How it stands to other work."""
    return {"items": relations_of(_plain(request, work_item_id))}


@router.post(
    "/work-items/{uuid:work_item_id}/relations", response=work_shapes.Relations, auth=Scope(May.HANDLE)
)
def relate_work_item(request: Call, work_item_id: UUID, given: work_shapes.NewRelation) -> dict[str, Any]:
    """Say how it stands to another; a circle of parts or of blocks is refused (work-cycle)."""
    item = _plain(request, work_item_id)
    other = named(WorkItem.objects.of(request.workspace_id), given.other, "other")
    relate(item, given.kind, other, by=request.agent)
    return {"items": relations_of(item)}


@router.delete(
    "/work-items/{uuid:work_item_id}/relations/{uuid:relation_id}",
    response=work_shapes.Relations,
    auth=Scope(May.HANDLE),
)
def unrelate_work_item(request: Call, work_item_id: UUID, relation_id: UUID) -> dict[str, Any]:
    """They no longer stand so to each other."""
    item = _plain(request, work_item_id)
    rows = WorkRelation.objects.of(request.workspace_id).select_related("item", "other")
    sides = models.Q(item_id=item.pk) | models.Q(other_id=item.pk)
    unrelate(one_of(rows.filter(sides), pk=relation_id), by=request.agent)
    return {"items": relations_of(item)}


@router.get("/conversations/{int:number}/work-items", response=work_shapes.WorkItems, auth=Scope(May.READ))
def list_work_items_of_conversation(
    request: Call, number: int, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What it is about."""
    links = WorkLink.objects.of(request.workspace_id).filter(
        conversation_id=conversations.plain(request, number).pk
    )
    rows = _items(request).filter(pk__in=links.values("item_id"))
    return paged(rows, by="due_order", cursor=cursor, limit=limit)


@router.put(
    "/conversations/{int:number}/work-items/{uuid:work_item_id}",
    response=work_shapes.WorkItemShape,
    auth=Scope(May.HANDLE),
)
def link_work_item(request: Call, number: int, work_item_id: UUID) -> WorkItem:
    """Say that the conversation is about it."""
    link(_plain(request, work_item_id), conversations.plain(request, number), by=request.agent)
    return _shown(request, work_item_id)


@router.delete(
    "/conversations/{int:number}/work-items/{uuid:work_item_id}",
    response=work_shapes.WorkItemShape,
    auth=Scope(May.HANDLE),
)
def unlink_work_item(request: Call, number: int, work_item_id: UUID) -> WorkItem:
    """The conversation is not about it."""
    unlink(_plain(request, work_item_id), conversations.plain(request, number), by=request.agent)
    return _shown(request, work_item_id)


def _items(request: Call) -> Any:
    rows = WorkItem.objects.of(request.workspace_id).select_related(*finding.BESIDE)
    return rows.fetch_mode(models.FETCH_RAISE)


def _shown(request: Call, key: UUID) -> WorkItem:
    found: WorkItem = one_of(_items(request), pk=key)
    return found


def _plain(request: Call, key: UUID) -> WorkItem:
    rows = WorkItem.objects.of(request.workspace_id).select_related(*finding.BESIDE)
    found: WorkItem = one_of(rows, pk=key)
    return found


def _kind(request: Call, key: str) -> WorkItemType:
    found: WorkItemType | None = WorkItemType.objects.of(request.workspace_id).filter(key=key).first()
    if found is None:
        raise Invalid(_("“%(field)s” names nothing here.") % {"field": "type"})
    return found


def _status(kind: WorkItemType | None, key: str) -> WorkStatus:
    if kind is None:
        raise Invalid(_("A status belongs to a type: name that as well."))
    found = next((one for one in kind.statuses() if one.key == key), None)
    if found is None:
        raise Invalid(_("“%(field)s” names nothing here.") % {"field": "status"})
    return found


def _facts(
    request: Call, given: work_shapes.Said, kind: WorkItemType, *, item: WorkItem | None = None
) -> dict[str, Any]:
    """What was said, as the verbs take it; what was left out is not in it."""
    said = given.model_fields_set
    facts: dict[str, Any] = {name: getattr(given, name) for name in ("due_at", "amount") if name in said}
    facts |= {name: getattr(given, name) or "" for name in ("detail", "currency", "link") if name in said}
    if given.title is not None:
        facts["title"] = given.title
    contacts = Contact.objects.of(request.workspace_id).select_related("organisation")
    if "contact" in said:
        facts["contact"] = named(contacts, given.contact, "contact")
    elif given.contact_email:
        known = Identity.objects.of(request.workspace_id).filter(
            kind=Identity.Kind.EMAIL, value=given.contact_email.casefold()
        )
        if found := contacts.filter(pk__in=known.values("contact_id")).first():
            facts["contact"] = found
    if "organisation" in said:
        organisations = Organisation.objects.of(request.workspace_id)
        facts["organisation"] = named(organisations, given.organisation, "organisation")
    if given.custom is not None or item is None:
        facts["custom"] = _custom(kind, given.custom or {}, item=item)
    return facts


def _custom(kind: WorkItemType, given: dict[str, Any], *, item: WorkItem | None) -> dict[str, Any]:
    fields = fields_of(kind.workspace_id, CustomField.About.WORK_ITEM, of_type=kind.pk)
    # A program that knows nothing of a field that people must fill in may still begin work.
    kept = cleaned(fields, given, before=item.custom if item else None, partial=True)
    for key, wrong in kept.errors.items():
        raise Invalid(f"custom.{key}: {wrong}")
    return kept.values


def _owner(request: Call, key: UUID | None) -> Agent | None:
    found: Agent | None = named(Agent.objects.of(request.workspace_id).filter(left_at=None), key, "owner")
    if found and May.HANDLE not in found.may:
        raise Invalid(_("%(name)s cannot own work here.") % {"name": found.name})
    return found
