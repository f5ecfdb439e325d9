"""Deeds: what is done with conversations besides writing in them, each with a way back.

In:    a conversation's number, what it shall be
Out:   the conversation as it is now, and the key of the undo
Touch: nothing but through `handling`
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Router
from pydantic import AwareDatetime

from threadwell.flow import handling, many, resting
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import named, one_of
from threadwell.interfaces.api.texts import Subject, Word, choice_of
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Undo
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import cleaned, fields_of
from threadwell.record.followups.models import SnoozeCondition
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Deeds"], auth=Scope(May.HANDLE))


class Owner(Given):
    """Whose it shall be."""

    owner: UUID | None = Field(description="an agent; null for nobody")
    was: UUID | None = Field(
        default=None, description="whose you saw it to be, null for nobody; where it differs: `overtaken`"
    )


class Crew(Given):
    """Whose queue it shall stand in."""

    team: UUID | None = Field(description="null for none")


class Weight(Given):
    """How urgent it is."""

    priority: talk.Priority


class Labels(Given):
    """All labels it shall carry."""

    labels: Annotated[list[Word], Field(max_length=20)]


class Title(Given):
    """What it shall be called."""

    subject: Subject


class Sort(Given):
    """Of which type of interaction it shall be."""

    type: talk.Type


class FieldValues(Given):
    """Values of the workspace's own fields."""

    custom: dict[str, Any] = Field(description="by the key of the field")


class Rest(Given):
    """How long it shall rest."""

    until: AwareDatetime = Field(description="at the latest")
    awaits: Annotated[SnoozeCondition.What, choice_of(SnoozeCondition.What)] | None = Field(
        default=None, description="what it comes back for before that, besides an answer"
    )
    work_item: UUID | None = Field(default=None, description="whose status or field it waits for")
    field: Word = Field(default="", description="the key of a custom field of the work")


@router.put("/conversations/{int:number}/closing", response=talk.Done)
def close(request: Call, number: int) -> dict[str, Any]:
    """It is done; refused (fields-missing) while a required field of it is empty."""
    return _done(request, number, handling.Close())


@router.delete("/conversations/{int:number}/closing", response=talk.Done)
def reopen(request: Call, number: int) -> dict[str, Any]:
    """It is not done after all, or shall rest no longer."""
    return _done(request, number, handling.Reopen())


@router.put("/conversations/{int:number}/snooze", response=talk.Done)
def snooze(request: Call, number: int, given: Rest) -> dict[str, Any]:
    """It comes back at that moment, or when the customer writes."""
    until: datetime = given.until
    if given.awaits is None:
        return _done(request, number, handling.Snooze(until=until))
    works = WorkItem.objects.of(request.workspace_id).select_related("status")
    item = named(works, given.work_item, "work_item")
    deed = resting.SnoozeUntil(until=until, awaits=given.awaits, item=item, field=given.field)
    return _done(request, number, deed)


@router.put("/conversations/{int:number}/owner", response=talk.Done)
def assign(request: Call, number: int, given: Owner) -> dict[str, Any]:
    """Give it an owner, or nobody."""
    seats = Agent.objects.of(request.workspace_id).filter(left_at=None)
    was = str(given.was or "") if "was" in given.model_fields_set else None
    return _done(request, number, handling.Assign(owner=named(seats, given.owner, "owner"), was=was))


@router.put("/conversations/{int:number}/team", response=talk.Done)
def pass_on(request: Call, number: int, given: Crew) -> dict[str, Any]:
    """Put it into a team's queue, or into none."""
    teams = Team.objects.of(request.workspace_id)
    return _done(request, number, handling.PassTo(team=named(teams, given.team, "team")))


@router.put("/conversations/{int:number}/priority", response=talk.Done)
def weigh(request: Call, number: int, given: Weight) -> dict[str, Any]:
    """Give it a priority."""
    return _done(request, number, handling.Weigh(priority=given.priority.value_kept))


@router.put("/conversations/{int:number}/labels", response=talk.Done)
def label(request: Call, number: int, given: Labels) -> dict[str, Any]:
    """Carry exactly these labels."""
    return _done(request, number, handling.Relabel(labels=handling.cleaned(given.labels)))


@router.put("/conversations/{int:number}/subject", response=talk.Done)
def retitle(request: Call, number: int, given: Title) -> dict[str, Any]:
    """Call it something else."""
    return _done(request, number, handling.Retitle(subject=given.subject))


@router.put("/conversations/{int:number}/type", response=talk.Done)
def sort_conversation(request: Call, number: int, given: Sort) -> dict[str, Any]:
    """It is an interaction of that type; the team that looks after it gets it, unless somebody owns it."""
    return _done(request, number, handling.Describe(type=given.type))


@router.put("/conversations/{int:number}/fields", response=talk.Done)
def fill_in_conversation(request: Call, number: int, given: FieldValues) -> dict[str, Any]:
    """Give values to the workspace's own fields; what is left out stays, `null` empties."""
    conversation = conversations.plain(request, number)
    fields = fields_of(request.workspace_id, CustomField.About.CONVERSATION)
    done = cleaned(fields, given.custom, before=conversation.custom, partial=True)
    if done.errors:
        raise Invalid(" ".join(f"custom.{key}: {wrong}" for key, wrong in sorted(done.errors.items())))
    return _done(request, number, handling.Describe(custom=done.values))


@router.put("/undos/{uuid:undo_id}/undoing", response=talk.Restored)
def take_back(request: Call, undo_id: UUID) -> dict[str, int]:
    """Restore what was before a deed, where nobody has changed it since."""
    undo = one_of(Undo.objects.of(request.workspace_id), pk=undo_id)
    return {"count": many.take_back(undo, by=request.agent).restored}


def _done(request: Call, number: int, deed: handling.Deed) -> dict[str, Any]:
    undo = handling.handle([conversations.plain(request, number)], deed, by=request.agent)
    return {"conversation": conversations.shown(request, number), "undo": undo.pk if undo else None}
