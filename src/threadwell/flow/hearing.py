"""Hearing: clocks follow what happens in conversations, a moment later.

In:    notifications of the channel ``threadwell``; the journal, from a bookmark on
Out:   `clocks.keep` for conversations in which something happened
Touch: Bookmark; one connection that listens

One worker hears for all: whoever holds the lock. What nobody heard (no worker ran, a notification was lost)
is read from the journal afterwards; deadlines come out the same, for they are made of when things happened.
"""

import json
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection

from threadwell.flow import clocks
from threadwell.kit import clock, tenancy
from threadwell.record.clocks.models import Bookmark
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL
from threadwell.record.workplace.models import Workspace

TURN = 0.5  #: seconds that the ear waits for something
GATHER = 0.2  #: seconds after the first word, in which more is heard and then read together
SWEEP = 15.0  #: seconds between looks into the journal
PATIENCE = 2.0  #: seconds before the next try when the database is away
OVERLAP = timedelta(minutes=2)  #: an event may be kept after one that is younger
AT_FIRST = timedelta(days=1)  #: how far back a workspace is read that was never read before
READER = "clocks"
#: What moves no clock, though it happens in conversations.
DEAF_TO = frozenset(
    {
        "conversation.timed",
        "conversation.overdue",
        "conversation.escalated",
        "conversation.assigned",
        "conversation.unassigned",
        "conversation.queued",
        "conversation.labelled",
        "conversation.retitled",
        "conversation.filled_in",
        "message.noted",
    }
)

_LOCK = "SELECT pg_try_advisory_lock(hashtext('threadwell.clocks'))"
_log = structlog.get_logger(__name__)


def serve(until: threading.Event) -> None:
    """Keep clocks until told to stop: a loop of the worker."""
    while not until.is_set():
        try:
            with _listening() as ear:
                _hear(ear, until)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("clocks wait for the database", error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def catch_up(workspace_id: UUID, known: Collection[UUID] = ()) -> set[UUID]:
    """Read the journal from the bookmark on, but for what was heard; which events it holds."""
    with tenancy.entered(workspace_id):
        mark, _is_new = Bookmark.objects.of(workspace_id).get_or_create(
            workspace_id=workspace_id, reader=READER, defaults={"read_to": clock.now() - AT_FIRST}
        )
        events = Event.objects.of(workspace_id).filter(
            pk__gt=_first_key(mark.read_to - OVERLAP), name__regex=r"^(conversation|message)\."
        )
        found = list(events.order_by("pk").values_list("pk", "about", "name"))
    fresh = [about for key, about, name in found if key not in known and name not in DEAF_TO]
    _keep(workspace_id, fresh)
    if found:
        with tenancy.entered(workspace_id):
            mark.read_to = _moment_of(found[-1][0])
            mark.save(update_fields=["read_to"])
    return {key for key, _about, _name in found}


def _hear(ear: psycopg.Connection[Any], until: threading.Event) -> None:
    known: dict[UUID, set[UUID]] = {}
    swept_at = 0.0
    while not _is_mine(ear):
        # Another worker hears for all. What it leaves unread when it ends is found in the journal.
        for _note in ear.notifies(timeout=TURN):
            pass
        if until.is_set():
            return
    while not until.is_set():
        told: dict[UUID, dict[UUID, UUID]] = {}
        for note in [*ear.notifies(timeout=TURN, stop_after=1), *ear.notifies(timeout=GATHER)]:
            heard = _understood(note.payload)
            if heard:
                told.setdefault(heard.workspace_id, {})[heard.event_id] = heard.about
        for workspace_id, events in told.items():
            _keep(workspace_id, events.values())
            known.setdefault(workspace_id, set()).update(events)
        now = clock.now().timestamp()
        if now - swept_at >= SWEEP or now < swept_at:
            swept_at = now
            for workspace_id in Workspace.objects.values_list("pk", flat=True):
                known[workspace_id] = catch_up(workspace_id, known.get(workspace_id, ()))


def _is_mine(ear: psycopg.Connection[Any]) -> bool:
    return bool((ear.execute(_LOCK).fetchone() or [False])[0])


def _keep(workspace_id: UUID, keys: Iterable[UUID]) -> None:
    every = sorted(set(keys))
    for first in range(0, len(every), clocks.TOGETHER):
        batch = every[first : first + clocks.TOGETHER]
        try:
            clocks.keep(workspace_id, batch)
        except DatabaseError:
            raise
        except Exception:
            _log.exception("clocks could not be kept", workspace=str(workspace_id), count=len(batch))
            # One that cannot be reckoned does not stop the clocks of all others.
            _keep_singly(workspace_id, batch)


def _keep_singly(workspace_id: UUID, keys: list[UUID]) -> None:
    for key in keys if len(keys) > 1 else ():
        try:
            clocks.keep(workspace_id, [key])
        except DatabaseError:
            raise
        except Exception:
            _log.exception("the clocks of a conversation could not be kept", conversation=str(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """An event as its notification names it."""

    workspace_id: UUID
    event_id: UUID
    about: UUID


def _understood(payload: str) -> _Heard | None:
    """What a notification says, when it may move a clock."""
    told = json.loads(payload)
    name = told["name"]
    if not name.startswith(("conversation.", "message.")) or name in DEAF_TO:
        return None
    return _Heard(workspace_id=UUID(told["workspace"]), event_id=UUID(told["id"]), about=UUID(told["about"]))


def _first_key(moment: datetime) -> UUID:
    """The smallest key of an event of that moment: keys begin with the time they were made."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _moment_of(key: UUID) -> datetime:
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


@contextmanager
def _listening() -> Iterator[psycopg.Connection[Any]]:
    facts = connection.get_connection_params()
    for unneeded in ("cursor_factory", "context", "pool"):
        facts.pop(unneeded, None)
    with psycopg.connect(**facts, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        yield ear
