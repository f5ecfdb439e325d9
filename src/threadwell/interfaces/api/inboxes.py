"""Inboxes: the addresses customers write to, and what arrived at them.

In:    an inbox's key
Out:   inboxes, ledgers
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count
from ninja import Router

from threadwell.interfaces.api import shapes
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.texts import Cursor, Limit
from threadwell.record.inboxes.models import Delivery, Folder, Inbox
from threadwell.record.workplace.roles import May

router = Router(tags=["Inboxes"])


@router.get("/inboxes", response=shapes.Inboxes, auth=Scope(May.READ))
def list_inboxes(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """All inboxes, closed ones too."""
    return paged(_inboxes(request), by="pk", cursor=cursor, limit=limit)


@router.get("/inboxes/{uuid:inbox_id}", response=shapes.InboxShape, auth=Scope(May.READ))
def get_inbox(request: Call, inbox_id: UUID) -> Any:
    """One inbox, and how healthy it is."""
    return one_of(_inboxes(request), pk=inbox_id)


@router.get("/inboxes/{uuid:inbox_id}/ledger", response=shapes.Ledger, auth=Scope(May.SEE_LEDGER))
def get_ledger(request: Call, inbox_id: UUID) -> dict[str, Any]:
    """What arrived at an inbox and what became of it, counted."""
    inbox = one_of(_inboxes(request), pk=inbox_id)
    arrived = Delivery.objects.of(request.workspace_id).filter(inbox=inbox).order_by()
    counts = arrived.values("source", "state").annotate(count=Count("pk")).order_by("source", "state")
    folders = Folder.objects.of(request.workspace_id).filter(inbox=inbox).order_by("name")
    return {"counts": list(counts), "folders": list(folders)}


def _inboxes(request: Call) -> Any:
    rows = Inbox.objects.of(request.workspace_id).of_mail().select_related("team")
    return rows.fetch_mode(models.FETCH_RAISE)
