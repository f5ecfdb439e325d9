"""Ears: one process of many listens to PostgreSQL's notifications and acts on them for all.

In:    a channel, the name under which only one listens at a time, what to do
Out:   calls: what was heard, some at a time; a look around every so often
Touch: one connection of its own
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection

TURN = 0.5  #: seconds that the ear waits for something
GATHER = 0.1  #: seconds after the first word, in which more is heard and then acted on together
SWEEP = 15.0  #: seconds between looks around
PATIENCE = 2.0  #: seconds before the next try when the database is away

type Heard = Callable[[Sequence[str]], None]

_log = structlog.get_logger(__name__)


def serve(
    until: threading.Event, *, channel: str, alone: str, heard: Heard, look_around: Callable[[], None]
) -> None:
    """Listen until told to stop. Notifications get lost, so whoever acts on them also looks around."""
    while not until.is_set():
        try:
            with _listening(channel) as ear:
                _serve(ear, until, alone, heard, look_around)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("listening waits for the database", listener=alone, error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def _serve(
    ear: psycopg.Connection[Any],
    until: threading.Event,
    alone: str,
    heard: Heard,
    look_around: Callable[[], None],
) -> None:
    while not _is_mine(ear, alone):
        # Another listens for all. What it leaves undone when it ends is found by looking around.
        for _note in ear.notifies(timeout=TURN):
            pass
        if until.is_set():
            return
    looked_at = -SWEEP
    while not until.is_set():
        notes = [*ear.notifies(timeout=TURN, stop_after=1)]
        if notes:
            notes += ear.notifies(timeout=GATHER)
            heard([note.payload for note in notes])
        if monotonic() - looked_at >= SWEEP:
            looked_at = monotonic()
            look_around()


def _is_mine(ear: psycopg.Connection[Any], alone: str) -> bool:
    row = ear.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"threadwell.{alone}"]).fetchone()
    return bool(row and row[0])


@contextmanager
def _listening(channel: str) -> Iterator[psycopg.Connection[Any]]:
    facts = connection.get_connection_params()
    for unneeded in ("cursor_factory", "context", "pool"):
        facts.pop(unneeded, None)
    with psycopg.connect(**facts, autocommit=True) as ear:
        ear.execute(f"LISTEN {channel}")
        yield ear
