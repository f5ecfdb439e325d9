"""Seeing: what an agent may not see, and who may see something.

In:    agents; rows of a workspace that may stand behind a wall
Out:   a Veil; yes or no; the walls around something
Touch: nothing

Whoever hands work to somebody asks here first: `may_see` for one, `who_may_see` for many. Both take any row
that row security knows (a conversation, a contact, a piece of work), and cost one query where nothing is
restricted.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned
from threadwell.kit.veils import NOTHING, Veil
from threadwell.record.sight.models import Insider, Restriction, Subject
from threadwell.record.workplace import at_home
from threadwell.record.workplace.models import Agent, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role


def veil_of(agent: Agent, workspace: Workspace) -> Veil:
    """What this agent may not see; costs nothing where nothing is restricted."""
    return veils_of([agent], workspace)[agent.pk] if workspace.is_restricted else NOTHING


def veils_of(agents: Iterable[Agent], workspace: Workspace) -> dict[UUID, Veil]:
    """The same for many."""
    everyone = list(agents)
    if not workspace.is_restricted:
        return {agent.pk: NOTHING for agent in everyone}
    standing = set(Restriction.objects.of(workspace).standing().values_list("pk", flat=True))
    fields: dict[UUID, set[str]] = {}
    named = Subject.objects.of(workspace).filter(kind=Subject.Kind.FIELD, restriction_id__in=standing)
    for wall, name in named.values_list("restriction_id", "field"):
        fields.setdefault(wall, set()).add(name)
    inside = insides(everyone, standing)
    return {
        agent.pk: Veil(
            walls=frozenset(hidden := standing - inside[agent.pk]),
            fields=frozenset(name for wall in hidden for name in fields.get(wall, ())),
        )
        for agent in everyone
    }


def insides(agents: list[Agent], walls: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Of each agent: those of the walls that they may look behind."""
    asked = set(walls)
    inside: dict[UUID, set[UUID]] = {
        agent.pk: set(asked) if agent.role == Role.OWNER else set() for agent in agents
    }
    if not asked or not agents:
        return inside
    where = agents[0].workspace_id
    seats: dict[UUID, set[UUID]] = {agent.pk: set() for agent in agents}
    for agent_id, team_id in (
        TeamSeat.objects.of(where).filter(agent_id__in=seats).values_list("agent_id", "team_id")
    ):
        seats[agent_id].add(team_id)
    still = Q(until=None) | Q(until__gt=clock.now())
    for row in Insider.objects.of(where).filter(still, restriction_id__in=asked):
        for agent in agents:
            if row.agent_id == agent.pk or row.role == agent.role or row.team_id in seats[agent.pk]:
                inside[agent.pk].add(row.restriction_id)
    return inside


def walls_around(workspace_id: UUID, things: Iterable[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Of each thing, by its key: the restrictions it stands behind. Sees through every veil."""
    keys = list(dict.fromkeys(things))
    if not keys:
        return {}
    rows = at_home.asked(
        workspace_id, "key, threadwell_walls_about(key)", "unnest(%s::uuid[]) AS one(key)", [keys]
    )
    return {key: frozenset(walls) for key, walls in rows}


def may_see(agent: Agent, thing: Owned) -> bool:
    """Whether the agent may see a conversation, a contact, a piece of work."""
    return agent.pk in who_may_see(thing, [agent])


def who_may_see(thing: Owned, agents: Iterable[Agent]) -> set[UUID]:
    """The keys of those agents who may see it."""
    everyone = list(agents)
    walls = walls_around(thing.workspace_id, [thing.pk]).get(thing.pk, frozenset())
    if not walls:
        return {agent.pk for agent in everyone}
    return {key for key, inside in insides(everyone, walls).items() if inside >= walls}


def those_who_may_see(thing: Owned, agents: list[Agent]) -> list[Agent]:
    """Of these agents those who may see it, in their order."""
    allowed = who_may_see(thing, agents) if agents else set()
    return [agent for agent in agents if agent.pk in allowed]
