"""Notices: what an agent was told, by which ways they want it, and what was sent.

In:    the agent of the token
Out:   their notices, wishes and trips
Touch: Notice, when they are seen; NoticeWishes
"""

from datetime import datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from ninja import Field, Router, Schema
from pydantic import model_validator

from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import paged
from threadwell.interfaces.api.texts import Cursor, Limit, TimeOfDay, choice_of
from threadwell.kit import clock
from threadwell.record.notices.models import By, Notice, NoticeTrip, NoticeWishes, When
from threadwell.record.notices.saying import said
from threadwell.record.workplace.roles import May

router = Router(tags=["Notices"])

KindName = Annotated[Notice.Kind, choice_of(Notice.Kind)]
ByName = Annotated[By, choice_of(By)]
WhenName = Annotated[When, choice_of(When)]
StateName = Annotated[NoticeTrip.State, choice_of(NoticeTrip.State)]


class NoticeShape(Schema):
    """Something the agent should know."""

    id: UUID
    kind: KindName
    text: str
    conversation: int | None = Field(description="its number")
    made_at: datetime
    seen_at: datetime | None

    @staticmethod
    def resolve_text(notice: Notice) -> str:
        return said(notice)

    @staticmethod
    def resolve_conversation(notice: Notice) -> int | None:
        return notice.conversation.number if notice.conversation else None


class NoticesPage(Schema):
    """A page of notices, the newest first."""

    items: list[NoticeShape]
    next: str | None


class Seen(Schema):
    """How many were new until now."""

    count: int


class Wishes(Given):
    """By which ways the agent wants to be told of what, and when not."""

    ways: dict[KindName, dict[ByName, WhenName]] = Field(
        description="for each kind of notice; what is left out is as shipped"
    )
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    quiet_days: list[Annotated[int, Field(ge=0, le=6)]] = Field(
        default=[], max_length=7, description="0 is Monday"
    )
    digest_at: TimeOfDay = time(8)
    second_by: ByName | None = Field(default=None, description="when nobody saw it on the first way")
    second_after: Annotated[int, Field(ge=1, le=1440)] = Field(default=30, description="minutes")
    shows_words: bool = Field(default=False, description="names and subjects on a locked screen")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need a beginning and an end")
        return self


class TripShape(Schema):
    """One notice on one way."""

    id: UUID
    notice: UUID = Field(alias="notice_id")
    by: ByName
    label: str
    is_second: bool
    state: StateName
    due_at: datetime
    done_at: datetime | None
    attempts: int
    because: str


class TripsPage(Schema):
    """A page of trips, the newest first."""

    items: list[TripShape]
    next: str | None


@router.get("/notices", response=NoticesPage, auth=Scope(May.READ))
def list_notices(
    request: Call,
    unseen: bool = False,  # noqa: FBT001, FBT002 (a name in the query)
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """What the agent was told, the newest first."""
    rows = Notice.objects.of(request.workspace_id).to(request.agent).select_related("conversation")
    return paged(rows.unseen() if unseen else rows, by="-made_at", cursor=cursor, limit=limit)


@router.put("/notices/seen", response=Seen, auth=Scope(May.READ))
def see_notices(request: Call) -> dict[str, int]:
    """They have seen all of them."""
    rows = Notice.objects.of(request.workspace_id).to(request.agent).unseen()
    return {"count": rows.update(seen_at=clock.now())}


@router.get("/notices/wishes", response=Wishes, auth=Scope(May.READ))
def show_wishes(request: Call) -> dict[str, Any]:
    """By which ways the agent is told of what, and when not."""
    return _told(NoticeWishes.of(request.agent))


@router.put("/notices/wishes", response=Wishes, auth=Scope(May.READ))
def set_wishes(request: Call, given: Wishes) -> dict[str, Any]:
    """Choose by which ways, and when not."""
    wishes = NoticeWishes.of(request.agent)
    facts = given.model_dump(exclude={"ways", "second_by"})
    for name, fact in facts.items():
        setattr(wishes, name, fact)
    wishes.second_by = given.second_by or ""
    wishes.chosen = {
        str(kind): {str(by): str(when) for by, when in ways.items()} for kind, ways in given.ways.items()
    }
    wishes.save()
    return _told(wishes)


@router.get("/notices/trips", response=TripsPage, auth=Scope(May.READ))
def list_notice_trips(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What was sent to the agent outside, or will be, the newest first."""
    rows = NoticeTrip.objects.of(request.workspace_id).filter(agent=request.agent)
    return paged(rows, by="-due_at", cursor=cursor, limit=limit)


def _told(wishes: NoticeWishes) -> dict[str, Any]:
    names = [name for name in Wishes.model_fields if name not in ("ways", "second_by")]
    return {
        **{name: getattr(wishes, name) for name in names},
        "second_by": wishes.second_by or None,
        "ways": {kind: {by: wishes.when(kind, by) for by in By.values} for kind in Notice.Kind.values},
    }
