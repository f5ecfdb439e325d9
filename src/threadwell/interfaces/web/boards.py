"""Boards: the work of one kind, a column for each status; cards are dragged, or moved with keys.

In:    a kind of work, filters
Out:   the board; moved cards
Touch: nothing but through the verbs of a work item
"""

from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse

from threadwell.interfaces.web import deeds, work_items, work_items_deeds, work_lists
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.work_items_filters import WorkFilterForm
from threadwell.kit.errors import Invalid
from threadwell.record.work import finding, stations
from threadwell.record.work.models import WorkItemType
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def show(request: Request, key: str) -> HttpResponse:
    """GET .../work/boards/<key>/?owner=&team=&due=&customer=&q="""
    return _board(request, _kind(request, key), request.GET)


@allowed(May.HANDLE)
def move(request: Request, key: str) -> HttpResponse:
    """POST .../work/boards/<key>/moves/: ``item``, ``status``, and in ``seen`` where it was seen."""
    kind = _kind(request, key)
    try:
        item = work_items.one(request, UUID(request.POST.get("item", "")))
    except ValueError:
        raise Invalid("") from None
    work_items_deeds.move_it(request, item)
    back = deeds.came_from(request)
    return _board(request, kind, QueryDict(urlsplit(back).query), moved=item.pk)


def _board(
    request: Request, kind: WorkItemType, given: QueryDict, *, moved: UUID | None = None
) -> HttpResponse:
    form = WorkFilterForm(
        given, house=house_of(request), kinds=[kind], without=("type", "state", "contact", "organisation")
    )
    # A board shows what was closed lately as well.
    filters = replace(form.filters(request.agent), is_open=None)
    ways = stations.ways_of(kind)
    base = reverse("web:board", args=[request.workspace.slug, kind.key])
    query = form.query()
    context = {
        "kind": kind,
        "kinds": [one for one in work_lists.kinds_of(request) if not one.archived_at],
        "form": form,
        "columns": [(one, ways[one.status.pk]) for one in finding.columns(kind, filters)],
        "is_narrowed": bool(query),
        "query": query,
        "moved": moved,
        "may_move": May.HANDLE in request.agent.may,
        "here": "work",
    }
    to = f"{base}?{query}" if query else base
    if request.method == "POST" and not request.htmx:
        return page(request, "work/board.html", to=to)
    return page(request, "work/board.html#board", context)


def _kind(request: Request, key: str) -> WorkItemType:
    found: WorkItemType | None = WorkItemType.objects.of(request.workspace).filter(key=key).first()
    if found is None:
        raise Http404
    return found
