"""Membership pages: where a customer belongs and belonged.

In:    an organisation's name, title, days
Out:   the form of the customer
Touch: nothing but through `memberships` and `saying`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web import contacts
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.people import memberships, saying
from threadwell.record.people.models import Contact, Membership, Organisation, Source
from threadwell.record.people.one import members_of, standing
from threadwell.record.workplace.roles import May


class MembershipForm(forms.Form):
    """As what, and from when to when."""

    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    is_key_contact = forms.BooleanField(label=_("Key contact"), required=False)
    since = forms.DateField(label=_("Since"), required=False)
    until = forms.DateField(label=_("Until"), required=False)

    def values(self) -> dict[str, Any]:
        if not self.is_valid():
            raise Invalid(gettext("Write days as 2026-11-23."))
        return self.cleaned_data


@allowed(May.HANDLE)
def create(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/memberships/"""
    contact = contacts.one(request, contact_id)
    name = " ".join(request.POST.get("organisation", "").split())[:200]
    rows = Organisation.objects.of(request.workspace).filter(standing(), name__iexact=name)
    organisation = rows.order_by("pk").first() if name else None
    if organisation is None:
        toast(
            request, gettext("There is no organisation of this name; enter it first."), level=messages.ERROR
        )
        return _back(request, contact)
    values = MembershipForm(request.POST).values()
    made = memberships.join(contact, organisation, by=request.agent, **values)
    if made.until is None and contact.organisation_id is None:
        saying.say(contact, "organisation", organisation, source=Source.AGENT, by=request.agent)
    toast(
        request,
        gettext("%(name)s belongs to %(organisation)s.") % {"name": contact.name, "organisation": name},
    )
    return _back(request, contact)


@allowed(May.HANDLE)
def update(request: Request, contact_id: UUID, membership_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/memberships/<id>/"""
    contact = contacts.one(request, contact_id)
    rows = Membership.objects.of(request.workspace).filter(contact_id__in=members_of(contact))
    membership = rows.select_related("contact", "organisation").filter(pk=membership_id).first()
    if membership is None:
        raise Http404
    values = MembershipForm(request.POST).values()
    memberships.change(membership, by=request.agent, **values)
    is_over = values["until"] is not None and contact.organisation_id == membership.organisation_id
    if is_over:
        saying.say(contact, "organisation", None, source=Source.AGENT, by=request.agent)
    toast(request, gettext("Saved."))
    return _back(request, contact)


def _back(request: Request, contact: Contact) -> HttpResponse:
    return page(request, contacts.FORM, to=f"{contacts.edit_url(request, contact)}#memberships")
