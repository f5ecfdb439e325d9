"""Next step: what comes next with a customer or in a conversation, and who does it.

In:    the keys of a contact's or an organisation's members, or a conversation
Out:   a NextStep, or None, which a page shows as a fault to be mended on the spot
Touch: nothing

Of the open tasks, of our open promises and of the letters that wait for their hour, the earliest; what has
no date comes last.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast

from threadwell.kit import clock
from threadwell.kit.questions import Question
from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.commitments.task import NEVER
from threadwell.record.conversations.models import Conversation, Outgoing

#: A letter that waits longer than this was put off on purpose; the others wait for a change of mind.
PUT_OFF = timedelta(minutes=5)
FIELDS = ("kind", "key", "what", "whose", "named", "comes")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What comes next."""

    kind: str  #: "task", "promise" or "follow-up" (a letter that leaves at that moment)
    id: UUID  #: of the task, the promise or the message
    what: str
    owner: str  #: the agent's name, or ""
    owner_id: UUID | None
    due_at: datetime | None
    is_overdue: bool


def next_step_of_contact(workspace_id: UUID, members: Collection[UUID]) -> NextStep | None:
    return _read(OF_CONTACT(list(members), workspace_id))


def next_step_of_organisation(workspace_id: UUID, members: Collection[UUID]) -> NextStep | None:
    return _read(OF_ORGANISATION(list(members), workspace_id))


def next_step_of_conversation(conversation: Conversation) -> NextStep | None:
    return _read(IN_CONVERSATION(conversation.workspace_id, conversation.pk))


def _all(workspace_id: UUID, **about: Any) -> QuerySet[Any, Any]:
    return _first(
        [_tasks(workspace_id, **about), _promises(workspace_id, **about), _letters(workspace_id, **about)]
    )


def _first(candidates: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    first, *rest = candidates
    earliest: QuerySet[Any, Any] = first.union(*rest, all=True).order_by("comes")[:1]
    return earliest


IN_CONVERSATION: Question[Any] = Question(
    lambda workspace_id, conversation_id: _all(workspace_id, conversation_id=conversation_id)
)
OF_CONTACT: QuestionOfMany[Any] = QuestionOfMany(
    lambda members, workspace_id: _all(workspace_id, contact_id__in=members)
)
OF_ORGANISATION: QuestionOfMany[Any] = QuestionOfMany(
    lambda members, workspace_id: _all(workspace_id, organisation_id__in=members)
)


def _read(rows: QuerySet[Any, Any]) -> NextStep | None:
    for row in rows:
        facts = dict(zip(FIELDS, row, strict=True))
        due_at = None if facts["comes"] == NEVER else facts["comes"]
        return NextStep(
            kind=facts["kind"],
            id=facts["key"],
            what=facts["what"],
            owner=facts["named"] or "",
            owner_id=facts["whose"],
            due_at=due_at,
            is_overdue=due_at is not None and due_at < clock.now(),
        )
    return None


def _tasks(workspace_id: UUID, **about: Any) -> QuerySet[Any, Any]:
    rows = Task.objects.of(workspace_id).open().filter(**about).order_by("comes_at", "pk")
    return _told(rows, kind="task", what="title", whose="owner", comes="comes_at")


def _promises(workspace_id: UUID, **about: Any) -> QuerySet[Any, Any]:
    rows = Promise.objects.of(workspace_id).open().ours().filter(**about).order_by("comes_at", "pk")
    return _told(rows, kind="promise", what="text", whose="agent", comes="comes_at")


def _letters(workspace_id: UUID, **about: Any) -> QuerySet[Any, Any]:
    rows = Outgoing.objects.of(workspace_id).filter(
        done_at=None,
        message__state="held",
        due_at__gt=F("made_at") + PUT_OFF,
        **{f"message__{name}": value for name, value in about.items()},
    )
    return _told(
        rows.order_by("due_at", "pk"),
        kind="follow-up",
        what="message__subject",
        whose="message__agent",
        comes="due_at",
    )


def _told(rows: QuerySet[Any, Any], *, kind: str, what: str, whose: str, comes: str) -> QuerySet[Any, Any]:
    told = rows.annotate(
        kind=Value(kind, CharField()),
        key=F("message_id") if kind == "follow-up" else F("pk"),
        what=Cast(F(what), CharField()),
        whose=F(f"{whose}_id"),
        named=F(f"{whose}__name"),
        comes=F(comes),
    )
    earliest: QuerySet[Any, Any] = told.values_list(*FIELDS)[:1]
    return earliest
