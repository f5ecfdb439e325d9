"""Rota: who is there and for how much, who is out of office, skills, how teams hand out, what waits.

In:    states, absences, limits, levels, methods
Out:   them as they are now
Touch: nothing but through `rostering` and `redistributing`
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema, Status
from pydantic import AwareDatetime

from threadwell.flow import redistributing, rostering
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, Word, choice_of
from threadwell.kit import clock
from threadwell.record.hours.models import Calendar
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.availability import MOST
from threadwell.record.rota.floor import standing, terms
from threadwell.record.rota.models import (
    Absence,
    AgentSkill,
    Availability,
    Distribution,
    QueuePlace,
    Redistribution,
    Skill,
)
from threadwell.record.rota.skills import BEST
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Rota"])

StateName = Annotated[Availability.State, choice_of(Availability.State)]
OpenWorkName = Annotated[OpenWork, choice_of(OpenWork)]
MethodName = Annotated[Distribution.Method, choice_of(Distribution.Method)]


class AvailabilityShape(Schema):
    """How an agent stands now."""

    agent: Named
    state: StateName = Field(description="as it counts: `away` also when nothing was heard of them")
    since: datetime
    seen_at: datetime | None
    load: int = Field(description="points of what is open and theirs")
    capacity: int | None = Field(description="points they carry; null for no limit")
    own_capacity: int | None = Field(description="what was said of them; null: as the workspace")
    calendar: Named | None = Field(description="their working hours; null: at any time")
    is_out_of_office: bool


class StateGiven(Given):
    """What they are now."""

    state: StateName


class LimitsGiven(Given):
    """How much they carry, and by which calendar they work."""

    capacity: int | None = Field(default=None, ge=0, le=MOST, description="points; null: as the workspace")
    calendar: UUID | None = Field(default=None, description="null: at any time")


class AbsenceShape(Schema):
    """Somebody is out of office."""

    id: UUID
    agent: Named
    begins_at: datetime
    ends_at: datetime
    deputy: Named | None
    reason: str
    open_work: OpenWorkName
    begun_at: datetime | None
    withdrawn_at: datetime | None


class NewAbsence(Given):
    """When they will not be there, and who stands in."""

    agent: UUID | None = Field(default=None, description="null: the agent of the token")
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    deputy: UUID | None = None
    reason: Word = ""
    open_work: OpenWorkName = OpenWork.KEEP


class Absences(Schema):
    """A page of absences."""

    items: list[AbsenceShape]
    next: str | None


class SkillShape(Named):
    """What one may have to know."""

    made_at: datetime


class Skills(Schema):
    """A page of skills."""

    items: list[SkillShape]
    next: str | None


class SkillGiven(Given):
    """What it is called."""

    name: Annotated[Word, Field(min_length=1, max_length=60)]


class LevelShape(Given):
    """How well somebody knows something."""

    skill: UUID
    level: int = Field(ge=1, le=BEST)


class Levels(Given):
    """All skills an agent has."""

    levels: Annotated[list[LevelShape], Field(max_length=200)]


class HandingOut(Given):
    """How a team hands out what comes to it."""

    method: MethodName


class PlaceShape(Schema):
    """A conversation that waits."""

    number: int
    subject: str
    priority: int
    team: Named | None
    since: datetime
    because: str

    @staticmethod
    def resolve_number(place: QueuePlace) -> int:
        return int(place.conversation.number)

    @staticmethod
    def resolve_subject(place: QueuePlace) -> str:
        return str(place.conversation.subject)

    @staticmethod
    def resolve_priority(place: QueuePlace) -> int:
        return int(place.conversation.priority)


class Places(Schema):
    """What waits, in its order; the first 200."""

    items: list[PlaceShape]
    count: int


class RedistributionShape(Schema):
    """Open conversations go to others; how far it is."""

    id: UUID
    cause: Literal["left", "absent", "by-hand"]
    total: int
    done: int
    given: int
    queued: int
    made_at: datetime
    ended_at: datetime | None


@router.get("/agents/{uuid:agent_id}/availability", response=AvailabilityShape, auth=Scope(May.READ))
def get_availability(request: Call, agent_id: UUID) -> dict[str, Any]:
    """How they stand now, what they carry and what they may carry."""
    return _standing(request, _agent(request, agent_id))


@router.put("/agents/{uuid:agent_id}/availability", response=AvailabilityShape, auth=Scope(May.HANDLE))
def say_availability(request: Call, agent_id: UUID, given: StateGiven) -> dict[str, Any]:
    """Online, busy, away or offline; of others, for supervisors."""
    agent = _agent(request, agent_id)
    rostering.say_state(agent, given.state, by=request.agent)
    return _standing(request, agent)


@router.put("/agents/{uuid:agent_id}/limits", response=AvailabilityShape, auth=Scope(May.SUPERVISE))
def limit_agent(request: Call, agent_id: UUID, given: LimitsGiven) -> dict[str, Any]:
    """How much they carry, and when they work."""
    agent = _agent(request, agent_id)
    rows = Calendar.objects.of(request.workspace_id)
    calendar = one_of(rows, pk=given.calendar) if given.calendar else None
    rostering.give_capacity(agent, given.capacity, by=request.agent)
    rostering.give_hours(agent, calendar, by=request.agent)
    return _standing(request, agent)


@router.get("/agents/{uuid:agent_id}/skills", response=Levels, auth=Scope(May.READ))
def get_agent_skills(request: Call, agent_id: UUID) -> dict[str, Any]:
    """What they know, and how well."""
    return _levels(_agent(request, agent_id))


@router.put("/agents/{uuid:agent_id}/skills", response=Levels, auth=Scope(May.SUPERVISE))
def give_agent_skills(request: Call, agent_id: UUID, given: Levels) -> dict[str, Any]:
    """Exactly these; skills that are not there are left out."""
    agent = _agent(request, agent_id)
    rostering.give_skills(agent, {one.skill: one.level for one in given.levels}, by=request.agent)
    return _levels(agent)


@router.get("/absences", response=Absences, auth=Scope(May.READ))
def list_absences(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Who is out of office, now and from now on, the first to be back first."""
    rows = Absence.objects.of(request.workspace_id).to_come(clock.now())
    return paged(rows.select_related("agent", "deputy"), by="ends_at", cursor=cursor, limit=limit)


