"""Inbox parts: what the pages around inboxes share.

In:    a request, an inbox's key
Out:   the inbox, addresses of its pages, the steps of setting it up
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import SAFE, Request
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.models import Team

PLACE = {"here": "settings", "section": "inboxes"}
STEPS: tuple[tuple[str, Promise], ...] = (
    ("address", _("Address")),
    ("receiving", _("Receiving")),
    ("sending", _("Sending")),
    ("test", _("Test and start")),
)


def one(request: Request, inbox_id: UUID) -> Inbox:
    """An inbox of this workspace; held when it is about to be changed."""
    rows = Inbox.objects.of(request.workspace).of_mail().select_related("team")
    if request.method not in SAFE:
        # Whoever follows its mailbox may be about to store a new token.
        rows = rows.select_for_update(of=("self",))
    try:
        found: Inbox = rows.get(pk=inbox_id)
    except Inbox.DoesNotExist:
        raise Http404 from None
    return found


def place(request: Request, name: str, inbox: Inbox) -> str:
    return reverse(f"web:{name}", args=[request.workspace.slug, inbox.pk])


def steps(now: str) -> list[dict[str, Any]]:
    """The steps of setting up; those before ``now`` are done."""
    keys = [key for key, _name in STEPS]
    return [
        {"name": name, "is_now": key == now, "is_done": keys.index(key) < keys.index(now)}
        for key, name in STEPS
    ]


def teams_of(request: Request) -> list[Team]:
    return list(Team.objects.of(request.workspace).order_by("name"))


def gateway_of(inbox: Inbox) -> dict[str, Any] | None:
    """What to tell the administrator of the server that forwards."""
    incoming = settings_of(inbox, "incoming")
    if incoming.get("kind") != "gateway":
        return None
    return {
        "address": incoming["forward_to"],
        "host": settings.GATEWAY_NAME,
        "port": settings.SMTP_PORT,
        "is_local": settings.GATEWAY_HOST.startswith("127."),
    }
