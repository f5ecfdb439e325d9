"""Clock, ClockStep, Bookmark: a deadline with its arithmetic, its ladder, and how far events are read."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey, unasked_workspace
from threadwell.record.clocks.policy import SlaPolicy, Target
from threadwell.record.commitments.models import Promise
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar


class Clocks(OwnedQuerySet["Clock"]):
    """Named readings of clocks."""

    def running(self) -> Self:
        return self.filter(ended_at=None)


class Clock(Owned):
    """Something is owed in a conversation by a moment. Made from its story, again and again, alike."""

    class Ending(models.TextChoices):
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")

    conversation = WorkspaceKey(Conversation, related_name="clocks")
    target = models.CharField(max_length=16, choices=Target)
    promise = WorkspaceKey(Promise, null=True, blank=True)  #: of the target that is called so
    policy = WorkspaceKey(SlaPolicy)
    calendar = WorkspaceKey(Calendar, null=True, blank=True)  #: nobody's: all time counts
    minutes = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)  #: nobody knows while it stands still
    pauses = models.JSONField(default=list)  #: [["2026-11-23T10:00:00+00:00", "..."]]
    paused_at = models.DateTimeField(null=True, blank=True)  #: it stands still since then
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=10, choices=Ending, default="", blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)  #: the deadline it missed
    taken = models.DurationField(null=True, blank=True)  #: counted time until it ended or stood still
    arithmetic = models.JSONField(default=list)  #: [{"since", "until", "why", "note"}]
    fault = models.CharField(max_length=300, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = Clocks.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "conversation", "target", "started_at", "promise"],
                nulls_distinct=False,
                name="clock_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "promise"], condition=~Q(promise=None), name="clock_of_promise"
            ),
            models.Index(
                fields=["workspace", "policy"], condition=Q(ended_at=None), name="clock_running_by_policy"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.target} of {self.conversation_id}"

    @property
    def allowance(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def is_late(self) -> bool:
        return self.breached_at is not None or (
            self.ended_at is None and self.due_at is not None and self.due_at < clock.now()
        )


class ClockStep(Owned):
    """One step of a ladder for one clock, or the deadline itself; done once."""

    BREACH = "breach"  #: the deed that no ladder names: the deadline has passed

    workspace = unasked_workspace()
    clock = WorkspaceKey(Clock, related_name="steps")
    conversation = WorkspaceKey(Conversation)
    key = models.CharField(max_length=60)
    deed = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, default="", blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "clock", "key"], name="clock_step_once")]
        indexes = [
            models.Index(fields=["workspace", "at", "id"], condition=Q(done_at=None), name="clock_step_due")
        ]

    @override
    def __str__(self) -> str:
        return self.key


class Bookmark(Owned):
    """Up to which moment a reader of the journal has read; what is younger it reads again after a start."""

    reader = models.CharField(max_length=40)
    read_to: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "reader"], name="bookmark_once")]

    @override
    def __str__(self) -> str:
        return self.reader
