"""Talk and StructuredNote: what a message keeps when it is a call, a visit or a note in a set form."""

from typing import override

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.commitments.decision import Decision
from threadwell.record.commitments.task import Task
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.models import Agent


class Talk(Owned):
    """A call, a visit or a meeting that somebody wrote down; its words are the message's."""

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        MEETING = "meeting", _("meeting")

    class Outcome(models.TextChoices):
        SPOKE = "spoke", _("we spoke")
        MESSAGE_LEFT = "message_left", _("left a message")
        NO_ANSWER = "no_answer", _("nobody answered")
        TURNED_AWAY = "turned_away", _("turned away")

    message = WorkspaceKey(Message)
    kind = models.CharField(max_length=8, choices=Kind)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    place = models.CharField(_("number or place"), max_length=200, default="", blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.SPOKE)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "message"], name="talk_once")]

    @override
    def __str__(self) -> str:
        return str(self.get_kind_display())


class StructuredNote(Owned):
    """What was discussed and decided, and what comes next; the step is a task, the decision a decision."""

    message = WorkspaceKey(Message)
    discussed = models.TextField(_("discussed"), default="", blank=True)
    decided = models.TextField(_("decided"), default="", blank=True)
    next_step = models.CharField(_("next step"), max_length=300, default="", blank=True)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    task = WorkspaceKey(Task, null=True, blank=True)
    decision = WorkspaceKey(Decision, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "message"], name="structured_note_once")]

    @override
    def __str__(self) -> str:
        return self.discussed[:80]
