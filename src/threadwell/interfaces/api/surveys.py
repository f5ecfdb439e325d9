"""Surveys: what customers answered when they were asked how a conversation was.

In:    a conversation, a customer, an organisation to narrow it to
Out:   surveys, the newest first
Touch: nothing
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import models
from ninja import Field, Query, Router, Schema

from threadwell.interfaces.api import conversations
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, choice_of
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import family_of
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import Scale
from threadwell.record.workplace.roles import May

router = Router(tags=["Customers"])

ScaleName = Annotated[Scale, choice_of(Scale)]


class SurveyShape(Schema):
    """A customer was asked how a conversation was, or will be."""

    id: UUID
    conversation_number: int
    contact: Named | None
    organisation: Named | None
    agent: Named | None = Field(description="whose conversation it was when it was closed")
    scale: ScaleName
    score: int | None = Field(description="1 is worst, 5 is best; thumbs are 1 and 5; null: no answer yet")
    words: str
    due_at: datetime
    asked_at: datetime | None
    left_out_because: str = Field(description="why nobody was asked, as a code; empty: they were, or will be")
    open_until: datetime | None
    answered_at: datetime | None
    changed_at: datetime | None

    @staticmethod
    def resolve_conversation_number(survey: Survey) -> int:
        return survey.conversation.number


class SurveyPage(Schema):
    """A page of surveys."""

    items: list[SurveyShape]
    next: str | None


class AskedSurveys(Schema):
    """What the list is narrowed to; empty ones narrow nothing."""

    conversation: int | None = Field(default=None, description="its number")
    contact: UUID | None = None
    organisation: UUID | None = None
    is_answered: bool | None = None


@router.get("/surveys", response=SurveyPage, auth=Scope(May.READ))
def list_surveys(
    request: Call, asked: Query[AskedSurveys], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """How it was for customers, the newest first; whoever was merged counts as one."""
    rows = Survey.objects.of(request.workspace_id)
    if asked.conversation is not None:
        rows = rows.filter(conversation=conversations.plain(request, asked.conversation))
    if asked.contact:
        rows = rows.filter(contact_id__in=family_of(Contact, request.workspace_id, asked.contact))
    if asked.organisation:
        house = family_of(Organisation, request.workspace_id, asked.organisation)
        rows = rows.filter(organisation_id__in=house)
    if asked.is_answered is not None:
        rows = rows.standing() if asked.is_answered else rows.filter(answered_at=None)
    beside = rows.select_related("conversation", "contact", "organisation", "agent")
    return paged(beside.fetch_mode(models.FETCH_RAISE), by="-pk", cursor=cursor, limit=limit)
