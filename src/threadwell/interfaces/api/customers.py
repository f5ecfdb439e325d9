"""Customers: the four answers about a contact or an organisation, and all that was said with them.

In:    a contact's or an organisation's key, where the last page ended
Out:   answers; interactions, the newest first
Touch: nothing
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of
from threadwell.interfaces.api.texts import Cursor, Limit, Word
from threadwell.kit import clock
from threadwell.kit.paging import BadCursor
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.surveys.models import Survey
from threadwell.record.timeline import answers, moments
from threadwell.record.timeline.moments import Filters, Mark, Moment
from threadwell.record.timeline.scope import Scope as CustomerScope
from threadwell.record.timeline.story import YEAR
from threadwell.record.workplace.roles import May

router = Router(tags=["Customers"])


class LastTalkShape(Schema):
    """What was said last."""

    message_id: UUID
    conversation_number: int
    subject: str
    channel: str
    direction: str = Field(description="`in`: from the customer; `out`: from us")
    with_whom: str
    gist: str
    at: datetime
    is_waiting: bool = Field(description="the customer wrote, and nobody has answered")


class ResponsibleShape(Schema):
    """Who looks after the customer now."""

    name: str
    agent_id: UUID | None
    why: str = Field(description="`account`, `organisation`, `conversation` or `team`")
    since: datetime | None
    conversation_number: int | None


class NextStepShape(Schema):
    """What comes next."""

    kind: str = Field(description="`task`, `promise` or `follow-up`")
    id: UUID
    what: str
    owner: str
    owner_id: UUID | None
    due_at: datetime | None
    is_overdue: bool


class SatisfactionShape(Schema):
    """What they answered when they were asked how it was."""

    mean: float = Field(description="from 1 to 5, of the last twelve months")
    count: int


class AnswersShape(Schema):
    """The answers; what is missing is null, and named in `faults`."""

    last_talk: LastTalkShape | None
    responsible: ResponsibleShape | None
    next_step: NextStepShape | None
    satisfaction: SatisfactionShape | None = Field(description="null: nobody has answered")
    faults: list[str] = Field(description="of `responsible` and `next_step` those that nobody has said")


class InteractionShape(Schema):
    """Something on the timeline."""

    id: UUID
    at: datetime
    direction: str
    kind: str
    channel: str
    type: str
    contact_id: UUID | None
    contact: str | None
    agent_id: UUID | None
    agent: str | None
    conversation_number: int
    subject: str
    text: str = Field(description="the beginning of it")
    state: str


class Interactions(Schema):
    """A page of the timeline."""

    items: list[InteractionShape]
    next: str | None


class AskedMoments(Schema):
    """What a timeline is narrowed to; empty ones narrow nothing."""

    channel: Word = ""
    direction: Word = ""
    type: Word = ""
    person: UUID | None = None
    work_item: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: Word = ""
    without_notes: bool = False


@router.get("/contacts/{uuid:contact_id}/answers", response=AnswersShape, auth=Scope(May.READ))
def get_contact_answers(request: Call, contact_id: UUID) -> dict[str, Any]:
    """What was last talked about, who is responsible, what comes next."""
    contact = _contact(request, contact_id)
    whose = answers.scope_of(contact)
    return _told(answers.of_contact(contact, whose), whose)


@router.get("/organisations/{uuid:organisation_id}/answers", response=AnswersShape, auth=Scope(May.READ))
def get_organisation_answers(request: Call, organisation_id: UUID) -> dict[str, Any]:
    """The same of an organisation, its people and all below it."""
    organisation = _organisation(request, organisation_id)
    whose = answers.scope_of(organisation)
    return _told(answers.of_organisation(organisation, whose), whose)


@router.get("/contacts/{uuid:contact_id}/timeline", response=Interactions, auth=Scope(May.READ))
def list_contact_timeline(
    request: Call, contact_id: UUID, asked: Query[AskedMoments], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """All that was said with a customer, the newest first."""
    return _page(_contact(request, contact_id), asked, cursor, limit)


@router.get("/organisations/{uuid:organisation_id}/timeline", response=Interactions, auth=Scope(May.READ))
def list_organisation_timeline(
    request: Call, organisation_id: UUID, asked: Query[AskedMoments], cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The same of an organisation, its people and all below it."""
    return _page(_organisation(request, organisation_id), asked, cursor, limit)


def _contact(request: Call, contact_id: UUID) -> Contact:
    rows = Contact.objects.of(request.workspace_id).select_related(
        "owner", "organisation__owner", "one_with__owner", "one_with__organisation__owner"
    )
    found: Contact = root_of(one_of(rows, pk=contact_id))
    return found


def _organisation(request: Call, organisation_id: UUID) -> Organisation:
    rows = Organisation.objects.of(request.workspace_id).select_related("owner", "one_with__owner")
    found: Organisation = root_of(one_of(rows, pk=organisation_id))
    return found


def _page(account: Account, asked: AskedMoments, cursor: str, limit: int) -> dict[str, Any]:
    given = asked.model_dump(exclude={"channel"})
    filters = Filters(channels=(asked.channel,) if asked.channel else (), **given)
    assert isinstance(account, Contact | Organisation)
    whose = answers.scope_of(account)
    found = moments.page(whose, filters, before=_opened(cursor) if cursor else None, size=limit)
    end = found.earlier
    return {
        "items": [_interaction(one) for one in found.moments],
        "next": f"{end.at.isoformat()}_{end.key.hex}" if end else None,
    }


def _opened(cursor: str) -> Mark:
    at, _sep, key = cursor.partition("_")
    try:
        return Mark(at=datetime.fromisoformat(at.replace(" ", "+")), key=UUID(hex=key))
    except ValueError:
        raise BadCursor(_("This cursor is none of ours.")) from None


def _interaction(one: Moment) -> dict[str, Any]:
    names = ("at", "direction", "kind", "channel", "type", "contact_id", "contact", "agent_id", "agent")
    told = {name: getattr(one, name) for name in (*names, "text", "state")}
    return {**told, "id": one.key, "conversation_number": one.number, "subject": one.title}


def _told(found: answers.Answers, whose: CustomerScope) -> dict[str, Any]:
    rated = Survey.objects.of(whose.workspace_id).filter(whose.near, answered_at__gt=clock.now() - YEAR)
    satisfaction = rated.satisfaction()
    talk, who, step = found.last_talk, found.responsible, found.next_step
    missing = {"responsible": who, "next_step": step}
    return {
        "last_talk": talk
        and {
            "message_id": talk.moment.key,
            "conversation_number": talk.moment.number,
            "subject": talk.moment.title,
            "channel": talk.moment.channel,
            "direction": talk.moment.direction,
            "with_whom": talk.moment.contact or talk.moment.from_name,
            "gist": talk.gist,
            "at": talk.moment.at,
            "is_waiting": talk.is_waiting,
        },
        "responsible": who
        and {
            "name": who.name,
            "agent_id": who.agent_id,
            "why": who.why,
            "since": who.since,
            "conversation_number": who.number or None,
        },
        "next_step": step,
        "satisfaction": satisfaction and dict(zip(("mean", "count"), satisfaction, strict=True)),
        "faults": [name for name, value in missing.items() if value is None],
    }
