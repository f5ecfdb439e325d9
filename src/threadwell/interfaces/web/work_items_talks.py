"""Work of a conversation: what it is about, beside the conversation itself.

In:    a conversation's number; letters of a work item's number or title
Out:   the part of the side panel that shows its work
Touch: nothing but through links
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.interfaces.web import deeds, work_items
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.record.conversations.models import Conversation
from threadwell.record.work import finding
from threadwell.record.work.links import link, unlink
from threadwell.record.workplace.roles import May

OFFERED = 8


@allowed(May.READ)
def index(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/work/?q="""
    conversation = deeds.one(request, number)
    return _shown(request, conversation, asked=request.GET.get("q", "").strip()[:100])


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/work/: ``item``"""
    conversation = deeds.one(request, number)
    item = work_items.one(request, _key(request.POST.get("item", "")))
    if link(item, conversation, by=request.agent):
        toast(request, gettext("%(item)s and %(talk)s belong together now.") % _both(item, conversation))
    return _shown(request, conversation)


@allowed(May.HANDLE)
def destroy(request: Request, number: int, item_id: UUID) -> HttpResponse:
    """DELETE .../conversations/<number>/work/<item>/"""
    conversation, item = deeds.one(request, number), work_items.one(request, item_id)
    if unlink(item, conversation, by=request.agent):
        toast(request, gettext("They no longer belong together."))
    return _shown(request, conversation)


def _shown(request: Request, conversation: Conversation, *, asked: str = "") -> HttpResponse:
    linked = finding.of_conversation(conversation)
    known = {one.pk for one in linked}
    found = finding.by_words(request.workspace.pk, asked, most=OFFERED) if asked else _kin(conversation)
    facts = {
        "conversation": conversation,
        "linked": linked,
        "offered": [one for one in found if one.pk not in known],
        "asked": asked,
    }
    if not request.htmx and request.method == "POST":
        return page(request, "work/of_conversation.html", to=deeds.home_of(request, conversation))
    return page(request, "work/conversation.html#work", facts)


def _kin(conversation: Conversation) -> list[Any]:
    """The customer's open work: one of these it will be, most of the time."""
    rows = finding.of_people(
        conversation.workspace_id, contact=conversation.contact, organisation=conversation.organisation
    )
    return list(finding.shown(rows.open()).order_by("due_order", "pk")[:OFFERED])


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _both(item: Any, conversation: Conversation) -> dict[str, Any]:
    return {"item": item, "talk": conversation}
