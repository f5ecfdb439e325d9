"""Organisations: the list, a new one, one as it is changed, and names to choose from.

In:    filters; fields of an organisation
Out:   the list and files of it; the form; names that begin so
Touch: nothing but through `saying` and `register_pages`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import account_pages, register_pages
from threadwell.interfaces.web.account_forms import OrganisationForm
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.registers import ORGANISATIONS, home_of
from threadwell.kit import clock
from threadwell.record.people import by_parts, memberships, saying
from threadwell.record.people.models import Alert, Organisation, Source
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May

FORM = "customers/edit.html"
SUGGESTED = 20


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../organisations/"""
    return register_pages.index(request, ORGANISATIONS)


@allowed(May.READ, changes=May.READ)
def save_view(request: Request) -> HttpResponse:
    """POST .../organisations/views/"""
    return register_pages.save_view(request, ORGANISATIONS)


@allowed(May.HANDLE)
def change_many(request: Request) -> HttpResponse:
    """POST .../organisations/bulk/"""
    return register_pages.change_many(request, ORGANISATIONS)


@allowed(May.READ)
def suggest(request: Request) -> HttpResponse:
    """GET .../organisations/names/?q=: for fields that name one."""
    asked = request.GET.get("q", "")[:200]
    found = by_parts.organisations(request.workspace.pk, asked, most=SUGGESTED) if asked.strip() else []
    return JsonResponse({"names": [one.name for one in found]})


@allowed(May.HANDLE)
def new(request: Request) -> HttpResponse:
    """GET .../organisations/new/?name=&domains="""
    first = {name: request.GET[name][:200] for name in ("name", "domains") if name in request.GET}
    return page(request, FORM, _facts(request, OrganisationForm(request, **first)))


@allowed(May.HANDLE)
def create(request: Request) -> HttpResponse:
    """POST .../organisations/new/"""
    form = OrganisationForm(request, given=request.POST)
    if not form.is_valid():
        return page(request, FORM, _facts(request, form), status=422)
    values = {name: value for name, value in form.values().items() if value not in (None, "")}
    made = saying.make(Organisation, request.workspace.pk, values, source=Source.AGENT, by=request.agent)
    toast(request, gettext("%(name)s is there.") % {"name": made.name})
    return page(request, FORM, to=_edit_url(request, made))


@allowed(May.HANDLE)
def edit(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/edit/"""
    organisation = one(request, organisation_id)
    form = OrganisationForm(request, organisation)
    return page(request, FORM, _facts(request, form, organisation))


@allowed(May.HANDLE)
def update(request: Request, organisation_id: UUID) -> HttpResponse:
    """POST .../organisations/<id>/edit/"""
    organisation = one(request, organisation_id)
    form = OrganisationForm(request, organisation, request.POST)
    if not account_pages.saved(request, form, organisation):
        return page(request, FORM, _facts(request, form, organisation), status=422)
    return page(request, FORM, to=_edit_url(request, organisation))


@allowed(May.HANDLE)
def see_alert(request: Request, alert_id: UUID) -> HttpResponse:
    """POST .../alerts/<id>/seeing/"""
    alert = Alert.objects.of(request.workspace).filter(pk=alert_id).first()
    if alert is None:
        raise Http404
    alert.see(by=request.agent)
    toast(request, gettext("Noted."))
    to = home_of(request.workspace.slug, "organisation", alert.organisation_id)
    return page(request, FORM, to=to)


def one(request: Request, organisation_id: UUID) -> Organisation:
    """An organisation of this workspace; of one that was merged the one that stands for it."""
    rows = Organisation.objects.of(request.workspace).select_related("parent", "owner")
    found = rows.filter(pk=organisation_id).first()
    if found is None:
        raise Http404
    return one(request, found.one_with_id) if found.one_with_id else found


def alerts_at(organisation: Organisation) -> list[Alert]:
    """What nobody has taken note of yet; shown by ``customers/alerts.html``."""
    rows = Alert.objects.of(organisation.workspace_id).filter(
        organisation_id__in=members_of(organisation), seen_at=None
    )
    return list(rows.select_related("organisation", "contact", "owner").order_by("-at")[:20])


def _edit_url(request: Request, organisation: Organisation) -> str:
    return reverse("web:edit_organisation", args=[request.workspace.slug, organisation.pk])


def _facts(
    request: Request, form: OrganisationForm, organisation: Organisation | None = None
) -> dict[str, Any]:
    facts = account_pages.around(request, form, organisation, ORGANISATIONS)
    if organisation is None:
        return facts
    return {
        **facts,
        "people": memberships.people_of(members_of(organisation), organisation.workspace_id),
        "alerts": alerts_at(organisation),
        "today": clock.now().date(),
    }
