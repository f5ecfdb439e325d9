"""Snoozes: put a conversation off until a moment, or until something happens.

In:    a moment as the reader's clock shows it; what is waited for
Out:   the conversation's head, and a way back; the page to choose what is waited for
Touch: nothing but through `handling` and `resting`
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from threadwell.flow import handling, resting
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.moments import moment
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.templatetags.threadwell import FULL
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.followups.models import SnoozeCondition
from threadwell.record.work.models import WorkItem, WorkLink
from threadwell.record.workplace.roles import May

PATIENCE = timedelta(days=14)  #: how long an answer is waited for where nobody says otherwise
What = SnoozeCondition.What


@allowed(May.HANDLE)
def choose(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/snooze/: what it shall wait for."""
    conversation = deeds.one(request, number)
    linked = WorkLink.objects.of(request.workspace).filter(conversation=conversation).values("item_id")
    items = WorkItem.objects.of(request.workspace).filter(pk__in=linked).select_related("status", "type")
    latest = timezone.localtime(clock.now() + PATIENCE)
    facts = {
        "conversation": conversation,
        "items": list(items.order_by("-changed_at")[:50]),
        "fields": list(_fields(request)),
        "latest": f"{latest:%Y-%m-%dT%H:%M}",
        "condition": resting.condition_of(conversation),
    }
    return page(request, "desk/snooze.html", facts)


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/snooze/"""
    deed, words = asked(request, deeds.one(request, number))
    return deeds.done(request, number, deed, words)


def asked(request: Request, conversation: Conversation) -> tuple[handling.Deed, str]:
    """What a form has asked for, and what to say about it."""
    awaits, given = request.POST.get("awaits", ""), request.POST.get("until", "")
    if not awaits:
        until = moment(given)
        return handling.Snooze(until=until), said(until)
    until = moment(given) if given else clock.now() + PATIENCE
    item, field = None, ""
    if awaits == "work":
        what, _mark, field = request.POST.get("change", What.STATUS).partition(":")
        awaits, item = what, _item(request, conversation)
    deed = resting.SnoozeUntil(until=until, awaits=awaits, item=item, field=field)
    return deed, gettext("Snoozed until it happens; at the latest, %(when)s.") % {"when": _shown(until)}


def said(until: datetime) -> str:
    return gettext("Snoozed until %(when)s.") % {"when": _shown(until)}


def _shown(until: datetime) -> str:
    return date_format(timezone.localtime(until), FULL)


def _item(request: Request, conversation: Conversation) -> WorkItem:
    links = WorkLink.objects.of(request.workspace).filter(conversation=conversation)
    try:
        found = links.select_related("item__status").get(item_id=UUID(request.POST.get("item", "")))
    except (ValueError, WorkLink.DoesNotExist):
        raise Invalid(gettext("Choose the work that it waits for.")) from None
    item: WorkItem = found.item
    return item


def _fields(request: Request) -> Any:
    rows = CustomField.objects.of(request.workspace).filter(
        about=CustomField.About.WORK_ITEM, archived_at=None
    )
    return rows.order_by("label").values("key", "label")[:100]
