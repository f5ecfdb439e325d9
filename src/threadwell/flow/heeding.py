"""Heeding: what begins, comes back or becomes urgent is routed, a moment later.

In:    notifications of the channel ``threadwell``; the journal, from a bookmark on
Out:   `routing.route_all` for conversations that wait for it; `alerting` for customers whose people move on
Touch: Bookmark; one connection that listens

One worker heeds for all: whoever holds the lock. Intake is not held up: it leaves a conversation with the
team of its inbox, and here it is looked at a moment later, some at a time. What nobody heard is read from
the journal afterwards; an event that was decided about is not decided about twice.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection

from threadwell.flow import alerting, routing
from threadwell.flow.reasoning import Call, Cause
from threadwell.kit import clock, tenancy
from threadwell.record.clocks.models import Bookmark
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL
from threadwell.record.workplace.models import Workspace

SWEEP = 15.0  #: seconds between looks into the journal
PATIENCE = 2.0  #: seconds before the next try when the database is away
OVERLAP = timedelta(minutes=2)  #: an event may be kept after one that is younger
AT_FIRST = timedelta(minutes=10)  #: how far back a workspace is read that was never read before
TOGETHER = 100
#: What happened before that is told as history (an old mailbox, a demo): it asks for nobody any more.
STALE = timedelta(days=7)
READER = "routing"
KEY_CONTACT = "organisation.sponsor_changed"
CAUSES = {
    "conversation.opened": Cause.ARRIVED,
    "conversation.reopened": Cause.REOPENED,
    "conversation.weighed": Cause.WEIGHED,
    KEY_CONTACT: Cause.KEY_CONTACT,
}

_LOCK = "SELECT pg_try_advisory_lock(hashtext('threadwell.routing'))"
_log = structlog.get_logger(__name__)

type Heard = tuple[UUID, UUID, str, dict[str, Any]]  #: event, what it is about, its name, its facts


def serve(until: threading.Event) -> None:
    """Route until told to stop: a loop of the worker."""
    while not until.is_set():
        try:
            with _listening() as ear:
                _heed(ear, until)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("routing waits for the database", error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def catch_up(workspace_id: UUID, known: frozenset[UUID] = frozenset()) -> set[UUID]:
    """Read the journal from the bookmark on; which events were read, for the next time."""
    with tenancy.entered(workspace_id):
        mark, _is_new = Bookmark.objects.of(workspace_id).get_or_create(
            workspace_id=workspace_id, reader=READER, defaults={"read_to": clock.now() - AT_FIRST}
        )
        events = Event.objects.of(workspace_id).filter(
            pk__gt=_first_key(mark.read_to - OVERLAP), name__in=list(CAUSES), at__gt=clock.now() - STALE
        )
        found: list[Heard] = list(events.order_by("pk").values_list("pk", "about", "name", "facts"))
    act_on(workspace_id, [one for one in found if one[0] not in known])
    if found:
        with tenancy.entered(workspace_id):
            mark.read_to = _moment_of(found[-1][0])
            mark.save(update_fields=["read_to"])
    return {one[0] for one in found}


def act_on(workspace_id: UUID, heard: Sequence[Heard]) -> None:
    """What follows from some events, each once."""
    calls = [
        Call(conversation_id=about, cause=CAUSES[name], event_id=key)
        for key, about, name, facts in heard
        # Only what was closed begins again; what slept was somebody's all the while.
        if name != KEY_CONTACT and facts.get("before") != "snoozed"
    ]
    for first in range(0, len(calls), TOGETHER):
        routing.route_all(workspace_id, calls[first : first + TOGETHER])
    for key, about, name, facts in heard:
        if name == KEY_CONTACT:
            alerting.key_contact_moved(workspace_id, about, contact=facts.get("contact"), event_id=key)


def _heed(ear: psycopg.Connection[Any], until: threading.Event) -> None:
    known: dict[UUID, frozenset[UUID]] = {}
    swept_at = 0.0
    is_mine = False
    while not until.is_set():
        told: dict[UUID, list[UUID]] = {}
        for note in [*ear.notifies(timeout=0.5, stop_after=1), *ear.notifies(timeout=0)]:
            said = json.loads(note.payload)
            if said["name"] in CAUSES:
                told.setdefault(UUID(said["workspace"]), []).append(UUID(said["id"]))
        is_mine = is_mine or bool((ear.execute(_LOCK).fetchone() or [False])[0])
        if not is_mine:
            continue
        for workspace_id, keys in told.items():
            _attempt(workspace_id, keys)
        now = clock.now().timestamp()
        if now - swept_at >= SWEEP or now < swept_at:
            swept_at = now
            for workspace_id in Workspace.objects.values_list("pk", flat=True):
                known[workspace_id] = frozenset(catch_up(workspace_id, known.get(workspace_id, frozenset())))


def _attempt(workspace_id: UUID, keys: list[UUID]) -> None:
    with tenancy.entered(workspace_id):
        rows = Event.objects.of(workspace_id).filter(pk__in=keys, at__gt=clock.now() - STALE)
        heard: list[Heard] = list(rows.order_by("pk").values_list("pk", "about", "name", "facts"))
    try:
        act_on(workspace_id, heard)
    except DatabaseError:
        raise
    except Exception:
        _log.exception("some events could not be acted on", workspace=str(workspace_id), count=len(keys))


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
