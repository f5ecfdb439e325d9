"""Teamwork: who follows a conversation, what they are told, and how colleagues react to what is said.

In:    a conversation or a message, an agent
Out:   whether anything changed
Touch: Follow, Reaction, Notice, events

What agents do runs inside `tenancy.entered`, which the caller has done.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow import asides
from threadwell.flow.reply import circle
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.teamwork.models import Follow, Reaction
from threadwell.record.workplace.models import Agent


def heard(workspace_id: UUID, conversation_id: UUID, message: Message) -> None:
    """A letter came into a conversation that somebody may follow, or aside of one."""
    conversation: Conversation = (
        Conversation.objects.of(workspace_id).select_related("owner").get(pk=conversation_id)
    )
    if conversation.aside_of_id:
        asides.heard(conversation, message)
        return
    who = message.from_name or message.from_address
    circle.told(conversation, "wrote", key=message.pk.hex, who=who)


def follow(conversation: Conversation, *, by: Agent) -> bool:
    """They are told what happens there."""
    return Follow.begin(conversation, by)


def unfollow(conversation: Conversation, *, by: Agent) -> bool:
    """They are not, any more."""
    return Follow.end(conversation, by)


def react(message: Message, kind: str, *, by: Agent) -> bool:
    """A word without words; only colleagues see it."""
    return Reaction.put(message, _known(kind), by=by)


def take_reaction(message: Message, kind: str, *, by: Agent) -> bool:
    """Not after all."""
    return Reaction.take(message, _known(kind), by=by)


def _known(kind: str) -> str:
    if kind not in Reaction.Kind.values:
        raise Invalid(_("There is no such reaction."))
    return kind
