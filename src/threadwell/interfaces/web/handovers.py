"""Hand-overs: a conversation is handed over, accepted, returned or taken back; the list of those that wait.

In:    a conversation's number, a hand-over's key, the form
Out:   the page or the sheet
Touch: nothing but through `handing_over`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow import handing_over
from threadwell.interfaces.web import deeds, together
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.teamwork_forms import HandoverForm
from threadwell.kit import paging
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.teamwork.models import Handover
from threadwell.record.workplace.roles import May

SIZE = 50
TABS: dict[str, Promise] = {
    "mine": gettext_lazy("For me and my teams"),
    "given": gettext_lazy("Given by me"),
    "all": gettext_lazy("All that wait"),
    "settled": gettext_lazy("Settled"),
}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../handovers/?show=mine|given|all|settled&cursor="""
    show = request.GET.get("show", "mine")
    if show not in TABS:
        raise Http404
    rows = _rows(request)
    if show == "settled":
        rows, by = rows.exclude(state=Handover.State.PENDING), "-made_at"
    else:
        rows, by = rows.pending(), "answer_by"
    if show == "mine":
        rows = rows.for_agent(request.agent)
    elif show == "given":
        rows = rows.given_by(request.agent)
    found = paging.page(rows, by=by, size=SIZE, cursor=request.GET.get("cursor", ""))
    base = reverse("web:handovers", args=[request.workspace.slug])
    facts: dict[str, Any] = {
        "here": "handovers",
        "show": show,
        "tabs": [{"key": key, "name": name, "url": f"{base}?show={key}"} for key, name in TABS.items()],
        "handovers": found.rows,
        "next_url": f"{base}?show={show}&cursor={found.next}" if found.next else "",
    }
    return page(request, "teamwork/handovers.html", facts)


@allowed(May.HANDLE)
def new(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/handovers/new/"""
    conversation = deeds.one(request, number)
    packet = handing_over.suggested(conversation)
    initial = {"summary": packet.summary, "next_step": packet.next_step}
    return _form(request, conversation, HandoverForm(request=request, initial=initial))


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/handovers/"""
    conversation = deeds.one(request, number)
    form = HandoverForm(request.POST, request=request)
    if not form.is_valid():
        return _form(request, conversation, form, status=422)
    try:
        handover = handing_over.hand_over(
            conversation, form.packet(), by=request.agent, answer_by=form.answer_by_when(), **form.to()
        )
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _form(request, conversation, form, status=422)
    return _done(request, handover, _("%(who)s is asked to take it over.") % {"who": handover.receiver})


@allowed(May.READ)
def show(request: Request, handover_id: UUID) -> HttpResponse:
    """GET .../handovers/<id>/"""
    return _shown(request, _one(request, handover_id))


@allowed(May.HANDLE)
def accept(request: Request, handover_id: UUID) -> HttpResponse:
    """POST .../handovers/<id>/acceptance/"""
    handover = handing_over.accept(_one(request, handover_id), by=request.agent)
    return _done(request, handover, _("It is yours now."))


@allowed(May.HANDLE)
def give_back(request: Request, handover_id: UUID) -> HttpResponse:
    """POST .../handovers/<id>/return/"""
    handover = _one(request, handover_id)
    try:
        handing_over.give_back(handover, by=request.agent, because=request.POST.get("because", ""))
    except Invalid as wrong:
        return _shown(request, handover, error=str(wrong.sentence), status=422)
    return _done(request, handover, _("Returned to %(who)s.") % {"who": handover.giver})


@allowed(May.HANDLE)
def withdraw(request: Request, handover_id: UUID) -> HttpResponse:
    """POST .../handovers/<id>/withdrawal/"""
    handover = handing_over.withdraw(_one(request, handover_id), by=request.agent)
    return _done(request, handover, _("Taken back."))


def _done(request: Request, handover: Handover, said: str) -> HttpResponse:
    toast(request, said)
    home = deeds.home_of(request, handover.conversation)
    events: dict[str, Any] = {together.CHANGED: {}, "done": {}}
    return page(request, "commitments/done.html#nothing", to=home, events=events)


def _form(
    request: Request, conversation: Conversation, form: HandoverForm, *, status: int = 200
) -> HttpResponse:
    packet = _dated(handing_over.open_commitments(conversation))
    facts = {"conversation": conversation, "form": form, "packet": packet}
    return page(request, "teamwork/handover_form.html#form", facts, status=status)


def _shown(request: Request, handover: Handover, *, error: str = "", status: int = 200) -> HttpResponse:
    is_pending = handover.state == Handover.State.PENDING
    may_handle = May.HANDLE in request.agent.may
    mine = handover.giver_id == request.agent.pk or May.SUPERVISE in request.agent.may
    facts = {
        "handover": handover,
        "packet": _dated(handover.packet),
        "error": error,
        "is_asked": is_pending and may_handle and handover.may_be_answered_by(request.agent),
        "may_withdraw": is_pending and may_handle and mine,
    }
    return page(request, "teamwork/handover.html#handover", facts, status=status)


def _dated(packet: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: [{**one, "due_at": parse_datetime(one["due_at"] or "")} for one in kept]
        for kind, kept in packet.items()
    }


def _rows(request: Request) -> Any:
    return Handover.objects.of(request.workspace).select_related(
        "conversation__contact__one_with", "giver", "agent", "team", "settled_by"
    )


def _one(request: Request, handover_id: UUID) -> Handover:
    found: Handover | None = _rows(request).filter(pk=handover_id).first()
    if found is None:
        raise Http404
    return found
