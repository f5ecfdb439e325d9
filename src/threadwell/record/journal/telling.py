"""Telling: write an event and wake whoever reads events, in the transaction of the change.

In:    a row of a workspace, the event's name, who did it, facts
Out:   the Event
Touch: journal.Event, journal.AuditEntry (what changes who may do what); the channel ``threadwell``

The notification is sent by PostgreSQL when the transaction is kept, never before.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from threadwell.kit.tenancy import Owned
from threadwell.record.journal.models import AuditEntry, Event
from threadwell.record.workplace.models import Agent

CHANNEL = "threadwell"
#: What changes who may do what.
ABOUT_LEAVE = frozenset(
    {
        *("agent.joined", "agent.left", "agent.returned", "agent.role_changed", "team.staffed"),
        *("invitation.sent", "invitation.withdrawn", "token.issued", "token.revoked"),
        *("restriction.made", "restriction.changed", "restriction.dissolved", "restriction.brought_back"),
        *("restriction.opened", "restriction.kept_closed"),
    }
)
NOTIFY = "SELECT pg_notify(%s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event as whoever reacts to it first hears of it."""

    event_id: UUID
    about: UUID
    name: str


def tell(subject: Owned, name: str, /, *, by: Agent | None = None, **facts: Any) -> Event:
    """Record that ``name`` happened to ``subject``. Facts are JSON values; empty reasons are left out."""
    event = Event.objects.create(
        workspace_id=subject.workspace_id,
        name=name,
        about=subject.pk,
        by=by,
        facts={key: fact for key, fact in facts.items() if fact not in ("", None)},
    )
    if name in ABOUT_LEAVE:
        _write_down(event, by)
    wake(event)
    return event


def _write_down(event: Event, by: Agent | None) -> None:
    """In the audit too, which nobody can change."""
    AuditEntry.objects.create(
        workspace_id=event.workspace_id,
        by=by,
        by_name=by.name if by else "",
        deed=AuditEntry.Deed.GRANTED,
        kind=event.name.partition(".")[0],
        about=event.about,
        place=event.name,
        at=event.at,
    )


def wake(event: Event) -> None:
    """Let the live screens of every process know, once this transaction is kept."""
    with connection.cursor() as cursor:
        cursor.execute(NOTIFY, [CHANNEL, note_of(event)])


def note_of(event: Event) -> str:
    """What is called out about an event: whose it is and what it is about, never what was said."""
    return json.dumps(
        {
            "workspace": event.workspace_id.hex,
            "about": str(event.about),
            "name": event.name,
            "id": str(event.pk),
        }
    )
