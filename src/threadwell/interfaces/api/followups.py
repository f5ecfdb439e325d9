"""Follow-ups: ladders, where they run, and what an inbox says by itself.

In:    ladders, numbers of conversations, an inbox's key
Out:   ladders, follow-ups with their steps, what an inbox acknowledges
Touch: nothing but through `pursuing` and `acknowledging`
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status

from threadwell.flow import acknowledging, pursuing
from threadwell.interfaces.api import conversations
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Kept, Limit, Word, choice_of
from threadwell.kit.errors import NotFound
from threadwell.record.followups.ladder import Deed, Rung, Unit
from threadwell.record.followups.models import FollowUp, FollowUpLadder
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.roles import May

router = Router(tags=["Follow-ups"], auth=Scope(May.MANAGE))

Letter = Annotated[str, Field(max_length=5000), Kept]


class LadderStep(Given):
    """A step of a ladder: so long after the one before."""

    amount: Annotated[int, Field(ge=1, le=2160)]
    unit: Annotated[Unit, choice_of(Unit)] = Unit.DAYS
    deed: Annotated[Deed, choice_of(Deed)]
    text: Letter = Field(
        default="", description="{name}, {first_name}, {subject} and {number} stand for what is known"
    )


class LadderWish(Given):
    """A ladder as it shall be."""

    name: Word
    is_open_time: bool = Field(default=True, description="business days and hours count")
    steps: Annotated[list[LadderStep], Field(min_length=1, max_length=pursuing.MOST_STEPS)]

    @property
    def facts(self) -> dict[str, Any]:
        rungs = [Rung.of(step.model_dump()) for step in self.steps]
        return {"name": self.name, "is_open_time": self.is_open_time, "rungs": rungs}


class LadderShape(Schema):
    """What is done while a customer stays silent."""

    id: UUID
    name: str
    is_open_time: bool
    steps: list[LadderStep]


class Ladders(Schema):
    """A page of ladders."""

    items: list[LadderShape]
    next: str | None


class FollowUpStepShape(Schema):
    """A step where it runs."""

    deed: str
    text: str
    at: datetime
    done_at: datetime | None
    outcome: str


class FollowUpShape(Schema):
    """A ladder that runs, or ran, in a conversation."""

    id: UUID
    ladder: Named
    by: Named
    started_at: datetime
    ended_at: datetime | None
    ended_because: str = Field(description="`answered`, `closed`, `stopped`, ...; empty while it runs")
    steps: list[FollowUpStepShape]

    @staticmethod
    def resolve_steps(one: FollowUp) -> Any:
        return one.steps.order_by("place")


class FollowUps(Schema):
    """A page of them, the oldest first."""

    items: list[FollowUpShape]
    next: str | None


class Start(Given):
    """Which ladder."""

    ladder: UUID


class Acknowledgement(Given):
    """What an inbox says by itself to who writes for the first time."""

    when: Annotated[acknowledging.When, Field(description="`open` and `closed`: business hours")]
    text: Letter = ""
    text_closed: Letter = Field(default="", description="outside of business hours; empty: the same")


@router.get("/ladders", response=Ladders, auth=Scope(May.READ))
def list_ladders(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Those that can be started."""
    return paged(_ladders(request), by="made_at", cursor=cursor, limit=limit)


@router.post("/ladders", response={201: LadderShape})
def make_ladder(request: Call, given: LadderWish) -> Status[FollowUpLadder]:
    """A new ladder."""
    return Status(201, pursuing.agree(by=request.agent, **given.facts))


@router.get("/ladders/{uuid:ladder_id}", response=LadderShape, auth=Scope(May.READ))
def get_ladder(request: Call, ladder_id: UUID) -> Any:
    """One ladder."""
    return one_of(_ladders(request), pk=ladder_id)


@router.put("/ladders/{uuid:ladder_id}", response=LadderShape)
def change_ladder(request: Call, ladder_id: UUID, given: LadderWish) -> Any:
    """Another name, other steps; what runs already goes on as it was begun."""
    ladder = one_of(_ladders(request), pk=ladder_id)
    pursuing.change(ladder, by=request.agent, **given.facts)
    return ladder


@router.delete("/ladders/{uuid:ladder_id}", response=LadderShape)
def archive_ladder(request: Call, ladder_id: UUID) -> Any:
    """Nobody starts it any more; what runs goes on."""
    ladder = one_of(_ladders(request), pk=ladder_id)
    pursuing.archive(ladder, by=request.agent)
    return ladder


@router.get("/conversations/{int:number}/follow-ups", response=FollowUps, auth=Scope(May.READ))
def list_follow_ups(request: Call, number: int, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What runs there, and what ran."""
    rows = FollowUp.objects.of(request.workspace_id).filter(conversation=conversations.plain(request, number))
    return paged(rows.select_related("ladder", "by"), by="started_at", cursor=cursor, limit=limit)


@router.post("/conversations/{int:number}/follow-ups", response={201: FollowUpShape}, auth=Scope(May.REPLY))
def start_follow_up(request: Call, number: int, given: Start) -> Status[FollowUp]:
    """Begin a ladder; it stops when the customer answers, or the conversation is closed."""
    conversation = conversations.plain(request, number)
    ladder = one_of(_ladders(request), pk=given.ladder)
    return Status(201, pursuing.start(conversation, ladder, by=request.agent))


@router.delete("/conversations/{int:number}/follow-up", response=FollowUpShape, auth=Scope(May.REPLY))
def stop_follow_up(request: Call, number: int) -> FollowUp:
    """Stop what runs there."""
    running = pursuing.of_conversation(conversations.plain(request, number))
    if running is None:
        raise NotFound(_("Nothing runs there."))
    pursuing.stop(running, by=request.agent)
    running.refresh_from_db(fields=["ended_at", "ended_because"])
    return running


@router.get("/inboxes/{uuid:inbox_id}/acknowledgement", response=Acknowledgement, auth=Scope(May.MANAGE))
def get_acknowledgement(request: Call, inbox_id: UUID) -> dict[str, Any]:
    """What it says by itself."""
    inbox = one_of(Inbox.objects.of(request.workspace_id).of_mail(), pk=inbox_id)
    return {"when": acknowledging.When.NEVER, **settings_of(inbox, acknowledging.PART)}


@router.put("/inboxes/{uuid:inbox_id}/acknowledgement", response=Acknowledgement)
def set_acknowledgement(request: Call, inbox_id: UUID, given: Acknowledgement) -> dict[str, Any]:
    """Let it say that, or nothing."""
    rows = Inbox.objects.of(request.workspace_id).of_mail().select_for_update(of=("self",))
    inbox = one_of(rows, pk=inbox_id)
    acknowledging.choose(inbox, by=request.agent, **given.model_dump())
    return settings_of(inbox, acknowledging.PART)


def _ladders(request: Call) -> Any:
    return FollowUpLadder.objects.of(request.workspace_id).filter(archived_at=None)
