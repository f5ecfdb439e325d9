"""Distribution and Turn: how a team hands out its work and whose turn it is; QueuePlace: who waits."""

from typing import Any, ClassVar, Self, override

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent, Team


class Distribution(Owned):
    """How a team hands out what comes to it; a team that has none lets its people choose."""

    class Method(models.TextChoices):
        BY_HAND = "by-hand", _("people take what they choose")
        ROUND_ROBIN = "round-robin", _("one after another")
        LEAST_LOADED = "least-loaded", _("whoever has the least to do")

    team = WorkspaceKey(Team)
    method = models.CharField(_("method"), max_length=12, choices=Method, default=Method.BY_HAND)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "team"], name="distribution_once")]

    @override
    def __str__(self) -> str:
        return self.get_method_display()


class Turn(Owned):
    """When an agent of a team last got something, as a number that grows with each."""

    team = WorkspaceKey(Team)
    agent = WorkspaceKey(Agent)
    taken = models.BigIntegerField(default=0)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "team", "agent"], name="turn_once")]


class QueuePlaces(OwnedQuerySet["QueuePlace"]):
    """Named readings of the waiting queues."""

    def waiting(self) -> Self:
        """Those whose conversation is open and nobody's still."""
        return self.filter(
            conversation__owner=None,
            conversation__status=Conversation.Status.OPEN,
            conversation__joined_into=None,
        )

    def in_order(self) -> Self:
        """The most urgent first; of these the one that has waited longest."""
        return self.order_by("-conversation__priority", "since", "pk")


class QueuePlace(Owned):
    """A conversation waits until somebody of its team can take it."""

    conversation = WorkspaceKey(Conversation)
    team = WorkspaceKey(Team, null=True, blank=True)
    since = models.DateTimeField(default=clock.now)
    need = models.JSONField(default=dict)  #: flow.decide.need.Need, to ask again
    because = models.CharField(max_length=200, default="", blank=True)  #: why nobody could take it
    cause = models.CharField(max_length=40, default="", blank=True)  #: what it was to be given out for

    objects: ClassVar[Any] = QueuePlaces.as_manager()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "conversation"], name="queue_place_once")]
        indexes = [models.Index(fields=["workspace", "team", "since"], name="queue_place_by_team")]

    @override
    def __str__(self) -> str:
        return self.because
