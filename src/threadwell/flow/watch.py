"""Watch: wake up when something arrives, and read until nothing waits.

In:    notifications of the channel ``threadwell_arrivals`` (a workspace's key), and the passing of time
Out:   batches read by `intake.read_waiting`
Touch: one connection that listens
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection

from threadwell.flow import intake
from threadwell.flow.arrive.capture import CHANNEL
from threadwell.kit import clock
from threadwell.record.workplace.models import Workspace

_log = structlog.get_logger(__name__)

SWEEP = 15.0  #: seconds between looks into every workspace: a notification may be lost, a lease may end
PATIENCE = 2.0  #: seconds before the next try when the database is away


def serve(until: threading.Event) -> None:
    """Read what arrives until told to stop."""
    while not until.is_set():
        try:
            with _listening() as ear:
                _watch(ear, until)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("intake waits for the database", error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def _watch(ear: psycopg.Connection[Any], until: threading.Event) -> None:
    swept_at = 0.0
    while not until.is_set():
        now = clock.now().timestamp()
        if now - swept_at >= SWEEP or now < swept_at:
            woken = set(Workspace.objects.values_list("pk", flat=True))
            swept_at = now
        else:
            woken = {UUID(note.payload) for note in ear.notifies(timeout=0.5, stop_after=1)}
            woken |= {UUID(note.payload) for note in ear.notifies(timeout=0)}
        for workspace_id in woken:
            while not until.is_set() and intake.read_waiting(workspace_id):
                pass


@contextmanager
def _listening() -> Iterator[psycopg.Connection[Any]]:
    facts = connection.get_connection_params()
    for unneeded in ("cursor_factory", "context", "pool"):
        facts.pop(unneeded, None)
    with psycopg.connect(**facts, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        yield ear
