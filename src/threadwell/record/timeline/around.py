"""Around: what was not said but happened with a customer in a stretch of time: work, promises, answers.

In:    a Scope, a stretch of time, what of it shall be seen
Out:   Happened, the newest first
Touch: nothing
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import Message
from threadwell.record.journal.models import Event
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import Scale
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem

MOST = 200  #: of a kind in one stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that stands between what was said."""

    kind: str  #: "task", "promise", "decision", "survey", "work"
    key: UUID
    at: datetime
    words: str
    who: str
    state: str  #: "open", "kept", "broken", "done", or the name of a piece of work's status
    number: str = ""
    icon: str = ""
    due_at: datetime | None = None
    score: int | None = None  #: of an answered survey
    is_thumbs: bool = False


def commitments(
    whose: Scope,
    *,
    since: datetime,
    until: datetime,
    only: Collection[UUID] | None = None,
    most: int | None = MOST,
) -> list[Happened]:
    """Tasks, promises and decisions made in the stretch, and surveys answered in it, in one question."""
    if only is None and most == MOST and whose.column in _COMMITMENTS:
        rows = _COMMITMENTS[whose.column](whose.keys, whose.workspace_id, since, until)
    else:
        rows = _commitments(whose.workspace_id, whose.about, since, until, only, near=whose.near, most=most)
    return [
        Happened(
            kind=kind.partition(":")[0],
            key=key,
            at=at,
            words=words,
            who=who or "",
            state=_state(kind, good, bad),
            due_at=due_at,
            **_scored(kind),
        )
        for kind, key, at, words, who, due_at, good, bad in rows
    ]


def work(
    whose: Scope,
    *,
    since: datetime,
    until: datetime,
    only: Collection[UUID] | None = None,
    most: int | None = MOST,
) -> list[Happened]:
    """Pieces of work that were begun in the stretch."""
    if whose.work_item_id:
        return []
    if only is None and most == MOST and whose.column in _WORK:
        rows = _WORK[whose.column](whose.keys, whose.workspace_id, since, until)
    else:
        rows = _work(whose.workspace_id, whose.about, since, until, only, most=most)
    return [
        Happened(
            kind="work",
            key=key,
            at=at,
            words=title,
            who=who or "",
            state=state,
            number=number,
            icon=icon,
            due_at=due_at,
        )
        for key, at, title, who, state, number, icon, due_at in rows
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


def every_event(whose: Scope, names: Collection[str], *, since: datetime, until: datetime) -> list[Event]:
    """The same of all their conversations and all their work, however many."""
    said = Message.objects.of(whose.workspace_id).filter(whose.near)
    about: Q = Q(about__in=[*whose.keys, whose.work_item_id]) | Q(about__in=said.values("conversation_id"))
    if not whose.work_item_id:
        about |= Q(about__in=WorkItem.objects.of(whose.workspace_id).filter(whose.about).values("pk"))
    rows = Event.objects.of(whose.workspace_id).filter(about, name__in=names, at__gte=since, at__lt=until)
    return list(rows.select_related("by").order_by("-at", "-pk"))


def _work_of(whose: Scope) -> list[UUID]:
    if whose.work_item_id:
        return [whose.work_item_id]
    items = WorkItem.objects.of(whose.workspace_id).filter(whose.about)
    return list(items.order_by("-changed_at").values_list("pk", flat=True)[:MOST])


def _among(rows: Any, only: Collection[UUID] | None) -> Any:
    return rows if only is None else rows.filter(pk__in=only)


def _commitments(
    workspace_id: UUID,
    about: Q,
    since: datetime,
    until: datetime,
    only: Collection[UUID] | None = None,
    *,
    near: Q | None = None,
    most: int | None = MOST,
) -> QuerySet[Any, Any]:
    """``near`` narrows what knows of no piece of work; the same as ``about`` but for work."""
    none = Value(None, DateTimeField())
    # The score rides in the kind: all that stand together have the same columns.
    scored = Concat(Value("survey:"), F("scale"), Value(":"), Cast(F("score"), CharField()))
    kinds: tuple[tuple[Any, dict[str, Any]], ...] = (
        (Task, {"kind": "task", "words": "title", "who": "owner", "at": "made_at", "good": F("done_at")}),
        (
            Promise,
            {
                "kind": "promise",
                "words": "text",
                "who": "agent",
                "at": "made_at",
                "good": F("kept_at"),
                "bad": F("broken_at"),
            },
        ),
        (Decision, {"kind": "decision", "words": "text", "who": "agent", "at": "decided_at", "good": none}),
        (Survey, {"kind": scored, "words": "words", "who": "contact", "at": "answered_at", "good": none}),
    )

    def _whose(model: Any) -> Q:
        return near or about if model is Survey else about

    first, *rest = (
        _told(_among(model.objects.of(workspace_id).standing().filter(_whose(model)), only), **names)
        .filter(**{f"{names['at']}__gte": since, f"{names['at']}__lt": until})
        .order_by(f"-{names['at']}")[:most]
        .values_list("kind", "pk", "made", "said", "named", "due", "good", "bad")
        for model, names in kinds
    )
    united: QuerySet[Any, Any] = first.union(*rest, all=True)
    return united


def _work(
    workspace_id: UUID,
    about: Q,
    since: datetime,
    until: datetime,
    only: Collection[UUID] | None = None,
    *,
    most: int | None = MOST,
) -> QuerySet[Any, Any]:
    rows = _among(WorkItem.objects.of(workspace_id).filter(about), only)
    found = rows.filter(made_at__gte=since, made_at__lt=until).order_by("-made_at", "-pk")[:most]
    shown: QuerySet[Any, Any] = found.values_list(
        *("pk", "made_at", "title", "owner__name", "status__name", "number", "type__icon", "due_at")
    )
    return shown


def _told(rows: Any, *, kind: Any, words: str, who: str, at: str, **ends: Any) -> Any:
    none = Value(None, DateTimeField())
    return rows.annotate(
        kind=Value(kind, CharField()) if isinstance(kind, str) else kind,
        made=F(at),
        said=Cast(F(words), TextField()),
        named=F(f"{who}__name"),
        due=F("due_at") if kind in ("task", "promise") else none,
        good=ends["good"],
        bad=ends.get("bad", none),
    )


def _scored(kind: str) -> dict[str, Any]:
    """What rides in the kind of an answered survey."""
    _name, _colon, rest = kind.partition(":")
    scale, _colon, score = rest.partition(":")
    return {"score": int(score), "is_thumbs": scale == Scale.THUMBS} if score else {}


def _state(kind: str, good: datetime | None, bad: datetime | None) -> str:
    if bad:
        return "broken"
    if good:
        return "kept" if kind == "promise" else "done"
    return "open" if kind in ("task", "promise") else ""


def _of_keys[R](rows: Callable[..., QuerySet[Any, R]]) -> dict[str, QuestionOfMany[R]]:
    """The same of a contact's and of an organisation's keys."""

    def of(column: str) -> QuestionOfMany[R]:
        return QuestionOfMany(
            lambda keys, workspace_id, since, until: rows(
                workspace_id, Q(**{f"{column}__in": keys}), since, until
            )
        )

    return {column: of(column) for column in ("contact_id", "organisation_id")}


_COMMITMENTS: dict[str, QuestionOfMany[Any]] = _of_keys(_commitments)
_WORK: dict[str, QuestionOfMany[Any]] = _of_keys(_work)
