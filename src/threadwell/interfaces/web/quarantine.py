"""Quarantine: what looks like spam or is blocked, for people to look through.

In:    nothing
Out:   the list, the newest first
Touch: nothing
"""

from django.http import HttpResponse
from django.urls import reverse

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.kit import paging
from threadwell.record.inboxes.models import Delivery
from threadwell.record.workplace.roles import May

SIZE = 50


@allowed(May.SEE_LEDGER)
def index(request: Request) -> HttpResponse:
    """GET .../quarantine/?after="""
    rows = Delivery.objects.of(request.workspace).quarantined().select_related("inbox").defer("raw")
    shown = paging.page(rows, by="-pk", size=SIZE, cursor=request.GET.get("after", ""))
    base = reverse("web:quarantine", args=[request.workspace.slug])
    older = f"{base}?after={shown.next}" if shown.next else ""
    facts = {"deliveries": shown.rows, "older_url": older, "here": "quarantine"}
    return page(request, "quarantine/list.html", facts)
