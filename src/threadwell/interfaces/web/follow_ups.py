"""Follow-ups: a ladder is started in conversations, seen, and stopped.

In:    a conversation or several, a ladder
Out:   the page of what runs and ran there; the page to choose a ladder for many
Touch: nothing but through `pursuing`
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.flow import pursuing
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.ladder_forms import in_words
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.followups.models import FollowUp, FollowUpLadder
from threadwell.record.workplace.roles import May

MOST = 500


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/follow-up/"""
    conversation = deeds.one(request, number)
    every = FollowUp.objects.of(request.workspace).filter(conversation=conversation)
    rows = list(every.select_related("ladder", "by", "ended_by").order_by("-started_at", "-pk")[:20])
    shown = [{"follow_up": one, "steps": list(one.steps.order_by("place"))} for one in rows]
    facts = {
        "conversation": conversation,
        "follow_ups": shown,
        "is_running": any(one.ended_at is None for one in rows),
        "ladders": _offered(request),
    }
    return page(request, "followups/of_conversation.html", facts)


@allowed(May.REPLY)
def start(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/follow-up/"""
    conversation = deeds.one(request, number)
    ladder = _ladder(request)
    pursuing.start(conversation, ladder, by=request.agent)
    toast(request, gettext("“%(ladder)s” follows up, until the customer answers.") % {"ladder": ladder.name})
    return _back(request, conversation)


@allowed(May.REPLY)
def stop(request: Request, number: int) -> HttpResponse:
    """DELETE .../conversations/<number>/follow-up/"""
    conversation = deeds.one(request, number)
    running = pursuing.of_conversation(conversation)
    if running and pursuing.stop(running, by=request.agent):
        toast(request, gettext("Stopped: nothing more is done by itself."))
    return _back(request, conversation)


@allowed(May.REPLY)
def choose(request: Request) -> HttpResponse:
    """GET .../follow-ups/?chosen=: a ladder for many."""
    rows = _chosen(request, request.GET.getlist("chosen"))
    facts = {"rows": rows, "ladders": _offered(request), "here": "desk"}
    return page(request, "followups/choose.html", facts)


@allowed(May.REPLY)
def start_many(request: Request) -> HttpResponse:
    """POST .../follow-ups/"""
    rows, ladder = _chosen(request, request.POST.getlist("chosen")), _ladder(request)
    refused: list[str] = []
    for one in rows:
        try:
            pursuing.start(one, ladder, by=request.agent)
        except DomainError as why:
            refused.append(f"{one}: {why.sentence}")
    begun = len(rows) - len(refused)
    said = ngettext(
        "“%(ladder)s” follows up in %(count)s conversation.",
        "“%(ladder)s” follows up in %(count)s conversations.",
        begun,
    )
    toast(request, said % {"ladder": ladder.name, "count": begun})
    if refused:
        left = gettext("Left out: %(which)s") % {"which": " ".join(refused[:5])}
        toast(request, left, level=messages.WARNING)
    return page(request, "desk/desk.html", to=reverse("web:desk", args=[request.workspace.slug]))


def address_of(request: Request, rows: Sequence[Conversation]) -> str:
    """The page on which a ladder is chosen for these."""
    query = "&".join(f"chosen={one.number}" for one in rows)
    return f"{reverse('web:follow_ups', args=[request.workspace.slug])}?{query}"


def _offered(request: Request) -> list[dict[str, Any]]:
    rows = FollowUpLadder.objects.of(request.workspace).in_use()
    return [{"ladder": one, "steps": [in_words(rung) for rung in one.rungs]} for one in rows]


def _ladder(request: Request) -> FollowUpLadder:
    try:
        found: FollowUpLadder = (
            FollowUpLadder.objects.of(request.workspace).in_use().get(pk=UUID(request.POST.get("ladder", "")))
        )
    except (ValueError, FollowUpLadder.DoesNotExist):
        raise Invalid(gettext("Choose a ladder.")) from None
    return found


def _chosen(request: Request, given: Sequence[str]) -> list[Conversation]:
    numbers = {int(number) for number in given if number.isdecimal() and len(number) < 18}
    if not 0 < len(numbers) <= MOST:
        raise Invalid(gettext("Choose between one and %(most)s conversations.") % {"most": MOST})
    rows = Conversation.objects.of(request.workspace).filter(number__in=numbers, joined_into=None)
    return list(rows.select_related("contact__one_with").order_by("number"))


def _back(request: Request, conversation: Conversation) -> HttpResponse:
    address = reverse("web:follow_up", args=[request.workspace.slug, conversation.number])
    return page(request, "followups/of_conversation.html", to=address)
