"""Overseeing: what stands open at this moment, for whom, and who is there to do it.

In:    a workspace, perhaps one of its teams
Out:   figures as a whole, per agent and per team; who carries how much; what has waited longest
Touch: nothing

Each figure counts what a list of the desk shows, with the same conditions, behind the reader's own walls.
What somebody carries does not depend on who asks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from threadwell.kit import clock
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation
from threadwell.record.rota.floor import Standing, standing, terms
from threadwell.record.rota.models import Availability
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import ALLOWED, May, Role

LONGEST = 10  #: conversations that are named as those that have waited longest
OUT = "out"  #: out of office
_OWNING = [role for role in Role if May.HANDLE in ALLOWED[role]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many are open, and how they stand."""

    open: int = 0
    waiting: int = 0  #: the customer waits for us
    overdue: int = 0
    soon: int = 0  #: due in the next 24 hours
    unowned: int = 0
    oldest: datetime | None = None  #: since when the first of them waits

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            open=self.open + other.open,
            waiting=self.waiting + other.waiting,
            overdue=self.overdue + other.overdue,
            soon=self.soon + other.soon,
            unowned=self.unowned + other.unowned,
            oldest=min((one.oldest for one in (self, other) if one.oldest), default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLine:
    """One agent: what stands open with them, how much they carry, whether they are there."""

    agent_id: UUID
    name: str
    state: str  #: of `Availability.State`, or "out"
    load: int
    capacity: int | None  #: points; None for no limit
    figures: Figures

    @property
    def is_there(self) -> bool:
        return self.state in (Availability.State.ONLINE, Availability.State.BUSY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """One team: what stands in its queue, and what its members carry together."""

    team_id: UUID
    name: str
    members: int
    present: int
    load: int
    capacity: int | None
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole workspace, or what one team has."""

    at: datetime
    whole: Figures
    agents: list[AgentLine]
    teams: list[TeamLine]
    oldest: list[Conversation]


def overview(reader: Agent, *, team_id: UUID | None = None) -> Overview:
    """How it stands now; of a team: its queue, its members, and who else owns something of it."""
    workspace_id, now = reader.workspace_id, clock.now()
    rows = queues.of_team(team_id, reader) if team_id else queues.at(queues.Place.OPEN, reader)
    counted = _counted(rows)
    names = dict(Team.objects.of(workspace_id).values_list("pk", "name").order_by("name", "pk"))
    crews: dict[UUID, set[UUID]] = defaultdict(set)
    for team, agent in TeamSeat.objects.of(workspace_id).values_list("team_id", "agent_id"):
        crews[team].add(agent)
    lines = _lines(workspace_id, counted, now)
    shown = [names_of for names_of in names if team_id in (None, names_of)]
    teams = [
        _team(key, names[key], [lines[agent] for agent in crews[key] if agent in lines], counted)
        for key in shown
    ]
    if team_id:
        busy = {owner for (owner, _team), one in counted.items() if owner and one.open}
        lines = {key: line for key, line in lines.items() if key in crews[team_id] | busy}
    oldest = rows.filter(waiting_since__isnull=False).order_by("queue_at", "pk")
    return Overview(
        at=now,
        whole=sum(counted.values(), Figures()),
        agents=sorted(lines.values(), key=lambda one: (one.name.casefold(), str(one.agent_id))),
        teams=teams,
        oldest=list(oldest.select_related(*queues.SHOWN)[:LONGEST]),
    )


def _counted(rows: Any) -> dict[tuple[UUID | None, UUID | None], Figures]:
    """By owner and team, with one reading of what is open."""
    waiting = Q(waiting_since__isnull=False)
    told = (
        rows.order_by()
        .values_list("owner_id", "team_id")
        .annotate(
            every=Count("pk"),
            waits=Count("pk", filter=waiting),
            late=Count("pk", filter=queues.DUE["overdue"]),
            soon=Count("pk", filter=queues.DUE["soon"]),
            first=Min("waiting_since"),
        )
    )
    return {
        (owner, team): Figures(
            open=every,
            waiting=waits,
            overdue=late,
            soon=soon,
            unowned=every if owner is None else 0,
            oldest=oldest,
        )
        for owner, team, every, waits, late, soon, oldest in told
    }


def _lines(
    workspace_id: UUID, counted: dict[tuple[UUID | None, UUID | None], Figures], now: datetime
) -> dict[UUID, AgentLine]:
    """Everybody who may own conversations."""
    seats = Agent.objects.of(workspace_id).filter(left_at=None, role__in=_OWNING)
    keys = set(seats.values_list("pk", flat=True))
    by_owner: dict[UUID | None, Figures] = defaultdict(Figures)
    for (owner, _team), one in counted.items():
        by_owner[owner] += one
    with veiled(NOTHING):
        rows = standing(workspace_id, wanted=[(None, key) for key in keys], now=now)
        common = terms(workspace_id).workload.capacity
    return {
        row.agent_id: AgentLine(
            agent_id=row.agent_id,
            name=row.name,
            state=_state(row),
            load=row.load,
            capacity=row.capacity if row.capacity is not None else common,
            figures=by_owner[row.agent_id],
        )
        for row in rows
        if row.agent_id in keys  # and not a deputy who may own nothing
    }


def _team(
    key: UUID,
    name: str,
    crew: list[AgentLine],
    counted: dict[tuple[UUID | None, UUID | None], Figures],
) -> TeamLine:
    return TeamLine(
        team_id=key,
        name=name,
        members=len(crew),
        present=sum(one.is_there for one in crew),
        load=sum(one.load for one in crew),
        capacity=_together(one.capacity for one in crew),
        figures=sum((one for (_owner, team), one in counted.items() if team == key), Figures()),
    )


def _together(capacities: Iterable[int | None]) -> int | None:
    """What all of them carry; one without a limit carries everything."""
    total = 0
    for capacity in capacities:
        if capacity is None:
            return None
        total += capacity
    return total


def _state(row: Standing) -> str:
    if row.absent_until:
        return OUT
    state = row.state or Availability.State.ONLINE
    is_said_there = state in (Availability.State.ONLINE, Availability.State.BUSY)
    return Availability.State.AWAY if row.is_idle and is_said_there else state
