"""Handover: a conversation is handed over with a packet; who is asked accepts it or gives it back."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, Self, override
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.kit import clock
from threadwell.kit.errors import DomainError
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent, Team, TeamSeat


class Settled(DomainError):
    """It was accepted, returned or taken back meanwhile."""

    code = "handover-settled"


class NotAsked(DomainError):
    """The hand-over is for somebody else."""

    code = "handover-not-yours"


class Handovers(OwnedQuerySet["Handover"]):
    """Named readings of hand-overs."""

    def pending(self) -> Self:
        return self.filter(state=Handover.State.PENDING)

    def given_by(self, agent: Agent) -> Self:
        return self.filter(giver_id=agent.pk)

    def for_agent(self, agent: Agent) -> Self:
        """Theirs, and those for their teams, but none they gave themselves."""
        seats = TeamSeat.objects.of(agent.workspace_id).filter(agent_id=agent.pk)
        return self.filter(Q(agent_id=agent.pk) | Q(team_id__in=seats.values("team_id"))).exclude(
            giver_id=agent.pk
        )


class Handover(Owned):
    """Somebody is asked to take a conversation over; until they accept, its owner stays."""

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("waits to be accepted")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        RETURNED = "returned", gettext_lazy("returned")
        WITHDRAWN = "withdrawn", gettext_lazy("taken back")

    conversation = WorkspaceKey(Conversation)
    giver = WorkspaceKey(Agent)
    agent = WorkspaceKey(Agent, null=True, blank=True)  #: who is asked, or
    team = WorkspaceKey(Team, null=True, blank=True)  #: whose members are asked
    reason = models.TextField()
    summary = models.TextField()
    next_step = models.TextField(default="", blank=True)
    #: as it stood: {"promises": [{"id", "words", "due_at"}], "tasks": [the same]}
    packet = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    made_at = models.DateTimeField(default=clock.now)
    answer_by = models.DateTimeField()  #: later than that, it is escalated
    escalated_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = WorkspaceKey(Agent, null=True, blank=True)
    answer = models.TextField(default="", blank=True)  #: why it was returned

    objects: ClassVar[Any] = Handovers.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "conversation"], condition=Q(state="pending"), name="handover_pending"
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True) | Q(team__isnull=True), name="handover_to_one"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "conversation", "made_at"], name="handover_of_conversation"),
            models.Index(
                fields=["workspace", "answer_by"], condition=Q(state="pending"), name="handover_waiting"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.giver_id} > {self.agent_id or self.team_id}"

    @property
    def receiver(self) -> str:
        """Who is asked, by name."""
        return str(self.agent or self.team)

    @property
    def is_late(self) -> bool:
        return self.state == self.State.PENDING and self.answer_by <= clock.now()

    def may_be_answered_by(self, agent: Agent) -> bool:
        if self.agent_id:
            return self.agent_id == agent.pk
        seats = TeamSeat.objects.of(self.workspace_id).filter(team=self.team, agent=agent)
        return agent.pk != self.giver_id and seats.exists()

    def accept(self, *, by: Agent) -> None:
        """It is theirs from now on."""
        self._refuse_unless_asked(by)
        self._settle(self.State.ACCEPTED, by=by)
        because = _("accepted the hand-over of %(who)s") % {"who": self.giver}
        if self.team:
            self.conversation.pass_to(self.team, by=by, because=because)
        self.conversation.assign(by, by=by, because=because)

    def give_back(self, *, by: Agent, because: str) -> None:
        """They do not take it, and say why."""
        self._refuse_unless_asked(by)
        self.answer = because
        self._settle(self.State.RETURNED, by=by, because=because)

    def withdraw(self, *, by: Agent | None, because: str = "") -> None:
        """The giver keeps it after all, or nothing is left to be taken over."""
        self._settle(self.State.WITHDRAWN, by=by, because=because)

    def escalate(self, *, at: datetime) -> None:
        """Nobody has answered in time."""
        self.escalated_at = at
        self.save(update_fields=["escalated_at"])
        self.conversation.record("handover_late", by=None, handover=str(self.pk), to=self.receiver)

    def _refuse_unless_asked(self, agent: Agent) -> None:
        if not self.may_be_answered_by(agent):
            raise NotAsked(_("This hand-over is for %(who)s.") % {"who": self.receiver})

    def _settle(self, state: str, *, by: Agent | None, because: str = "") -> None:
        if self.state != self.State.PENDING:
            raise Settled(
                _("This hand-over was settled meanwhile: %(how)s.") % {"how": self.get_state_display()}
            )
        self.state, self.settled_at, self.settled_by = state, clock.now(), by
        self.save(update_fields=["state", "settled_at", "settled_by", "answer"])
        self.conversation.handed_to = ""
        self.conversation.save(update_fields=["handed_to"])
        name = f"handover_{state}"
        self.conversation.record(
            name, by=by, handover=str(self.pk), to=self.receiver, giver=str(self.giver), because=because
        )


def waiting_for(workspace_id: UUID, agents: Collection[UUID]) -> Counter[UUID]:
    """How many wait for each of these agents, by themselves or by a team of theirs."""
    crews: dict[UUID, set[UUID]] = {}
    seats = TeamSeat.objects.of(workspace_id).filter(agent_id__in=agents)
    for team, agent in seats.values_list("team_id", "agent_id"):
        crews.setdefault(team, set()).add(agent)
    counted = Counter[UUID]()
    pending = Handover.objects.of(workspace_id).pending()
    for one in pending:
        crew = crews.get(one.team_id, set()) if one.team_id else set[UUID]()
        asked = {one.agent_id} if one.agent_id else crew
        counted.update(asked - {one.giver_id})
    return counted
