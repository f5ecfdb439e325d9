"""Notice: something an agent should know, and whether they have seen it."""

from datetime import datetime
from typing import Any, ClassVar, Self, override

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent

CHANNEL = "threadwell_notices"
NOTIFY = "SELECT pg_notify(%s, %s)"


class Notices(OwnedQuerySet["Notice"]):
    """Named readings of notices."""

    def to(self, agent: Agent) -> Self:
        return self.filter(agent_id=agent.pk)

    def unseen(self) -> Self:
        return self.filter(seen_at=None)


class Notice(Owned):
    """Something an agent should know. Told once: who tells names a key, and a second telling does nothing."""

    class Kind(models.TextChoices):
        DUE = "due", _("an answer is due soon")
        OVERDUE = "overdue", _("an answer is overdue")
        CALLED = "called", _("a manager is called in")
        REMINDER = "reminder", _("a reminder")
        MENTIONED = "mentioned", _("a note calls them")
        FOLLOWED = "followed", _("something in a conversation they follow")
        ASIDE = "aside", _("news from a side conversation")
        HANDOVER = "handover", _("a conversation is handed over")
        ORPHAN = "orphan", _("something that nobody answers for")
        RATED = "rated", _("a customer was not satisfied")

    agent = WorkspaceKey(Agent)
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=120)  #: what it is about and why, once for an agent
    conversation = WorkspaceKey(Conversation, null=True, blank=True)
    facts = models.JSONField(default=dict)  #: what its sentence is made of, when it is shown
    made_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)  #: its ways outside are laid

    objects: ClassVar[Any] = Notices.as_manager()

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "agent", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["workspace", "agent", "made_at", "id"], name="notice_by_agent"),
            models.Index(fields=["workspace", "agent"], condition=Q(seen_at=None), name="notice_unseen"),
            models.Index(fields=["workspace", "id"], condition=Q(planned_at=None), name="notice_unplanned"),
        ]

    @override
    def __str__(self) -> str:
        return self.key

    @classmethod
    def give(
        cls,
        agents: list[Agent],
        *,
        kind: str,
        key: str,
        at: datetime,
        conversation: Conversation | None = None,
        **facts: Any,
    ) -> None:
        """Let these agents know, each once; who sends notices outside hears of it when this is kept."""
        if not agents:
            return
        cls.objects.bulk_create(
            [
                cls(
                    workspace_id=agent.workspace_id,
                    agent=agent,
                    kind=kind,
                    key=key[:120],
                    conversation=conversation,
                    facts=facts,
                    made_at=at,
                )
                for agent in agents
            ],
            ignore_conflicts=True,
        )
        with connection.cursor() as cursor:
            cursor.execute(NOTIFY, [CHANNEL, agents[0].workspace_id.hex])
