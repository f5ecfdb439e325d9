"""Saved views: a list somebody wants again.

In:    a place of the desk, its filters as an address keeps them, a name
Out:   the view, in the side bar
Touch: SavedView
"""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import listing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import SAVED
from threadwell.interfaces.web.registers import CONTACTS, ORGANISATIONS
from threadwell.kit.errors import Invalid, NotAllowed
from threadwell.record.conversations.models import SavedView
from threadwell.record.workplace.roles import May

MOST = 50  #: of one agent
BESIDE_THE_DESK = frozenset({CONTACTS.place, ORGANISATIONS.place, "work"})
LONGEST = 2000  #: characters of filters


@allowed(May.READ, changes=May.READ)
def create(request: Request) -> HttpResponse:
    """POST .../saved-views/"""
    query = request.POST.get("query", "")[:LONGEST]
    shown = listing.view_of(request, request.POST.get("key", ""), QueryDict(query))
    return kept(request, shown.place, shown.query)


def kept(request: Request, place: str, query: str) -> HttpResponse:
    """A list of the desk or beside it, under the name that was given."""
    name = " ".join(request.POST.get("name", "").split())[:60]
    if not name:
        raise Invalid(gettext("Give the view a name."))
    mine = SavedView.objects.of(request.workspace).filter(agent=request.agent)
    if mine.count() >= MOST:
        raise Invalid(gettext("You have %(most)s views. Remove one first.") % {"most": MOST})
    view = SavedView.objects.create(
        workspace=request.workspace,
        agent=request.agent,
        name=name,
        is_shared=bool(request.POST.get("is_shared")) and May.HANDLE in request.agent.may,
        filters={"place": place, "query": query},
    )
    toast(request, gettext("Saved. It stands in the side bar."))
    url = reverse("web:view", args=[request.workspace.slug, f"{SAVED}{view.pk}"])
    return page(request, "desk/desk.html", to=url)


@allowed(May.READ, changes=May.READ)
def destroy(request: Request, view_id: UUID) -> HttpResponse:
    """DELETE .../saved-views/<id>/"""
    try:
        view = SavedView.objects.of(request.workspace).get(pk=view_id)
    except SavedView.DoesNotExist:
        raise Http404 from None
    if view.agent_id != request.agent.pk:
        if not view.is_shared:
            raise Http404
        if May.SUPERVISE not in request.agent.may:
            raise NotAllowed(gettext("This view was made by somebody else."))
    place = str(view.filters.get("place", ""))
    SavedView.objects.of(request.workspace).filter(pk=view.pk).delete()
    toast(request, gettext("The view “%(name)s” is gone.") % {"name": view.name})
    slug = request.workspace.slug
    is_beside = place in BESIDE_THE_DESK
    to = reverse(f"web:{place}", args=[slug]) if is_beside else reverse("web:view", args=[slug, place])
    return page(request, "desk/desk.html", to=to)
