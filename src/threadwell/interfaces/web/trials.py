"""Trials: the connection of an inbox is tested, and mail begins to come in.

In:    an inbox
Out:   the steps of its test in plain words, asked for again every second while it runs
Touch: nothing but through `trying` and `connecting`
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language, gettext

from threadwell.channels.email.connection import Step
from threadwell.flow import connecting, trying
from threadwell.flow.trying import Part, Tried
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_forms import HistoryForm
from threadwell.interfaces.web.inbox_parts import PLACE, gateway_of, one, place, steps
from threadwell.interfaces.web.page import page, toast
from threadwell.record.inboxes.models import Delivery, Inbox, settings_of
from threadwell.record.workplace.roles import May

TEMPLATE = "inboxes/setup.html#test"


@allowed(May.MANAGE)
def show(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/test/"""
    return _page(request, one(request, inbox_id))


@allowed(May.MANAGE)
def create(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/test/"""
    inbox = one(request, inbox_id)
    if trying.can_be_tried(inbox):
        trying.begin(inbox, language=get_language() or "")
    is_set_up = settings_of(inbox, "incoming") and not settings_of(inbox, "planned")
    back = place(request, "inbox" if is_set_up else "inbox_test", inbox)
    return page(request, TEMPLATE, {"inbox": inbox, "test": shown(request, inbox)}, to=back)


@allowed(May.MANAGE)
def begin(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/beginning/"""
    inbox = one(request, inbox_id)
    form = HistoryForm(request.POST)
    if not form.is_valid():
        return _page(request, inbox, form, status=422)
    connecting.begin(inbox, history=form.since, by=request.agent)
    toast(request, gettext("%(address)s is followed from now on.") % {"address": inbox.address})
    return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))


def shown(request: Request, inbox: Inbox) -> dict[str, Any]:
    """The last test of an inbox, for `inboxes/setup.html#test`."""
    url = place(request, "inbox_test", inbox)
    if settings_of(inbox, "incoming").get("kind") == "gateway" and not trying.can_be_tried(inbox):
        return {"title": gettext("Mail at our gateway"), "url": url, **_at_the_gateway(inbox)}
    tried = trying.last_of(inbox)
    return {
        "title": gettext("Test of the connection"),
        "detail": _verdict(tried),
        "url": url,
        "is_running": bool(tried and tried.is_running),
        "checks": list(_checks(tried)) if tried else [],
    }


def _page(
    request: Request, inbox: Inbox, form: HistoryForm | None = None, *, status: int = 200
) -> HttpResponse:
    planned = settings_of(inbox, "planned")
    facts = {
        "steps": steps("test"),
        "inbox": inbox,
        "test": shown(request, inbox),
        "gateway": gateway_of(inbox),
        "history": (form or HistoryForm()) if planned else None,
        "beginning_url": place(request, "inbox_beginning", inbox),
        "back_url": place(request, "inbox_sending", inbox),
        **PLACE,
    }
    return page(request, TEMPLATE, facts, status=status)


def _verdict(tried: Tried | None) -> str:
    if tried is None:
        return gettext("Nobody has tested it yet.")
    if tried.is_running:
        return gettext("Under way …")
    if not tried.is_over:
        return gettext("The test did not come to an end. Is the worker running?")
    return gettext("Everything works.") if tried.is_good else gettext("Something does not work yet.")


def _checks(tried: Tried) -> Iterator[dict[str, Any]]:
    if tried.is_running and not tried.parts:
        yield {"state": "wait", "text": gettext("Waiting for a worker")}
    for part in tried.parts:
        yield from (_check(part, step) for step in part.steps)
        if part.trying and tried.is_running:
            yield {"state": "wait", "text": f"{part.name}: {part.trying}"}


def _check(part: Part, step: Step) -> dict[str, Any]:
    took = gettext("%(seconds).1f s") % {"seconds": step.seconds} if step.seconds >= 0.1 else ""
    text = f"{part.name}: {step.name}"
    if step.is_good:
        return {"state": "good", "text": text, "detail": step.what, "took": took}
    help_ = [sentence for sentence in (step.what, step.mend) if sentence]
    return {"state": "late", "text": text, "took": took, "help": help_}


def _at_the_gateway(inbox: Inbox) -> dict[str, Any]:
    first = Delivery.objects.of(inbox.workspace_id).filter(inbox=inbox, source=Delivery.Source.SMTP)
    has_come = first.exists()
    address = settings_of(inbox, "incoming")["forward_to"]
    answers = gettext("%(host)s takes mail for %(address)s.")
    waits = gettext("Send a mail to %(address)s now: it will show here.") % {"address": inbox.address}
    came = gettext("Mail has come in.")
    return {
        "detail": gettext("Everything works.") if has_come else gettext("Waiting for the first mail …"),
        "is_running": not has_come,
        "checks": [
            {
                "state": "good",
                "text": gettext("The gateway knows the address"),
                "detail": answers % {"host": settings.GATEWAY_NAME, "address": address},
            },
            {
                "state": "good" if has_come else "wait",
                "text": gettext("First mail"),
                "detail": came if has_come else waits,
            },
        ],
    }
