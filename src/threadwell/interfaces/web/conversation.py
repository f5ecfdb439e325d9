"""Conversation: the panes beside the list: what was said and what happened, the composer, the customer.

In:    a conversation that somebody opens
Out:   what the thread and customer panes show; earlier lines; everything that happened
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse

from threadwell.interfaces.web import composer, deeds, lines, surveys, viewings
from threadwell.interfaces.web.beside import beside
from threadwell.interfaces.web.commitments_parts import of_conversation
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.kit.questions import Question
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Identity
from threadwell.record.people.one import family_of
from threadwell.record.workplace.roles import May

OTHERS = 8
SHOWN_IMAGES = "shown_images"  #: of the session: messages whose remote pictures the reader has let in


def panes(request: Request, conversation: Conversation) -> dict[str, Any]:
    """The context of thread and customer; to be asked before the conversation is marked as read."""
    conversation.workspace = request.workspace
    known = beside(conversation, request.agent)
    read_at, without = known.read_at, known.without
    stretch = lines.stretch(conversation, read_at=read_at, wish=wish_of(request), without=without)
    return {
        "lines": stretch.lines,
        "has_news": read_at is None or any(message.at > read_at for message in stretch.messages),
        "earlier_url": _earlier_url(request, conversation, stretch),
        "viewers": viewings.viewers_of(conversation, request.agent, without=without),
        "customer": customer_of(conversation),
        "commitments": of_conversation(conversation, without=without),
        "surveys": surveys.of_conversation(conversation, without=without),
        "composer": composer.composer_of(request, conversation, messages=stretch.messages, without=without),
    }


@allowed(May.READ)
def earlier(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/lines/?before=<message>"""
    conversation = deeds.one(request, number)
    conversation.workspace = request.workspace
    try:
        before = conversation.messages.get(pk=request.GET.get("before", ""))
    except (ValueError, ValidationError, Message.DoesNotExist):
        raise Http404 from None
    stretch = lines.stretch(conversation, before=before, read_at=None, wish=wish_of(request))
    facts = {
        "conversation": conversation,
        "lines": stretch.lines,
        "earlier_url": _earlier_url(request, conversation, stretch),
    }
    if not request.htmx:
        return page(request, "desk/history.html", {**facts, "is_earlier": True})
    return page(request, "desk/thread.html#lines", facts)


@allowed(May.READ)
def history(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/history/"""
    conversation = deeds.one(request, number)
    conversation.workspace = request.workspace
    return page(
        request, "desk/history.html", {"conversation": conversation, "lines": lines.story(conversation)}
    )


def customer_of(conversation: Conversation) -> dict[str, Any]:
    """Who it is, how to reach them, and what else was talked about."""
    contact = conversation.customer
    if contact is None:
        identities, others = list[Identity](), list[Conversation]()
    else:
        identities = list(IDENTITIES(conversation.workspace_id, contact.pk))
        others = list(OTHER_TALKS(conversation.workspace_id, contact.pk, conversation.pk))
    return {
        "contact": contact,
        "organisation": conversation.firm if contact else None,
        "identities": identities,
        "others": others,
        "ways": tuple((one.kind, one.shown, bool(one.verified_at)) for one in identities),
        "talks": tuple(
            (one.number, one.subject, one.status, one.last_message_at, one.inbox.kind) for one in others
        ),
    }


def wish_of(request: Request) -> lines.Wish:
    """How the reader wants to see messages: by the address, and by what they let in before."""
    chosen, key = request.GET.get("as", ""), request.GET.get("message", "")
    return lines.Wish(
        with_images=frozenset(request.session.get(SHOWN_IMAGES, ())),
        as_html=key if chosen == "html" else "",
        as_text=key if chosen == "text" else "",
    )


def _other_talks(workspace_id: UUID, contact_id: UUID, this: UUID) -> Any:
    theirs = family_of(Contact, workspace_id, contact_id)
    others = Conversation.objects.of(workspace_id).filter(contact_id__in=theirs, joined_into=None)
    return others.exclude(pk=this).select_related("inbox").order_by("-last_message_at")[:OTHERS]


def _identities(workspace_id: UUID, contact_id: UUID) -> Any:
    theirs = family_of(Contact, workspace_id, contact_id)
    return Identity.objects.of(workspace_id).filter(contact_id__in=theirs).order_by("kind", "made_at")[:20]


OTHER_TALKS: Question[Conversation] = Question(_other_talks)
IDENTITIES: Question[Identity] = Question(_identities)


def _earlier_url(request: Request, conversation: Conversation, stretch: lines.Stretch) -> str:
    if stretch.earlier is None:
        return ""
    address = reverse("web:lines", args=[request.workspace.slug, conversation.number])
    return f"{address}?before={stretch.earlier}"
