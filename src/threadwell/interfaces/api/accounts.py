"""Accounts: contacts and organisations entered and changed by programs, and who said what of them.

In:    values, addresses and numbers, memberships
Out:   the record as it is now; which values changed, and where a better source stands
Touch: nothing but through `saying`, `known_as` and `memberships`

A program speaks as another system: what colleagues wrote by hand stands over it.
"""

from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status

from threadwell.interfaces.api import account_shapes as shapes
from threadwell.interfaces.api import people
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import ContactShape
from threadwell.interfaces.api.texts import Cursor, Limit, Word
from threadwell.kit.errors import Invalid
from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.people import facts, known_as, lists, memberships, saying
from threadwell.record.people.models import Account, Contact, Identity, Organisation, Source, Statement
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May

router = Router(tags=["People"])


@router.get("/custom-fields", response=shapes.CustomFields, auth=Scope(May.READ))
def list_custom_fields(request: Call, about: shapes.About | None = None) -> dict[str, Any]:
    """The fields that the workspace defined, archived ones too."""
    rows = CustomField.objects.of(request.workspace_id).order_by("about", "place", "pk")
    return {"items": list(rows.filter(about=about) if about else rows)}


@people.router.post("/contacts", response={201: ContactShape}, auth=Scope(May.HANDLE))
def make_contact(request: Call, given: shapes.NewContact) -> Status[Contact]:
    """Enter a customer; refused (identity-taken) when somebody is known by one of the addresses."""
    speaker = _speaker(request, given)
    with transaction.atomic():
        contact = saying.make(Contact, request.workspace_id, _values(request, Contact, given), **speaker)
        region = request.token.workspace.region
        for one in given.identities:
            known_as.add(contact, one.kind, one.value, region=region, source="api", by=request.agent)
    return Status(201, _contact(request, contact.pk))


@people.router.patch(  # where the address is known already
    "/contacts/{uuid:contact_id}", response=shapes.SaidOfContact, auth=Scope(May.HANDLE)
)
def change_contact(request: Call, contact_id: UUID, given: shapes.ChangedContact) -> dict[str, Any]:
    """Say what values are; what is left out stays, and what a colleague wrote by hand stands."""
    contact = one_of(Contact.objects.of(request.workspace_id), pk=contact_id)
    said = saying.say_all(contact, _values(request, Contact, given, contact), **_speaker(request, given))
    return {"contact": _contact(request, contact_id), **_told(said)}


@router.post("/contacts/{uuid:contact_id}/identities", response=ContactShape, auth=Scope(May.HANDLE))
def add_identity(request: Call, contact_id: UUID, given: shapes.Known) -> Contact:
    """They are known by this too; the same again does nothing."""
    contact = one_of(Contact.objects.of(request.workspace_id), pk=contact_id)
    region = request.token.workspace.region
    known_as.add(contact, given.kind, given.value, region=region, source="api", by=request.agent)
    return _contact(request, contact_id)


@router.delete("/contacts/{uuid:contact_id}/identities", response=ContactShape, auth=Scope(May.HANDLE))
def remove_identity(request: Call, contact_id: UUID, given: Query[shapes.Known]) -> Contact:
    """They are known by it no longer."""
    contact = one_of(Contact.objects.of(request.workspace_id), pk=contact_id)
    value = known_as.normalised(given.kind, given.value, request.token.workspace.region)
    rows = Identity.objects.of(request.workspace_id).select_related("contact")
    known_as.remove(one_of(rows, contact_id=contact.pk, kind=given.kind, value=value), by=request.agent)
    return _contact(request, contact_id)


@router.get("/contacts/{uuid:contact_id}/memberships", response=shapes.Memberships, auth=Scope(May.READ))
def list_memberships(request: Call, contact_id: UUID) -> dict[str, Any]:
    """Where a customer belongs and belonged."""
    contact = one_of(Contact.objects.of(request.workspace_id).select_related("organisation"), pk=contact_id)
    return {"items": memberships.memberships_of(contact, members_of(contact)[1:])}


@router.post("/contacts/{uuid:contact_id}/memberships", response=shapes.Memberships, auth=Scope(May.HANDLE))
def add_membership(request: Call, contact_id: UUID, given: shapes.NewMembership) -> dict[str, Any]:
    """They belong there too, or did; `organisation` of the contact names the one that counts."""
    contact = one_of(Contact.objects.of(request.workspace_id).select_related("organisation"), pk=contact_id)
    organisation = Organisation.objects.of(request.workspace_id).filter(pk=given.organisation).first()
    if organisation is None:
        raise Invalid(_("“%(field)s” names nothing here.") % {"field": "organisation"})
    values = given.dict(exclude={"organisation"})
    memberships.join(contact, organisation, by=request.agent, **values)
    return {"items": memberships.memberships_of(contact, members_of(contact)[1:])}


