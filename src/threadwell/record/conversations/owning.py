"""Owning: many conversations get their owners and teams at once, each with its events.

In:    conversations that are held, with the owner and the team each shall have, and why
Out:   nothing
Touch: Conversation, events; the notification channel ``threadwell``
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from threadwell.record.conversations.conversation import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL, note_of
from threadwell.record.workplace.documents import keep_all
from threadwell.record.workplace.models import Agent, Team

_GIVE = """
    UPDATE conversations_conversation SET owner_id = given.owner, team_id = given.team
    FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS given(id, owner, team)
    WHERE conversations_conversation.workspace_id = %s AND conversations_conversation.id = given.id
"""
_CALL_OUT = "SELECT pg_notify(%s, note) FROM unnest(%s::text[]) AS note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """Whose it shall be."""

    conversation: Conversation
    owner: Agent | None
    team: Team | None
    because: str
    waits: str = ""  #: told when it begins to wait: why nobody could take it
    cause: str = ""  #: what it was given out for, where that was no rule


def give(givings: Sequence[Giving], *, by: Agent | None) -> None:
    """What `assign` and `pass_to` do to one; the rows must be held by whoever asks."""
    changed: list[Conversation] = []
    events: list[Event] = []
    for one in givings:
        told = [*_passed(one, by), *_assigned(one, by)]
        if told:
            one.conversation.owner, one.conversation.team = one.owner, one.team
            changed.append(one.conversation)
        events += [*told, *_queued(one, by)]
    if not events:
        return
    with connection.cursor() as cursor:
        if changed:
            columns = [[getattr(one, name) for one in changed] for name in ("pk", "owner_id", "team_id")]
            cursor.execute(_GIVE, [*columns, changed[0].workspace_id])
        keep_all(events)
        cursor.execute(_CALL_OUT, [CHANNEL, [note_of(event) for event in events]])


def _assigned(one: Giving, by: Agent | None) -> list[Event]:
    before, owner = one.conversation.owner_id, one.owner
    if before == (owner.pk if owner else None):
        return []
    name = "conversation.assigned" if owner else "conversation.unassigned"
    facts = {"owner": _text(owner.pk if owner else None), "owner_name": owner.name if owner else ""}
    return [_event(one, name, by, before=_text(before), cause=one.cause, **facts)]


def _passed(one: Giving, by: Agent | None) -> list[Event]:
    before, team = one.conversation.team_id, one.team
    if before == (team.pk if team else None):
        return []
    facts = {"team": _text(team.pk if team else None), "team_name": team.name if team else ""}
    return [_event(one, "conversation.passed", by, before=_text(before), **facts)]


def _queued(one: Giving, by: Agent | None) -> list[Event]:
    if not one.waits:
        return []
    event = _event(one, "conversation.queued", by, team_name=one.team.name if one.team else "")
    event.facts["because"] = one.waits
    return [event]


def _event(one: Giving, name: str, by: Agent | None, **facts: Any) -> Event:
    every = {"number": one.conversation.number, "because": one.because, **facts}
    return Event(
        workspace_id=one.conversation.workspace_id,
        name=name,
        about=one.conversation.pk,
        by=by,
        facts={key: fact for key, fact in every.items() if fact not in ("", None)},
    )


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
