"""Notices: what the product told an agent.

In:    the reader; a cursor
Out:   the page of their notices, the newest first
Touch: Notice, when the reader says that they have seen them
"""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.templatetags.timed import NAMES, moment
from threadwell.kit import clock, paging
from threadwell.record.notices.models import Notice
from threadwell.record.workplace.roles import May

SIZE = 50
#: What somebody did in a conversation that the reader follows, or with a hand-over.
TOLD: dict[tuple[str, str], Promise] = {
    ("followed", "wrote"): gettext_lazy("%(who)s has written"),
    ("followed", "answered"): gettext_lazy("%(who)s answered"),
    ("followed", "noted"): gettext_lazy("%(who)s wrote a note"),
    ("followed", "assigned"): gettext_lazy("%(who)s gave it another owner"),
    ("followed", "passed"): gettext_lazy("%(who)s passed it to another team"),
    ("followed", "closed"): gettext_lazy("%(who)s closed it"),
    ("followed", "reopened"): gettext_lazy("%(who)s opened it again"),
    ("followed", "snoozed"): gettext_lazy("%(who)s snoozed it"),
    ("followed", "weighed"): gettext_lazy("%(who)s gave it another priority"),
    ("followed", "labelled"): gettext_lazy("%(who)s changed its labels"),
    ("followed", "retitled"): gettext_lazy("%(who)s gave it another subject"),
    ("followed", "described"): gettext_lazy("%(who)s changed its type or its fields"),
    ("handover", "asked"): gettext_lazy("%(who)s asks you to take it over"),
    ("handover", "accepted"): gettext_lazy("%(who)s took it over from you"),
    ("handover", "returned"): gettext_lazy("%(who)s returns it to you: %(because)s"),
    ("handover", "late"): gettext_lazy("%(who)s has not answered the hand-over in time"),
}


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


def said(notice: Notice) -> str:
    """What it says, in the reader's words and zone."""
    due_at = parse_datetime(str(notice.facts.get("due_at") or ""))
    facts = {
        "what": NAMES.get(str(notice.facts.get("target", "")), _("answer")),
        "when": moment(due_at) if due_at else "?",
        "policy": notice.facts.get("policy", ""),
    }
    match notice.kind:
        case Notice.Kind.DUE:
            return _("%(what)s due %(when)s, says “%(policy)s”") % facts
        case Notice.Kind.OVERDUE:
            return _("%(what)s overdue since %(when)s, says “%(policy)s”") % facts
        case Notice.Kind.CALLED:
            return _("You are called in: %(what)s, due %(when)s, says “%(policy)s”") % facts
        case _:
            return _of_colleagues(notice)


def _of_colleagues(notice: Notice) -> str:
    """What somebody did; or the words that came along."""
    facts = {name: notice.facts.get(name, "?") for name in ("who", "subject", "because")}
    match notice.kind:
        case Notice.Kind.MENTIONED:
            return _("%(who)s calls you in a note") % facts
        case Notice.Kind.ASIDE:
            return _("%(who)s has answered aside: %(subject)s") % facts
        case Notice.Kind.FOLLOWED | Notice.Kind.HANDOVER:
            sentence = TOLD.get((notice.kind, str(notice.facts.get("what", ""))))
            return str(sentence) % facts if sentence else notice.get_kind_display()
        case _:
            return str(notice.facts.get("text", ""))