@router.get("/contacts/{uuid:contact_id}/statements", response=shapes.Statements, auth=Scope(May.READ))
def list_statements_of_contact(
    request: Call, contact_id: UUID, field: Word = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Who said what a customer's values are."""
    contact = one_of(Contact.objects.of(request.workspace_id), pk=contact_id)
    rows = Statement.objects.of(request.workspace_id).filter(contact_id=contact.pk)
    return _statements(rows, field, cursor, limit)


@router.get("/organisations", response=shapes.Organisations, auth=Scope(May.READ))
def list_organisations(
    request: Call, q: Word = "", owner: UUID | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Organisations that stand for themselves; by letters of the name or a domain (`q`), by owner."""
    asked = lists.Filters(words=q, owner=owner)
    rows = lists.every(Organisation, request.workspace_id, asked)
    return paged(lists.shown(rows), by="pk", cursor=cursor, limit=limit)


@router.post("/organisations", response={201: shapes.OrganisationShape}, auth=Scope(May.HANDLE))
def make_organisation(request: Call, given: shapes.ChangedOrganisation) -> Status[Organisation]:
    """Enter an organisation."""
    named = _values(request, Organisation, given)
    made = saying.make(Organisation, request.workspace_id, named, **_speaker(request, given))
    return Status(201, _organisation(request, made.pk))


@router.get("/organisations/{uuid:organisation_id}", response=shapes.OrganisationShape, auth=Scope(May.READ))
def get_organisation(request: Call, organisation_id: UUID) -> Organisation:
    """One organisation."""
    return _organisation(request, organisation_id)


@router.patch(
    "/organisations/{uuid:organisation_id}", response=shapes.SaidOfOrganisation, auth=Scope(May.HANDLE)
)
def change_organisation(
    request: Call, organisation_id: UUID, given: shapes.ChangedOrganisation
) -> dict[str, Any]:
    """Say what values are; what is left out stays, and what a colleague wrote by hand stands."""
    row = one_of(Organisation.objects.of(request.workspace_id), pk=organisation_id)
    said = saying.say_all(row, _values(request, Organisation, given, row), **_speaker(request, given))
    return {"organisation": _organisation(request, organisation_id), **_told(said)}


@router.get(
    "/organisations/{uuid:organisation_id}/statements", response=shapes.Statements, auth=Scope(May.READ)
)
def list_statements_of_organisation(
    request: Call, organisation_id: UUID, field: Word = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Who said what an organisation's values are."""
    row = one_of(Organisation.objects.of(request.workspace_id), pk=organisation_id)
    rows = Statement.objects.of(request.workspace_id).filter(organisation_id=row.pk)
    return _statements(rows, field, cursor, limit)


def _values(
    request: Call, kind: type[Account], given: shapes.Facts, row: Account | None = None
) -> dict[str, Any]:
    """The values that were given, those of custom fields checked; every wrong one is named."""
    named = {name for name in given.model_fields_set if name in facts.names_of(kind)}
    plain = {name: getattr(given, name) for name in named}
    fields = values.fields_of(request.workspace_id, "contact" if kind is Contact else "organisation")
    before = row.custom if row else {}
    done = values.cleaned(fields, given.custom, before=before, partial=row is not None)
    if not done.is_good:
        raise Invalid(" ".join(f"custom.{key}: {wrong}" for key, wrong in sorted(done.errors.items())))
    custom = given.custom if row else done.values
    return {**plain, **{f"{facts.CUSTOM}{key}": done.values.get(key) for key in custom}}


def _speaker(request: Call, given: shapes.Facts) -> saying.Speaker:
    return saying.Speaker(source=Source.API, by=request.agent, because=given.because or request.token.name)


def _told(said: saying.Said) -> dict[str, Any]:
    return {"changed": sorted(said.changed), "only_noted": sorted(said.only_noted)}


def _statements(rows: Any, field: str, cursor: str, limit: int) -> dict[str, Any]:
    rows = rows.filter(field=field) if field else rows
    return paged(
        rows.select_related("by").fetch_mode(models.FETCH_RAISE), by="-pk", cursor=cursor, limit=limit
    )


def _contact(request: Call, key: UUID) -> Contact:
    rows = Contact.objects.of(request.workspace_id).select_related("organisation", "owner")
    return one_of(rows.prefetch_related("identities"), pk=key)  # type: ignore[no-any-return]  # a row


def _organisation(request: Call, key: UUID) -> Organisation:
    return one_of(lists.shown(Organisation.objects.of(request.workspace_id)), pk=key)  # type: ignore[no-any-return]  # a row
