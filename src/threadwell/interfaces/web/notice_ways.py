"""Notice ways: where notices reach one outside, by which of them what comes, and what became of each.

In:    choices, what a browser gives, addresses of rooms
Out:   the page of one's own notifications, that of the teams' rooms, the worker of browsers
Touch: NoticeWishes; the rest through `notifying`
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from threadwell.flow import notifying
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.notice_forms import BrowserForm, RoomForm, TeamRoomForm, WishesForm
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.templatetags.threadwell import browser
from threadwell.kit import paging
from threadwell.kit.errors import DomainError
from threadwell.record.notices.models import By, NoticeTrip, NoticeWay, NoticeWishes
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import May

MINE = {"section": "notifications", "here": "settings"}
ROOMS = {"section": "notice_rooms", "here": "settings"}
SIZE = 50
WORKER = "push-worker.js"


@allowed(May.READ)
def show(request: Request) -> HttpResponse:
    """GET .../settings/notifications/"""
    return _mine(request, WishesForm(wishes=NoticeWishes.of(request.agent)), RoomForm())


@allowed(May.READ, changes=May.READ)
def update(request: Request) -> HttpResponse:
    wishes = NoticeWishes.of(request.agent)
    form = WishesForm(request.POST, wishes=wishes)
    if not form.is_valid():
        return _mine(request, form, RoomForm(), status=422)
    form.write(wishes).save()
    toast(request, gettext("Saved."))
    return page(request, "notices/ways.html", to=_at(request, "notifications"))


@allowed(May.READ, changes=May.READ)
def add_browser(request: Request) -> HttpResponse:
    """POST .../settings/notifications/browsers/: this one lets itself be called."""
    form = BrowserForm(request.POST)
    if not form.is_valid():
        return HttpResponse(
            gettext("The browser gave no usable keys."), status=422, content_type="text/plain"
        )
    label = browser(request.headers.get("User-Agent", ""))
    notifying.open_way(
        form.cleaned_data, by=By.PUSH, label=label, agent=request.agent, workspace=request.workspace
    )
    toast(request, gettext("This browser shows notices from now on."))
    return HttpResponse(status=204)


@allowed(May.READ, changes=May.READ)
def add_room(request: Request) -> HttpResponse:
    """POST .../settings/notifications/rooms/: a room of one's own."""
    form = RoomForm(request.POST)
    if form.is_valid() and _opened(request, form, agent=request.agent):
        return page(request, "notices/ways.html", to=_at(request, "notifications"))
    return _mine(request, WishesForm(wishes=NoticeWishes.of(request.agent)), form, status=422)


@allowed(May.READ, changes=May.READ)
def remove(request: Request, way_id: UUID) -> HttpResponse:
    """DELETE .../settings/notifications/<id>/"""
    return _removed(request, NoticeWay.objects.of(request.workspace).filter(agent=request.agent), way_id)


@allowed(May.READ, changes=May.READ)
def try_one(request: Request, way_id: UUID) -> HttpResponse:
    """POST .../settings/notifications/<id>/trial/"""
    return _tried(request, NoticeWay.objects.of(request.workspace).filter(agent=request.agent), way_id)


@allowed(May.READ)
def log(request: Request) -> HttpResponse:
    """GET .../settings/notifications/log/"""
    rows = NoticeTrip.objects.of(request.workspace).filter(agent=request.agent)
    return _log(request, rows, MINE)


@allowed(May.MANAGE)
def rooms(request: Request) -> HttpResponse:
    """GET .../settings/notice-rooms/"""
    return _rooms(request, TeamRoomForm(teams=_teams(request)))


@allowed(May.MANAGE)
def add_team_room(request: Request) -> HttpResponse:
    form = TeamRoomForm(request.POST, teams=_teams(request))
    if form.is_valid() and _opened(request, form, team_id=UUID(form.cleaned_data["team"])):
        return page(request, "notices/rooms.html", to=_at(request, "notice_rooms"))
    return _rooms(request, form, status=422)


@allowed(May.MANAGE)
def remove_team_room(request: Request, way_id: UUID) -> HttpResponse:
    rows = NoticeWay.objects.of(request.workspace).exclude(team=None)
    return _removed(request, rows, way_id, to="notice_rooms")


@allowed(May.MANAGE)
def try_team_room(request: Request, way_id: UUID) -> HttpResponse:
    rows = NoticeWay.objects.of(request.workspace).exclude(team=None)
    return _tried(request, rows, way_id, to="notice_rooms")


@allowed(May.MANAGE)
def log_of_all(request: Request) -> HttpResponse:
    """GET .../settings/notice-rooms/log/"""
    return _log(request, NoticeTrip.objects.of(request.workspace), ROOMS)


@require_safe
@cache_control(max_age=3600)
def worker(_request: HttpRequest) -> HttpResponse:
    """GET /push-worker.js: at the root, for a worker speaks for the addresses below its own only."""
    script = (settings.STATICFILES_DIRS[0] / WORKER).read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def _mine(request: Request, form: WishesForm, room: RoomForm, *, status: int = 200) -> HttpResponse:
    facts = {
        "form": form,
        "room": room,
        "ways": By.labels,
        "mine": NoticeWay.objects.of(request.workspace).filter(agent=request.agent).order_by("pk"),
        "push_key": notifying.push_key(request.workspace).public,
        **MINE,
    }
    return page(request, "notices/ways.html", facts, status=status)


def _rooms(request: Request, form: TeamRoomForm, *, status: int = 200) -> HttpResponse:
    rows = NoticeWay.objects.of(request.workspace).exclude(team=None).select_related("team")
    facts = {"form": form, "rooms": rows.order_by("team__name", "pk"), **ROOMS}
    return page(request, "notices/rooms.html", facts, status=status)


def _log(request: Request, rows: Any, place: dict[str, str]) -> HttpResponse:
    shown = rows.select_related("notice__conversation", "agent", "way")
    found = paging.page(shown, by="-due_at", size=SIZE, cursor=request.GET.get("cursor", ""))
    facts = {"trips": found.rows, "next": found.next, "is_of_all": place is ROOMS, **place}
    return page(request, "notices/log.html", facts)


def _opened(request: Request, form: RoomForm, **whose: Any) -> bool:
    given = form.cleaned_data
    address = {"url": given["url"].strip()}
    try:
        notifying.open_way(address, by=By.CHAT, label=given["label"], workspace=request.workspace, **whose)
    except DomainError as wrong:
        form.add_error("url", str(wrong.sentence))
        return False
    toast(request, gettext("Notices reach “%(name)s” from now on.") % {"name": given["label"]})
    return True


def _removed(request: Request, rows: Any, way_id: UUID, *, to: str = "notifications") -> HttpResponse:
    way = rows.filter(pk=way_id).first()
    if way is None:
        raise Http404
    notifying.close_way(way)
    toast(request, gettext("Nothing goes to “%(name)s” any more.") % {"name": way.label})
    return page(request, "notices/ways.html", to=_at(request, to))


def _tried(request: Request, rows: Any, way_id: UUID, *, to: str = "notifications") -> HttpResponse:
    way = rows.filter(pk=way_id).first()
    if way is None:
        raise Http404
    notifying.try_way(way, by=request.agent)
    said = gettext("A notice is on its way to “%(name)s”. If it does not arrive, it says here why.")
    toast(request, said % {"name": way.label})
    return page(request, "notices/ways.html", to=_at(request, to))


def _teams(request: Request) -> list[Team]:
    return list(Team.objects.of(request.workspace).order_by("name"))


def _at(request: Request, place: str) -> str:
    return reverse(f"web:{place}", args=[request.workspace.slug])
