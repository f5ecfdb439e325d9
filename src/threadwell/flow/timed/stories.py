"""Stories: what clocks need to know of conversations, read for many at once.

In:    keys of conversations
Out:   Subjects: a conversation's facts with its Story
Touch: nothing
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from threadwell.flow.timed.winding import CLOSED, OPEN, SNOOZED, Said, Story, Turned
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.journal.models import Event
from threadwell.record.people.one import root_of

State = Message.State
#: What did not arrive answers nobody.
_UNSAID = (State.CANCELLED, State.BOUNCED, State.FAILED)
_TURNS = {
    "conversation.closed": CLOSED,
    "conversation.reopened": OPEN,
    "conversation.snoozed": SNOOZED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A conversation as clocks see it."""

    id: UUID
    channel: str
    type: str
    priority: int
    team: UUID | None
    organisation: UUID | None
    tier: str
    due_at: datetime | None
    due_for: str
    story: Story


def read(workspace_id: UUID, keys: Collection[UUID]) -> list[Subject]:
    """Those of the conversations that are there, in the order of their keys."""
    said: dict[UUID, list[Said]] = {}
    for key, at, direction in _said(workspace_id, keys):
        said.setdefault(key, []).append(Said(at=at, is_ours=direction == Message.Direction.OUT))
    turned: dict[UUID, list[Turned]] = {}
    events = Event.objects.of(workspace_id).filter(about__in=keys, name__in=_TURNS)
    for about, at, name in events.order_by("at", "pk").values_list("about", "at", "name"):
        turned.setdefault(about, []).append(Turned(at=at, status=_TURNS[name]))
    # In a side conversation nobody waits for us whom we owe an answer by a moment.
    rows = Conversation.objects.of(workspace_id).filter(pk__in=keys, aside_of=None).order_by("pk")
    related = ("inbox", "contact__one_with", "contact__organisation__one_with", "organisation__one_with")
    return [
        _subject(one, Story(said=said.get(one.pk, ()), turned=turned.get(one.pk, ())))
        for one in rows.select_related(*related)
    ]


def _said(workspace_id: UUID, keys: Collection[UUID]) -> Any:
    """Words of people, ours once they count as said; old mail that was taken in asks for nothing."""
    planned = Outgoing.objects.of(OuterRef("workspace_id")).filter(
        message_id=OuterRef("pk"), done_at=None, facts__is_scheduled=True
    )
    rows = Message.objects.of(workspace_id).filter(
        Q(delivery=None) | ~Q(delivery__source_facts__has_key="imported"),
        conversation_id__in=keys,
        kind=Message.Kind.MESSAGE,
        direction__in=(Message.Direction.IN, Message.Direction.OUT),
    )
    rows = rows.exclude(state__in=_UNSAID).exclude(Q(state=State.HELD) & Exists(planned))
    return rows.order_by("at", "pk").values_list("conversation_id", "at", "direction")


def _subject(one: Conversation, story: Story) -> Subject:
    contact = root_of(one.contact) if one.contact else None
    organisation = one.organisation or (one.contact.organisation if one.contact else None)
    organisation = root_of(organisation) if organisation else None
    tier = (contact.tier if contact else "") or (organisation.tier if organisation else "")
    return Subject(
        id=one.pk,
        channel=one.inbox.kind,
        type=one.type,
        priority=one.priority,
        team=one.team_id,
        organisation=organisation.pk if organisation else None,
        tier=tier,
        due_at=one.due_at,
        due_for=one.due_for,
        story=story,
    )
