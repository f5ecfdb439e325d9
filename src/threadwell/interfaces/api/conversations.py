"""Conversations: lists as on the desk, one of them, what was said and what happened in it.

In:    a place of the desk and filters; a conversation's number
Out:   conversations, messages, events
Touch: nothing
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema

from threadwell.interfaces.api import shapes, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.texts import Cursor, Limit, Word
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Home, Message
from threadwell.record.conversations.queues import Filters, Order, Place
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact
from threadwell.record.people.one import family_of
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

router = Router(tags=["Conversations"])


class AskedConversations(Schema):
    """What a list is narrowed to; empty ones narrow nothing."""

    place: Place = Field(default=Place.OPEN, description="the queue of the desk")
    order: Order = Field(
        default=Order.NEWEST, description="`waking` is for snoozed ones, `due` for those with a deadline"
    )
    inbox: UUID | None = None
    team: UUID | None = None
    owner: UUID | None = None
    is_unowned: bool = False
    label: Word = ""
    priority: talk.Priority | None = Field(default=None, description="at least")
    type: talk.Type | None = None
    channel: shapes.InboxKind | None = None
    is_unread: bool = False
    has_attachment: bool = False
    since: datetime | None = Field(default=None, description="the last message is no older")
    until: datetime | None = Field(default=None, description="the last message is older")
    due_before: datetime | None = Field(default=None, description="something is owed before that")
    words: Word = Field(default="", description="all of them stand in one message")
    custom: Word = Field(default="", description="a field of the workspace's own: `key:value`")

    def filters(self, agent: Agent) -> Filters:
        return Filters(
            custom=_own(agent, self.custom) if self.custom else (),
            inbox=self.inbox,
            team=self.team,
            owner=self.owner,
            is_unowned=self.is_unowned,
            label=self.label,
            priority=self.priority.value_kept if self.priority else None,
            type=self.type or "",
            channel=self.channel or "",
            is_unread=self.is_unread,
            has_attachment=self.has_attachment,
            since=self.since,
            until=self.until,
            due_before=self.due_before,
            words=self.words,
        )


@router.get("/conversations", response=talk.Conversations, auth=Scope(May.READ))
def list_conversations(
    request: Call, asked: Query[AskedConversations], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """A queue of the desk, as the agent of this token sees it."""
    if asked.order is Order.WAKING and asked.place is not Place.SNOOZED:
        raise Invalid(_("Only snoozed conversations can be ordered by when they come back."))
    if asked.order is Order.DUE and asked.place is not Place.DUE and asked.due_before is None:
        raise Invalid(_("Only what is due can be ordered by when: say the place or `due_before`."))
    agent = request.agent
    rows = queues.narrowed(queues.at(asked.place, agent), asked.filters(agent), agent)
    return paged(queues.shown(rows, agent), by=asked.order.by, cursor=cursor, limit=limit)


@router.get("/conversations/{int:number}", response=talk.ConversationShape, auth=Scope(May.READ))
def get_conversation(request: Call, number: int) -> Conversation:
    """One conversation."""
    return shown(request, number)


@router.get("/conversations/{int:number}/messages", response=talk.Messages, auth=Scope(May.READ))
def list_messages(
    request: Call, number: int, *, newest_first: bool = False, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What was said, and the notes between."""
    rows = messages(request).filter(conversation=plain(request, number))
    return paged(rows, by="-at" if newest_first else "at", cursor=cursor, limit=limit)


@router.get("/conversations/{int:number}/events", response=talk.Events, auth=Scope(May.READ))
def list_events(request: Call, number: int, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What happened, the oldest first."""
    about = plain(request, number)
    rows = Event.objects.of(request.workspace_id).filter(about=about.pk).select_related("by")
    return paged(rows.fetch_mode(models.FETCH_RAISE), by="at", cursor=cursor, limit=limit)


@router.get("/contacts/{uuid:contact_id}/conversations", response=talk.Conversations, auth=Scope(May.READ))
def list_conversations_of_contact(
    request: Call, contact_id: UUID, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """A customer's conversations, the newest first."""
    theirs = family_of(Contact, request.workspace_id, contact_id)
    rows = Conversation.objects.of(request.workspace_id).filter(contact_id__in=theirs, joined_into=None)
    return paged(queues.shown(rows, request.agent), by="-last_message_at", cursor=cursor, limit=limit)


def _own(agent: Agent, asked: str) -> tuple[tuple[CustomField, str], ...]:
    key, _colon, value = asked.partition(":")
    fields = fields_of(agent.workspace_id, CustomField.About.CONVERSATION)
    found = next((one for one in fields if one.key == key), None)
    if found is None:
        raise Invalid(_("There is no field “%(key)s” here.") % {"key": key})
    return ((found, value),)


def shown(request: Call, number: int) -> Conversation:
    """The conversation of that number, with all that its shape shows."""
    rows = queues.shown(Conversation.objects.of(request.workspace_id), request.agent)
    found: Conversation = one_of(rows, number=number)
    return found


def plain(request: Call, number: int) -> Conversation:
    """The conversation of that number, to work with."""
    found: Conversation = one_of(Conversation.objects.of(request.workspace_id), number=number)
    return found


def messages(request: Call) -> Any:
    """Messages with all that their shape shows."""
    rows = Message.objects.of(request.workspace_id).defer("words", "people", "facts")
    homes = Home.objects.of(OuterRef("workspace_id")).filter(thing=OuterRef("pk"))
    return (
        rows.annotate(home_number=Subquery(homes.values("home__number")[:1]))
        .select_related("conversation", "agent")
        .prefetch_related("attachments")
        .fetch_mode(models.FETCH_RAISE)
    )
