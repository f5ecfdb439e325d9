"""FollowUpLadder, FollowUp, FollowUpStep: what is done when a customer stays silent, step by step.

A ladder is what was agreed; a FollowUp is a ladder that somebody started on a conversation, with its steps as
rows, each done once. What the ladder says later changes nothing of those that run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent


class Deed(models.TextChoices):
    """What a step does."""

    WRITE = "write", _("write to the customer")
    TASK = "task", _("make a task for the owner")
    NOTIFY = "notify", _("tell the owner")
    CLOSE = "close", _("close the conversation")


class Unit(models.TextChoices):
    """In what a wait is counted."""

    HOURS = "hours", _("hours")
    DAYS = "days", _("days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A step of a ladder, as it was agreed: so long after the one before."""

    amount: int
    unit: str
    deed: str
    text: str

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        return cls(
            amount=int(facts["amount"]),
            unit=str(facts["unit"]),
            deed=str(facts["deed"]),
            text=str(facts.get("text", "")),
        )

    @property
    def facts(self) -> dict[str, Any]:
        return {"amount": self.amount, "unit": self.unit, "deed": self.deed, "text": self.text}


class Ladders(OwnedQuerySet["FollowUpLadder"]):
    """Named readings of ladders."""

    def in_use(self) -> Self:
        return self.filter(archived_at=None).order_by(Lower("name"))


class FollowUpLadder(Owned):
    """What shall be done, and when, while the customer does not answer."""

    name = models.CharField(_("name"), max_length=80)
    is_open_time = models.BooleanField(_("counted in business hours"), default=True)
    steps = models.JSONField(default=list)  #: [{"amount": 3, "unit": "days", "deed": "write", "text": "..."}]
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = Ladders.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=Q(archived_at=None), name="follow_up_ladder_name"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def rungs(self) -> Iterator[Rung]:
        return (Rung.of(facts) for facts in self.steps)


class FollowUp(Owned):
    """A ladder runs in a conversation: since when, for whom, and why it ended."""

    class Ending(models.TextChoices):
        ANSWERED = "answered", _("the customer answered")
        CLOSED = "closed", _("the conversation was closed")
        STOPPED = "stopped", _("somebody stopped it")
        DONE = "done", _("all steps were done")
        UNREACHABLE = "unreachable", _("there is nobody to write to")
        JOINED = "joined", _("it goes on in a conversation that has its own")

    conversation = WorkspaceKey(Conversation)
    ladder = WorkspaceKey(FollowUpLadder)
    by = WorkspaceKey(Agent)  #: in whose name it writes
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=12, choices=Ending, default="", blank=True)
    ended_by = WorkspaceKey(Agent, null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "conversation"], condition=Q(ended_at=None), name="follow_up_once"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "conversation", "started_at"], name="follow_up_by_talk"),
            models.Index(fields=["workspace", "ladder"], name="follow_up_by_ladder"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.ladder_id} in {self.conversation_id}"


class FollowUpStep(Owned):
    """One step of a FollowUp, at its moment; done once."""

    follow_up = WorkspaceKey(FollowUp, related_name="steps")
    place = models.PositiveSmallIntegerField()
    deed = models.CharField(max_length=8, choices=Deed)
    text = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, default="", blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "follow_up", "place"], name="follow_up_step_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "at", "id"], condition=Q(done_at=None), name="follow_up_due")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.deed}"
