"""Policies: by when we answer whom, what stops the clock, what happens when we are late.

In:    forms
Out:   the list of policies in their order, the page of one
Touch: nothing but through `agreeing`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import agreeing
from threadwell.flow.timed.agreed import in_force
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import anew, page, toast
from threadwell.interfaces.web.policy_forms import PolicyForm, conditions_of, targets_of
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.hours.models import Calendar
from threadwell.record.work.models import WorkItemType
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import May

PLACE = {"section": "policies", "here": "settings"}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    rows = in_force(request.workspace.pk)
    kinds = {one.pk: one.name for one in _kinds(request)}
    shown = [
        {"policy": one, "conditions": conditions_of(one, kinds), "targets": targets_of(one)} for one in rows
    ]
    return page(request, "clocks/policies.html", {"policies": shown, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    return _shown(request, _form(request))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = _form(request, given=request.POST)
    if form.is_valid():
        try:
            policy = agreeing.make(by=request.agent, **form.fields_of_policy())
        except agreeing.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, gettext("The policy “%(name)s” is in force.") % {"name": policy.name})
            return _back(request)
    return _shown(request, form, status=422)


@allowed(May.MANAGE)
def show(request: Request, policy_id: UUID) -> HttpResponse:
    policy = _one(request, policy_id)
    return _shown(request, _form(request, policy=policy), policy=policy)


@allowed(May.MANAGE)
def update(request: Request, policy_id: UUID) -> HttpResponse:
    policy = _one(request, policy_id)
    form = _form(request, policy=policy, given=request.POST)
    if form.is_valid():
        try:
            agreeing.change(policy, by=request.agent, **form.fields_of_policy())
        except agreeing.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, gettext("Saved. Deadlines are being reckoned again."))
            return _back(request)
    return _shown(request, form, policy=_one(request, policy_id), status=422)


@allowed(May.MANAGE)
def archive(request: Request, policy_id: UUID) -> HttpResponse:
    policy = _one(request, policy_id)
    agreeing.archive(policy, by=request.agent)
    undo = reverse("web:policy_back", args=[request.workspace.slug, policy.pk])
    toast(request, gettext("The policy “%(name)s” is gone.") % {"name": policy.name}, undo=undo)
    return _back(request)


@allowed(May.MANAGE)
def bring_back(request: Request, policy_id: UUID) -> HttpResponse:
    """POST .../settings/deadlines/<id>/return/"""
    policy = SlaPolicy.objects.of(request.workspace).filter(pk=policy_id).first()
    if policy is None:
        raise Http404
    agreeing.bring_back(policy, by=request.agent)
    toast(request, gettext("The policy “%(name)s” is back.") % {"name": policy.name})
    return anew(request, reverse("web:policies", args=[request.workspace.slug]))


@allowed(May.MANAGE)
def move(request: Request, policy_id: UUID) -> HttpResponse:
    """POST .../place/: one up, or one down."""
    agreeing.move(_one(request, policy_id), up=request.POST.get("way") != "down", by=request.agent)
    return _back(request)


def _form(request: Request, *, policy: SlaPolicy | None = None, given: Any = None) -> PolicyForm:
    return PolicyForm(
        given,
        policy=policy,
        calendars=list(Calendar.objects.of(request.workspace).in_use().order_by("name")),
        teams=list(Team.objects.of(request.workspace).order_by("name")),
        kinds=_kinds(request),
    )


def _kinds(request: Request) -> list[WorkItemType]:
    rows = WorkItemType.objects.of(request.workspace).filter(archived_at=None)
    return list(rows.order_by("position", "name"))


def _shown(
    request: Request, form: PolicyForm, *, policy: SlaPolicy | None = None, status: int = 200
) -> HttpResponse:
    return page(request, "clocks/policy.html", {"form": form, "policy": policy, **PLACE}, status=status)


def _one(request: Request, policy_id: UUID) -> SlaPolicy:
    found: SlaPolicy | None = SlaPolicy.objects.of(request.workspace).in_order().filter(pk=policy_id).first()
    if found is None:
        raise Http404
    return found


def _back(request: Request) -> HttpResponse:
    return page(request, "clocks/policies.html", to=reverse("web:policies", args=[request.workspace.slug]))
