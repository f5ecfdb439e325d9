"""Surgeries: conversations are joined and parted, messages are moved and split off.

In:    numbers of conversations, keys of messages
Out:   the conversation as it is now, and the key of the undo; what was joined into one
Touch: nothing but through `surgery`
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema

from threadwell.flow import surgery
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, Subject
from threadwell.kit.errors import NotFound
from threadwell.record.conversations.models import Conversation, Join, Message
from threadwell.record.workplace.roles import May

router = Router(tags=["Deeds"], auth=Scope(May.HANDLE))


class Together(Given):
    """Which go on in this one."""

    others: Annotated[list[int], Field(min_length=1, max_length=surgery.MOST)] = Field(
        description="their numbers"
    )


class Apart(Given):
    """Which messages become a conversation of their own."""

    messages: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    subject: Subject = ""


class Target(Given):
    """Where a message belongs."""

    conversation: int = Field(description="its number")


class JoinShape(Schema):
    """A conversation that goes on in another."""

    id: UUID
    conversation: int = Field(description="the number of the one that was joined")
    subject: str
    into: int = Field(description="the number of the one it was joined into")
    because: str
    by: Named | None = Field(description="nobody: the product itself did it")
    at: datetime

    @staticmethod
    def resolve_conversation(join: Join) -> int:
        return join.absorbed.number

    @staticmethod
    def resolve_subject(join: Join) -> str:
        return join.absorbed.subject

    @staticmethod
    def resolve_into(join: Join) -> int:
        return join.survivor.number


class Joins(Schema):
    """A page of them, the oldest first."""

    items: list[JoinShape]
    next: str | None


@router.get("/conversations/{int:number}/joins", response=Joins, auth=Scope(May.READ))
def list_joins(request: Call, number: int, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What was joined into it, or into what was."""
    root = conversations.plain(request, number)
    edges = Join.objects.of(request.workspace_id).filter(undone_at=None, absorbed__joined_into=root)
    return paged(edges.select_related("absorbed", "survivor", "by"), by="at", cursor=cursor, limit=limit)


@router.post("/conversations/{int:number}/joins", response=talk.Done)
def join_conversations(request: Call, number: int, given: Together) -> dict[str, Any]:
    """The others go on in this one, until that is taken back; answers to any of them follow."""
    into = conversations.plain(request, number)
    rows = Conversation.objects.of(request.workspace_id).filter(number__in=given.others)
    keys = list(rows.values_list("pk", flat=True))
    if len(keys) < len(set(given.others)):
        raise NotFound(_("One of them is not there."))
    undo = surgery.unite(keys, into=into.pk, by=request.agent)
    return {"conversation": conversations.shown(request, number), "undo": undo.pk}


@router.delete("/joins/{uuid:join_id}", response=talk.ConversationShape)
def part_conversations(request: Call, join_id: UUID) -> Conversation:
    """Take one join back; what belongs to the one that was joined stands there again."""
    edge = one_of(Join.objects.of(request.workspace_id), pk=join_id)
    return conversations.shown(request, surgery.part(edge, by=request.agent).number)


@router.post("/conversations/{int:number}/splitting", response=talk.Done)
def split_conversation(request: Call, number: int, given: Apart) -> dict[str, Any]:
    """Open a conversation with these messages; later answers to them follow."""
    source = conversations.plain(request, number)
    opened, undo = surgery.split(source, given.messages, by=request.agent, subject=given.subject)
    return {"conversation": conversations.shown(request, opened.number), "undo": undo.pk}


@router.put("/messages/{uuid:message_id}/conversation", response=talk.Done)
def move_message(request: Call, message_id: UUID, given: Target) -> dict[str, Any]:
    """Put a message into another conversation; later answers to it follow."""
    rows = Message.objects.of(request.workspace_id).select_related("conversation")
    message = one_of(rows, pk=message_id)
    to = conversations.plain(request, given.conversation)
    undo = surgery.move(message.conversation, [message.pk], to=to, by=request.agent)
    return {"conversation": conversations.shown(request, to.number), "undo": undo.pk}
