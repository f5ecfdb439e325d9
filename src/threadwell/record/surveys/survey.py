"""Survey: a customer is asked how a conversation was, and what they answered, once they have.

One row from the moment a conversation is closed: planned, then asked or left out with the reason, then
perhaps answered. Thumbs stand on the same scale as marks, at its ends, so that both can be reckoned together.
"""

from datetime import datetime
from typing import Any, ClassVar, Self, override

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent

WORST, BEST = 1, 5
LONGEST = 4000  #: characters of what somebody adds

PLANNED = Q(asked_at=None, left_out_because="")
ANSWERED = ~Q(answered_at=None)


class Scale(models.TextChoices):
    """How it is asked."""

    FIVE = "five", _("marks from 1 to 5")
    THUMBS = "thumbs", _("thumb up or down")

    @property
    def scores(self) -> tuple[int, ...]:
        return (WORST, BEST) if self is Scale.THUMBS else tuple(range(WORST, BEST + 1))


class Surveys(OwnedQuerySet["Survey"]):
    """Named readings of surveys."""

    def planned(self) -> Self:
        return self.filter(PLANNED)

    def due(self, *, now: datetime) -> Self:
        return self.planned().filter(due_at__lte=now)

    def asked(self) -> Self:
        return self.exclude(asked_at=None)

    def standing(self) -> Self:
        """Those that were answered."""
        return self.filter(ANSWERED)

    def satisfaction(self) -> tuple[float, int] | None:
        """The mean of what was answered, and how often; nothing when nobody did."""
        told = self.standing().aggregate(mean=Avg("score"), count=Count("pk"))
        return (float(told["mean"]), int(told["count"])) if told["count"] else None


class Survey(Owned):
    """A customer is asked how a conversation was."""

    class LeftOut(models.TextChoices):
        """Why somebody was not asked."""

        OFF = "off", _("the inbox asks nobody any more")
        RECENT = "recent", _("they were asked a short while ago")
        NOBODY = "nobody", _("no person wrote, or none of us answered")
        LIST = "list", _("it came from a list")
        FORGED = "forged", _("the sender may be forged")
        LATE = "late", _("it was due too long ago")
        NOWHERE = "nowhere", _("there is no address")
        OURS = "ours", _("it is an address of our own")
        MACHINE = "machine", _("nobody reads that address")
        UNREACHABLE = "unreachable", _("our letters come back")
        BLOCKED = "blocked", _("the sender is blocked")
        TOO_MANY = "too-many", _("too many automatic letters within an hour")

    conversation = WorkspaceKey(Conversation)
    inbox = WorkspaceKey(Inbox)
    contact = WorkspaceKey(Contact, null=True, blank=True)  #: who is asked
    organisation = WorkspaceKey(Organisation, null=True, blank=True)  #: theirs, when it was closed
    agent = WorkspaceKey(Agent, null=True, blank=True)  #: whose conversation it was when it was closed
    scale = models.CharField(max_length=6, choices=Scale, default=Scale.FIVE)
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    left_out_because = models.CharField(max_length=12, choices=LeftOut, default="", blank=True)
    message = WorkspaceKey(Message, null=True, blank=True)  #: the letter that asked
    open_until = models.DateTimeField(null=True, blank=True)  #: it may be answered, and the answer changed
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(WORST), MaxValueValidator(BEST)]
    )
    words = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)  #: for the first time
    changed_at = models.DateTimeField(null=True, blank=True)  #: for the last time
    made_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = Surveys.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "conversation"], condition=PLANNED, name="survey_planned_once"
            ),
            models.CheckConstraint(
                condition=Q(score=None, answered_at=None)
                | Q(score__gte=WORST, score__lte=BEST, answered_at__isnull=False),
                name="survey_answer_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "due_at", "id"], condition=PLANNED, name="survey_due"),
            models.Index(fields=["workspace", "conversation", "id"], name="survey_by_conversation"),
            models.Index(fields=["workspace", "contact", "asked_at"], name="survey_by_contact"),
            *(
                models.Index(
                    fields=["workspace", whose, "answered_at", "id"],
                    include=["score"],
                    condition=ANSWERED,
                    name=f"survey_answer_of_{whose}",
                )
                for whose in ("contact", "organisation")
            ),
            models.Index(
                fields=["workspace", "answered_at", "id"], condition=ANSWERED, name="survey_answered"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.score}/{BEST}" if self.score else str(self.scale)

    @property
    def is_thumbs(self) -> bool:
        return self.scale == Scale.THUMBS
