"""Talk: what the API shows of conversations, and of what is said and happens in them.

In:    rows
Out:   schemas, filled from the rows' attributes
Touch: nothing
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from threadwell.interfaces.api.shapes import InboxName, Named
from threadwell.interfaces.api.texts import choice_of
from threadwell.record.conversations.models import Attachment, Conversation, Message
from threadwell.record.fields.seen import told
from threadwell.record.journal.models import Event

Status = Annotated[Conversation.Status, choice_of(Conversation.Status)]
Type = Annotated[Conversation.Type, choice_of(Conversation.Type)]
Party = Annotated[Conversation.Party, choice_of(Conversation.Party)]
Direction = Annotated[Message.Direction, choice_of(Message.Direction)]
MessageKind = Annotated[Message.Kind, choice_of(Message.Kind)]
FileScan = Annotated[Attachment.Scan, choice_of(Attachment.Scan)]
MessageState = Annotated[Message.State, choice_of(Message.State)]


class Priority(StrEnum):
    """The names of priorities."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def value_kept(self) -> int:
        return Conversation.Priority[self.name].value

    @classmethod
    def of(cls, kept: int) -> "Priority":
        return cls[Conversation.Priority(kept).name]


class ConversationShape(Schema):
    """One topic with one customer."""

    id: UUID
    number: int
    subject: str
    status: Status
    priority: Priority
    type: Type
    inbox: InboxName
    contact: Named | None
    organisation: Named | None
    owner: Named | None
    team: Named | None
    labels: list[str]
    custom: dict[str, Any] = Field(description="values of the workspace's own fields, by key")
    participants: list[str] = Field(description="addresses of everybody outside")
    due_at: datetime | None = Field(description="the next deadline; it may be past")
    due_for: str = Field(description="what is owed then: a target of its clocks")
    preview: str
    message_count: int
    last_word: Party = Field(description="who spoke last")
    last_message_at: datetime
    waiting_since: datetime | None = Field(description="the customer waits for us since then")
    snoozed_until: datetime | None
    closed_at: datetime | None
    follows: UUID | None = Field(description="the conversation out of which it came")
    joined_into: UUID | None = Field(description="the conversation in which it goes on")
    aside_of: UUID | None = Field(description="the conversation beside which it is held with a third party")
    asides_open: int = Field(description="its side conversations that are not done")
    asides_waiting: int = Field(description="those in which a third party is to answer")
    handed_to: str = Field(description="who is asked to take it over; empty: nobody")
    is_unread: bool
    made_at: datetime

    @staticmethod
    def resolve_contact(one: Conversation) -> Any:
        return one.customer

    @staticmethod
    def resolve_organisation(one: Conversation) -> Any:
        return one.firm

    @staticmethod
    def resolve_priority(one: Conversation) -> Priority:
        return Priority.of(one.priority)

    @staticmethod
    def resolve_follows(one: Conversation) -> UUID | None:
        return one.follows_id

    @staticmethod
    def resolve_aside_of(one: Conversation) -> UUID | None:
        return one.aside_of_id

    @staticmethod
    def resolve_joined_into(one: Conversation) -> UUID | None:
        return one.joined_into_id


class Conversations(Schema):
    """A page of conversations."""

    items: list[ConversationShape]
    next: str | None


class Done(Schema):
    """What became of a deed."""

    conversation: ConversationShape
    undo: UUID | None = Field(
        description="takes it back, at /undos/{undo}/undoing; nothing when nothing changed"
    )


class Restored(Schema):
    """What was taken back."""

    count: int = Field(
        description="conversations, pieces of work or values; what somebody has changed since stays as it is"
    )


class Person(Schema):
    """A name and an address, as they stand in a mail."""

    name: str
    email: str


class File(Schema):
    """A file that came with a message."""

    id: UUID
    filename: str
    content_type: str
    size: int
    sha256: str
    is_inline: bool = Field(description="shown within the text")
    scan: FileScan = Field(
        description="what ClamAV said; empty when nothing was scanned. `withheld` is given to nobody"
    )
    found: str = Field(description="what was found in it")


class MessageShape(Schema):
    """Something that was said, or a note."""

    id: UUID
    conversation: int = Field(description="the number of the conversation in which it stands now")
    home: int = Field(
        description="the number of the one that it belongs to: another, where that was joined into the former"
    )
    direction: Direction
    kind: MessageKind
    channel: str
    sender: Person
    contact_id: UUID | None
    agent: Named | None
    to: list[Person]
    cc: list[Person]
    bcc: list[Person]
    subject: str
    text: str = Field(description="what is new in it")
    quoted: str = Field(description="what it repeats of earlier messages")
    html: str = Field(description="sanitised; empty when there was only text")
    message_id: str
    joined_by: str = Field(description="the signal that tied it to its conversation")
    joined_because: str
    state: MessageState
    state_because: str
    files: list[File]
    at: datetime
    dated_at: datetime | None

    @staticmethod
    def resolve_conversation(one: Message) -> int:
        return one.conversation.number

    @staticmethod
    def resolve_home(one: Message) -> int:
        return getattr(one, "home_number", None) or one.conversation.number

    @staticmethod
    def resolve_sender(one: Message) -> dict[str, str]:
        return {"name": one.from_name, "email": one.from_address}

    @staticmethod
    def resolve_to(one: Message) -> Any:
        return one.recipients.get("to", [])

    @staticmethod
    def resolve_cc(one: Message) -> Any:
        return one.recipients.get("cc", [])

    @staticmethod
    def resolve_bcc(one: Message) -> Any:
        return one.recipients.get("bcc", [])

    @staticmethod
    def resolve_files(one: Message) -> list[Attachment]:
        return sorted(one.attachments.all(), key=lambda file: (file.position, file.pk))


class Messages(Schema):
    """A page of messages."""

    items: list[MessageShape]
    next: str | None


class EventShape(Schema):
    """Something that happened."""

    id: UUID
    name: str
    by: Named | None = Field(description="nobody: the product itself did it")
    facts: dict[str, Any]
    at: datetime

    @staticmethod
    def resolve_facts(event: Event) -> Any:
        return told(event.facts)


class Events(Schema):
    """A page of events."""

    items: list[EventShape]
    next: str | None


class Hit(Schema):
    """A message that fits."""

    message: UUID
    conversation: int
    subject: str
    direction: Direction
    sender: Person
    snippet: str = Field(description="the part of its text that fits; found words stand between ⟦ and ⟧")
    at: datetime


class Hits(Schema):
    """A page of what was found, the newest first."""

    items: list[Hit]
    next: str | None
    not_understood: list[str] = Field(description="parts of the question that were left out, and why")
