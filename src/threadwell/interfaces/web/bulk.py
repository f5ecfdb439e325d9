"""Bulk: one deed for all the conversations that were chosen in a list.

In:    numbers of conversations, the name of a deed and what it needs
Out:   the list as it is now, and a way back
Touch: nothing but through `handling`; ReadMark
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, ngettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds, follow_ups, ownerships, priorities, snoozes, surgeries
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.moments import moment
from threadwell.interfaces.web.page import toast
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import queues, required
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.roles import May

NAMED = 8  #: conversations that a sentence names
MOST = 500  #: conversations at once; a page of the list has 50

type Chosen = tuple[handling.Deed, str]


@allowed(May.HANDLE)
def create(request: Request) -> HttpResponse:
    """POST .../bulk/"""
    conversations = _chosen(request)
    name = request.POST.get("deed", "")
    if not conversations:
        toast(request, gettext("Choose some conversations first."), level=messages.WARNING)
        return deeds.refreshed(request, ())
    if name == "read":
        queues.mark_read(request.agent, conversations, now=clock.now())
        return deeds.refreshed(request, ())
    if name in PAGES:
        return _led(request, PAGES[name](request, conversations))
    if name not in DEEDS:
        raise Invalid(gettext("There is no such deed."))
    deed, said = DEEDS[name](request)
    kept = _kept_open(request, conversations) if name == "close" else []
    undo = handling.handle([one for one in conversations if one not in kept], deed, by=request.agent)
    if kept:
        toast(request, _why_open(request, kept), level=messages.WARNING)
    if undo is None and kept:
        return deeds.refreshed(request, ())
    if undo is None:
        toast(request, gettext("Nothing changed: they were so already."), level=messages.INFO)
        return deeds.refreshed(request, ())
    count = len(undo.conversations)
    told = ngettext("%(count)s conversation: %(said)s", "%(count)s conversations: %(said)s", count)
    toast(request, told % {"count": count, "said": said}, undo=deeds.way_back(request, undo))
    return deeds.refreshed(request, undo.conversations)


def _kept_open(request: Request, conversations: list[Conversation]) -> list[Conversation]:
    """Those that cannot be closed yet: something that has to be filled in is empty."""
    fields = required.required_of(request.workspace.pk)
    open_ones = [one for one in conversations if one.status != Conversation.Status.CLOSED]
    return [one for one in open_ones if required.missing(fields, one.custom)]


def _why_open(request: Request, kept: list[Conversation]) -> str:
    """Which of them, and what is wanting in each, as far as there is room."""
    fields = required.required_of(request.workspace.pk)
    told = "; ".join(
        f"{one}: {', '.join(field.label for field in required.missing(fields, one.custom))}"
        for one in sorted(kept, key=lambda one: one.number)[:NAMED]
    )
    count = len(kept)
    said = ngettext(
        "%(count)s conversation stays open until this is filled in: %(told)s",
        "%(count)s conversations stay open until this is filled in: %(told)s",
        count,
    ) % {"count": count, "told": told}
    return f"{said} …" if count > NAMED else said


def _led(request: Request, address: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _chosen(request: Request) -> list[Conversation]:
    asked = request.POST.getlist("chosen")
    numbers = {int(number) for number in asked if number.isdecimal() and len(number) < 18}  # a bigint
    if len(numbers) > MOST:
        raise Invalid(gettext("Choose %(most)s conversations at most.") % {"most": MOST})
    return list(Conversation.objects.of(request.workspace).filter(number__in=numbers, joined_into=None))


def _close(_request: Request) -> Chosen:
    return handling.Close(), gettext("closed")


def _reopen(_request: Request) -> Chosen:
    return handling.Reopen(), gettext("open again")


def _take(request: Request) -> Chosen:
    return handling.Assign(owner=request.agent), gettext("yours now")


def _assign(request: Request) -> Chosen:
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    return handling.Assign(owner=owner), ownerships.owned(owner)


def _pass_on(request: Request) -> Chosen:
    team = deeds.team_of(request, request.POST.get("team", ""))
    return handling.PassTo(team=team), ownerships.passed(team)


def _snooze(request: Request) -> Chosen:
    until = moment(request.POST.get("until", ""))
    return handling.Snooze(until=until), snoozes.said(until)


def _weigh(request: Request) -> Chosen:
    priority = deeds.priority_of(request.POST.get("priority", ""))
    return handling.Weigh(priority=priority), priorities.weighed(priority)


def _label(request: Request) -> Chosen:
    labels = handling.cleaned(request.POST.get("label", "").split(","))
    if not labels:
        raise Invalid(gettext("Which label? Type its name first."))
    return handling.AddLabels(add=labels), gettext("labelled “%(label)s”") % {"label": ", ".join(labels)}


def _unlabel(request: Request) -> Chosen:
    labels = handling.cleaned(request.POST.get("label", "").split(","))
    if not labels:
        raise Invalid(gettext("Which label? Type its name first."))
    return handling.AddLabels(remove=labels), gettext("without “%(label)s”") % {"label": ", ".join(labels)}


#: What is to be seen before it is done, or chosen.
PAGES: dict[str, Callable[[Request, list[Conversation]], str]] = {
    "merge": surgeries.address_of,
    "follow_up": follow_ups.address_of,
}
DEEDS: dict[str, Callable[[Request], Chosen]] = {
    "close": _close,
    "reopen": _reopen,
    "assign_to_me": _take,
    "assign": _assign,
    "pass": _pass_on,
    "snooze": _snooze,
    "weigh": _weigh,
    "label": _label,
    "unlabel": _unlabel,
}
