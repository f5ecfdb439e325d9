"""Around: what was not said but happened with a customer in a stretch of time: work, promises, events.

In:    a Scope, a stretch of time, what of it shall be seen
Out:   Happened, the newest first
Touch: nothing
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, TextField, Value
from django.db.models.functions import Cast

from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.journal.models import Event
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem

MOST = 200  #: of a kind in one stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that stands between what was said."""

    kind: str  #: "task", "promise", "decision", "work"
    key: UUID
    at: datetime
    words: str
    who: str
    state: str  #: "open", "kept", "broken", "done", or the name of a piece of work's status
    number: str = ""
    icon: str = ""
    due_at: datetime | None = None


def commitments(
    whose: Scope, *, since: datetime, until: datetime, only: Collection[UUID] | None = None
) -> list[Happened]:
    """Tasks, promises and decisions that were made in the stretch, in one question."""
    none = Value(None, DateTimeField())
    tasks = _told(Task, whose, kind="task", words="title", who="owner", at="made_at", good=F("done_at"))
    promises = _told(
        Promise,
        whose,
        kind="promise",
        words="text",
        who="agent",
        at="made_at",
        good=F("kept_at"),
        bad=F("broken_at"),
    )
    decisions = _told(Decision, whose, kind="decision", words="text", who="agent", at="decided_at", good=none)
    rows = [
        _among(rows, only)
        .filter(made__gte=since, made__lt=until)
        .order_by("-made")[:MOST]
        .values_list(*_FIELDS)
        for rows in (tasks, promises, decisions)
    ]
    return [
        Happened(
            kind=kind,
            key=key,
            at=at,
            words=words,
            who=who or "",
            state=_state(kind, good, bad),
            due_at=due_at,
        )
        for kind, key, at, words, who, due_at, good, bad in rows[0].union(*rows[1:], all=True)
    ]


def work(
    whose: Scope, *, since: datetime, until: datetime, only: Collection[UUID] | None = None
) -> list[Happened]:
    """Pieces of work that were begun in the stretch."""
    if whose.work_item_id:
        return []
    rows = _among(WorkItem.objects.of(whose.workspace_id).filter(whose.about), only)
    found = rows.filter(made_at__gte=since, made_at__lt=until).select_related("type", "status", "owner")
    return [
        Happened(
            kind="work",
            key=one.pk,
            at=one.made_at,
            words=one.title,
            who=one.owner.name if one.owner else "",
            state=one.status.name,
            number=one.number,
            icon=one.type.icon,
            due_at=one.due_at,
        )
        for one in found.order_by("-made_at", "-pk")[:MOST]
    ]


def events(
    whose: Scope,
    talks: Iterable[UUID],
    names: Collection[str],
    *,
    since: datetime,
    until: datetime,
    only: Collection[UUID] | None = None,
) -> list[Event]:
    """What happened to the record itself, to these conversations and to the work for it."""
    rows = Event.objects.of(whose.workspace_id).filter(name__in=names, at__gte=since, at__lt=until)
    found = _among(rows, only).filter(about__in=[*whose.keys, *talks, *_work_of(whose)])
    return list(found.select_related("by").order_by("-at", "-pk")[:MOST])


def _work_of(whose: Scope) -> list[UUID]:
    if whose.work_item_id:
        return [whose.work_item_id]
    items = WorkItem.objects.of(whose.workspace_id).filter(whose.about)
    return list(items.order_by("-changed_at").values_list("pk", flat=True)[:MOST])


def _among(rows: Any, only: Collection[UUID] | None) -> Any:
    return rows if only is None else rows.filter(pk__in=only)


_FIELDS = ("kind", "pk", "made", "said", "named", "due", "good", "bad")


def _told(model: Any, whose: Scope, *, kind: str, words: str, who: str, at: str, **ends: Any) -> Any:
    none = Value(None, DateTimeField())
    rows = model.objects.of(whose.workspace_id).standing().filter(whose.about)
    return rows.annotate(
        kind=Value(kind, CharField()),
        made=F(at),
        said=Cast(F(words), TextField()),
        named=F(f"{who}__name"),
        due=F("due_at") if kind != "decision" else none,
        good=ends["good"],
        bad=ends.get("bad", none),
    )


def _state(kind: str, good: datetime | None, bad: datetime | None) -> str:
    if bad:
        return "broken"
    if good:
        return "kept" if kind == "promise" else "done"
    return "" if kind == "decision" else "open"
