"""RoutingDecision: where something went and why, as it was known then."""

from typing import override
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.people.models import Alert
from threadwell.record.routing.rule import RuleBook
from threadwell.record.workplace.models import Agent, Team


class RoutingDecision(Owned):
    """What was decided by the rules of one book over these facts; made once more, it comes out the same."""

    class Cause(models.TextChoices):
        ARRIVED = "arrived", _("it arrived")
        REOPENED = "reopened", _("the customer wrote again")
        WEIGHED = "weighed", _("its priority changed")
        KEY_CONTACT = "key-contact", _("a key contact moved on")
        BY_HAND = "by-hand", _("somebody had it routed again")
        ABSENT = "absent", _("its owner is away")
        LEFT = "left", _("its owner left")
        PASSED = "passed", _("it was passed to a team")
        REFILL = "refill", _("somebody has room again")

    class Outcome(models.TextChoices):
        ROUTED = "routed", _("rules decided")
        UNMATCHED = "unmatched", _("no rule fitted")
        FALLBACK = "fallback", _("the rules could not be followed")
        HELD = "held", _("routed too often")
        GIVEN = "given", _("given out without asking the rules")

    conversation = WorkspaceKey(Conversation, null=True, blank=True)
    alert = WorkspaceKey(Alert, null=True, blank=True)
    cause = models.CharField(max_length=12, choices=Cause)
    event = models.UUIDField(null=True, blank=True)  #: what made us decide; each event once
    book = WorkspaceKey(RuleBook)
    facts = models.JSONField(default=dict)  #: what the rules asked for, as it was
    #: of each rule of the book in turn: -1 it fitted, -2 it was not asked, else the condition that failed
    tried = models.JSONField(default=list)
    result = models.JSONField(default=dict)  #: what the rules said, before anybody was looked for
    outcome = models.CharField(max_length=10, choices=Outcome)
    because = models.CharField(max_length=300, default="", blank=True)
    #: [{"agent", "name", "outcome", "why"}], in the order in which they were looked at
    candidates = models.JSONField(default=list)
    #: flow.decide.pick.facts_of: how those who were looked at stood; of what was given out also the "need"
    pick = models.JSONField(default=dict)
    team = WorkspaceKey(Team, null=True, blank=True)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    is_waiting = models.BooleanField(default=False)  #: it stands in the team's queue until somebody is free
    by = WorkspaceKey(Agent, null=True, blank=True)  #: who had it routed by hand
    at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "event"], condition=~Q(event=None), name="routing_decision_once"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "conversation", "at"], name="routing_decision_of"),
            models.Index(fields=["workspace", "at", "id"], name="routing_decision_by_time"),
        ]

    @override
    def __str__(self) -> str:
        return self.because or self.outcome

    @property
    def rules(self) -> list[UUID]:
        """The keys of the rules that fitted."""
        return [UUID(one) for one in self.result.get("rules", ())]
