"""Sending: what our own letters change in their conversation, and the list of those that are due.

In:    an Outgoing with its message
Out:   nothing
Touch: Dispatch, Outgoing, Message, Conversation, Event

Not a trait, because it spans an Outgoing, its message and their conversation.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from threadwell.kit import clock
from threadwell.record.conversations import asides
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.conversations.message import Dispatch, Message, Outgoing
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent

PREVIEW = 200


def put_on_the_list(outgoing: Outgoing, *, due_at: datetime) -> None:
    """It shall leave at that moment, or be tried again then."""
    outgoing.due_at, outgoing.done_at = due_at, None
    outgoing.save()
    Dispatch.objects.update_or_create(
        outgoing_id=outgoing.pk,
        defaults={
            "workspace_id": outgoing.workspace_id,
            "inbox_id": outgoing.inbox_id,
            "conversation_id": outgoing.message.conversation_id,
            "due_at": due_at,
            "leased_until": None,
        },
    )


def take_off_the_list(outgoing: Outgoing) -> bool:
    """No worker shall begin with it; False when one has."""
    free = Dispatch.objects.filter(pk=outgoing.pk).exclude(leased_until__gt=clock.now())
    return bool(free.delete()[0])


def turn(message: Message, state: str, *, because: str = "", by: Agent | None = None, **facts: Any) -> None:
    """The message has come to that state, and everybody may know."""
    message.state, message.state_because = state, because
    message.save(update_fields=["state", "state_because"])
    tell_of(message, state, by=by, because=because, **facts)


def tell_of(message: Message, what: str, *, because: str = "", by: Agent | None = None, **facts: Any) -> None:
    """Something happened to the message; events are about its conversation."""
    tell(message.conversation, f"message.{what}", by=by, message=str(message.pk), because=because, **facts)


def speak(message: Message) -> None:
    """We have answered: the customer no longer waits for us."""
    conversation = message.conversation
    conversation.message_count += 1
    conversation.preview = message.text[:PREVIEW]
    conversation.last_word = Conversation.Party.US
    conversation.last_message_at = max(message.at, conversation.last_message_at)
    conversation.waiting_since = None
    conversation.participants = sorted({*conversation.participants, *message.people})[:100]
    conversation.save(
        update_fields=[
            "message_count",
            "preview",
            "last_word",
            "last_message_at",
            "waiting_since",
            "participants",
        ]
    )


def fall_silent(message: Message) -> None:
    """Our answer did not arrive: the conversation needs somebody, however it was put away."""
    conversation = message.conversation
    conversation.refresh_from_db()
    if conversation.waiting_since is None:
        conversation.waiting_since = message.at
        conversation.save(update_fields=["waiting_since"])
    conversation.reopen(by=None, because=_("our message did not arrive"))
    if conversation.aside_of_id:
        main = asides.main_of(conversation)
        asides.recount(main)
        facts = {"aside": str(conversation.pk), "aside_number": conversation.number}
        main.record("aside_failed", by=None, subject=conversation.subject, **facts)
