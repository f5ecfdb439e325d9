"""Staffing: who is what in a workspace, and on which team.

In:    agents, roles, teams
Out:   nothing; refusals as domain errors
Touch: record.workplace; the conversations and the work of somebody who leaves; events
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from threadwell.flow import redistributing
from threadwell.flow.joining import refuse_owners_from_others
from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.journal.telling import tell
from threadwell.record.rota.models import Redistribution
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Agent, ApiToken, Team, TeamSeat
from threadwell.record.workplace.roles import May, Role


class LastOwner(DomainError):
    """A workspace keeps at least one owner."""

    code = "last-owner"


class NameTaken(Invalid):
    """Another team has this name."""

    code = "name-taken"


def give_role(agent: Agent, role: Role, *, by: Agent) -> bool:
    """Change what somebody is; says whether anything changed."""
    if agent.role == role:
        return False
    refuse_owners_from_others(agent.role, by=by)
    refuse_owners_from_others(role, by=by)
    _keep_an_owner(agent)
    before, agent.role = agent.role, role
    agent.save(update_fields=["role"])
    tell(agent, "agent.role_changed", by=by, role=role, before=before)
    return True


def leave(agent: Agent, *, by: Agent, heir: Agent | None = None) -> None:
    """Take the seat away: no entry from now on, tokens revoked, open conversations and work handed on.

    Conversations go to the heir, else to their teams; work goes to the heir, else it is nobody's.
    """
    if agent.left_at:
        return
    refuse_owners_from_others(agent.role, by=by)
    _keep_an_owner(agent)
    if heir and (heir.pk == agent.pk or May.HANDLE not in heir.may):
        raise Invalid(_("%(name)s cannot own conversations here.") % {"name": heir.name})
    now = clock.now()
    agent.left_at = now
    agent.save(update_fields=["left_at"])
    ApiToken.objects.of(agent.workspace_id).filter(agent=agent, revoked_at=None).update(revoked_at=now)
    tell(agent, "agent.left", by=by)
    with veiled(NOTHING):  # also what whoever takes the seat away may not see
        redistributing.begin(Redistribution.Cause.LEFT, giver=agent, heir=heir, by=by)
        items = WorkItem.objects.of(agent.workspace_id).open().filter(owner=agent).order_by("pk")
        for item in items.select_for_update():
            item.assign(heir, by=by, because=f"{agent.name} left")


def come_back(agent: Agent, *, by: Agent) -> None:
    """Give the seat back, with the role it had."""
    if not agent.left_at:
        return
    refuse_owners_from_others(agent.role, by=by)
    agent.left_at = None
    agent.save(update_fields=["left_at"])
    tell(agent, "agent.returned", by=by, role=agent.role)


def make_team(name: str, *, members: Iterable[Agent] = (), by: Agent) -> Team:
    team = Team(workspace_id=by.workspace_id, name=name)
    _save(team)
    tell(team, "team.made", by=by, team_name=name)
    staff(team, members, by=by)
    return team


def rename_team(team: Team, name: str, *, by: Agent) -> None:
    before, team.name = team.name, name
    if before != name:
        _save(team)
        tell(team, "team.renamed", by=by, team_name=name, before=before)


def staff(team: Team, members: Iterable[Agent], *, by: Agent) -> None:
    """Let exactly these be on the team."""
    seats = TeamSeat.objects.of(team.workspace_id).filter(team=team)
    before: set[UUID] = set(seats.values_list("agent_id", flat=True))
    wanted = {member.pk for member in members}
    if before == wanted:
        return
    seats.filter(agent_id__in=before - wanted).delete()
    TeamSeat.objects.bulk_create(
        TeamSeat(workspace_id=team.workspace_id, team=team, agent_id=pk) for pk in wanted - before
    )
    joined, left = (sorted(map(str, ids)) for ids in (wanted - before, before - wanted))
    tell(team, "team.staffed", by=by, joined=joined, left=left)


def _keep_an_owner(agent: Agent) -> None:
    if agent.role != Role.OWNER:
        return
    # All owners are locked, always in the same order: two who leave at once do not count on each other.
    owners = Agent.objects.of(agent.workspace_id).filter(role=Role.OWNER, left_at=None)
    if all(owner.pk == agent.pk for owner in owners.order_by("pk").select_for_update()):
        raise LastOwner(
            _("%(name)s is the only owner. Make somebody else an owner first.") % {"name": agent.name}
        )


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as taken:
        raise NameTaken(_("There is a team called “%(name)s” already.") % {"name": team.name}) from taken
