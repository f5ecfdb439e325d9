"""Clocks: what is and was owed in a conversation, and how it was reckoned.

In:    a conversation's number
Out:   its clocks
Touch: nothing
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Router, Schema

from threadwell.interfaces.api import conversations
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, choice_of
from threadwell.record.clocks.models import Clock
from threadwell.record.clocks.policy import Target
from threadwell.record.workplace.roles import May

router = Router(tags=["Conversations"])

TargetName = Annotated[Target, choice_of(Target)]


class StretchShape(Schema):
    """A piece of time between the beginning and the deadline."""

    since: datetime
    until: datetime
    why: str = Field(
        description="`open` counts; `closed`, `exception` and `paused` do not; `promised`: the date was said"
    )
    note: str = Field(default="", description="the name of a holiday or a closure")


class ClockShape(Schema):
    """Something that is or was owed."""

    id: UUID
    target: TargetName
    policy: Named
    calendar: Named | None = Field(description="null where all time counts")
    promise_id: UUID | None = Field(description="the promise that is owed")
    minutes: int = Field(description="what the policy gives; none where a promise named its date")
    started_at: datetime
    due_at: datetime | None = Field(description="null while it stands still, or when nobody ever opens")
    paused_at: datetime | None
    ended_at: datetime | None
    ended_by: str = Field(
        description="`answered`, `closed`, of a promise `kept` or `broken`; empty while it runs"
    )
    breached_at: datetime | None = Field(description="the deadline that was missed")
    taken_seconds: int | None = Field(description="counted time until it ended or stood still")
    fault: str
    arithmetic: list[StretchShape]

    @staticmethod
    def resolve_taken_seconds(clock: Clock) -> int | None:
        return None if clock.taken is None else int(clock.taken.total_seconds())


class ClocksPage(Schema):
    """A page of clocks, the oldest first."""

    items: list[ClockShape]
    next: str | None


@router.get("/conversations/{int:number}/clocks", response=ClocksPage, auth=Scope(May.READ))
def list_clocks(request: Call, number: int, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What is and was owed in it, the oldest first."""
    rows = Clock.objects.of(request.workspace_id).filter(conversation=conversations.plain(request, number))
    return paged(rows.select_related("policy", "calendar"), by="started_at", cursor=cursor, limit=limit)
