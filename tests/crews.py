"""A crew: a workspace with an inbox and a team that hands out its work."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests import cast
from threadwell.flow.decide.need import Need
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.rota.models import Absence, Availability, Distribution, Workload
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace


@dataclass(kw_only=True)
class Crew:
    """A workspace with a team that hands out its work."""

    workspace: Workspace
    inbox: Inbox
    team: Team
    agents: list[Agent]

    def need(self, **facts: Any) -> Need:
        return Need(team_id=self.team.pk, **facts)

    def conversation(self, **facts: Any) -> Conversation:
        number = Conversation.objects.of(self.workspace).count() + 1
        return Conversation.objects.create(
            workspace=self.workspace, inbox=self.inbox, number=number, **{"subject": "Gate", **facts}
        )

    def conversations(self, count: int) -> list[Conversation]:
        first = Conversation.objects.of(self.workspace).count() + 1
        return Conversation.objects.bulk_create(
            Conversation(workspace=self.workspace, inbox=self.inbox, number=first + n, subject="Gate")
            for n in range(count)
        )

    def say(self, agent: Agent, **facts: Any) -> None:
        Availability.objects.of(self.workspace).update_or_create(
            workspace=self.workspace, agent=agent, defaults=facts
        )

    def out(self, agent: Agent, **facts: Any) -> Absence:
        now = clock.now()
        span = {"begins_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
        return Absence.objects.create(workspace=self.workspace, agent=agent, **{**span, **facts})

    def carries(self) -> Counter[str]:
        """How many each of the team owns."""
        owned = Counter(
            Conversation.objects.of(self.workspace)
            .open()
            .exclude(owner=None)
            .values_list("owner__name", flat=True)
        )
        return Counter({agent.name: owned[agent.name] for agent in self.agents})


def a_crew(*names: str, method: str = "round-robin", capacity: int | None = None) -> Crew:
    firm = cast.a_workspace()
    agents = [cast.an_agent(firm, name=name) for name in names]
    inbox = cast.an_inbox(firm)
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Front")
        for agent in agents:
            TeamSeat.objects.create(workspace=firm, team=team, agent=agent)
        Distribution.objects.create(workspace=firm, team=team, method=method)
        Workload.objects.create(workspace=firm, capacity=capacity)
    return Crew(workspace=firm, inbox=inbox, team=team, agents=agents)
