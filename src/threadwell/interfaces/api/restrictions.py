"""Restrictions: what only some may see, why, who asks to be let in, and who looked.

In:    names, reasons, subjects, insiders
Out:   restrictions, requests, the audit
Touch: nothing but through `restricting`
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _t
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from threadwell.flow import restricting
from threadwell.flow.restricting import Behind, Who
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, Word, choice_of
from threadwell.kit.errors import Invalid
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import AuditEntry
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.sight import seeing
from threadwell.record.sight.models import AccessRequest, Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May, Role

router = Router(tags=["Restrictions"])

SubjectKind = Annotated[Subject.Kind, choice_of(Subject.Kind)]
RoleName = Annotated[Role, choice_of(Role)]
Deed = Annotated[AuditEntry.Deed, choice_of(AuditEntry.Deed)]
MODELS: dict[str, Any] = {"contact": Contact, "organisation": Organisation, "inbox": Inbox}


class SubjectShape(Given):
    """Something that stands behind a restriction."""

    kind: SubjectKind
    key: UUID | None = Field(default=None, description="of a contact, an organisation, an inbox")
    field: str = Field(
        default="",
        max_length=60,
        description="`identity.phone`, `identity.handle`, `identity.external`, or a custom field: its noun,"
        " a dot, its key",
    )


class InsiderShape(Given):
    """Somebody who may look: a role, a team or an agent."""

    role: RoleName | None = None
    team: UUID | None = None
    agent: UUID | None = None
    until: AwareDatetime | None = Field(default=None, description="null: until it is taken back")


class RestrictionShape(Schema):
    """A class of customers, inboxes and fields that only some may see."""

    id: UUID
    name: str
    reason: str
    is_open: bool = Field(description="to the one whom the token speaks for")
    insiders: list[InsiderShape]
    subjects: list[SubjectShape] = Field(description="empty for whoever stands outside and does not manage")
    made_at: datetime


class Restrictions(Schema):
    """A page of restrictions."""

    items: list[RestrictionShape]
    next: str | None


class RestrictionGiven(Given):
    """What a restriction shall be; all of it."""

    name: Word
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    subjects: list[SubjectShape] = Field(default=[], max_length=restricting.MOST)
    insiders: list[InsiderShape] = Field(default=[], max_length=500)


class Wish(Given):
    """Why somebody asks to be let in."""

    why: str = Field(default="", max_length=300)


class WishShape(Schema):
    """Somebody asked to be let in."""

    id: UUID
    restriction: Named
    agent: Named
    why: str
    made_at: datetime
    answered_at: datetime | None
    is_granted: bool
    until: datetime | None


class EntryShape(Schema):
    """Somebody saw, changed or took out something restricted, or was refused."""

    id: UUID
    by: Named | None
    by_name: str
    token: str = Field(description="the name of the token; empty: by hand")
    deed: Deed
    kind: str
    about: UUID | None
    walls: list[UUID] = Field(description="the restrictions it stands behind")
    place: str
    origin: str
    at: datetime
    times: int = Field(description="how often, where calls with tokens that do not work are told together")


class Entries(Schema):
    """A page of the audit, the newest first."""

    items: list[EntryShape]
    next: str | None


class AuditFilters(Schema):
    """What the audit is narrowed to."""

    by: UUID | None = None
    about: UUID | None = None
    deed: Deed | None = None
    restriction: UUID | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.get("/restrictions", response=Restrictions, auth=Scope(May.READ))
def list_restrictions(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """All that stand, with their reasons."""
    page = paged(_standing(request), by="pk", cursor=cursor, limit=limit)
    return {**page, "items": [_shown(request, wall) for wall in page["items"]]}


@router.post("/restrictions", response={201: RestrictionShape}, auth=Scope(May.MANAGE))
def make_restriction(request: Call, given: RestrictionGiven) -> Status[Any]:
    """Hide customers, inboxes or fields from all but the insiders and the owners."""
    wall = restricting.restrict(
        given.name,
        given.reason,
        behind=_behind(request, given),
        inside=_inside(request, given),
        by=request.agent,
    )
    return Status(201, _shown(request, wall))


@router.put("/restrictions/{uuid:restriction_id}", response=RestrictionShape, auth=Scope(May.MANAGE))
def change_restriction(request: Call, restriction_id: UUID, given: RestrictionGiven) -> Any:
    """Let it be exactly this."""
    wall = one_of(_standing(request), pk=restriction_id)
    restricting.change(
        wall,
        given.name,
        given.reason,
        behind=_behind(request, given),
        inside=_inside(request, given),
        by=request.agent,
    )
    return _shown(request, wall)


@router.delete("/restrictions/{uuid:restriction_id}", response={204: None}, auth=Scope(May.MANAGE))
def dissolve_restriction(request: Call, restriction_id: UUID) -> Status[None]:
    """Open it to everybody."""
    restricting.dissolve(one_of(_standing(request), pk=restriction_id), by=request.agent)
    return Status(204, None)


@router.post("/restrictions/{uuid:restriction_id}/requests", response={201: WishShape}, auth=Scope(May.READ))
def ask_for_access(request: Call, restriction_id: UUID, given: Wish) -> Status[AccessRequest]:
    """Ask to be let in; asking twice is asking once."""
    wall = one_of(_standing(request), pk=restriction_id)
    return Status(201, restricting.ask(wall, why=given.why, by=request.agent))


@router.get("/audit", response=Entries, auth=Scope(May.AUDIT))
def list_audit(
    request: Call, filters: Query[AuditFilters], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Who looked at what is restricted, the newest first."""
    exact = {
        "by_id": filters.by,
        "about": filters.about,
        "deed": filters.deed,
        "walls__contains": [filters.restriction] if filters.restriction else None,
        "at__gte": filters.since,
        "at__lt": filters.until,
    }
    rows = AuditEntry.objects.of(request.workspace_id).select_related("by")
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return paged(rows, by="-at", cursor=cursor, limit=limit)


