"""Messages: one message of a thread: taken back, tried again, its pictures let in, its source.

In:    a message's key
Out:   its card, its thread, or a page about it
Touch: nothing but through `outbound`; the session
"""

from typing import Any
from uuid import UUID

import zstandard
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import outbound
from threadwell.interfaces.web import conversation as conversations
from threadwell.interfaces.web import deeds, dressing, lines
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.sources import download_of, source_of
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.roles import May

REMEMBERED = 200


@allowed(May.REPLY)
def recall(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/recall/"""
    message = one(request, message_id)
    number = message.conversation.number
    draft = outbound.take_back(message, by=request.agent)
    toast(request, _("Taken back: it is a draft again."))
    if draft.conversation_id is None:
        address = reverse("web:new_conversation", args=[request.workspace.slug])
        response = page(request, "desk/new.html", to=address)
        if request.htmx:
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return response
    opened = deeds.one(request, number)
    facts = {
        "conversation": opened,
        "opened": opened,
        **deeds.around(request),
        **conversations.panes(request, opened),
    }
    return page(request, "desk/thread.html#thread", facts, to=deeds.home_of(request, opened))


@allowed(May.REPLY)
def retry(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/retry/"""
    message = one(request, message_id)
    outbound.retry(message, by=request.agent)
    return card(request, one(request, message_id))


@allowed(May.REPLY)
def give_up(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/giving-up/"""
    message = one(request, message_id)
    outbound.give_up(message, by=request.agent)
    return card(request, one(request, message_id))


@allowed(May.READ, changes=May.READ)
def let_images_in(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/images/"""
    message = one(request, message_id)
    shown = [*request.session.get(conversations.SHOWN_IMAGES, ()), str(message.pk)]
    request.session[conversations.SHOWN_IMAGES] = shown[-REMEMBERED:]
    return card(request, message)


@allowed(May.READ)
def tools(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/tools/"""
    message = one(request, message_id)
    lines.dress([message], message.conversation, wish=conversations.wish_of(request))
    facts = {"message": message, "conversation": message.conversation, "reactions": dressing.REACTIONS}
    return page(request, "desk/line.html#tool_list", facts)


@allowed(May.READ)
def source(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/source/"""
    message = one(request, message_id)
    facts = {
        "message": message,
        "conversation": message.conversation,
        **source_of(raw_of(message)),
    }
    return page(request, "desk/source.html", facts)


@allowed(May.READ)
def download(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/mail.eml"""
    message = one(request, message_id)
    return download_of(raw_of(message), str(message.pk))


def card(request: Request, message: Message) -> HttpResponse:
    """How it stands in its thread now."""
    lines.dress([message], message.conversation, wish=conversations.wish_of(request))
    facts = {"message": message, "conversation": message.conversation}
    home = deeds.home_of(request, message.conversation)
    return page(request, "desk/line.html#message", facts, to=f"{home}#message-{message.pk}")


def one(request: Request, message_id: UUID) -> Message:
    """The message of that key, to work with."""
    rows = Message.objects.of(request.workspace).select_related("conversation", "delivery", "agent")
    try:
        message: Message = rows.get(pk=message_id)
    except Message.DoesNotExist:
        raise Http404 from None
    message.conversation.workspace = request.workspace
    return message


def raw_of(message: Message) -> bytes:
    """The mail as it came in, or as it was first built to go out; a note has no source."""
    if message.delivery:
        packed: Any = message.delivery.raw
    else:
        way = message.outgoing.first()
        packed = way.raw if way else b""
    if packed:
        return zstandard.ZstdDecompressor().decompress(bytes(packed))
    return message.text.encode()
