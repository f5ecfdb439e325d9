"""Deeds: how a page answers when something was done to conversations.

In:    a deed of `handling` and what to say about it
Out:   the changed parts of the page with a toast to undo it; without htmx the way back to the page
Touch: nothing but through `handling`
"""

from collections.abc import Collection
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import listing, moments
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.kit.questions import Question
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Undo
from threadwell.record.workplace.models import Agent, Team

BIGGEST = 2**63 - 1  #: that the database knows


def done(request: Request, number: int, deed: handling.Deed, said: str) -> HttpResponse:
    """Do it to one conversation, and show its head and its row as they are now."""
    undo = handling.handle([one(request, number)], deed, by=request.agent)
    if undo:
        toast(request, said, undo=way_back(request, undo))
    return changed(request, number)


def changed(request: Request, number: int) -> HttpResponse:
    """The head of the open conversation and its row in the list."""
    conversation = one(request, number)
    facts = {"conversation": conversation, "opened": conversation, **around(request)}
    return page(
        request, "desk/desk.html#handled", facts, to=came_from(request) or home_of(request, conversation)
    )


def refreshed(request: Request, conversations: Collection[UUID]) -> HttpResponse:
    """The list one looks at, anew; and the head of the open conversation when it is one of these."""
    back = came_from(request)
    key, number, query = _seen(request, back)
    try:
        facts = listing.listed(request, listing.view_of(request, key, query))
    except Http404:
        facts = listing.listed(request, listing.view_of(request, queues.Place.MINE, QueryDict()))
    opened = Conversation.objects.of(request.workspace).filter(number=number).first() if number else None
    is_touched = bool(opened and opened.pk in conversations)
    if opened and is_touched:
        facts |= {"conversation": one(request, opened.number), **around(request)}
    facts |= {"opened": opened, "is_touched": is_touched}
    return page(request, "desk/desk.html#refreshed", facts, to=back or str(facts["view"].url))


def around(request: Request) -> dict[str, Any]:
    """What the head of a conversation offers in its menus."""
    return {**listing.choices(request), "snooze_choices": moments.choices()}


def one(request: Request, number: int) -> Conversation:
    """The conversation of that number, with what its head shows."""
    if number <= BIGGEST:
        for found in ONE(request.workspace.pk, request.agent.pk, number):
            return found
    raise Http404


def _one(workspace_id: UUID, agent_id: UUID, number: int) -> Any:
    reader = Agent(pk=agent_id, workspace_id=workspace_id)
    return queues.shown(Conversation.objects.of(workspace_id).filter(number=number), reader)


ONE: Question[Conversation] = Question(_one)


def way_back(request: Request, undo: Undo) -> str:
    """The address that takes it back."""
    return reverse("web:undoing", args=[request.workspace.slug, undo.pk])


def home_of(request: Request, conversation: Conversation) -> str:
    return reverse("web:conversation", args=[request.workspace.slug, conversation.number])


def came_from(request: Request) -> str:
    """The page of this workspace that the browser was on, or nothing."""
    told = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if told.netloc not in ("", request.get_host()):
        return ""
    if not told.path.startswith(f"/w/{request.workspace.slug}/"):
        return ""
    return f"{told.path}?{told.query}" if told.query else told.path


def owner_of(request: Request, key: str) -> Agent | None:
    """Whom a menu named; nobody for nothing."""
    return cast("Agent | None", _named(Agent.objects.of(request.workspace).filter(left_at=None), key))


def team_of(request: Request, key: str) -> Team | None:
    return cast("Team | None", _named(Team.objects.of(request.workspace), key))


def priority_of(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) == 1 else 0


def _named(rows: Any, key: str) -> Any:
    if not key:
        return None
    try:
        return rows.get(pk=UUID(key))
    except (ValueError, rows.model.DoesNotExist):
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None


def _seen(request: Request, back: str) -> tuple[str, int | None, QueryDict]:
    """Which view the browser shows, and which conversation beside it."""
    path, _mark, query = back.partition("?")
    try:
        found = resolve(path).kwargs if path else {}
    except Resolver404:
        found = {}
    given = QueryDict(query)
    key = found.get("key") or given.get("view") or queues.Place.MINE
    return key, found.get("number"), given if "key" in found else QueryDict()
