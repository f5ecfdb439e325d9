"""Account shapes: what the API shows and takes of contacts, organisations and the fields of a workspace.

In:    rows; bodies of calls
Out:   schemas
Touch: nothing
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.shapes import ContactShape, IdentityKind, Named
from threadwell.interfaces.api.texts import Address, Word, choice_of
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.seen import readable
from threadwell.record.people.models import Organisation, Source

FieldKind = Annotated[CustomField.Kind, choice_of(CustomField.Kind)]
About = Annotated[CustomField.About, choice_of(CustomField.About)]
SourceName = Annotated[Source, choice_of(Source)]
Custom = Annotated[
    dict[str, Any], Field(max_length=200, description="custom fields by key; null empties one")
]
Because = Annotated[Word, Field(description="the system that says so; it is shown beside the value")]


class OrganisationShape(Schema):
    """A firm or household that contacts belong to."""

    id: UUID
    name: str
    domains: list[str]
    parent: Named | None
    owner: Named | None
    owner_since: datetime | None
    tier: str
    custom: dict[str, Any]
    one_with_id: UUID | None = Field(description="merged: the organisation that stands for this one")
    made_at: datetime
    changed_at: datetime

    @staticmethod
    def resolve_custom(organisation: Organisation) -> dict[str, Any]:
        return readable("organisation", organisation.custom)


class Organisations(Schema):
    """A page of organisations."""

    items: list[OrganisationShape]
    next: str | None


class Known(Given):
    """One way somebody is known."""

    kind: IdentityKind
    value: Address = Field(description="numbers without a country code are of the workspace's country")


class Facts(Given):
    """What contacts and organisations have alike; what is left out stays."""

    owner: UUID | None = Field(default=None, description="an agent; null for nobody")
    tier: Word = ""
    custom: Custom = Field(default={})
    because: Because = ""


class ChangedContact(Facts):
    """Values of a contact."""

    name: Word = ""
    organisation: UUID | None = None
    language: Word = ""
    zone: Word = Field(default="", description="such as Europe/Lisbon")


class NewContact(ChangedContact):
    """A contact that is not there yet."""

    identities: Annotated[list[Known], Field(max_length=50)] = Field(default=[])


class ChangedOrganisation(Facts):
    """Values of an organisation."""

    name: Word = ""
    domains: Annotated[list[Word], Field(max_length=100)] = Field(default=[])
    parent: UUID | None = None


class SaidOfContact(Schema):
    """What became of the values."""

    contact: ContactShape
    changed: list[str] = Field(description="fields that have another value now")
    only_noted: list[str] = Field(description="fields where a better source stands: noted, not changed")


class SaidOfOrganisation(Schema):
    """What became of the values."""

    organisation: OrganisationShape
    changed: list[str]
    only_noted: list[str]


class MembershipShape(Schema):
    """A contact belongs to an organisation, or did."""

    organisation: Named
    title: str
    is_key_contact: bool
    since: date | None
    until: date | None


class Memberships(Schema):
    """Where a contact belongs and belonged, the current ones first."""

    items: list[MembershipShape]


class NewMembership(Given):
    """Where a contact belongs."""

    organisation: UUID
    title: Word = ""
    is_key_contact: bool = False
    since: date | None = None
    until: date | None = None


class StatementShape(Schema):
    """Who said what a value is."""

    field: str
    value: Any
    source: SourceName
    by: Named | None
    because: str
    at: datetime
    held: bool = Field(description="it became the value; no: a better source stood there")
    taken_back_at: datetime | None


class Statements(Schema):
    """What was said of a record, the newest first."""

    items: list[StatementShape]
    next: str | None


class CustomFieldShape(Schema):
    """A field that the workspace defined."""

    id: UUID
    about: About
    of_type: UUID | None = Field(description="work items only: the type that has it; null for all")
    key: str
    label: str
    kind: FieldKind
    choices: list[str]
    is_required: bool
    help: str
    archived_at: datetime | None


class CustomFields(Schema):
    """The fields of the workspace in their order."""

    items: list[CustomFieldShape]
