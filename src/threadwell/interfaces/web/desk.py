"""Desk: the list of a view, and the conversation one has opened beside it.

In:    a view's key, a conversation's number, filters in the address
Out:   the page with its three panes, or the part of it that htmx asked for
Touch: ReadMark and Mention, when a conversation is opened
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import conversation, deeds, listing, register_pages
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import TEAM, house_of
from threadwell.kit import clock
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.queues import Place
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def home(request: Request) -> HttpResponse:
    """GET .../desk/: where the working day begins."""
    return HttpResponseRedirect(reverse("web:view", args=[request.workspace.slug, Place.MINE]))


@allowed(May.READ)
def show(request: Request, key: str) -> HttpResponse:
    """GET .../desk/<view>/; with a cursor the rows after it."""
    if found := register_pages.saved_at(request, key):
        return HttpResponseRedirect(found)
    part = "desk/desk.html#older" if "cursor" in request.GET else "desk/desk.html"
    shown = listing.listed(request, listing.view_of(request, key, request.GET))
    # Each row asks whether it is the opened one; a name that is missing costs a template much.
    return page(request, part, {**shown, "opened": None})


@allowed(May.READ)
def open_in(request: Request, key: str, number: int) -> HttpResponse:
    """GET .../desk/<view>/<number>/: the conversation, and the list it was opened from."""
    return _opened(request, deeds.one(request, number), key)


@allowed(May.READ)
def open_one(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/: the conversation, beside the list where it stands."""
    opened = deeds.one(request, number)
    return _opened(request, opened, request.GET.get("view") or place_of(request, opened))


def place_of(request: Request, opened: Conversation) -> str:
    """The view in which somebody would look for it."""
    if opened.status == Conversation.Status.CLOSED:
        return Place.CLOSED
    if opened.status == Conversation.Status.SNOOZED:
        return Place.SNOOZED
    if opened.owner_id == request.agent.pk:
        return Place.MINE
    if opened.team_id in {team.pk for team in house_of(request).my_teams}:
        return f"{TEAM}{opened.team_id}"
    return Place.UNASSIGNED if opened.owner_id is None else Place.OPEN


def _opened(request: Request, opened: Conversation, key: str) -> HttpResponse:
    if opened.aside_of_id:
        return HttpResponseRedirect(reverse("web:aside", args=[request.workspace.slug, opened.number]))
    if opened.joined_into_id:
        goes_on = Conversation.objects.of(request.workspace).get(pk=opened.joined_into_id)
        told = gettext("%(number)s goes on here, in %(other)s: they were merged.")
        toast(request, told % {"number": opened, "other": goes_on}, level=messages.INFO)
        beside = f"?{urlencode({'view': request.GET['view']})}" if "view" in request.GET else ""
        return HttpResponseRedirect(f"{deeds.home_of(request, goes_on)}{beside}")
    given = QueryDict(request.META.get("QUERY_STRING", ""))
    view = listing.view_of(request, key, given)
    facts = {
        "view": view,
        "here": view.key,
        "opened": opened,
        "conversation": opened,
        **deeds.around(request),
    }
    facts |= conversation.panes(request, opened)
    if facts["has_news"]:  # else reading would be a write, which waits for the disk
        queues.mark_read(request.agent, [opened], now=clock.now())
    if not (request.htmx and not request.htmx.history_restore_request):
        facts |= listing.listed(request, view)
    return page(request, "desk/desk.html#opened", facts)
