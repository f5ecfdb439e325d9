"""Commitments' shapes: tasks, promises, decisions and talks as programs see them, and what they send.

In:    rows of a workspace; words of a program
Out:   types of the API
Touch: nothing
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime

from threadwell.flow.committing import NOTE, TITLE, WORDS
from threadwell.interfaces.api import shapes
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.texts import Kept, Word, choice_of
from threadwell.record.commitments.models import Talk
from threadwell.record.commitments.promise import Side as SideOf

Side = Annotated[SideOf, choice_of(SideOf)]
TalkKind = Annotated[Talk.Kind, choice_of(Talk.Kind)]
Outcome = Annotated[Talk.Outcome, choice_of(Talk.Outcome)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE), Kept]
Said = Annotated[str, Field(min_length=1, max_length=WORDS), Kept]
Points = Annotated[str, Field(max_length=WORDS), Kept]
Note = Annotated[str, Field(max_length=NOTE), Kept]
Zone = Annotated[
    str, Field(max_length=64, description="in which the date is meant, such as Europe/Lisbon"), Kept
]


class Asked(Schema):
    """What a list is narrowed to; empty ones narrow nothing."""

    contact: UUID | None = None
    organisation: UUID | None = None
    conversation: int | None = Field(default=None, description="its number", le=2**63 - 1, ge=0)


class AskedTasks(Asked):
    """Which tasks."""

    state: Literal["open", "overdue", "done"] = "open"
    owner: UUID | None = None
    team: UUID | None = None


class AskedPromises(Asked):
    """Which promises."""

    state: Literal["open", "overdue", "kept", "broken"] = "open"
    side: Side | None = None


class About(Given):
    """Whom and what it concerns; what is left out is read off the message or the conversation."""

    contact: UUID | None = None
    organisation: UUID | None = None
    conversation: int | None = Field(default=None, description="its number", le=2**63 - 1, ge=0)
    work_item: UUID | None = None


class InMessage(About):
    """Something that may have been said in a message."""

    message: UUID | None = None


class NewTask(InMessage):
    """A task."""

    title: Title
    owner: UUID | None = None
    team: UUID | None = None
    due_at: AwareDatetime | None = None
    zone: Zone = "UTC"
    remind_at: AwareDatetime | None = None


class TaskChange(Given):
    """Another title, owner, team, date or reminder."""

    title: Title = ""
    owner: UUID | None = None
    team: UUID | None = None
    due_at: AwareDatetime | None = None
    zone: Zone = "UTC"
    remind_at: AwareDatetime | None = None


class Noted(Given):
    """How it was done."""

    note: Note = ""


class NewPromise(InMessage):
    """A promise."""

    text: Said
    side: Side = SideOf.US
    agent: UUID | None = Field(default=None, description="who answers for it")
    to_whom: Word = ""
    due_at: AwareDatetime | None = None
    zone: Zone = "UTC"


class Settled(Noted):
    """What became of a promise."""

    outcome: Literal["kept", "broken", "open"]


class NewDecision(InMessage):
    """A decision."""

    text: Said
    side: Side = SideOf.US
    agent: UUID | None = Field(default=None, description="who decided, when one of us did")
    decided_at: AwareDatetime | None = None


class NewTalk(About):
    """A call, a visit or a meeting."""

    kind: TalkKind = Talk.Kind.CALL
    direction: Literal["in", "out"] = Field(default="in", description="`in`: the customer called")
    minutes: int = Field(default=0, ge=0, le=24 * 60)
    place: Word = Field(default="", description="number or place")
    outcome: Outcome = Talk.Outcome.SPOKE
    at: AwareDatetime | None = Field(default=None, description="just now when absent")
    discussed: Points = ""
    decided: Points = Field(default="", description="it becomes a decision")
    next_step: Annotated[str, Field(max_length=TITLE), Kept] = Field(
        default="", description="it becomes a task"
    )
    owner: UUID | None = Field(default=None, description="of the next step")
    due_at: AwareDatetime | None = Field(default=None, description="of the next step")
    zone: Zone = "UTC"


class CommitmentShape(Schema):
    """What tasks, promises and decisions have in common."""

    id: UUID
    contact_id: UUID | None
    organisation_id: UUID | None
    conversation: int | None = Field(description="its number")
    message_id: UUID | None
    work_item_id: UUID | None
    made_at: datetime
    withdrawn_at: datetime | None

    @staticmethod
    def resolve_conversation(one: Any) -> int | None:
        return one.conversation.number if one.conversation else None


class TaskShape(CommitmentShape):
    """Something that is to be done."""

    title: str
    owner: shapes.Named | None
    team: shapes.Named | None
    due_at: datetime | None
    zone: str
    remind_at: datetime | None
    done_at: datetime | None
    done_note: str
    is_overdue: bool


class Tasks(Schema):
    """A page of tasks."""

    items: list[TaskShape]
    next: str | None


class PromiseShape(CommitmentShape):
    """Somebody's word."""

    text: str
    side: Side
    agent: shapes.Named | None
    to_whom: str
    due_at: datetime | None
    zone: str
    kept_at: datetime | None
    broken_at: datetime | None
    settled_note: str
    is_overdue: bool


class Promises(Schema):
    """A page of promises."""

    items: list[PromiseShape]
    next: str | None


class DecisionShape(CommitmentShape):
    """Something that was settled."""

    text: str
    side: Side
    agent: shapes.Named | None
    decided_at: datetime


class Decisions(Schema):
    """A page of decisions."""

    items: list[DecisionShape]
    next: str | None
