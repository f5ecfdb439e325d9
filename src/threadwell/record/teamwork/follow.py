"""Follow: an agent wants to know what happens in a conversation that need not be theirs."""

from collections.abc import Iterable

from django.db import models

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent


class Follow(Owned):
    """An agent follows a conversation; whoever stopped following by hand is not made to again."""

    class Because(models.TextChoices):
        WISHED = "wished"
        MENTIONED = "mentioned"
        ANSWERED = "answered"
        HANDED_OVER = "handed-over"

    conversation = WorkspaceKey(Conversation)
    agent = WorkspaceKey(Agent)
    because = models.CharField(max_length=12, choices=Because, default=Because.WISHED)
    since = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "conversation", "agent"], name="follow_once")
        ]

    @classmethod
    def begin(cls, conversation: Conversation, agent: Agent) -> bool:
        """Because they wish to; False when they did already."""
        row, is_new = cls.objects.of(conversation.workspace_id).get_or_create(
            workspace_id=conversation.workspace_id, conversation=conversation, agent=agent
        )
        if not is_new and row.ended_at is None:
            return False
        row.ended_at, row.because, row.since = None, cls.Because.WISHED, clock.now()
        row.save()
        _note(conversation)
        conversation.record("followed", by=agent)
        return True

    @classmethod
    def end(cls, conversation: Conversation, agent: Agent) -> bool:
        """They do not wish to any more; False when they did not."""
        rows = cls.objects.of(conversation.workspace_id).filter(conversation=conversation, agent=agent)
        if not rows.filter(ended_at=None).update(ended_at=clock.now()):
            return False
        _note(conversation)
        conversation.record("unfollowed", by=agent)
        return True

    @classmethod
    def draw_in(cls, conversation: Conversation, agents: Iterable[Agent], *, because: str) -> None:
        """They follow from now on, unless they have stopped before."""
        rows = [
            cls(workspace_id=conversation.workspace_id, conversation=conversation, agent=one, because=because)
            for one in agents
        ]
        if rows:
            cls.objects.bulk_create(rows, ignore_conflicts=True)
            _note(conversation)


def followers_of(conversation: Conversation) -> list[Agent]:
    """Who follows it, by name."""
    follows = Follow.objects.of(conversation.workspace_id).filter(conversation=conversation, ended_at=None)
    agents = Agent.objects.of(conversation.workspace_id).filter(
        left_at=None, pk__in=follows.values("agent_id")
    )
    return list(agents.order_by("name", "pk"))


def _note(conversation: Conversation) -> None:
    """The conversation knows whether anybody follows, so that arriving mail need not ask."""
    follows = Follow.objects.of(conversation.workspace_id).filter(conversation=conversation, ended_at=None)
    is_followed = follows.exists()
    if is_followed != conversation.is_followed:
        conversation.is_followed = is_followed
        conversation.save(update_fields=["is_followed"])
