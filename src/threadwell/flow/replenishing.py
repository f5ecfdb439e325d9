"""Replenishing: the moment somebody frees up, they get what waits.

In:    notifications of the channel ``threadwell``; the passing of time
Out:   `assigning.refill` of workspaces in which something waits; absences begun and ended; silence noticed
Touch: one connection that listens

One worker does it for all: whoever holds the lock. What nobody heard (no worker ran, a calendar opened) is
done within a sweep, for what waits is read from its rows.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from threadwell.flow import assigning, rostering
from threadwell.kit import clock, tenancy
from threadwell.record.journal.telling import CHANNEL
from threadwell.record.workplace.models import Workspace

SWEEP = 15.0  #: seconds between looks at every workspace
PATIENCE = 2.0  #: seconds before the next try when the database is away
PASSED = "conversation.passed"
#: After these somebody may have more room, or something may have begun to wait for them.
FREEING = frozenset(
    {
        PASSED,
        "conversation.closed",
        "conversation.snoozed",
        "conversation.assigned",
        "conversation.unassigned",
        "conversation.weighed",
        "conversation.reopened",
        "availability.changed",
        "availability.capacity_changed",
        "availability.hours_changed",
        "workload.changed",
        "absence.withdrawn",
        "absence.ended",
        "skill.given",
        "team.staffed",
        "team.method_changed",
        "agent.joined",
        "agent.returned",
        "agent.role_changed",
        "redistribution.ended",
    }
)

_LOCK = "SELECT pg_try_advisory_lock(hashtext('threadwell.replenishing'))"
_log = structlog.get_logger(__name__)


def serve(until: threading.Event) -> None:
    """Give out what waits until told to stop: a loop of the worker."""
    while not until.is_set():
        try:
            with _listening() as ear:
                _hear(ear, until)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("waiting queues wait for the database", error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def look_around(workspace_id: UUID) -> None:
    """What time alone brings about, and what no notification told of."""
    now = clock.now()
    with tenancy.entered(workspace_id):
        rostering.notice_silence(workspace_id, now=now)
    rostering.keep_absences(workspace_id, now=now)
    assigning.forget_places(workspace_id)
    assigning.refill(workspace_id)


def _hear(ear: psycopg.Connection[Any], until: threading.Event) -> None:
    swept_at = 0.0
    is_mine = False
    while not until.is_set():
        notes = [*ear.notifies(timeout=0.5, stop_after=1), *ear.notifies(timeout=0)]
        told: dict[UUID, list[UUID]] = {}
        for note in map(_read, notes):
            if note["name"] in FREEING:
                passed = told.setdefault(UUID(note["workspace"]), [])
                if note["name"] == PASSED:
                    passed.append(UUID(note["about"]))
        is_mine = is_mine or bool((ear.execute(_LOCK).fetchone() or [False])[0])
        if not is_mine:
            continue
        for workspace_id, passed in told.items():
            _attempt(workspace_id, passed)
        now = clock.now().timestamp()
        if now - swept_at >= SWEEP or now < swept_at:
            swept_at = now
            for workspace_id in Workspace.objects.values_list("pk", flat=True):
                _attempt(workspace_id)


def _attempt(workspace_id: UUID, passed: list[UUID] | None = None) -> None:
    """What was heard; in a sweep, all that nobody told of."""
    try:
        if passed is None:
            look_around(workspace_id)
        else:
            if passed:
                assigning.take_up(workspace_id, passed)
            assigning.refill(workspace_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("what waits could not be given out", workspace=str(workspace_id))


def _read(note: psycopg.Notify) -> dict[str, str]:
    told: dict[str, str] = json.loads(note.payload)
    return told


@contextmanager
def _listening() -> Iterator[psycopg.Connection[Any]]:
    facts = connection.get_connection_params()
    for unneeded in ("cursor_factory", "context", "pool"):
        facts.pop(unneeded, None)
    with psycopg.connect(**facts, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        yield ear
