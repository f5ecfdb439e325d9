"""Join, Home, Move, MovedMessage: where things belong, apart from where they stand now.

In:    what people join, move and split
Out:   rows; what follows from them is written in `flow/surgery`
Touch: nothing

Each active Join is an edge from a conversation to the one it was joined into, at that time the root of its
family: families are trees, and any edge can be taken out at any time (docs/decisions/0018). What belongs to
a joined conversation stands in the root and has a Home, which says where it goes when they are parted.
"""

from typing import override
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.conversations.message import Message
from threadwell.record.workplace.models import Agent


class Join(Owned):
    """A conversation was joined into another: by whom, why, and whether they were parted again."""

    absorbed = WorkspaceKey(Conversation)
    survivor = WorkspaceKey(Conversation)
    batch = models.UUIDField()  #: joined in one go
    because = models.CharField(max_length=300, default="", blank=True)
    by = WorkspaceKey(Agent, null=True, blank=True)  #: nobody: the product joined them itself
    at = models.DateTimeField(default=clock.now)
    undone_by = WorkspaceKey(Agent, null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "absorbed"], condition=Q(undone_at=None), name="join_absorbed_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="join_of_two"),
        ]
        indexes = [
            models.Index(fields=["workspace", "survivor"], name="join_by_survivor"),
            models.Index(fields=["workspace", "absorbed"], name="join_by_absorbed"),
            models.Index(fields=["workspace", "batch"], name="join_by_batch"),
        ]


class Home(Owned):
    """Something stands in a conversation that has taken in the one it belongs to."""

    kind = models.CharField(max_length=12)  #: "message", "task", ... as `flow/surgery` names what goes along
    thing = models.UUIDField()
    home = WorkspaceKey(Conversation)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "thing"], name="home_once")]
        indexes = [models.Index(fields=["workspace", "home"], name="home_by_conversation")]

    @override
    def __str__(self) -> str:
        return f"{self.kind} of {self.home_id}"


class Move(Owned):
    """Messages were moved to another conversation, or split off into one of their own."""

    class Kind(models.TextChoices):
        MOVE = "move", _("moved")
        SPLIT = "split", _("split off")

    kind = models.CharField(max_length=5, choices=Kind)
    source = WorkspaceKey(Conversation)
    target = WorkspaceKey(Conversation)
    by = WorkspaceKey(Agent, null=True, blank=True)
    at = models.DateTimeField(default=clock.now)
    undone_by = WorkspaceKey(Agent, null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["workspace", "source"], name="move_by_source"),
            models.Index(fields=["workspace", "target"], name="move_by_target"),
        ]


class MovedMessage(Owned):
    """A message that a Move took along, or that came since as an answer to one; and its origin."""

    move = WorkspaceKey(Move, related_name="moved")
    message = WorkspaceKey(Message)
    origin = WorkspaceKey(Conversation)  #: where it belongs when no Move holds it

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "move", "message"], name="moved_message_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "message"], name="moved_message_by_message"),
            models.Index(fields=["workspace", "origin"], name="moved_message_by_origin"),
        ]


def home_of(message: Message) -> UUID:
    """The conversation that a message belongs to: where it stands, or one that was joined into that."""
    found = Home.objects.of(message.workspace_id).filter(thing=message.pk)
    return found.values_list("home_id", flat=True).first() or message.conversation_id


def forget(message: Message) -> None:
    """It never was."""
    Home.objects.of(message.workspace_id).filter(thing=message.pk).delete()
    MovedMessage.objects.of(message.workspace_id).filter(message=message).delete()


def settle_at(message: Message, home: UUID) -> None:
    """A new message belongs to a conversation that was joined into the one where it stands."""
    if home != message.conversation_id:
        Home.objects.create(workspace_id=message.workspace_id, kind="message", thing=message.pk, home_id=home)
