"""Record imports: tables of contacts, organisations and past interactions that people upload.

In:    a file (CSV, XLSX, vCard); what its columns are; that it shall be checked, taken in, taken back
Out:   the list of imports; one, at the step it is at; its refused rows as a file
Touch: nothing but through `moving_in`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import moving_in
from threadwell.interfaces.web.downloads import download
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.imports import upload_of
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.record_import_forms import HowForm, TableForm
from threadwell.kit.errors import DomainError
from threadwell.kit.sheets import Unreadable
from threadwell.record.imports.models import RecordImport, RefusedRow
from threadwell.record.workplace.roles import May

PLACE = {"here": "settings", "section": "record_imports"}
LISTED = 50  #: imports in the list, and refused rows on a page
State = RecordImport.State


@allowed(May.MANAGE)
def index(request: Request) -> HttpResponse:
    """GET .../settings/tables/"""
    return _list(request, TableForm(initial={"kind": request.GET.get("kind", "")}))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/tables/"""
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        state = moving_in.begin(
            request.workspace,
            form.cleaned_data["kind"],
            upload_of(form.cleaned_data["table"]),
            by=request.agent,
        )
    except Unreadable as problem:
        form.add_error("table", str(problem.sentence))
        return _list(request, form, status=422)
    return page(request, "moving/import.html", to=_address(request, state))


@allowed(May.MANAGE)
def show(request: Request, import_id: UUID) -> HttpResponse:
    """GET .../settings/tables/<id>/: at the step it is at."""
    state = _one(request, import_id)
    return _page(request, state, HowForm(request, state) if _can_assign(state) else None)


@allowed(May.MANAGE)
def check(request: Request, import_id: UUID) -> HttpResponse:
    """POST .../settings/tables/<id>/: these are its columns; check every row."""
    state = _one(request, import_id)
    if not _can_assign(state):
        raise Http404
    form = HowForm(request, state, given=request.POST)
    if not form.is_valid():
        return _page(request, state, form, status=422)
    try:
        if form.reads_otherwise:
            moving_in.look_again(state, **form.reading)
            return page(request, "moving/import.html", to=_address(request, state))
        moving_in.assign(state, form.mapping, **form.options)
    except DomainError as problem:
        form.add_error(None, str(problem.sentence))
        return _page(request, state, form, status=422)
    moving_in.check_later(state)
    return page(request, "moving/import.html", to=_address(request, state))


@allowed(May.MANAGE)
def run(request: Request, import_id: UUID) -> HttpResponse:
    """POST .../settings/tables/<id>/running/"""
    state = _one(request, import_id)
    moving_in.run_later(state, by=request.agent)
    toast(request, gettext("The import has begun. You can leave this page."))
    return page(request, "moving/import.html", to=_address(request, state))


@allowed(May.MANAGE)
def take_back(request: Request, import_id: UUID) -> HttpResponse:
    """POST .../settings/tables/<id>/undoing/"""
    state = _one(request, import_id)
    moving_in.take_back_later(state, by=request.agent)
    return page(request, "moving/import.html", to=_address(request, state))


@allowed(May.MANAGE)
def go_on(request: Request, import_id: UUID) -> HttpResponse:
    """POST .../settings/tables/<id>/going-on/: it was stopped; on from where it was."""
    state = _one(request, import_id)
    moving_in.go_on_later(state)
    return page(request, "moving/import.html", to=_address(request, state))


@allowed(May.MANAGE)
def forget(request: Request, import_id: UUID) -> HttpResponse:
    """DELETE .../settings/tables/<id>/"""
    moving_in.forget(_one(request, import_id))
    toast(request, gettext("Put away."))
    to = reverse("web:record_imports", args=[request.workspace.slug])
    return page(request, "moving/list.html", to=to)


@allowed(May.MANAGE, changes=None)
def refused(request: Request, import_id: UUID) -> HttpResponseBase:
    """GET .../settings/tables/<id>/refused.csv"""
    state = _one(request, import_id)
    return download(request, moving_in.refused_csv(state), f"refused {state.name}.csv", "text/csv")


def _list(request: Request, form: TableForm, *, status: int = 200) -> HttpResponse:
    rows = RecordImport.objects.of(request.workspace).select_related("by").order_by("-made_at")[:LISTED]
    facts = {"form": form, "imports": list(rows), **PLACE}
    return page(request, "moving/list.html", facts, status=status)


def _page(
    request: Request, state: RecordImport, form: HowForm | None = None, *, status: int = 200
) -> HttpResponse:
    rows = RefusedRow.objects.of(request.workspace).filter(record_import=state).order_by("line", "id")
    facts: dict[str, Any] = {
        "import": state,
        "form": form,
        "refused": moving_in.as_seen(state, rows[:LISTED]),
        "is_stale": moving_in.is_stale(state),
        **PLACE,
    }
    return page(request, "moving/import.html#step", facts, status=status)


def _one(request: Request, import_id: UUID) -> RecordImport:
    found: RecordImport | None = RecordImport.objects.of(request.workspace).filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found


def _can_assign(state: RecordImport) -> bool:
    return state.state in (State.MAPPING, State.CHECKED) and state.path.exists()


def _address(request: Request, state: RecordImport) -> str:
    return reverse("web:record_import", args=[request.workspace.slug, state.pk])
