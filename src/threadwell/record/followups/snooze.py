"""SnoozeCondition: what a snoozed conversation waits for, besides its time."""

from typing import override

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Agent


class SnoozeCondition(Owned):
    """It wakes when this happens, or at its time, whichever comes first."""

    class What(models.TextChoices):
        REPLY = "reply", _("the customer answers")
        STATUS = "status", _("the work changes its status")
        FIELD = "field", _("a field of the work changes")

    conversation = WorkspaceKey(Conversation)
    what = models.CharField(max_length=6, choices=What)
    item = WorkspaceKey(WorkItem, null=True, blank=True)
    field = models.CharField(max_length=60, default="", blank=True)  #: the key of a custom field
    seen = models.JSONField(null=True, blank=True)  #: how it stood when the conversation was put off
    until = models.DateTimeField()  #: of the snooze it belongs to; another one has nothing to do with it
    by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "conversation"], name="snooze_condition_once")
        ]
        indexes = [models.Index(fields=["workspace", "item"], name="snooze_condition_by_item")]

    @override
    def __str__(self) -> str:
        return str(self.get_what_display())
