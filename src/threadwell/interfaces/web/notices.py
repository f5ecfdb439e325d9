"""Notices: what the product told an agent.

In:    the reader; a cursor
Out:   the page of their notices, the newest first
Touch: Notice, when the reader says that they have seen them
"""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.kit import clock, paging
from threadwell.record.notices.models import Notice
from threadwell.record.notices.saying import said
from threadwell.record.workplace.roles import May

SIZE = 50


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../notices/"""
    rows = Notice.objects.of(request.workspace).to(request.agent).select_related("conversation")
    found = paging.page(rows, by="-made_at", size=SIZE, cursor=request.GET.get("cursor", ""))
    shown = [{"notice": one, "text": said(one)} for one in found.rows]
    facts: dict[str, Any] = {"notices": shown, "here": "notices", "next": found.next}
    facts["unseen"] = sum(one.seen_at is None for one in found.rows)
    return page(request, "notices/index.html", facts)


@allowed(May.READ, changes=May.READ)
def seen(request: Request) -> HttpResponse:
    """POST .../notices/seen/: all of them."""
    Notice.objects.of(request.workspace).to(request.agent).unseen().update(seen_at=clock.now())
    return page(request, "notices/index.html", to=reverse("web:notices", args=[request.workspace.slug]))
