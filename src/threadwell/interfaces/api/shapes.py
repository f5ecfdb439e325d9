"""Shapes: what the API shows of people, inboxes and deliveries.

In:    rows
Out:   schemas, filled from the rows' attributes
Touch: nothing
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from threadwell.interfaces.api.texts import choice_of
from threadwell.record.fields.seen import readable
from threadwell.record.inboxes.models import Delivery, Folder, Inbox
from threadwell.record.people.models import Contact, Identity

InboxKind = Annotated[Inbox.Kind, choice_of(Inbox.Kind)]
Health = Annotated[Inbox.Health, choice_of(Inbox.Health)]
Trust = Annotated[Identity.Trust, choice_of(Identity.Trust)]
Source = Annotated[Delivery.Source, choice_of(Delivery.Source)]
DeliveryState = Annotated[Delivery.State, choice_of(Delivery.State)]
IdentityKind = Annotated[Identity.Kind, choice_of(Identity.Kind)]


class Named(Schema):
    """Something that another thing points at."""

    id: UUID
    name: str


class InboxName(Named):
    """An inbox that another thing points at."""

    address: str


class InboxShape(InboxName):
    """One address that customers write to."""

    kind: InboxKind
    team: Named | None
    health: Health
    health_because: str = Field(description="why it is not well, in a sentence")
    healthy_at: datetime | None
    unsendable_since: datetime | None = Field(description="since then nothing leaves by its server")
    unsendable_because: str
    credentials_expire_at: datetime | None
    made_at: datetime
    closed_at: datetime | None


class Inboxes(Schema):
    """A page of inboxes."""

    items: list[InboxShape]
    next: str | None


class Count(Schema):
    """How many deliveries of one source stand in one state."""

    source: Source
    state: DeliveryState
    count: int


class FolderShape(Schema):
    """A folder of a mailbox that is followed."""

    name: str
    is_sent: bool
    seen_at_source: int
    held: int
    skipped: int = Field(description="seen, and not held yet")
    looked_at: datetime | None

    @staticmethod
    def resolve_skipped(folder: Folder) -> int:
        return len(folder.uids_skipped)


class Ledger(Schema):
    """What arrived at an inbox, and what became of it."""

    counts: list[Count]
    folders: list[FolderShape]


class DeliveryShape(Schema):
    """Something that arrived."""

    id: UUID
    inbox_id: UUID
    source: Source
    source_id: str
    state: DeliveryState
    because: str = Field(description="why it was set aside, quarantined or could not be read")
    attempts: int
    sender: str
    subject: str
    size: int
    arrived_at: datetime
    read_at: datetime | None


class Deliveries(Schema):
    """A page of deliveries, the newest first."""

    items: list[DeliveryShape]
    next: str | None


class DeliveryWhole(DeliveryShape):
    """A delivery, and where it went."""

    message: UUID | None
    conversation: int | None


class IdentityShape(Schema):
    """One way a contact is known."""

    kind: IdentityKind
    value: str = Field(description="as it is compared")
    shown: str = Field(description="as it was written")
    trust: Trust
    verified_at: datetime | None
    unreachable_since: datetime | None
    unreachable_because: str


class ContactShape(Schema):
    """A person who speaks to us."""

    id: UUID
    name: str
    organisation: Named | None
    language: str
    zone: str
    owner: Named | None
    owner_since: datetime | None
    tier: str
    custom: dict[str, Any]
    one_with_id: UUID | None = Field(description="merged: the contact that stands for this one")
    identities: list[IdentityShape]
    made_at: datetime
    changed_at: datetime

    @staticmethod
    def resolve_identities(contact: Contact) -> list[Any]:
        return list(contact.identities.all())

    @staticmethod
    def resolve_custom(contact: Contact) -> dict[str, Any]:
        return readable("contact", contact.custom)


class Contacts(Schema):
    """A page of contacts."""

    items: list[ContactShape]
    next: str | None


class AgentShape(Named):
    """A colleague's seat."""

    role: str
    left_at: datetime | None


class Agents(Schema):
    """A page of agents."""

    items: list[AgentShape]
    next: str | None


class Teams(Schema):
    """A page of teams."""

    items: list[Named]
    next: str | None


class WorkspaceShape(Named):
    """The workspace."""

    slug: str
    zone: str


class Me(Schema):
    """Whom a call speaks for."""

    workspace: WorkspaceShape
    agent: AgentShape
    token: str = Field(description="its name")
    scopes: list[str] = Field(description="what it may do now: its own scopes that the role includes")
    expires_at: datetime | None
