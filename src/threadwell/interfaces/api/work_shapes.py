"""Work shapes: what the API shows of work, and what it is told about it.

In:    rows; bodies of calls
Out:   schemas
Touch: nothing
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.talk import ConversationShape
from threadwell.interfaces.api.texts import Address, Text, Word, choice_of
from threadwell.record.fields.seen import readable
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work.mirroring import Outcome
from threadwell.record.work.models import WorkItem, WorkRelation, WorkStatus

Category = Annotated[WorkStatus.Category, choice_of(WorkStatus.Category)]
Colour = Annotated[WorkStatus.Colour, choice_of(WorkStatus.Colour)]
Relation = Annotated[WorkRelation.Kind, choice_of(WorkRelation.Kind)]


def _in_our_time(moment: datetime) -> datetime:
    if not 1900 <= moment.year < 3000:
        raise ValueError("a moment between the years 1900 and 2999")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Number = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]
Link = Annotated[str, StringConstraints(max_length=1000, pattern=r"^(https?://[^\s\x00]+)?$")]
System = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*\S[^\x00]*$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
SeenStatus = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")]
Custom = dict[Word, str | int | float | bool | None]


class StatusShape(Named):
    """A station of a kind of work."""

    key: str
    category: Category
    colour: Colour
    leads_to: list[UUID] | None = Field(description="statuses that may follow; null for any")


class TypeShape(Named):
    """A kind of work."""

    key: str
    number_format: str
    is_deal: bool
    currency: str
    statuses: list[StatusShape]
    archived_at: datetime | None


class Types(Schema):
    """All kinds of work."""

    items: list[TypeShape]


class Keyed(Named):
    """A type or a status that a work item points at."""

    key: str


class ItemStatus(Keyed):
    """Where a work item stands."""

    category: Category


class WorkItemShape(Schema):
    """One piece of work."""

    id: UUID
    number: str
    type: Keyed
    title: str
    detail: str
    status: ItemStatus
    owner: Named | None
    team: Named | None
    due_at: datetime | None
    amount: Decimal | None
    currency: str
    contact: Named | None
    organisation: Named | None
    custom: dict[str, Any] = Field(description="values of the workspace's own fields, by their keys")
    system: str = Field(description="the system that it mirrors, or nothing")
    external_id: str
    link: str
    seen_status: str = Field(description="its status in that system's own words")
    seen_at: datetime | None = Field(description="when that was so")
    made_at: datetime
    changed_at: datetime
    closed_at: datetime | None

    @staticmethod
    def resolve_contact(item: WorkItem) -> Contact | None:
        return item.customer

    @staticmethod
    def resolve_organisation(item: WorkItem) -> Organisation | None:
        return item.firm

    @staticmethod
    def resolve_custom(item: WorkItem) -> dict[str, Any]:
        return readable("work_item", item.custom)


class WorkItems(Schema):
    """A page of work."""

    items: list[WorkItemShape]
    next: str | None


class RelationShape(Schema):
    """How two pieces of work stand to each other."""

    id: UUID
    kind: Relation = Field(description="`item` has `other` as a part, blocks it, or relates to it")
    item: str = Field(description="its number")
    item_id: UUID
    other: str
    other_id: UUID

    @staticmethod
    def resolve_item(relation: WorkRelation) -> str:
        return str(relation.item)

    @staticmethod
    def resolve_other(relation: WorkRelation) -> str:
        return str(relation.other)


class Relations(Schema):
    """All relations of a work item."""

    items: list[RelationShape]


class TalksOfWork(Schema):
    """The conversations that are about a work item, the newest 200."""

    items: list[ConversationShape]


class Said(Given):
    """What may be said about a piece of work; what is left out stays."""

    title: Title | None = None
    detail: Text | None = None
    due_at: Moment | None = None
    amount: Amount | None = None
    currency: Currency | None = Field(default=None, description="three letters, such as EUR")
    contact: UUID | None = None
    contact_email: Address | None = Field(
        default=None, description="instead of `contact`: the customer with this address, if there is one"
    )
    organisation: UUID | None = None
    link: Link | None = None
    custom: Custom | None = Field(default=None, description="only those that change; null takes one away")


class NewWork(Said):
    """A piece of work to begin."""

    type: Word = Field(description="the key of its type")
    title: Title
    status: Word | None = Field(default=None, description="the key of a status; the first one when absent")
    number: Number = Field(default="", description="the next one of the type when absent")
    owner: UUID | None = None
    team: UUID | None = None
    conversation: int | None = Field(
        default=None, ge=1, le=2**53, description="the number of a conversation to tie"
    )


class ChangedWork(Said):
    """What shall be otherwise; what is left out stays."""

    owner: UUID | None = None
    team: UUID | None = None


class Move(Given):
    """Where it shall go."""

    status: Word = Field(description="the key of a status")
    seen: Word | None = Field(
        default=None, description="the key of the status you know; refused (moved-meanwhile) when it is not"
    )


class News(Said):
    """What another system says about a piece of its work."""

    system: System
    external_id: ExternalId
    type: Word = Field(description="the key of its type, for the first time it is heard of")
    seen_at: Moment = Field(description="when it was so; older news than the last are left aside")
    number: Number = Field(default="", description="as that system writes it")
    status: Word | None = Field(default=None, description="the key of one of our statuses")
    seen_status: SeenStatus = Field(default="", description="in that system's own words")


class Heard(Schema):
    """What became of the news."""

    outcome: Annotated[Outcome, Field(description="`old`: newer things were known already")]
    work_item: WorkItemShape


class NewRelation(Given):
    """How two pieces of work shall stand to each other."""

    kind: Relation
    other: UUID
