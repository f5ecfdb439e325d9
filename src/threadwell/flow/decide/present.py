"""Present: who could take something of a team, as they stand while things are given out.

In:    needs, the moment
Out:   colleagues for `pick`; what a conversation weighs; whom its customer did well with
Touch: nothing; it keeps count of what is given out, to be written by whoever asks
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from threadwell.flow.decide.need import Need
from threadwell.flow.decide.pick import Colleague
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar
from threadwell.record.hours.openings import opening_hours_of
from threadwell.record.people.models import Contact, Preference
from threadwell.record.rota.floor import Standing, standing, terms
from threadwell.record.rota.models import Availability, Workload
from threadwell.record.sight.seeing import insides, walls_around
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import ALLOWED, May, Role

DAY = timedelta(days=1)


class Floor:
    """Everybody who was asked for, team by team."""

    def __init__(self, workspace_id: UUID, *, now: datetime) -> None:
        self.workspace_id, self.now = workspace_id, now
        self.workload = Workload(workspace_id=workspace_id)
        self.teams: dict[UUID | None, dict[UUID, Colleague]] = {}
        self.liked: dict[UUID, UUID] = {}
        self.before: dict[UUID | None, dict[UUID, Colleague]] = {}  #: as they stood when they were read
        self.people: dict[UUID, Agent] = {}
        self.walls: Mapping[UUID, frozenset[UUID]] = {}  #: of a conversation: what it stands behind
        self.inside: dict[UUID, set[UUID]] = {}  #: of an agent: the walls they may look behind
        self.turns: dict[tuple[UUID, UUID], int] = {}
        self.last_turn: dict[UUID | None, int] = {}

    def read(self, asked: Sequence[tuple[Conversation, Need]], *, is_liking: bool) -> None:
        """Look at the people of all these needs' teams, and those they want."""
        needs = [need for _one, need in asked]
        known = terms(self.workspace_id)
        self.workload = known.workload
        rows = standing(
            self.workspace_id,
            teams={need.team_id for need in needs if need.team_id},
            wanted={(need.team_id, agent) for need in needs for agent, _why in need.wanted},
            skills={skill for need in needs for skill, _level in need.skills},
            now=self.now,
        )
        closed = self._closed(rows)
        self.teams = {need.team_id: {} for need in needs}
        for row in rows:
            self.teams[row.team_id][row.agent_id] = _colleague(row, closed, self.workload)
            self.people[row.agent_id] = _agent(row, self.workspace_id)
        self.last_turn = {team: _last(rows) for team, rows in self.teams.items()}
        if is_liking:
            self.liked = self._liked({one.contact_id for one, _need in asked if one.contact_id})
        if known.is_restricted:
            self._look_for_walls([one.pk for one, _need in asked])
        self.before = {team: dict(rows) for team, rows in self.teams.items()}

    def forget_given(self) -> None:
        """What was given was only a try."""
        self.teams = {team: dict(rows) for team, rows in self.before.items()}
        self.last_turn = {team: _last(rows) for team, rows in self.teams.items()}
        self.turns = {}

    def colleagues(self, need: Need, conversation: Conversation) -> list[Colleague]:
        """Those of the need's team as they stand by now."""
        everyone = self.teams[need.team_id].values()
        walls = self.walls.get(conversation.pk)
        if not walls:
            return list(everyone)
        return [replace(one, may_see=self.inside[one.agent_id] >= walls) for one in everyone]

    def points_of(self, conversation: Conversation) -> int:
        return self.workload.points_of(conversation.inbox.kind, conversation.priority)

    def did_well(self, contact_id: UUID | None) -> UUID | None:
        return self.liked.get(contact_id) if contact_id else None

    def agent(self, agent_id: UUID) -> Agent:
        return self.people[agent_id]

    def gave(self, need: Need, agent_id: UUID, points: int, *, in_turn: bool) -> None:
        """One more for them: in all the teams they are on."""
        for team in self.teams.values():
            if one := team.get(agent_id):
                team[agent_id] = replace(one, load=one.load + points)
        if in_turn and need.team_id:
            self.last_turn[need.team_id] += 1
            turn = self.last_turn[need.team_id]
            mine = self.teams[need.team_id]
            mine[agent_id] = replace(mine[agent_id], taken=turn)
            self.turns[need.team_id, agent_id] = turn

    def somebody_is_free(self, team_id: UUID | None) -> bool:
        """Is there anybody left of the team who could carry more?"""
        return any(
            not one.hinder and not one.is_busy and (one.capacity is None or one.load < one.capacity)
            for one in self.teams.get(team_id, {}).values()
        )

    def _look_for_walls(self, keys: Sequence[UUID]) -> None:
        """Nobody gets what they may not see."""
        self.walls = walls_around(self.workspace_id, keys)
        every = frozenset[UUID]().union(*self.walls.values())
        self.inside = insides(list(self.people.values()), every)

    def _closed(self, rows: Sequence[Standing]) -> set[UUID]:
        """Calendars that somebody works by, and that are closed now."""
        wanted = {row.calendar_id for row in rows if row.calendar_id}
        if not wanted:
            return set()
        closed = set()
        today = self.now.date()
        calendars = Calendar.objects.of(self.workspace_id).filter(pk__in=wanted).select_related("workspace")
        for calendar in calendars:
            zone = calendar.workspace.zone
            openings = opening_hours_of(calendar, today - 2 * DAY, today + 2 * DAY, fallback=zone)
            if not openings.hours.is_open(self.now):
                closed.add(calendar.pk)
        return closed

    def _liked(self, contacts: set[UUID]) -> dict[UUID, UUID]:
        if not contacts:
            return {}
        whole = Coalesce(OuterRef("one_with_id"), OuterRef("pk"))
        learned = Preference.objects.of(OuterRef("workspace_id")).filter(
            contact_id=whole, kind=Preference.Kind.AGENT
        )
        rows = Contact.objects.of(self.workspace_id).filter(pk__in=contacts)
        pairs = rows.annotate(liked=Subquery(learned.values("value")[:1])).filter(liked__isnull=False)
        return {key: agent for key, told in pairs.values_list("pk", "liked") if (agent := _key(told))}


def _agent(row: Standing, workspace_id: UUID) -> Agent:
    return Agent(pk=row.agent_id, workspace_id=workspace_id, name=row.name, role=row.role)


def _last(rows: Mapping[UUID, Colleague]) -> int:
    return max((one.taken for one in rows.values()), default=0)


def _colleague(row: Standing, closed: set[UUID], workload: Workload) -> Colleague:
    capacity = row.capacity if row.capacity is not None else workload.capacity
    return Colleague(
        agent_id=row.agent_id,
        name=row.name,
        hinder=_hinder(row, closed),
        deputy_id=row.deputy_id,
        capacity=capacity,
        load=row.load,
        taken=row.taken,
        is_member=row.is_member,
        is_busy=row.state == Availability.State.BUSY,
        levels=row.levels,
    )


def _hinder(row: Standing, closed: set[UUID]) -> str:
    """The first that keeps them from taking anything."""
    found = {
        "has-left": row.has_left,
        "may-not-own": May.HANDLE not in ALLOWED[Role(row.role)],
        "out-of-office": row.absent_until is not None,
        "offline": row.state == Availability.State.OFFLINE,
        "off-shift": row.calendar_id in closed,
        "away": row.state == Availability.State.AWAY or row.is_idle,
    }
    return next((why for why, is_so in found.items() if is_so), "")


def _key(told: Any) -> UUID | None:
    try:
        return UUID(str(told))
    except ValueError:
        return None
