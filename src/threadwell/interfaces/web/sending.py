"""Sending: an answer leaves, or a conversation is begun with one.

In:    the composer's form
Out:   the message in its thread and an empty composer; what happened meanwhile, when the writer must see it
Touch: nothing but through `outbound`
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from threadwell.flow import handling, outbound
from threadwell.interfaces.web import composer, deeds, files, notes, said, viewings
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation, Draft, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.roles import May

CLOSE, SNOOZE, LATER = "close", "snooze", "later"


@allowed(May.NOTE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/answers/"""
    if request.POST.get("as") == composer.NOTE:
        return notes.create(request, number)
    conversation = composer.place_of(request, number)
    draft = composer.kept(request, conversation)
    try:
        files.take_posted(request, draft)
        _take(request, conversation)
        message = _send(request, draft)
    except outbound.SomethingNew as news:
        return said.again(request, conversation, draft, status=409, stop=news.stop)
    except outbound.NotOwner as wrong:
        return said.again(request, conversation, draft, status=409, errors=[str(wrong.sentence)])
    except Invalid as wrong:
        return said.again(request, conversation, draft, status=422, errors=[str(wrong.sentence)])
    viewings.end_claim(conversation, request.agent)
    return said.done(request, message.conversation, message)


@allowed(May.REPLY)
def new(request: Request) -> HttpResponse:
    """GET .../conversations/new/"""
    return page(request, "desk/new.html", _sheet(request, _begun(request)))


@allowed(May.REPLY)
def begin(request: Request) -> HttpResponse:
    """POST .../conversations/new/: write to a customer first."""
    draft = _kept(request)
    try:
        files.take_posted(request, draft)
        message = _send(request, draft)
    except Invalid as wrong:
        draft.refresh_from_db()
        facts = _sheet(request, draft, errors=[str(wrong.sentence)])
        return page(request, "desk/new.html", facts, status=422)
    return page(request, "desk/new.html", to=deeds.home_of(request, message.conversation))


@allowed(May.REPLY)
def keep(request: Request) -> HttpResponse:
    """POST .../conversations/new/draft/: what was written so far."""
    if "whose" not in request.POST:
        _kept(request)
    elif request.POST["whose"] != str(request.agent.pk):
        return HttpResponse(status=409)  # somebody else's, who uses the same device
    elif composer.words_in(request.POST).strip():
        composer.catch_up(_begun(request) or _begin(request), request.POST)
    return HttpResponse(status=204)


@allowed(May.REPLY)
def attach(request: Request) -> HttpResponse:
    """POST .../conversations/new/uploads/: a file for it."""
    return files.attached(request, _begun(request) or _begin(request))


def _take(request: Request, conversation: Conversation) -> None:
    """Whoever says so owns it before they answer."""
    if request.POST.get("take") and May.HANDLE in request.agent.may:
        handling.handle([conversation], handling.Assign(owner=request.agent), by=request.agent)


def _send(request: Request, draft: Draft) -> Message:
    form = request.POST
    then, until, at = form.get("then", ""), None, None
    if form.get("snooze_until"):
        then, until = SNOOZE, composer.ahead(form["snooze_until"])
    if then == LATER:
        at = composer.ahead(form.get("send_at", ""))
    # Together: a draft that is not sent stays unsigned.
    with transaction.atomic():
        if draft.inbox:
            composer.sign(draft, outbound.signature(request.agent, draft.inbox))
        return outbound.send(
            draft,
            by=request.agent,
            then=then if then in (CLOSE, SNOOZE) else None,
            until=until,
            at=at,
            cancel_on_reply=then == LATER and "cancels" in form,
            despite=_despite(draft, form.get("seen", "")),
        )


def _despite(draft: Draft, seen: str) -> UUID | None:
    """The newest of what the writer was shown; whatever came after that stops them once more."""
    if not seen:
        return None
    try:
        return UUID(seen)
    except ValueError:
        stop = outbound.check(draft)
        return stop.newest if stop else None


def _begun(request: Request) -> Draft | None:
    """The agent's letter to somebody new, when one lies there unsent."""
    drafts = Draft.objects.of(request.workspace).filter(
        agent=request.agent, conversation=None, kind=Draft.Kind.NEW
    )
    found: Draft | None = drafts.select_related("inbox").order_by("-saved_at").first()
    return found


def _begin(request: Request) -> Draft:
    return outbound.new_conversation(_inbox(request), by=request.agent)


def _kept(request: Request) -> Draft:
    draft = _begun(request) or _begin(request)
    form = request.POST
    people: dict[str, Any] = {
        part: outbound.people_in(form.get(f"new-{part}", "")) for part in ("to", "cc", "bcc")
    }
    outbound.save(
        draft,
        inbox=_inbox(request),
        subject=form.get("new-subject", "")[:998],
        text=composer.words_in(form),
        html=form.get("html", ""),
        **people,
    )
    composer.remove(draft, form.getlist("removed"))
    return draft


def _inboxes(request: Request) -> list[Inbox]:
    return list(Inbox.objects.of(request.workspace).filter(closed_at=None).order_by("name"))


def _inbox(request: Request) -> Inbox:
    inboxes = _inboxes(request)
    wanted = request.POST.get("inbox", "")
    found = next((one for one in inboxes if str(one.pk) == wanted), inboxes[0] if inboxes else None)
    if found is None:
        raise Invalid(_("No inbox is set up yet to write from."))
    return found


def _sheet(request: Request, draft: Draft | None, *, errors: list[str] | None = None) -> dict[str, Any]:
    """The page of a letter to somebody new."""
    inboxes = _inboxes(request)
    inbox = (draft.inbox if draft else None) or (inboxes[0] if inboxes else None)
    is_signed = bool(draft and "\n-- \n" in f"\n{draft.text}")
    return {
        "inboxes": inboxes,
        "inbox": inbox,
        "draft": draft,
        "html": composer.html_of(request, draft) if draft else "",
        "to": composer.written(draft.to) if draft else request.GET.get("to", ""),
        "cc": composer.written(draft.cc) if draft else "",
        "bcc": composer.written(draft.bcc) if draft else "",
        "files": composer.files_of(draft),
        "max_bytes": settings.UPLOAD_LIMIT,
        "signature": outbound.signature(request.agent, inbox).strip() if inbox and not is_signed else "",
        "errors": errors or [],
        "here": "new",
    }
