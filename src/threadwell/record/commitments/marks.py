"""Marks: what was marked in messages as a task, a promise or a decision.

In:    keys of messages
Out:   by message the Marks in it, the oldest first
Touch: nothing

One question for all messages of a page, whatever their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast

from threadwell.kit import clock
from threadwell.kit.questions import Question
from threadwell.record.commitments.models import Decision, Promise, Task

FIELDS = ("message_id", "pk", "kind", "words", "of_side", "due", "good", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that was marked in a message, as its line shows it."""

    kind: str  #: "task", "promise" or "decision"
    id: UUID
    words: str
    side: str  #: "us", "customer", or "" for a task
    due_at: datetime | None
    is_settled: bool  #: done or kept
    is_broken: bool
    is_overdue: bool


def marks_of(workspace_id: UUID, messages: Sequence[UUID]) -> dict[UUID, list[Mark]]:
    """What stands in each of the messages; those in which nothing was marked are not named."""
    found: dict[UUID, list[Mark]] = {}
    if not messages:
        return found
    now = clock.now()
    for message, key, kind, words, side, due_at, settled_at, broken_at in _asked(len(messages))(
        workspace_id, *messages
    ):
        is_open = kind != "decision" and settled_at is None and broken_at is None
        found.setdefault(message, []).append(
            Mark(
                kind=kind,
                id=key,
                words=words,
                side=side,
                due_at=due_at,
                is_settled=settled_at is not None,
                is_broken=broken_at is not None,
                is_overdue=is_open and due_at is not None and due_at < now,
            )
        )
    return found


@cache
def _asked(many: int) -> Question[Any]:
    def ask(workspace_id: UUID, *messages: UUID) -> Any:
        keys = messages[:many]
        none = Value(None, DateTimeField())
        no_side = Value("", CharField())
        tasks = _told(
            Task,
            workspace_id,
            keys,
            kind="task",
            words=F("title"),
            side=no_side,
            due=F("due_at"),
            good=F("done_at"),
            bad=none,
        )
        promises = _told(
            Promise,
            workspace_id,
            keys,
            kind="promise",
            words=F("text"),
            side=F("side"),
            due=F("due_at"),
            good=F("kept_at"),
            bad=F("broken_at"),
        )
        decisions = _told(
            Decision,
            workspace_id,
            keys,
            kind="decision",
            words=F("text"),
            side=F("side"),
            due=none,
            good=none,
            bad=none,
        )
        return tasks.union(promises, decisions, all=True).order_by("message_id", "pk")

    return Question(ask)


def _told(
    model: Any, workspace_id: UUID, keys: Sequence[UUID], *, kind: str, words: Any, side: Any, **more: Any
) -> QuerySet[Any, Any]:
    rows = model.objects.of(workspace_id).standing().filter(message_id__in=keys)
    told: QuerySet[Any, Any] = rows.annotate(
        kind=Value(kind, CharField()), words=Cast(words, TextField()), of_side=Cast(side, CharField()), **more
    ).values_list(*FIELDS)
    return told
