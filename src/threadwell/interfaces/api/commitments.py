"""Commitments: tasks, promises and decisions, and calls and visits written down, by a program.

In:    what they are about; keys; words
Out:   tasks, promises, decisions, messages
Touch: nothing but through `committing` and `logging_talks`
"""

from typing import Any
from uuid import UUID

from django.db import models, transaction
from ninja import Query, Router, Status

from threadwell.flow import committing, logging_talks
from threadwell.flow.committing import About
from threadwell.flow.logging_talks import Whom
from threadwell.interfaces.api import commitments_shapes as shapes
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.texts import Cursor, Limit
from threadwell.kit import clock
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import Message
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Commitments"])


@router.get("/tasks", response=shapes.Tasks, auth=Scope(May.READ))
def list_tasks(
    request: Call, asked: Query[shapes.AskedTasks], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Tasks: what is due first, or what was done last."""
    rows = _tasks(request)
    is_done = asked.state == "done"
    rows = rows.done() if is_done else rows.open()
    if asked.state == "overdue":
        rows = rows.filter(comes_at__lt=clock.now())
    rows = _narrowed(request, rows, asked, owner_id=asked.owner, team_id=asked.team)
    return paged(rows, by="-done_at" if is_done else "comes_at", cursor=cursor, limit=limit)


@router.post("/tasks", response={201: shapes.TaskShape}, auth=Scope(May.NOTE))
def add_task(request: Call, given: shapes.NewTask) -> Status[Task]:
    """Something is to be done; without an owner and a team it belongs to the token's agent."""
    task = committing.add_task(
        _about(request, given),
        by=request.agent,
        title=given.title,
        owner=_agent(request, given.owner),
        team=_named(Team, request, given.team),
        due_at=given.due_at,
        zone=given.zone,
        remind_at=given.remind_at,
    )
    return Status(201, one_of(_tasks(request), pk=task.pk))


@router.get("/tasks/{uuid:task_id}", response=shapes.TaskShape, auth=Scope(May.READ))
def get_task(request: Call, task_id: UUID) -> Any:
    """One task."""
    return one_of(_tasks(request), pk=task_id)


@router.patch("/tasks/{uuid:task_id}", response=shapes.TaskShape, auth=Scope(May.NOTE))
def change_task(request: Call, task_id: UUID, given: shapes.TaskChange) -> Any:
    """Another title, owner, team, date or reminder; what is left out stays."""
    wanted = given.model_dump(exclude_unset=True)
    if "owner" in wanted:
        wanted["owner"] = _agent(request, given.owner)
    if "team" in wanted:
        wanted["team"] = _named(Team, request, given.team)
    with transaction.atomic():
        task = one_of(Task.objects.of(request.workspace_id).select_for_update(), pk=task_id)
        committing.change_task(task, by=request.agent, **wanted)
    return one_of(_tasks(request), pk=task_id)


@router.put("/tasks/{uuid:task_id}/done", response=shapes.TaskShape, auth=Scope(May.NOTE))
def finish_task(request: Call, task_id: UUID, given: shapes.Noted) -> Any:
    """It is done; again changes nothing."""
    with transaction.atomic():
        task = one_of(Task.objects.of(request.workspace_id).select_for_update(), pk=task_id)
        task.finish(by=request.agent, note=given.note)
    return one_of(_tasks(request), pk=task_id)


@router.delete("/tasks/{uuid:task_id}/done", response=shapes.TaskShape, auth=Scope(May.NOTE))
def reopen_task(request: Call, task_id: UUID) -> Any:
    """It is not done, after all."""
    with transaction.atomic():
        one_of(Task.objects.of(request.workspace_id).select_for_update(), pk=task_id).reopen(by=request.agent)
    return one_of(_tasks(request), pk=task_id)


@router.get("/promises", response=shapes.Promises, auth=Scope(May.READ))
def list_promises(
    request: Call, asked: Query[shapes.AskedPromises], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Promises: what is due first, or what was settled last."""
    rows = _promises(request)
    match asked.state:
        case "kept":
            rows, by = rows.kept(), "-kept_at"
        case "broken":
            rows, by = rows.broken(), "-broken_at"
        case "overdue":
            rows, by = rows.overdue(now=clock.now()), "comes_at"
        case _:
            rows, by = rows.open(), "comes_at"
    rows = _narrowed(request, rows, asked, side=asked.side)
    return paged(rows, by=by, cursor=cursor, limit=limit)


@router.post("/promises", response={201: shapes.PromiseShape}, auth=Scope(May.NOTE))
def mark_promise(request: Call, given: shapes.NewPromise) -> Status[Promise]:
    """Somebody gave their word."""
    promise = committing.mark_promise(
        _about(request, given),
        by=request.agent,
        text=given.text,
        side=given.side,
        agent=_agent(request, given.agent),
        to_whom=given.to_whom,
        due_at=given.due_at,
        zone=given.zone,
    )
    return Status(201, one_of(_promises(request), pk=promise.pk))


@router.get("/promises/{uuid:promise_id}", response=shapes.PromiseShape, auth=Scope(May.READ))
def get_promise(request: Call, promise_id: UUID) -> Any:
    """One promise."""
    return one_of(_promises(request), pk=promise_id)


@router.put("/promises/{uuid:promise_id}/outcome", response=shapes.PromiseShape, auth=Scope(May.NOTE))
def settle_promise(request: Call, promise_id: UUID, given: shapes.Settled) -> Any:
    """It was kept, or broken, or is still open."""
    with transaction.atomic():
        promise: Promise = one_of(Promise.objects.of(request.workspace_id).select_for_update(), pk=promise_id)
        if given.outcome == "open":
            promise.reopen(by=request.agent)
        elif given.outcome == "kept":
            promise.keep(by=request.agent, note=given.note)
        else:
            promise.break_(by=request.agent, note=given.note)
    return one_of(_promises(request), pk=promise_id)


@router.get("/decisions", response=shapes.Decisions, auth=Scope(May.READ))
def list_decisions(
    request: Call, asked: Query[shapes.Asked], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Decisions, the newest first."""
    rows = _decisions(request).standing()
    rows = _narrowed(request, rows, asked)
    return paged(rows, by="-decided_at", cursor=cursor, limit=limit)


@router.post("/decisions", response={201: shapes.DecisionShape}, auth=Scope(May.NOTE))
def mark_decision(request: Call, given: shapes.NewDecision) -> Status[Decision]:
    """Something was settled."""
    decision = committing.mark_decision(
        _about(request, given),
        by=request.agent,
        text=given.text,
        side=given.side,
        agent=_agent(request, given.agent),
        decided_at=given.decided_at,
    )
    return Status(201, one_of(_decisions(request), pk=decision.pk))


@router.post("/calls", response={201: talk.MessageShape}, auth=Scope(May.NOTE))
def log_call(request: Call, given: shapes.NewTalk) -> Status[Message]:
    """Write down a call, a visit or a meeting: in a conversation, or in a new one that is closed at once."""
    about = _about(request, given)
    whom = Whom(contact=about.contact, organisation=about.organisation, conversation=about.conversation)
    points = logging_talks.Points(
        discussed=given.discussed,
        decided=given.decided,
        next_step=given.next_step,
        owner=_agent(request, given.owner),
        due_at=given.due_at,
        zone=given.zone,
    )
    message = logging_talks.log(
        logging_talks.Talked(
            kind=given.kind,
            direction=given.direction,
            minutes=given.minutes,
            place=given.place,
            outcome=given.outcome,
            at=given.at,
            points=points,
        ),
        whom,
        by=request.agent,
    )
    return Status(201, one_of(conversations.messages(request), pk=message.pk))


def _tasks(request: Call) -> Any:
    rows = Task.objects.of(request.workspace_id).select_related("conversation", "owner", "team")
    return rows.fetch_mode(models.FETCH_RAISE)


def _promises(request: Call) -> Any:
    rows = Promise.objects.of(request.workspace_id).select_related("conversation", "agent")
    return rows.fetch_mode(models.FETCH_RAISE)


def _decisions(request: Call) -> Any:
    rows = Decision.objects.of(request.workspace_id).select_related("conversation", "agent")
    return rows.fetch_mode(models.FETCH_RAISE)


def _narrowed(request: Call, rows: Any, asked: shapes.Asked, **exact: Any) -> Any:
    exact |= {"contact_id": asked.contact, "organisation_id": asked.organisation}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.conversation is not None:
        rows = rows.filter(conversation=conversations.plain(request, asked.conversation))
    return rows


def _about(request: Call, given: shapes.About) -> About:
    message = None
    if isinstance(given, shapes.InMessage) and given.message:
        said = Message.objects.of(request.workspace_id).select_related(
            "agent",
            "contact__organisation",
            "conversation__contact__organisation",
            "conversation__organisation",
        )
        message = one_of(said, pk=given.message)
    return About(
        contact=_named(Contact, request, given.contact),
        organisation=_named(Organisation, request, given.organisation),
        conversation=conversations.plain(request, given.conversation)
        if given.conversation is not None
        else None,
        message=message,
        work_item_id=given.work_item,
    )


def _agent(request: Call, key: UUID | None) -> Agent | None:
    found: Agent | None = _named(Agent, request, key)
    return found


def _named(model: Any, request: Call, key: UUID | None) -> Any:
    return one_of(model.objects.of(request.workspace_id), pk=key) if key else None
