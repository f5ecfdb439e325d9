"""Listing: one view of the desk, as its address says: which conversations, narrowed and ordered how.

In:    a view's key, the part of the address behind the question mark
Out:   a page of conversations with all that the list shows around it
Touch: nothing
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.filters import FilterForm, narrows
from threadwell.interfaces.web.places import SAVED, SIGNS, TEAM, House, house_of
from threadwell.kit import paging
from threadwell.kit.bare import Bare
from threadwell.kit.questions import Question
from threadwell.record.conversations import queues
from threadwell.record.conversations.conversation import Conversations
from threadwell.record.conversations.models import Conversation, SavedView
from threadwell.record.conversations.queues import Order, Place
from threadwell.record.workplace.models import Agent

SIZE = 50

ORDERS: dict[str, Promise] = {
    Order.WAITING: _("Waiting"),
    Order.NEWEST: _("Newest"),
    Order.WAKING: _("Back soonest"),
    Order.DUE: _("Due first"),
}
_OPEN = (Order.WAITING, Order.NEWEST)
_BY_PLACE: dict[str, tuple[Order, ...]] = {
    Place.DUE: (Order.DUE,),
    Place.MENTIONS: (Order.NEWEST,),
    Place.DRAFTS: (Order.NEWEST,),
    Place.SNOOZED: (Order.WAKING, Order.NEWEST),
    Place.CLOSED: (Order.NEWEST,),
}
NOTHING: dict[str, dict[str, str | Promise]] = {
    Place.MINE: {"text": _("Nothing waits for you."), "detail": _("Take something from Unassigned.")},
    Place.UNASSIGNED: {"text": _("Everything has an owner.")},
    Place.OPEN: {"text": _("No open conversation."), "detail": _("New mail opens one.")},
    Place.DUE: {
        "icon": "hourglass",
        "text": _("Nothing is due in the next 24 hours."),
        "detail": _("What is owed by a deadline stands here, the next one first."),
    },
    Place.MENTIONS: {
        "icon": "at-sign",
        "text": _("Nobody has called you."),
        "detail": _("When a note names you with @, its conversation stands here."),
    },
    Place.DRAFTS: {
        "icon": "pencil",
        "text": _("No unsent draft."),
        "detail": _("What you begin to write is kept here until you send it."),
    },
    Place.SNOOZED: {
        "icon": "alarm-clock",
        "text": _("Nothing is put off."),
        "detail": _("A snoozed conversation comes back at its time, or when the customer writes."),
    },
    Place.CLOSED: {"icon": "check-check", "text": _("Nothing has been closed yet.")},
    "": {"icon": "users-round", "text": _("This queue is empty.")},
    "filtered": {
        "icon": "sliders-horizontal",
        "text": _("Nothing fits these filters."),
        "detail": _("Clear them to see the whole list."),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A list as the reader asked for it."""

    key: str
    name: str | Promise
    url: str
    place: str  #: the key of the place below a saved view
    query: str  #: filters and order, to be put behind an address
    sort: Order
    sorts: list[dict[str, Any]]
    given: QueryDict  #: the filters as they were sent
    house: House
    is_filtered: bool
    queue: Callable[[], Conversations]  #: asked only where the beginning of the list is not enough
    saved: SavedView | None = None

    @property
    def rows(self) -> Conversations:
        """All that stands in it."""
        return self.queue()

    @property
    def form(self) -> FilterForm:
        """The filters, to be chosen anew."""
        return FilterForm(self.given, house=self.house)

    @property
    def suffix(self) -> str:
        return f"?{self.query}" if self.query else ""


