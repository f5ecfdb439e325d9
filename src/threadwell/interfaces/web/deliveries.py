"""Deliveries: one piece of mail as it came in, and what became of it.

In:    a delivery's key
Out:   its page, its bytes; read again, or brought to the desk
Touch: nothing but through `releasing`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.channels import dialects
from threadwell.flow import releasing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.sources import download_of, source_of
from threadwell.record.conversations.models import Message
from threadwell.record.inboxes.models import Delivery
from threadwell.record.workplace.roles import May

State = Delivery.State
PREVIEW = 20_000  #: characters


@allowed(May.SEE_LEDGER)
def show(request: Request, delivery_id: UUID) -> HttpResponse:
    """GET .../deliveries/<id>/"""
    delivery = one(request, delivery_id)
    raw = delivery.content
    facts = {
        "delivery": delivery,
        "text": _text_of(delivery, raw),
        "conversation_url": _conversation_url(request, delivery),
        "can_release": delivery.state in {State.QUARANTINED, State.SET_ASIDE},
        "here": "quarantine" if delivery.state == State.QUARANTINED else "ledger",
        **source_of(raw),
    }
    return page(request, "ledger/delivery.html", facts)


@allowed(May.SEE_LEDGER)
def raw(request: Request, delivery_id: UUID) -> HttpResponse:
    """GET .../deliveries/<id>/raw/"""
    delivery = one(request, delivery_id)
    return download_of(delivery.content, str(delivery.pk))


@allowed(May.SUPERVISE)
def retry(request: Request, delivery_id: UUID) -> HttpResponse:
    """POST .../deliveries/<id>/retry/"""
    delivery = one(request, delivery_id)
    releasing.retry(delivery, by=request.agent)
    toast(request, gettext("It is read again."))
    return _back(request, delivery)


@allowed(May.SUPERVISE)
def release(request: Request, delivery_id: UUID) -> HttpResponse:
    """POST .../deliveries/<id>/release/: out of quarantine, or though it was set aside."""
    delivery = one(request, delivery_id)
    was_quarantined = delivery.state == State.QUARANTINED
    releasing.release(delivery, by=request.agent)
    toast(request, gettext("It comes to the desk now, as if it had just arrived."))
    if was_quarantined:
        address = reverse("web:quarantine", args=[request.workspace.slug])
        return page(request, "quarantine/list.html", to=address)
    return _back(request, delivery)


def one(request: Request, delivery_id: UUID) -> Delivery:
    """A delivery of this workspace."""
    rows = Delivery.objects.of(request.workspace).select_related("inbox")
    try:
        found: Delivery = rows.get(pk=delivery_id)
    except Delivery.DoesNotExist:
        raise Http404 from None
    return found


def _back(request: Request, delivery: Delivery) -> HttpResponse:
    address = reverse("web:delivery", args=[request.workspace.slug, delivery.pk])
    return page(request, "ledger/delivery.html", to=address)


def _text_of(delivery: Delivery, raw: bytes) -> str:
    """What it says, as text alone; of one that could not be read only the source is shown."""
    if delivery.state not in {State.QUARANTINED, State.SET_ASIDE}:
        return ""
    return dialects.of(delivery.inbox.kind).letter(raw).text[:PREVIEW]


def _conversation_url(request: Request, delivery: Delivery) -> str:
    rows: Any = Message.objects.of(request.workspace).filter(delivery=delivery)
    number = rows.values_list("conversation__number", flat=True).first()
    return reverse("web:conversation", args=[request.workspace.slug, number]) if number else ""
