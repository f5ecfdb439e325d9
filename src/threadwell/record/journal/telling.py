"""Telling: write an event and wake whoever reads events, in the transaction of the change.

In:    a row of a workspace, the event's name, who did it, facts
Out:   the Event
Touch: journal.Event; the notification channel ``threadwell``

The notification is sent by PostgreSQL when the transaction is kept, never before.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from threadwell.kit.tenancy import Owned
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent

CHANNEL = "threadwell"
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
    wake(event)
    return event


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