def view_of(request: Request, key: str, given: QueryDict) -> View:
    """The view behind a key; there is "no such page" when nobody knows it."""
    saved = saved_view(request, key)
    place = str(saved.filters.get("place", Place.OPEN)) if saved else key
    if saved and not narrows(given) and "sort" not in given:
        given = QueryDict(str(saved.filters.get("query", "")))
    name, every = _queue(request, place)
    agent = request.agent
    narrowing, filters = "", queues.Filters()
    if narrows(given):
        form = FilterForm(given, house=house_of(request))
        filters = form.filters(me=agent)
        narrowing = form.query()
    orders = _BY_PLACE.get(place, _OPEN)
    sort = next((order for order in orders if order == given.get("sort")), orders[0])
    url = reverse("web:view", args=[request.workspace.slug, key])
    chosen = urlencode({"sort": sort}) if sort != orders[0] or saved else ""
    return View(
        key=key,
        name=saved.name if saved else name,
        url=url,
        place=place,
        query="&".join(part for part in (narrowing, chosen) if part),
        sort=sort,
        sorts=[_offered(url, narrowing, order) for order in orders],
        given=given,
        house=house_of(request),
        is_filtered=bool(filters),
        queue=lambda: queues.narrowed(every(), filters, agent),
        saved=saved,
    )


def listed(request: Request, view: View) -> dict[str, Any]:
    """What the list pane shows of a view."""
    found = _page(request, view)
    older = "&".join(part for part in (view.query, urlencode({"cursor": found.next})) if part)
    return {
        "view": view,
        "here": view.key,
        "conversations": found.rows,
        "older_url": f"{view.url}?{older}" if found.next else "",
        "nothing": NOTHING["filtered"] if view.is_filtered else NOTHING.get(view.place, NOTHING[""]),
        **choices(request),
    }


def _page(request: Request, view: View) -> paging.Page[Conversation]:
    by, cursor = view.sort.by, request.GET.get("cursor", "")
    return paging.cut(Bare(_first(request.agent, view, by, cursor)), by=by, size=SIZE)


def _first(agent: Agent, view: View, by: str, cursor: str) -> Any:
    if cursor or view.is_filtered:
        rows = paging.after(queues.in_rows(view.rows, agent), by=by, cursor=cursor)
        return paging.first(rows, by=by, size=SIZE)
    # What is asked all day.
    if view.place.startswith(TEAM):
        return _beginning(TEAM, by)(agent.workspace_id, agent.pk, UUID(view.place.removeprefix(TEAM)))
    return _beginning(view.place, by)(agent.workspace_id, agent.pk)


@cache
def _beginning(place: str, by: str) -> Question[Conversation]:
    def ask(workspace_id: UUID, agent_id: UUID, *team: UUID) -> Any:
        agent = Agent(pk=agent_id, workspace_id=workspace_id)
        rows = queues.of_team(team[0], agent) if team else queues.at(Place(place), agent)
        return paging.first(queues.in_rows(rows, agent), by=by, size=SIZE)

    return Question(ask)


def choices(request: Request) -> dict[str, Any]:
    """What the menus of list and conversation offer."""
    house = house_of(request)
    return {
        "house": house,
        "agents": house.agents,
        "teams": house.teams,
        "inboxes": house.inboxes,
        "labels": house.labels,
        "priorities": Conversation.Priority.choices,
    }


def _queue(request: Request, key: str) -> tuple[str | Promise, Callable[[], Conversations]]:
    if key in SIGNS:
        return SIGNS[key].name, partial(queues.at, Place(key), request.agent)
    for team in house_of(request).teams:
        if key == f"{TEAM}{team.pk}":
            return team.name, partial(queues.of_team, team.pk, request.agent)
    raise Http404


def saved_view(request: Request, key: str) -> SavedView | None:
    if not key.startswith(SAVED):
        return None
    try:
        mine = Q(agent_id=request.agent.pk) | Q(is_shared=True)
        found = SavedView.objects.of(request.workspace).filter(mine)
        return found.get(pk=UUID(key.removeprefix(SAVED)))
    except (ValueError, SavedView.DoesNotExist):
        raise Http404 from None


def _offered(url: str, narrowing: str, order: Order) -> dict[str, Any]:
    asked = "&".join(part for part in (narrowing, urlencode({"sort": order})) if part)
    return {"key": order, "name": ORDERS[order], "url": f"{url}?{asked}"}
