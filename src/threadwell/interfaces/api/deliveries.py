"""Deliveries: everything that arrived, with its bytes.

In:    a delivery's key
Out:   deliveries, raw mails
Touch: nothing but through `releasing`
"""

from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpResponse
from ninja import Router

from threadwell.flow import releasing
from threadwell.interfaces.api import shapes
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.texts import Cursor, Limit
from threadwell.record.conversations.models import Message
from threadwell.record.inboxes.models import Delivery
from threadwell.record.workplace.roles import May

router = Router(tags=["Deliveries"])

RAW = {"responses": {200: {"description": "The bytes", "content": {"message/rfc822": {"schema": {}}}}}}


@router.get("/deliveries", response=shapes.Deliveries, auth=Scope(May.SEE_LEDGER))
def list_deliveries(
    request: Call,
    inbox: UUID | None = None,
    state: shapes.DeliveryState | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """What arrived, the newest first; of one inbox, in one state."""
    asked = {"inbox_id": inbox, "state": state}
    rows = _deliveries(request).filter(**{name: value for name, value in asked.items() if value})
    return paged(rows, by="-pk", cursor=cursor, limit=limit)


@router.get("/deliveries/{uuid:delivery_id}", response=shapes.DeliveryWhole, auth=Scope(May.SEE_LEDGER))
def get_delivery(request: Call, delivery_id: UUID) -> dict[str, Any]:
    """One delivery, and the message it became."""
    delivery = one_of(_deliveries(request), pk=delivery_id)
    became = Message.objects.of(request.workspace_id).filter(delivery=delivery)
    message, number = became.values_list("pk", "conversation__number").first() or (None, None)
    shown = shapes.DeliveryShape.from_orm(delivery).dict()
    return {**shown, "message": message, "conversation": number}


@router.get(
    "/deliveries/{uuid:delivery_id}/raw", response=None, auth=Scope(May.SEE_LEDGER), openapi_extra=RAW
)
def get_raw(request: Call, delivery_id: UUID) -> HttpResponse:
    """The bytes as they came."""
    delivery = one_of(Delivery.objects.of(request.workspace_id), pk=delivery_id)
    return HttpResponse(
        delivery.content,
        content_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{delivery.pk}.eml"'},
    )


@router.post("/deliveries/{uuid:delivery_id}/retry", response=shapes.DeliveryShape, auth=Scope(May.SUPERVISE))
def retry_delivery(request: Call, delivery_id: UUID) -> Any:
    """Read one that failed once more."""
    releasing.retry(_held(request, delivery_id), by=request.agent)
    return one_of(_deliveries(request), pk=delivery_id)


@router.post(
    "/deliveries/{uuid:delivery_id}/release", response=shapes.DeliveryShape, auth=Scope(May.SUPERVISE)
)
def release_delivery(request: Call, delivery_id: UUID) -> Any:
    """Bring one that was quarantined or set aside to the desk, as if it came now."""
    releasing.release(_held(request, delivery_id), by=request.agent)
    return one_of(_deliveries(request), pk=delivery_id)


def _held(request: Call, delivery_id: UUID) -> Any:
    return one_of(Delivery.objects.of(request.workspace_id).defer("raw"), pk=delivery_id)


def _deliveries(request: Call) -> Any:
    rows = Delivery.objects.of(request.workspace_id).defer("raw", "source_facts")
    return rows.fetch_mode(models.FETCH_RAISE)
