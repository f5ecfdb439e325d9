"""Ears: listen to PostgreSQL's notifications and act on them; one process for all, or each for itself.

In:    a channel, what to do; the name under which only one listens at a time
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
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

TURN = 0.5  #: seconds that the ear waits for something
GATHER = 0.1  #: seconds after the first word, in which more is heard and then acted on together
SWEEP = 15.0  #: seconds between looks around
PATIENCE = 2.0  #: seconds before the next try when the database is away
#: Said by who listens for all: else the server would hold their turn for hours after their machine vanished.
_IF_I_VANISH = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2;"
    " SET tcp_user_timeout = 20000"
)

type Heard = Callable[[Sequence[str]], None]

_log = structlog.get_logger(__name__)


def serve(
    until: threading.Event,
    *,
    channel: str,
    heard: Heard,
    look_around: Callable[[], None],
    alone: str = "",
    gather: float = GATHER,
) -> None:
    """Listen until told to stop. Notifications get lost, so whoever acts on them also looks around.

    ``alone`` is the name under which one listens for all; without it every process hears everything.
    """
    while not until.is_set():
        try:
            with _listening(channel) as ear:
                if alone:
                    ear.execute(_IF_I_VANISH)
                if not alone or _is_my_turn(ear, alone, until):
                    _serve(ear, until, channel, heard, look_around, gather)
        except (DatabaseError, psycopg.Error) as away:
            _log.warning("listening waits for the database", channel=channel, error=str(away))
            close_old_connections()
            until.wait(PATIENCE)


def place() -> dict[str, Any]:
    """What psycopg needs for a connection of one's own to where Django's lead, around a pooler."""
    facts = connection.get_connection_params()
    for unneeded in ("cursor_factory", "context", "pool"):
        facts.pop(unneeded, None)
    return {**facts, **settings.DATABASE_DIRECT}


def _serve(
    ear: psycopg.Connection[Any],
    until: threading.Event,
    channel: str,
    heard: Heard,
    look_around: Callable[[], None],
    gather: float,
) -> None:
    looked_at = -SWEEP
    while not until.is_set():
        if monotonic() - looked_at >= SWEEP:
            looked_at = monotonic()
            # Raises where the line is gone, and with it the turn; to listen twice is to listen once.
            ear.execute(f"LISTEN {channel}")
            look_around()
        notes = [*ear.notifies(timeout=TURN, stop_after=1)]
        if notes:
            notes += ear.notifies(timeout=gather)
            heard([note.payload for note in notes])


def _is_my_turn(ear: psycopg.Connection[Any], alone: str, until: threading.Event) -> bool:
    """Wait until nobody else listens under that name; what they leave undone is found by looking around."""
    while not until.is_set():
        row = ear.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"threadwell.{alone}"]).fetchone()
        if row and row[0]:
            return True
        for _note in ear.notifies(timeout=TURN):
            pass
    return False


@contextmanager
def _listening(channel: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**place(), autocommit=True) as ear:
        ear.execute(f"LISTEN {channel}")
        yield ear
