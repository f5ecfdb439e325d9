"""Inboxes: which addresses customers can write to, and how each of them is.

In:    an address, a name, a team
Out:   the list; the page of one inbox
Touch: nothing but through `connecting`
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import connecting, outbound, trying
from threadwell.flow.acknowledging import PART, When
from threadwell.interfaces.web import surveys, trials
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_forms import InboxDetailsForm, InboxForm
from threadwell.interfaces.web.inbox_parts import PLACE, one, place, steps, teams_of
from threadwell.interfaces.web.page import page, toast
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    rows = Inbox.objects.of(request.workspace).of_mail().select_related("team")
    inboxes = sorted(rows, key=lambda inbox: (inbox.closed_at is not None, inbox.name.lower()))
    return page(request, "inboxes/list.html", {"inboxes": inboxes, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    return _setup(request, InboxForm(teams=teams_of(request)))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../inboxes/new/"""
    form = InboxForm(request.POST, teams=teams_of(request))
    if not form.is_valid():
        return _setup(request, form, status=422)
    given = form.cleaned_data
    try:
        inbox = connecting.open_inbox(
            address=given["address"], name=given["name"], team=form.chosen_team, by=request.agent
        )
    except connecting.AddressTaken as taken:
        form.add_error("address", str(taken.sentence))
        return _setup(request, form, status=422)
    return page(request, "inboxes/setup.html", to=place(request, "inbox_receiving", inbox))


@allowed(May.READ)
def show(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/"""
    inbox = one(request, inbox_id)
    form = None
    if May.MANAGE in request.agent.may and inbox.closed_at is None:
        initial = {
            "address": inbox.address,
            "name": inbox.name,
            "team": str(inbox.team_id or ""),
            "signature": inbox.signature,
            "only_owner": outbound.only_owner_answers(inbox),
        }
        form = InboxDetailsForm(initial=initial, teams=teams_of(request))
    return _page(request, inbox, form)


@allowed(May.MANAGE)
def update(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/"""
    inbox = one(request, inbox_id)
    form = InboxDetailsForm(request.POST, teams=teams_of(request))
    if not form.is_valid():
        return _page(request, inbox, form, status=422)
    given = form.cleaned_data
    try:
        connecting.change(
            inbox,
            address=given["address"],
            name=given["name"],
            team=form.chosen_team,
            signature=given["signature"],
            only_owner=given["only_owner"],
            by=request.agent,
        )
    except connecting.AddressTaken as taken:
        form.add_error("address", str(taken.sentence))
        return _page(request, one(request, inbox_id), form, status=422)
    toast(request, gettext("Saved."))
    return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))


@allowed(May.MANAGE)
def close(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/closing/"""
    inbox = one(request, inbox_id)
    connecting.close(inbox, by=request.agent)
    toast(request, gettext("%(address)s receives and sends nothing more.") % {"address": inbox.address})
    return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))


@allowed(May.MANAGE)
def reopen(request: Request, inbox_id: UUID) -> HttpResponse:
    """DELETE .../inboxes/<id>/closing/"""
    inbox = one(request, inbox_id)
    connecting.reopen(inbox, by=request.agent)
    toast(request, gettext("%(address)s is open again.") % {"address": inbox.address})
    return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))


def _setup(request: Request, form: InboxForm, *, status: int = 200) -> HttpResponse:
    shown = {"steps": steps("address"), "form": form, **PLACE}
    return page(request, "inboxes/setup.html", shown, status=status)


def _page(
    request: Request, inbox: Inbox, form: InboxDetailsForm | None, *, status: int = 200
) -> HttpResponse:
    incoming = settings_of(inbox, "incoming")
    manages = May.MANAGE in request.agent.may
    shown = {
        "inbox": inbox,
        "form": form,
        "ways": list(_ways(request, inbox)),
        "is_unfinished": not incoming and inbox.closed_at is None,
        "needs_reconnecting": bool(settings_of(inbox, "oauth")) and manages,
        "gateway_address": incoming.get("forward_to", "") if manages else "",
        "test": trials.shown(request, inbox) if form and trying.can_be_tried(inbox) else None,
        **PLACE,
    }
    return page(request, "inboxes/inbox.html", shown, status=status)


def _ways(request: Request, inbox: Inbox) -> Iterator[dict[str, str]]:
    """How mail comes in and goes out, in words, and where to change it."""
    manages = May.MANAGE in request.agent.may and inbox.closed_at is None
    incoming = settings_of(inbox, "incoming") or settings_of(inbox, "planned")
    yield {
        "name": gettext("Receiving"),
        "text": _way_in(incoming, with_server=manages),
        "url": place(request, "inbox_receiving", inbox) if manages else "",
        "change": gettext("Change receiving"),
    }
    outgoing = settings_of(inbox, "outgoing")
    yield {
        "name": gettext("Sending"),
        "text": outgoing["host"] if outgoing.get("host") and manages else _way_out(outgoing),
        "url": place(request, "inbox_sending", inbox) if manages else "",
        "change": gettext("Change sending"),
    }
    yield {
        "name": gettext("Automatic reply"),
        "text": _says(settings_of(inbox, PART)),
        "url": place(request, "acknowledgement", inbox) if manages else "",
        "change": gettext("Change the automatic reply"),
    }
    yield {
        "name": gettext("Satisfaction"),
        "text": surveys.said(inbox),
        "url": place(request, "survey_settings", inbox) if manages else "",
        "change": gettext("Change how customers are asked"),
    }


def _says(chosen: dict[str, Any]) -> str:
    words = {
        When.ALWAYS: gettext("to everybody who writes for the first time"),
        When.OPEN: gettext("within business hours"),
        When.CLOSED: gettext("outside of business hours"),
    }
    return words.get(When(chosen.get("when", When.NEVER)), gettext("none"))


def _way_in(incoming: dict[str, Any], *, with_server: bool) -> str:
    match incoming.get("kind"):
        case "imap":
            return str(incoming["host"]) if with_server else gettext("a mailbox elsewhere")
        case "gateway":
            return gettext("our mail gateway")
        case "none":
            return gettext("not at all")
        case _:
            return gettext("not chosen yet")


def _way_out(outgoing: dict[str, Any]) -> str:
    if outgoing.get("host"):
        return gettext("its own mail server")
    if settings.HAS_SYSTEM_MAIL:
        return gettext("the system's mail server")
    return gettext("no server is set: answers wait")
