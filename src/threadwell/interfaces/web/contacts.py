"""Contacts: the list of customers, a new one, and one as it is changed.

In:    filters; fields of a contact
Out:   the list and files of it; the form
Touch: nothing but through `saying`, `known_as` and `register_pages`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import account_pages, register_pages
from threadwell.interfaces.web.account_forms import ContactForm, NewContactForm
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.registers import CONTACTS
from threadwell.kit import clock
from threadwell.kit.errors import DomainError
from threadwell.record.people import known_as, memberships, saying
from threadwell.record.people.models import Contact, Identity, Source
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May

FORM = "customers/edit.html"


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../customers/"""
    return register_pages.index(request, CONTACTS)


@allowed(May.READ, changes=May.READ)
def save_view(request: Request) -> HttpResponse:
    """POST .../customers/views/"""
    return register_pages.save_view(request, CONTACTS)


@allowed(May.HANDLE)
def change_many(request: Request) -> HttpResponse:
    """POST .../customers/bulk/"""
    return register_pages.change_many(request, CONTACTS)


@allowed(May.HANDLE)
def new(request: Request) -> HttpResponse:
    """GET .../customers/new/?email=&name=&organisation="""
    first = {
        name: request.GET[name][:200]
        for name in ("name", "email", "phone", "organisation")
        if name in request.GET
    }
    return page(request, FORM, _facts(request, NewContactForm(request, **first)))


@allowed(May.HANDLE)
def create(request: Request) -> HttpResponse:
    """POST .../customers/new/"""
    form = NewContactForm(request, given=request.POST)
    if not form.is_valid() or not _reachable(request, form):
        return page(request, FORM, _facts(request, form), status=422)
    values = {name: value for name, value in form.values().items() if value not in (None, "")}
    contact = saying.make(Contact, request.workspace.pk, values, source=Source.AGENT, by=request.agent)
    for kind, name in ((Identity.Kind.EMAIL, "email"), (Identity.Kind.PHONE, "phone")):
        if text := form.cleaned_data[name]:
            region = request.workspace.region
            known_as.add(contact, kind, text, region=region, source="agent", by=request.agent)
    toast(request, gettext("%(name)s is there.") % {"name": contact.name})
    return page(request, FORM, to=edit_url(request, contact))


@allowed(May.HANDLE)
def edit(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/edit/"""
    contact = one(request, contact_id)
    return page(request, FORM, _facts(request, ContactForm(request, contact), contact))


@allowed(May.HANDLE)
def update(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/edit/"""
    contact = one(request, contact_id)
    form = ContactForm(request, contact, request.POST)
    if not account_pages.saved(request, form, contact):
        return page(request, FORM, _facts(request, form, contact), status=422)
    return page(request, FORM, to=edit_url(request, contact))


def one(request: Request, contact_id: UUID) -> Contact:
    """A contact of this workspace; of one that was merged the one that stands for it."""
    rows = Contact.objects.of(request.workspace).select_related("organisation", "owner", "one_with")
    found = rows.filter(pk=contact_id).first()
    if found is None:
        raise Http404
    return one(request, found.one_with_id) if found.one_with_id else found


def edit_url(request: Request, contact: Contact) -> str:
    return reverse("web:edit_contact", args=[request.workspace.slug, contact.pk])


def _reachable(request: Request, form: NewContactForm) -> bool:
    """Whether its addresses can be read and are nobody else's."""
    for kind, name in ((Identity.Kind.EMAIL, "email"), (Identity.Kind.PHONE, "phone")):
        text = form.cleaned_data[name]
        if not text:
            continue
        try:
            known_as.normalised(kind, text, request.workspace.region)
            if known := known_as.found(request.workspace.pk, kind, text, request.workspace.region):
                raise known_as.Taken(known)
        except DomainError as wrong:
            form.add_error(name, str(wrong.sentence))
    return form.is_valid()


def _facts(request: Request, form: ContactForm, contact: Contact | None = None) -> dict[str, Any]:
    facts = account_pages.around(request, form, contact, CONTACTS)
    if contact is None:
        return facts
    members = members_of(contact)
    rows = Identity.objects.of(request.workspace).filter(contact_id__in=members)
    return {
        **facts,
        "identities": list(rows.select_related("verified_by").order_by("kind", "pk")),
        "identity_kinds": Identity.Kind.choices,
        "memberships": memberships.memberships_of(contact, members[1:]),
        "today": clock.now().date(),
    }