def _standing(request: Call) -> Any:
    return Restriction.objects.of(request.workspace_id).standing()


def _shown(request: Call, wall: Restriction) -> dict[str, Any]:
    is_open = wall.pk in seeing.insides([request.agent], [wall.pk])[request.agent.pk]
    subjects = Subject.objects.of(request.workspace_id).filter(restriction=wall).order_by("pk")
    insiders = Insider.objects.of(request.workspace_id).filter(restriction=wall).order_by("pk")
    return {
        "id": wall.pk,
        "name": wall.name,
        "reason": wall.reason,
        "is_open": is_open,
        "insiders": [
            {"role": one.role or None, "team": one.team_id, "agent": one.agent_id, "until": one.until}
            for one in insiders
        ],
        "subjects": list(subjects) if is_open or May.MANAGE in request.agent.may else [],
        "made_at": wall.made_at,
    }


def _behind(request: Call, given: RestrictionGiven) -> list[Behind]:
    for kind, model in MODELS.items():
        keys = {one.key for one in given.subjects if one.kind == kind and one.key}
        known = Subject.objects.of(request.workspace_id).filter(kind=kind, key__in=keys)
        seen = model.objects.of(request.workspace_id).filter(pk__in=keys)
        if keys - {*known.values_list("key", flat=True), *seen.values_list("pk", flat=True)}:
            raise Invalid(_t("A subject is nothing here, or nothing that you may see."))
    is_field = Subject.Kind.FIELD
    if any(
        (one.kind == is_field) != bool(one.field) or bool(one.key) == bool(one.field)
        for one in given.subjects
    ):
        raise Invalid(_t("A field has a name, and all others have a key."))
    return [Behind(kind=one.kind, key=one.key, field=one.field) for one in given.subjects]


def _inside(request: Call, given: RestrictionGiven) -> list[Who]:
    for model, keys in (
        (Team, {one.team for one in given.insiders if one.team}),
        (Agent, {one.agent for one in given.insiders if one.agent}),
    ):
        if model.objects.of(request.workspace_id).filter(pk__in=keys).count() != len(keys):
            raise Invalid(_t("An insider is nobody here."))
    if any([one.role, one.team, one.agent].count(None) != 2 for one in given.insiders):
        raise Invalid(_t("An insider is a role, a team or an agent: one of the three."))
    return [
        Who(role=one.role or "", team=one.team, agent=one.agent, until=one.until) for one in given.insiders
    ]