@router.post("/absences", response={201: AbsenceShape}, auth=Scope(May.HANDLE))
def enter_absence(request: Call, given: NewAbsence) -> Status[Absence]:
    """Somebody will be out of office; of others, for supervisors."""
    absence = rostering.go_out(
        _agent(request, given.agent) if given.agent else request.agent,
        begins_at=given.begins_at,
        ends_at=given.ends_at,
        deputy=_agent(request, given.deputy) if given.deputy else None,
        reason=given.reason,
        open_work=given.open_work,
        by=request.agent,
    )
    return Status(201, absence)


@router.delete("/absences/{uuid:absence_id}", response=AbsenceShape, auth=Scope(May.HANDLE))
def withdraw_absence(request: Call, absence_id: UUID) -> Any:
    """They will not be, or are back already."""
    rows = Absence.objects.of(request.workspace_id).select_related("agent", "deputy")
    rostering.come_in(one_of(rows, pk=absence_id), by=request.agent)
    return one_of(rows, pk=absence_id)


@router.get("/skills", response=Skills, auth=Scope(May.READ))
def list_skills(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What one may have to know."""
    return paged(Skill.objects.of(request.workspace_id), by="pk", cursor=cursor, limit=limit)


@router.post("/skills", response={201: SkillShape}, auth=Scope(May.SUPERVISE))
def make_skill(request: Call, given: SkillGiven) -> Status[Skill]:
    """One more."""
    return Status(201, rostering.make_skill(given.name, by=request.agent))


@router.patch("/skills/{uuid:skill_id}", response=SkillShape, auth=Scope(May.SUPERVISE))
def rename_skill(request: Call, skill_id: UUID, given: SkillGiven) -> Any:
    """Another name."""
    skill = one_of(Skill.objects.of(request.workspace_id), pk=skill_id)
    rostering.rename_skill(skill, given.name, by=request.agent)
    return skill


@router.delete("/skills/{uuid:skill_id}", response=SkillShape, auth=Scope(May.SUPERVISE))
def remove_skill(request: Call, skill_id: UUID) -> Any:
    """Nobody has it any more; as it was."""
    skill = one_of(Skill.objects.of(request.workspace_id), pk=skill_id)
    rostering.remove_skill(skill, by=request.agent)
    return skill


@router.get("/teams/{uuid:team_id}/distribution", response=HandingOut, auth=Scope(May.READ))
def get_distribution(request: Call, team_id: UUID) -> dict[str, Any]:
    """How it hands out what comes to it."""
    team = one_of(Team.objects.of(request.workspace_id), pk=team_id)
    found = Distribution.objects.of(request.workspace_id).filter(team=team).first()
    return {"method": found.method if found else Distribution.Method.BY_HAND}


@router.put("/teams/{uuid:team_id}/distribution", response=HandingOut, auth=Scope(May.SUPERVISE))
def set_distribution(request: Call, team_id: UUID, given: HandingOut) -> dict[str, Any]:
    """It hands out in that way from now on."""
    team = one_of(Team.objects.of(request.workspace_id), pk=team_id)
    rostering.hand_out_by(team, given.method, by=request.agent)
    return {"method": given.method}


@router.get("/teams/{uuid:team_id}/queue", response=Places, auth=Scope(May.READ))
def get_queue(request: Call, team_id: UUID, limit: Limit = 50) -> dict[str, Any]:
    """What waits in it until somebody can take it, the next one first."""
    team = one_of(Team.objects.of(request.workspace_id), pk=team_id)
    rows = QueuePlace.objects.of(request.workspace_id).waiting().filter(team=team)
    items = rows.in_order().select_related("conversation", "team")[:limit]
    return {"items": list(items), "count": rows.count()}


@router.post(
    "/teams/{uuid:team_id}/redistribution", response={201: RedistributionShape}, auth=Scope(May.SUPERVISE)
)
def redistribute(request: Call, team_id: UUID) -> Status[Redistribution]:
    """Look for an owner for everything of the team that is nobody's."""
    team = one_of(Team.objects.of(request.workspace_id), pk=team_id)
    row = redistributing.begin(Redistribution.Cause.BY_HAND, team=team, by=request.agent)
    return Status(201, row)


@router.get("/redistributions/{uuid:redistribution_id}", response=RedistributionShape, auth=Scope(May.READ))
def get_redistribution(request: Call, redistribution_id: UUID) -> Any:
    """How far it is."""
    return one_of(Redistribution.objects.of(request.workspace_id), pk=redistribution_id)


def _standing(request: Call, agent: Agent) -> dict[str, Any]:
    said = rostering.availability_of(agent)
    rows = standing(request.workspace_id, wanted=[(None, agent.pk)], now=clock.now())
    row = next(one for one in rows if one.agent_id == agent.pk)
    limit = terms(request.workspace_id).workload.capacity
    return {
        "agent": agent,
        "state": said.standing,
        "since": said.standing_since,
        "seen_at": said.seen_at,
        "load": row.load,
        "capacity": limit if row.capacity is None else row.capacity,
        "own_capacity": said.capacity,
        "calendar": said.calendar,
        "is_out_of_office": row.absent_until is not None,
    }


def _levels(agent: Agent) -> dict[str, Any]:
    rows = AgentSkill.objects.of(agent.workspace_id).filter(agent=agent).order_by("skill__name")
    return {"levels": [{"skill": one.skill_id, "level": one.level} for one in rows]}


def _agent(request: Call, key: UUID) -> Agent:
    found: Agent = one_of(Agent.objects.of(request.workspace_id).filter(left_at=None), pk=key)
    return found
