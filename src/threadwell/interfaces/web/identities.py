"""Identities: how a customer is known: one more, one less, one that was verified.

In:    a kind, an address or number
Out:   the form of the customer; who said that they are known by it
Touch: nothing but through `known_as`
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from threadwell.interfaces.web import contacts
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.journal.models import Event
from threadwell.record.people import known_as
from threadwell.record.people.identity import SOURCES
from threadwell.record.people.models import Contact, Identity
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May

SHOWN = 50
TOLD: dict[str, Promise] = {
    "contact.identity_added": gettext_lazy("belongs to them"),
    "contact.identity_verified": gettext_lazy("verified"),
    "contact.identity_removed": gettext_lazy("removed"),
}


@allowed(May.READ)
def show(request: Request, contact_id: UUID, identity_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/identities/<id>/: who said that they are known by it, and what became of it."""
    contact, identity = _both(request, contact_id, identity_id)
    told = Event.objects.of(request.workspace).filter(
        about__in=members_of(contact), name__in=list(TOLD), facts__value=identity.value
    )
    lines = [
        {"event": one, "what": TOLD[one.name], "how": _how(one)}
        for one in told.select_related("by").order_by("-at", "-pk")[:SHOWN]
    ]
    return page(
        request,
        "customers/identity.html",
        {
            "contact": contact,
            "identity": identity,
            "lines": lines,
            "home_url": reverse("web:contact", args=[request.workspace.slug, contact.pk]),
            "here": "contacts",
        },
    )


@allowed(May.HANDLE)
def create(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/identities/"""
    contact = contacts.one(request, contact_id)
    kind, text = request.POST.get("kind", ""), request.POST.get("value", "")[:400]
    if kind not in Identity.Kind.values:
        raise Invalid(gettext("Choose what it is: an e-mail address, a number, a handle."))
    try:
        region = request.workspace.region
        identity = known_as.add(contact, kind, text, region=region, source="agent", by=request.agent)
    except DomainError as wrong:
        toast(request, str(wrong.sentence), level=messages.ERROR)
    else:
        shown = known_as.shown(identity.kind, identity.value)
        toast(request, gettext("%(value)s belongs to them now.") % {"value": shown})
    return _back(request, contact)


@allowed(May.HANDLE)
def destroy(request: Request, contact_id: UUID, identity_id: UUID) -> HttpResponse:
    """DELETE .../customers/<id>/identities/<id>/"""
    contact, identity = _both(request, contact_id, identity_id)
    known_as.remove(identity, by=request.agent)
    toast(request, gettext("%(value)s does not belong to them any more.") % {"value": identity.shown})
    return _back(request, contact)


@allowed(May.HANDLE)
def verify(request: Request, contact_id: UUID, identity_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/identities/<id>/verification/"""
    contact, identity = _both(request, contact_id, identity_id)
    how = " ".join(request.POST.get("how", "").split())[:120]
    known_as.verify(identity, how=how or gettext("by hand"), by=request.agent)
    toast(request, gettext("%(value)s is verified.") % {"value": identity.shown})
    return _back(request, contact)


def _how(event: Event) -> str:
    """What was said with it: who or what it came from, how it was made sure."""
    source = event.facts.get("source", "")
    return str(SOURCES.get(source, source) or event.facts.get("how", ""))


def _both(request: Request, contact_id: UUID, identity_id: UUID) -> tuple[Contact, Identity]:
    contact = contacts.one(request, contact_id)
    rows = Identity.objects.of(request.workspace).filter(contact_id__in=members_of(contact))
    identity = rows.select_related("contact").filter(pk=identity_id).first()
    if identity is None:
        raise Http404
    return contact, identity


def _back(request: Request, contact: Contact) -> HttpResponse:
    return page(request, contacts.FORM, to=f"{contacts.edit_url(request, contact)}#identities")
