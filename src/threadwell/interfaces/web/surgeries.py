"""Surgeries: messages go to another conversation, or two conversations become one.

In:    a message or a conversation, and the conversation it belongs to
Out:   a page to choose from; then the conversation, and a way back
Touch: nothing but through `surgery`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext

from threadwell.flow import surgery
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import finding
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact
from threadwell.record.people.one import family_of, root_of
from threadwell.record.workplace.roles import May

OFFERED = 20


@allowed(May.HANDLE)
def choose_twin(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/merge/"""
    conversation = deeds.one(request, number)
    words = {
        "title": gettext("Merge with another"),
        "text": gettext(
            "All messages come together in the older of the two. It can be taken back at any time."
        ),
        "word": gettext("Merge"),
    }
    return _offer(request, conversation, words)


@allowed(May.HANDLE)
def merge(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/merge/"""
    source, target = deeds.one(request, number), _target(request)
    if source.pk == target.pk:
        raise Invalid(gettext("This is the same conversation."))
    undo = surgery.join(
        request.workspace.pk, source.pk, into=target.pk, because=gettext("merged by hand"), by=request.agent
    )
    if undo is None:
        raise Invalid(gettext("One of them goes on in another conversation already."))
    kept = Conversation.objects.of(request.workspace).get(pk=undo.conversations[1])
    said = gettext("Merged: everything is in %(number)s.") % {"number": kept}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, kept))


@allowed(May.HANDLE)
def choose_home(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/moving/"""
    message = _message(request, message_id)
    words = {
        "title": gettext("Move the message"),
        "text": gettext("Only this message goes to the other conversation. Later answers to it follow."),
        "word": gettext("Move here"),
    }
    return _offer(request, deeds.one(request, message.conversation.number), words)


@allowed(May.HANDLE)
def move(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/moving/"""
    message, target = _message(request, message_id), _target(request)
    undo = surgery.move(message.conversation, [message.pk], to=target, by=request.agent)
    said = gettext("Moved to %(number)s.") % {"number": target}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, target))


@allowed(May.HANDLE)
def split(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/splitting/"""
    message = _message(request, message_id)
    opened, undo = surgery.split(message.conversation, message, by=request.agent)
    said = gettext("Split: this message and the later ones are now %(number)s.") % {"number": opened}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, opened))


def _offer(request: Request, conversation: Conversation, words: dict[str, str]) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:200]
    if asked:
        candidates = finding.conversations(request.workspace.pk, asked, most=OFFERED)
    else:
        candidates = _kin(conversation)
    others = [one for one in candidates if one.pk != conversation.pk]
    facts = {"conversation": conversation, "candidates": others, "q": asked, **words}
    return page(request, "desk/choose.html", facts)


def _kin(conversation: Conversation) -> list[Conversation]:
    """The customer's other conversations: one of them it will be, most of the time."""
    if not conversation.contact:
        return []
    rows = Conversation.objects.of(conversation.workspace_id).filter(joined_into=None)
    root = root_of(conversation.contact)
    theirs = family_of(Contact, conversation.workspace_id, root.pk)
    same = rows.filter(contact_id__in=theirs).select_related("contact__one_with")
    return list(same.order_by("-last_message_at")[: OFFERED + 1])


def _target(request: Request) -> Conversation:
    number = request.POST.get("number", "")
    try:
        return Conversation.objects.of(request.workspace).get(number=int(number), joined_into=None)
    except (ValueError, OverflowError, Conversation.DoesNotExist):
        raise Invalid(gettext("There is no such conversation. Choose one from the list.")) from None


def _message(request: Request, message_id: UUID) -> Any:
    try:
        return Message.objects.of(request.workspace).select_related("conversation").get(pk=message_id)
    except Message.DoesNotExist:
        raise Http404 from None
