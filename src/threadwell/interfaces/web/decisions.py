"""Decisions: what was settled, the newest first, and one decision: made, taken back.

In:    a decision's key; the form
Out:   the page, its list, or the answer after a deed
Touch: nothing but through `committing` and the verbs of a decision
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import committing
from threadwell.interfaces.web.commitments_forms import DecisionForm
from threadwell.interfaces.web.commitments_parts import about_of, done, one, query_of, rows_of, said_in
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.kit import paging
from threadwell.record.commitments.models import Decision
from threadwell.record.workplace.roles import May

SIZE = 50


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../decisions/?cursor="""
    rows = rows_of(request, Decision).standing()
    found = paging.page(rows, by="-decided_at", size=SIZE, cursor=request.GET.get("cursor", ""))
    base = reverse("web:decisions", args=[request.workspace.slug])
    facts: dict[str, Any] = {
        "here": "promises",
        "decisions": found.rows,
        "list_url": base,
        "next_url": f"{base}?cursor={found.next}" if found.next else "",
    }
    return page(request, "commitments/decisions.html#rows", facts)


@allowed(May.NOTE)
def new(request: Request) -> HttpResponse:
    """GET .../decisions/new/?message=&text="""
    about = about_of(request)
    is_theirs = bool(about.message and about.message.direction == "in")
    initial = {"text": said_in(request, about), "side": "customer" if is_theirs else "us"}
    return _form(request, DecisionForm(initial=initial))


@allowed(May.NOTE)
def create(request: Request) -> HttpResponse:
    """POST .../decisions/"""
    about = about_of(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    decision = committing.mark_decision(about, by=request.agent, **form.cleaned_data)
    return done(request, _("The decision is marked."), undo="decision_withdrawing", key=decision.pk)


@allowed(May.NOTE)
def withdraw(request: Request, decision_id: UUID) -> HttpResponse:
    """POST .../decisions/<id>/withdrawing/"""
    decision: Decision = one(Decision.objects.of(request.workspace), decision_id)
    changed = decision.withdraw(by=request.agent)
    said = _("It is no decision any more.") if changed else ""
    return done(request, said, undo="decision_restoring", key=decision.pk)


@allowed(May.NOTE)
def restore(request: Request, decision_id: UUID) -> HttpResponse:
    """POST .../decisions/<id>/restoring/"""
    decision: Decision = one(Decision.objects.of(request.workspace), decision_id)
    return done(request, _("The decision stands again.") if decision.restore(by=request.agent) else "")


def _form(request: Request, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    facts = {"form": form, "about": query_of(request.GET), "here": "promises"}
    return page(request, "commitments/decision_form.html#form", facts, status=status)
