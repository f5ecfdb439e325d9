"""Proposals: the queue of records that may be one, what is decided about them, and the search for more.

In:    a proposal and what somebody thinks of it; the wish to search the whole base
Out:   the queue
Touch: nothing but through `merging` and `duplicates`
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import duplicates, merging
from threadwell.interfaces.web import likenesses
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import paging
from threadwell.record.people.models import DuplicateSearch, Merge, MergeProposal
from threadwell.record.workplace.roles import May

SIZE = 25
MERGED = "merged"  #: the list of what was merged
State = MergeProposal.State


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../duplicates/?state="""
    state = request.GET.get("state", State.OPEN)
    if state not in (*State.values, MERGED):
        raise Http404
    base = reverse("web:duplicates", args=[request.workspace.slug])
    cursor = request.GET.get("cursor", "")
    rows: Any
    if state == MERGED:
        rows = Merge.objects.of(request.workspace).select_related("by", "undone_by")
        shown = paging.page(rows, by="-at", size=SIZE, cursor=cursor)
        facts: dict[str, Any] = {"merges": shown.rows}
    else:
        rows = MergeProposal.objects.of(request.workspace).filter(state=state).select_related("decided_by")
        shown = paging.page(rows, by="-score", size=SIZE, cursor=cursor)
        facts = {"likenesses": likenesses.told(request, shown.rows)}
    older = f"{base}?{urlencode({'state': state, 'cursor': shown.next})}" if shown.next else ""
    return page(
        request,
        "merging/queue.html",
        {**facts, "state": state, "older_url": older, "search": _last_search(request), "here": "contacts"},
    )


@allowed(May.HANDLE)
def begin_search(request: Request) -> HttpResponse:
    """POST .../duplicates/searches/"""
    duplicates.search(by=request.agent)
    toast(request, gettext("The search has begun. You can leave this page."))
    return _back(request)


@allowed(May.READ)
def show_search(request: Request, search_id: UUID) -> HttpResponse:
    """GET .../duplicates/searches/<id>/: how far it is."""
    found = DuplicateSearch.objects.of(request.workspace).filter(pk=search_id).first()
    if found is None:
        raise Http404
    return page(request, "merging/queue.html#search", {"search": found, "state": State.OPEN})


@allowed(May.HANDLE)
def accept(request: Request, proposal_id: UUID) -> HttpResponse:
    """POST .../duplicates/<id>/acceptance/"""
    batch = merging.accept(_one(request, proposal_id), by=request.agent)
    undo = reverse("web:merge_batch_undoing", args=[request.workspace.slug, batch])
    toast(request, gettext("They are one now."), undo=undo)
    return _back(request)


@allowed(May.HANDLE)
def reject(request: Request, proposal_id: UUID) -> HttpResponse:
    """POST .../duplicates/<id>/rejection/: with ``never``, nobody is asked again."""
    for_ever = request.POST.get("never") == "yes"
    merging.reject(_one(request, proposal_id), by=request.agent, for_ever=for_ever)
    undo = reverse("web:proposal_question", args=[request.workspace.slug, proposal_id])
    told = gettext("They stay two, for good.") if for_ever else gettext("They stay two.")
    toast(request, told, undo=undo)
    return _back(request)


@allowed(May.HANDLE)
def ask_again(request: Request, proposal_id: UUID) -> HttpResponse:
    """POST .../duplicates/<id>/question/"""
    merging.ask_again(_one(request, proposal_id), by=request.agent)
    toast(request, gettext("It is in the queue again."))
    return _back(request)


def _one(request: Request, proposal_id: UUID) -> MergeProposal:
    found: MergeProposal | None = MergeProposal.objects.of(request.workspace).filter(pk=proposal_id).first()
    if found is None:
        raise Http404
    return found


def _last_search(request: Request) -> DuplicateSearch | None:
    last: DuplicateSearch | None = DuplicateSearch.objects.of(request.workspace).order_by("-begun_at").first()
    return last


def _back(request: Request) -> HttpResponse:
    return page(request, "merging/queue.html", to=reverse("web:duplicates", args=[request.workspace.slug]))
