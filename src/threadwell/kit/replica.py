"""Replica: heavy reading, done on a streaming copy of the database where there is one.

In:    work that only reads, inside a workspace
Out:   what it gives, read there or, where there is no copy or it is late or away, here
Touch: the thread's database connection, for as long as the work takes

The work sees all that was committed before it began: it waits until the replica has replayed that much. It is
told the same workspace, person and veil as the session here, so row security holds there as it does
here. What breaks off there is done again here, so the work must not write, and may be done twice.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction
from prometheus_client import Counter
from psycopg import sql

ALIAS = "replica"
#: Said at the primary, how far its log is on disk; said at the replica, how many bytes it lacks of that.
POSITION = "SELECT pg_current_wal_flush_lsn()::text"
BEHIND = "SELECT pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn())::float8"
#: Seconds in which nobody asks again for a replica that was late, away, or none.
RESTING = 15.0
_SOON = 0.01
_TOLD = ("threadwell.workspace", "threadwell.person", "threadwell.blind", "threadwell.hidden_fields")
_SETTINGS = "".join(f", current_setting('{name}', true)" for name in _TOLD)
# A word in the log, and all before it on disk, for only that is sent; not every commit waits for it.
_MARKED = f"SELECT pg_logical_emit_message(false, 'threadwell', '', true)::text{_SETTINGS}"
_BEFORE_17 = f"{POSITION}{_SETTINGS}"
_THERE = "SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false)"
#: What a server says to a question that is right: it goes or is gone (08, 57P), what it read was just removed
#: (40), it is short of something or ill (53, 58, XX), it takes no writing (25006).
_NOT_OURS = ("08", "57P", "40", "53", "58", "XX", "25006")

READ = Counter("threadwell_reports_read", "Heavy reading, by where it was done and why there.", ["where"])
_log = structlog.get_logger(__name__)
_rests_until = [0.0]


class _NotThere(Exception):
    """The replica is of no use at this moment."""


def read[T](work: Callable[[], T]) -> T:
    """What the work gives. It reads and does not write, and gives everything back that it reads."""
    if ALIAS not in connections.settings or connections[DEFAULT_DB_ALIAS] is connections[ALIAS]:
        return work()
    if time.monotonic() < _rests_until[0]:
        return _here(work, "resting")
    with connection.cursor() as cursor:
        is_able = connections[DEFAULT_DB_ALIAS].pg_version >= 170_000  # type: ignore[attr-defined]
        cursor.execute(_MARKED if is_able else _BEFORE_17)
        position, *told = cursor.fetchone()
    try:
        with _entered(position, told):
            given = work()
    except _NotThere as because:
        return _here(_after_rest(work), str(because))
    except Error as accident:
        state = getattr(accident.__cause__, "sqlstate", None)
        if state is not None and not state.startswith(_NOT_OURS):
            raise
        _log.warning("a report began anew on the primary", because=str(accident).strip())
        return _here(_after_rest(work) if _is_gone(state) else work, "broken off")
    READ.labels("replica").inc()
    return given


def begin_anew() -> None:
    """Ask the replica again at once, however it was a moment ago."""
    _rests_until[0] = 0.0


def bytes_behind() -> int | None:
    """How much of the log the replica has yet to replay; None where there is none, or none answers."""
    if ALIAS not in connections.settings:
        return None
    with connection.cursor() as cursor:
        cursor.execute(POSITION)
        [position] = cursor.fetchone()
    there = connections[ALIAS]
    try:
        with there.cursor() as cursor:
            cursor.execute(BEHIND, [position])
            [behind] = cursor.fetchone()
    except Error:
        return None
    else:
        return None if behind is None else max(0, int(behind))
    finally:
        there.close()


@contextmanager
def _entered(position: str, told: list[str | None]) -> Iterator[None]:
    """The thread's database is the replica, in a transaction of the same workspace."""
    there: Any = connections[ALIAS]
    here = connections[DEFAULT_DB_ALIAS]
    try:
        _wait_for(there, position)
        connections[DEFAULT_DB_ALIAS] = there
        with transaction.atomic():
            with there.cursor() as cursor:
                for name, value in zip(_TOLD, told, strict=True):
                    wanted = sql.SQL("SET LOCAL {} = {}").format(
                        sql.Identifier(*name.split(".")), sql.Literal(value or "")
                    )
                    cursor.execute(wanted)
            yield
    finally:
        connections[DEFAULT_DB_ALIAS] = here
        there.close()


def _wait_for(there: Any, position: str) -> None:
    patience = time.monotonic() + settings.REPLICA_WAIT
    while True:
        try:
            with there.cursor() as cursor:
                cursor.execute(_THERE, [position])
                is_replica, has_all = cursor.fetchone()
        except Error as silence:
            _log.warning("the replica does not answer", because=str(silence).strip())
            raise _NotThere("away") from None
        if not is_replica:
            _log.error("DATABASE_REPLICA_URL does not lead to a replica")
            raise _NotThere("no replica")
        if has_all:
            return
        if time.monotonic() >= patience:
            _log.warning("the replica is late", seconds=settings.REPLICA_WAIT)
            raise _NotThere("late")
        time.sleep(_SOON)


def _is_gone(state: str | None) -> bool:
    return state is None or state.startswith(("08", "57P"))


def _after_rest[T](work: Callable[[], T]) -> Callable[[], T]:
    _rests_until[0] = time.monotonic() + RESTING
    return work


def _here[T](work: Callable[[], T], because: str) -> T:
    READ.labels(f"primary: {because}").inc()
    return work()
