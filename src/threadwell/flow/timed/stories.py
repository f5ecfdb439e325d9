"""Stories: what clocks need to know of conversations, read for many at once.

In:    keys of conversations
Out:   Subjects: a conversation's facts with its Story
Touch: nothing
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from threadwell.flow.timed.winding import CLOSED, OPEN, SNOOZED, Given, Said, Story, Turned
from threadwell.record.commitments.models import Promise
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.work.models import WorkLink

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
    work_types: frozenset[UUID]  #: of the pieces of work it is about
    policy: UUID | None  #: named by a routing rule
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
    given = _given(workspace_id, keys)
    work = _work(workspace_id, keys)
    # In a side conversation nobody waits for us whom we owe an answer by a moment.
    asked = Conversation.objects.of(workspace_id).filter(pk__in=keys, aside_of=None)
    rows = list(asked.order_by("pk").values(*_FACTS))
    accounts = _Accounts.of(workspace_id, rows)
    return [
        _subject(
            facts,
            accounts,
            work.get(facts["pk"], frozenset()),
            Story(
                said=said.get(facts["pk"], ()),
                turned=turned.get(facts["pk"], ()),
                given=given.get(facts["pk"], ()),
            ),
        )
        for facts in rows
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


def _given(workspace_id: UUID, keys: Collection[UUID]) -> dict[UUID, list[Given]]:
    """Our promises there, but for those that were taken back."""
    found: dict[UUID, list[Given]] = {}
    rows = Promise.objects.of(workspace_id).standing().ours().filter(conversation_id__in=keys)
    for one in rows.order_by("made_at", "pk"):
        ended_by = "kept" if one.kept_at else "broken" if one.broken_at else ""
        word = Given(
            promise=one.pk,
            at=one.made_at,
            due_at=one.due_at,
            ended_at=one.kept_at or one.broken_at,
            ended_by=ended_by,
        )
        if one.conversation_id:
            found.setdefault(one.conversation_id, []).append(word)
    return found


def _work(workspace_id: UUID, keys: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, frozenset[UUID]] = {}
    links = WorkLink.objects.of(workspace_id).filter(conversation_id__in=keys)
    for key, kind in links.values_list("conversation_id", "item__type_id"):
        found[key] = found.get(key, frozenset()) | {kind}
    return found


def _subject(
    facts: dict[str, Any], accounts: "_Accounts", work_types: frozenset[UUID], story: Story
) -> Subject:
    contact = accounts.contacts.get(facts["contact_id"])
    theirs = facts["organisation_id"] or (contact.organisation if contact else None)
    organisation = accounts.organisations.get(theirs) if theirs else None
    return Subject(
        id=facts["pk"],
        channel=facts["inbox__kind"],
        type=facts["type"],
        priority=facts["priority"],
        team=facts["team_id"],
        organisation=organisation.root if organisation else None,
        tier=(contact.tier if contact else "") or (organisation.tier if organisation else ""),
        work_types=work_types,
        policy=facts["policy_key"],
        due_at=facts["due_at"],
        due_for=facts["due_for"],
        story=story,
    )


_FACTS = (
    *("pk", "inbox__kind", "type", "priority", "team_id", "contact_id", "organisation_id"),
    *("policy_key", "due_at", "due_for"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What stands for a contact or an organisation now."""

    root: UUID
    tier: str
    organisation: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accounts:
    """Those of some conversations, read by their keys: a join would read a young base many times."""

    contacts: dict[UUID, _Standing]
    organisations: dict[UUID, _Standing]

    @classmethod
    def of(cls, workspace_id: UUID, rows: Collection[dict[str, Any]]) -> Self:
        asked = {row["contact_id"] for row in rows} - {None}
        contacts = _standings(Contact, workspace_id, asked, "organisation_id")
        theirs = {row["organisation_id"] for row in rows} | {one.organisation for one in contacts.values()}
        organisations = _standings(Organisation, workspace_id, theirs - {None})
        return cls(contacts=contacts, organisations=organisations)


def _standings(
    model: type[Account], workspace_id: UUID, keys: Collection[UUID | None], *more: str
) -> dict[UUID, _Standing]:
    found: Any = model.objects.of(workspace_id).values_list("pk", "one_with_id", "tier", *more)
    named = {row[0]: row for row in found.filter(pk__in=keys)} if keys else {}
    roots = {row[1] for row in named.values()} - {None}
    named |= {row[0]: row for row in found.filter(pk__in=roots)} if roots else {}
    standing = {key: named[one_with or key] for key, (_key, one_with, *_rest) in named.items()}
    return {
        key: _Standing(root=root, tier=tier, organisation=rest[0] if rest else None)
        for key, (root, _one_with, tier, *rest) in standing.items()
    }
