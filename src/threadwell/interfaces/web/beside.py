"""Beside: which of the smaller things there are at a conversation, found out with one question.

In:    a conversation, whoever opens it
Out:   when they read it last; what need not be asked for, because there is none
Touch: nothing

Most conversations have no draft, no file, no task and no other reader. To ask for each of them takes longer
than all the rest that is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Q, Subquery

from threadwell.kit.questions import Question
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Outgoing,
    ReadMark,
    Viewing,
)
from threadwell.record.surveys.models import Survey
from threadwell.record.workplace.models import Agent, Workspace

KINDS = ("files", "tasks", "promises", "decisions", "letters", "marks", "draft", "viewers", "surveys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What one look has shown."""

    read_at: datetime | None
    without: frozenset[str]  #: those of the kinds of which there is nothing


def beside(conversation: Conversation, agent: Agent) -> Beside:
    """As this agent sees it."""
    [(read_at, *found)] = THERE(conversation.workspace_id, agent.pk, conversation.pk)
    there = dict(zip(KINDS, found, strict=True))
    return Beside(
        read_at=read_at, without=frozenset(kind for kind, is_there in there.items() if not is_there)
    )


def _there(workspace_id: UUID, agent_id: UUID, key: UUID) -> Any:
    def of(model: Any) -> Any:
        return model.objects.of(workspace_id)

    mine = {"conversation_id": key, "agent_id": agent_id}
    there = {
        "files": of(Attachment).filter(message__conversation_id=key),
        "tasks": of(Task).open().filter(conversation_id=key),
        "promises": of(Promise).open().filter(conversation_id=key),
        "decisions": of(Decision).standing().filter(conversation_id=key),
        "letters": of(Outgoing).filter(message__conversation_id=key, done_at=None),
        "draft": of(Draft).filter(
            Q(conversation_id=key) | Q(conversation__joined_into_id=key), agent_id=agent_id
        ),
        "surveys": of(Survey).filter(conversation_id=key),
        "viewers": of(Viewing).filter(conversation_id=key).exclude(agent_id=agent_id),
    }
    marks = [
        Exists(of(model).standing().filter(message__conversation_id=key))
        for model in (Task, Promise, Decision)
    ]
    facts = {kind: Exists(rows) for kind, rows in there.items()} | {"marks": marks[0] | marks[1] | marks[2]}
    read_at = Subquery(of(ReadMark).filter(**mine).values("read_at")[:1])
    return Workspace.objects.filter(pk=workspace_id).values_list(read_at, *(facts[kind] for kind in KINDS))


THERE: Question[Any] = Question(_there)
