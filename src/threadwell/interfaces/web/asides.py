"""Asides: side conversations with third parties, within the page of the conversation with the customer.

In:    a conversation's number, a side conversation's number, the form
Out:   the sheet of a side conversation, its lines
Touch: nothing but through `asides`
"""

from typing import IO, Any, cast
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import asides, outbound
from threadwell.flow.asides import Words
from threadwell.interfaces.web import composer, deeds, filing, messages, together
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.teamwork_forms import AsideForm, LetterForm
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations import asides as kept
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.workplace.roles import May

BESIDE = "answer_%s"  #: names of the fields: the form that began it may stand on the same page
SHOWN = 200  #: letters of one side conversation
LEAVING = (Message.State.HELD, Message.State.QUEUED)  #: these change by themselves in a moment


@allowed(May.READ)
def index(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/asides/: for browsers without scripts."""
    conversation = deeds.one(request, number)
    return page(request, "teamwork/asides.html", together.of(request, conversation))


@allowed(May.REPLY)
def new(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/asides/new/"""
    return _begin(request, deeds.one(request, number), AsideForm())


@allowed(May.REPLY)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/asides/"""
    conversation = deeds.one(request, number)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return _begin(request, conversation, form, status=422)
    given = form.cleaned_data
    try:
        message = asides.begin(
            conversation,
            by=request.agent,
            to=given["to"],
            cc=given["cc"],
            subject=given["subject"],
            words=_words(request, given["text"]),
        )
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _begin(request, conversation, form, status=422)
    toast(request, _("Asked aside; the customer sees nothing of it."))
    return _shown(request, message.conversation, to=_address(request, message.conversation), is_new=True)


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../asides/<number>/"""
    return _shown(request, _one(request, number))


@allowed(May.READ)
def lines(request: Request, number: int) -> HttpResponse:
    """GET .../asides/<number>/lines/"""
    aside = _one(request, number)
    if not request.htmx:
        return HttpResponseRedirect(_address(request, aside))
    facts = {"aside": aside, "main": kept.main_of(aside), **_said(aside)}
    return page(request, "teamwork/aside.html#lines", facts)


@allowed(May.REPLY)
def answer(request: Request, number: int) -> HttpResponse:
    """POST .../asides/<number>/"""
    aside = _one(request, number)
    form = LetterForm(request.POST, auto_id=BESIDE)
    if not form.is_valid():
        return _shown(request, aside, form=form, status=422)
    given = form.cleaned_data
    try:
        asides.answer(
            aside, by=request.agent, words=_words(request, given["text"]), to=given["to"], cc=given["cc"]
        )
    except DomainError as wrong:
        if not isinstance(wrong, Invalid | outbound.SomethingNew):
            raise
        form.add_error(None, str(wrong.sentence))
        return _shown(request, aside, form=form, status=422)
    return _shown(request, _one(request, number), to=_address(request, aside), is_new=True)


@allowed(May.REPLY)
def recall(request: Request, number: int, message_id: UUID) -> HttpResponse:
    """POST .../asides/<number>/letters/<id>/recall/"""
    aside = _one(request, number)
    message = messages.one(request, message_id)
    if message.conversation_id != aside.pk:
        raise Http404
    outbound.take_back(message, by=request.agent)
    toast(request, _("Taken back: it is a draft again."))
    return _shown(request, _one(request, number), to=_address(request, aside), is_new=True)


@allowed(May.REPLY)
def finish(request: Request, number: int) -> HttpResponse:
    """POST .../asides/<number>/finishing/"""
    aside = _one(request, number)
    asides.finish(aside, by=request.agent)
    return _shown(request, _one(request, number), to=_address(request, aside), is_new=True)


@allowed(May.REPLY)
def resume(request: Request, number: int) -> HttpResponse:
    """DELETE .../asides/<number>/finishing/"""
    aside = _one(request, number)
    asides.resume(aside, by=request.agent)
    return _shown(request, _one(request, number), to=_address(request, aside), is_new=True)


def _begin(request: Request, main: Conversation, form: AsideForm, *, status: int = 200) -> HttpResponse:
    facts = {"conversation": main, "form": form}
    return page(request, "teamwork/aside_form.html#form", facts, status=status)


def _shown(
    request: Request,
    aside: Conversation,
    *,
    form: LetterForm | None = None,
    status: int = 200,
    to: str | None = None,
    is_new: bool = False,
) -> HttpResponse:
    if form is None:
        draft = composer.draft_of(aside, request.agent)
        people, copied = (draft.to, draft.cc) if draft else asides.suggested(aside)
        initial = {"to": composer.written(people), "cc": composer.written(copied)}
        initial["text"] = draft.text if draft else ""
        form = LetterForm(initial=initial, auto_id=BESIDE)
    facts = {"aside": aside, "main": kept.main_of(aside), "form": form, **_said(aside)}
    events: dict[str, Any] = {together.CHANGED: {}} if is_new else {}
    return page(request, "teamwork/aside.html#aside", facts, status=status, to=to, events=events)


def _said(aside: Conversation) -> dict[str, Any]:
    """Its letters, the oldest first, each with its files and whether the customer wrote it."""
    rows = aside.messages.prefetch_related("attachments").order_by("-at", "-pk")[:SHOWN]
    out = kept.kept_out(aside)
    found: list[Any] = list(reversed(rows))
    for one in found:
        one.files = [filing.shown(file) for file in one.attachments.all() if not file.is_inline]
        one.is_of_customer = bool(one.direction == "in" and kept.reaches([one.from_address], out))
    return {"lines": found, "is_leaving": any(one.state in LEAVING for one in found)}


def _one(request: Request, number: int) -> Conversation:
    aside = deeds.one(request, number)
    if aside.aside_of_id is None:
        raise Http404
    return aside


def _words(request: Request, text: str) -> Words:
    files = [(upload.name or "", cast("IO[bytes]", upload)) for upload in request.FILES.getlist("files")]
    return Words(text=text.replace("\r\n", "\n"), files=files)


def _address(request: Request, aside: Conversation) -> str:
    return reverse("web:aside", args=[request.workspace.slug, aside.number])
