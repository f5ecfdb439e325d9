"""Oversight: how it stands, in figures, and what nobody answers for.

In:    a team, or none; a kind of orphan
Out:   figures as a whole, per agent and per team; orphans
Touch: nothing
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Router, Schema

from threadwell.flow import overseeing
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, choice_of
from threadwell.kit import replica
from threadwell.record.rota.models import Orphan
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Oversight"])

KindName = Annotated[Orphan.Kind, choice_of(Orphan.Kind)]


class FiguresShape(Schema):
    """How many conversations are open, and how they stand."""

    open: int
    waiting: int = Field(description="the customer waits for us")
    overdue: int
    soon: int = Field(description="due in the next 24 hours")
    unowned: int
    oldest: datetime | None = Field(description="since when the first of them waits")


class AgentStanding(Schema):
    """One agent."""

    agent: Named
    state: str = Field(description="`online`, `busy`, `away`, `offline`, or `out` of office")
    load: int = Field(description="points of what is open and theirs")
    capacity: int | None = Field(description="points they carry; null for no limit")
    figures: FiguresShape

    @staticmethod
    def resolve_agent(line: overseeing.AgentLine) -> dict[str, Any]:
        return {"id": line.agent_id, "name": line.name}


class TeamStanding(Schema):
    """One team, with what its members carry together."""

    team: Named
    members: int
    present: int
    load: int
    capacity: int | None
    figures: FiguresShape

    @staticmethod
    def resolve_team(line: overseeing.TeamLine) -> dict[str, Any]:
        return {"id": line.team_id, "name": line.name}


class OverviewShape(Schema):
    """How it stands at a moment."""

    at: datetime
    whole: FiguresShape
    agents: list[AgentStanding]
    teams: list[TeamStanding]


class OrphanShape(Schema):
    """Something open without an owner, or without a next step."""

    id: UUID
    kind: KindName
    about: UUID = Field(description="the conversation, task, contact or organisation")
    since: datetime
    told_at: datetime | None = Field(description="supervisors were told")


class Orphans(Schema):
    """A page of orphans, those that have lasted longest first."""

    items: list[OrphanShape]
    next: str | None


@router.get("/overview", response=OverviewShape, auth=Scope(May.SUPERVISE))
def get_overview(request: Call, team: UUID | None = None) -> overseeing.Overview:
    """How many wait, are overdue, due soon and nobody's; who is there and carries how much."""
    key = one_of(Team.objects.of(request.workspace_id), pk=team).pk if team else None
    return replica.read(lambda: overseeing.overview(request.agent, team_id=key))


@router.get("/orphans", response=Orphans, auth=Scope(May.SUPERVISE))
def list_orphans(
    request: Call, kind: KindName | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What stands open without anybody who answers for it, as of the last minute."""
    rows = Orphan.objects.of(request.workspace_id)
    return paged(rows.filter(kind=kind) if kind else rows, by="since", cursor=cursor, limit=limit)
