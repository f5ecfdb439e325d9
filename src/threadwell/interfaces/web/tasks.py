"""Tasks: the lists of what is to be done, and one task: made, changed, done, taken back.

In:    which list; a task's key; the form
Out:   the page, its list, or the answer after a deed
Touch: nothing but through `committing` and the verbs of a task
"""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise as Later
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow import committing
from threadwell.interfaces.web.commitments_forms import AHEAD, NoteForm, TaskForm
from threadwell.interfaces.web.commitments_parts import about_of, done, one, query_of, rows_of, said_in
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.places import house_of
from threadwell.kit import clock, paging
from threadwell.record.commitments.models import Task
from threadwell.record.workplace.models import TeamSeat
from threadwell.record.workplace.roles import May

SIZE = 50
TABS: dict[str, Later] = {
    "mine": gettext_lazy("Mine"),
    "team": gettext_lazy("My teams"),
    "all": gettext_lazy("All open"),
    "overdue": gettext_lazy("Overdue"),
    "done": gettext_lazy("Done"),
}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../tasks/?show=mine|team|all|overdue|done&cursor="""
    show = request.GET.get("show", "mine")
    if show not in TABS:
        raise Http404
    rows = _listed(request, show)
    found = paging.page(
        rows, by="-done_at" if show == "done" else "comes_at", size=SIZE, cursor=request.GET.get("cursor", "")
    )
    base = reverse("web:tasks", args=[request.workspace.slug])
    facts: dict[str, Any] = {
        "here": "tasks",
        "show": show,
        "tabs": [{"key": key, "name": name, "url": f"{base}?show={key}"} for key, name in TABS.items()],
        "tasks": found.rows,
        "list_url": f"{base}?show={show}",
        "next_url": f"{base}?show={show}&cursor={found.next}" if found.next else "",
        "form": TaskForm(request=request, initial={"owner": str(request.agent.pk)}),
    }
    return page(request, "commitments/tasks.html#rows", facts)


@allowed(May.NOTE)
def new(request: Request) -> HttpResponse:
    """GET .../tasks/new/?conversation=&message=&contact=&organisation=&text="""
    said = " ".join(said_in(request, about_of(request)).split())[: committing.TITLE]
    form = TaskForm(request=request, initial={"title": said, "owner": str(request.agent.pk)})
    return _form(request, form)


@allowed(May.NOTE)
def create(request: Request) -> HttpResponse:
    """POST .../tasks/"""
    about = about_of(request)
    form = TaskForm(request.POST, request=request)
    if not form.is_valid():
        return _form(request, form, status=422)
    task = committing.add_task(about, by=request.agent, **form.facts())
    return done(request, _("The task is written down."), undo="task_withdrawing", key=task.pk)


@allowed(May.READ)
def show(request: Request, task_id: UUID) -> HttpResponse:
    """GET .../tasks/<id>/"""
    task = _one(request, task_id)
    ahead = task.due_at - task.remind_at if task.due_at and task.remind_at else None
    remind = next((key for key, span in AHEAD.items() if span == ahead), "")
    initial = {
        "title": task.title,
        "due_at": task.due_at,
        "remind": remind,
        "owner": str(task.owner_id or ""),
        "team": str(task.team_id or ""),
    }
    return _form(request, TaskForm(request=request, initial=initial), task=task)


@allowed(May.NOTE)
def update(request: Request, task_id: UUID) -> HttpResponse:
    """POST .../tasks/<id>/"""
    task = _one(request, task_id)
    form = TaskForm(request.POST, request=request)
    if not form.is_valid():
        return _form(request, form, task=task, status=422)
    changed = committing.change_task(task, by=request.agent, **form.facts())
    return done(request, _("Saved.") if changed else "")


@allowed(May.NOTE)
def finishing(request: Request, task_id: UUID) -> HttpResponse:
    """GET .../tasks/<id>/finishing/: the form for the note."""
    facts = {"task": _one(request, task_id), "form": NoteForm()}
    return page(request, "commitments/finishing.html#form", facts)


@allowed(May.NOTE)
def finish(request: Request, task_id: UUID) -> HttpResponse:
    """POST .../tasks/<id>/finishing/"""
    task: Task = one(Task.objects.of(request.workspace), task_id)
    changed = task.finish(by=request.agent, note=committing.noted(request.POST.get("note", "")))
    return done(
        request,
        _("Done: %(title)s") % {"title": task.title} if changed else "",
        undo="task_reopening",
        key=task.pk,
    )


@allowed(May.NOTE)
def reopen(request: Request, task_id: UUID) -> HttpResponse:
    """POST .../tasks/<id>/reopening/"""
    task: Task = one(Task.objects.of(request.workspace), task_id)
    return done(request, _("The task is open again.") if task.reopen(by=request.agent) else "")


@allowed(May.NOTE)
def withdraw(request: Request, task_id: UUID) -> HttpResponse:
    """POST .../tasks/<id>/withdrawing/"""
    task: Task = one(Task.objects.of(request.workspace), task_id)
    changed = task.withdraw(by=request.agent)
    return done(request, _("The task is taken back.") if changed else "", undo="task_restoring", key=task.pk)


@allowed(May.NOTE)
def restore(request: Request, task_id: UUID) -> HttpResponse:
    """POST .../tasks/<id>/restoring/"""
    task: Task = one(Task.objects.of(request.workspace), task_id)
    return done(request, _("The task stands again.") if task.restore(by=request.agent) else "")


def _listed(request: Request, show: str) -> Any:
    rows = rows_of(request, Task)
    match show:
        case "mine":
            return rows.open().owned_by(request.agent)
        case "team":
            teams = [team.pk for team in house_of(request).my_teams]
            mates = TeamSeat.objects.of(request.workspace).filter(team_id__in=teams).values("agent_id")
            return rows.open().filter(Q(team_id__in=teams) | Q(owner_id__in=mates))
        case "overdue":
            return rows.overdue(now=clock.now())
        case "done":
            return rows.done()
        case _:
            return rows.open()


def _one(request: Request, task_id: UUID) -> Task:
    task: Task | None = rows_of(request, Task).filter(pk=task_id).first()
    if task is None:
        raise Http404
    return task


def _form(request: Request, form: TaskForm, *, task: Task | None = None, status: int = 200) -> HttpResponse:
    facts = {"form": form, "task": task, "about": query_of(request.GET), "here": "tasks"}
    return page(request, "commitments/task_form.html#form", facts, status=status)
