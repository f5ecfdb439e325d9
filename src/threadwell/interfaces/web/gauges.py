"""Gauges: how the installation does, as figures for Prometheus.

No question here goes through a whole table but that of files, which is asked once an hour and given up when
it takes long.

In:    the tables, by the indexes that list what is open, and by the last minutes of the journal
Out:   one registry of gauges
Touch: the database, in one short transaction for each workspace

They say how much and how late, never who: no name of a workspace, an inbox or a person stands in them.
"""

# ruff: noqa: S608  # questions are put together from our own words; what varies is a parameter

import time
from threading import Lock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from threadwell.kit import disk, replica, tenancy

#: Seconds for which the same figures are told again: many may ask, and one looks.
FRESH = 10.0
#: More than this of a kind are told as this many: whoever has so many needs no exact figure.
MANY = 10_000
#: Workspaces that are looked into at one time; of more, others come next time.
WORKSPACES = 200
MINUTES = 5
#: Seconds for which figures of files are told again; how many workspaces are looked through for them.
HOURLY, LOOKED_THROUGH = 3600.0, 2_000
_FILES = (
    "SELECT count(*), COALESCE(sum(size), 0)::float8 FROM conversations_attachment WHERE workspace_id = %s"
)

_AGE = "COALESCE(GREATEST(EXTRACT(EPOCH FROM now() - min({})), 0), 0)"
_FEW = f"(SELECT count(*) FROM (SELECT 1 FROM {{}} WHERE {{}} LIMIT {MANY}) AS few)"
_MINE = "datname = current_database() AND backend_type = 'client backend'"
_GLOBAL = {
    "jobs_oldest_seconds": f"(SELECT {_AGE.format('scheduled_at')} FROM procrastinate_jobs"
    " WHERE status = 'todo' AND scheduled_at <= now())",
    "workers": _FEW.format("procrastinate_workers", "last_heartbeat > now() - interval '2 minutes'"),
    "outgoing_waiting": _FEW.format("conversations_dispatch", "true"),
    "outgoing_oldest_seconds": f"(SELECT {_AGE.format('due_at')} FROM conversations_dispatch)",
    "workspaces": "(SELECT count(*) FROM workplace_workspace)",
}
#: Apart from tables: a cluster lets nobody ask for both in one statement.
_SERVER = {
    "database_bytes": "pg_database_size(current_database())",
    "database_connections": _FEW.format("pg_stat_activity", _MINE),
    "database_connections_allowed": "current_setting('max_connections')::int",
    "database_oldest_transaction_seconds": f"(SELECT {_AGE.format('xact_start')} FROM pg_stat_activity"
    f" WHERE {_MINE} AND pid <> pg_backend_pid())",
}


def _open(table: str, condition: str) -> str:
    return _FEW.format(table, f"workspace_id = %(here)s AND {condition}")


def _recent(name: str) -> str:
    return _open("journal_event", f"name = '{name}' AND at > now() - interval '{MINUTES} minutes'")


#: Of each workspace; what is told of all is the sum, of names with "oldest" the largest.
_LOCAL = {
    "intake_oldest_seconds": f"(SELECT {_AGE.format('arrived_at')} FROM"
    " (SELECT arrived_at FROM inboxes_delivery WHERE workspace_id = %(here)s AND state = 'waiting'"
    " ORDER BY id LIMIT 1) AS first)",
    "intake_waiting": _open("inboxes_delivery", "state = 'waiting'"),
    "intake_failed": _open("inboxes_delivery", "state = 'failed'"),
    "intake_quarantined": _open("inboxes_delivery", "state = 'quarantined'"),
    "files_unscanned": _open("conversations_attachment", "scan = 'waiting'"),
    "files_unscanned_oldest_seconds": f"(SELECT {_AGE.format('made_at')} FROM"
    " (SELECT made_at FROM conversations_attachment WHERE workspace_id = %(here)s AND scan = 'waiting'"
    " ORDER BY id LIMIT 1) AS first)",
    "ledger_missing": "(SELECT COALESCE(sum(GREATEST(seen_at_source - held, 0)), 0) FROM inboxes_folder"
    " WHERE workspace_id = %(here)s)",
    "inboxes_broken": _open("inboxes_inbox", "closed_at IS NULL AND health = 'broken'"),
    "inboxes_unsendable": _open("inboxes_inbox", "closed_at IS NULL AND unsendable_since IS NOT NULL"),
    "clocks_late": _open("clocks_clockstep", "done_at IS NULL AND at < now()"),
    "notices_late": _open("notices_noticetrip", "done_at IS NULL AND due_at < now() - interval '1 minute'"),
    "messages_received_recently": _recent("message.received"),
    "messages_sent_recently": _recent("message.sent"),
    "messages_failed_recently": f"{_recent('message.failed')} + {_recent('message.bounced')}",
    "deadlines_missed_recently": _recent("conversation.overdue"),
}
SAID = {
    "disk_free_bytes": "Room beside the blobs.",
    "disk_reserve_bytes": "Room below which deliveries are put off.",
    "database_up": "Whether the database answers.",
    "jobs": "Background jobs by state; what is done is not kept.",
    "jobs_oldest_seconds": "How late the latest due job is.",
    "workers": "Workers that gave a sign of life within two minutes.",
    "outgoing_waiting": "Letters on their way out.",
    "outgoing_oldest_seconds": "How late the latest letter is that should have left.",
    "database_bytes": "Size of the database.",
    "database_connections": "Connections to the database, everybody's.",
    "database_connections_allowed": "Connections that the database allows.",
    "database_oldest_transaction_seconds": "For how long the longest transaction has been open.",
    "files": "Files of messages, as of the last hour.",
    "files_bytes": "Their size as they came: in the store they are packed, and the same file lies once.",
    "replica_bytes_behind": "How much of the database's log the replica has yet to replay.",
    "workspaces": "Workspaces of this installation.",
    "workspaces_looked_into": "Workspaces that these figures are of.",
    "intake_oldest_seconds": "For how long the oldest mail has waited to be read.",
    "intake_waiting": "Mails that wait to be read.",
    "intake_failed": "Mails that could not be read and are kept for another try.",
    "intake_quarantined": "Mails in quarantine.",
    "files_unscanned": "Files that wait to be scanned.",
    "files_unscanned_oldest_seconds": "For how long the oldest file has waited to be scanned.",
    "ledger_missing": "Mails that a mailbox has and we do not.",
    "inboxes_broken": "Inboxes whose mail does not come in.",
    "inboxes_unsendable": "Inboxes whose mail does not leave.",
    "clocks_late": "Steps of deadlines that are due and not done.",
    "notices_late": "Notices that should have left a minute ago.",
    "messages_received_recently": f"Messages that came in during the last {MINUTES} minutes.",
    "messages_sent_recently": f"Messages that left during the last {MINUTES} minutes.",
    "messages_failed_recently": f"Messages that could not be delivered, in the last {MINUTES} minutes.",
    "deadlines_missed_recently": f"Deadlines that passed unanswered in the last {MINUTES} minutes.",
}

_alone = Lock()
_kept: list[tuple[float, bytes]] = []
_next_from: list[UUID] = []
_files: list[tuple[float, dict[str, float]]] = []


def exposed() -> bytes:
    """The figures as Prometheus reads them, at most some seconds old."""
    with _alone:
        if not _kept or time.monotonic() - _kept[0][0] > FRESH or settings.DEBUG:
            _kept[:] = [(time.monotonic(), generate_latest(looked_at()))]
        return _kept[0][1]


def looked_at() -> CollectorRegistry:
    """Look now."""
    now = CollectorRegistry()
    found: dict[str, float] = {
        "disk_free_bytes": disk.free(),
        "disk_reserve_bytes": settings.DISK_RESERVE,
    }
    jobs = Gauge("threadwell_jobs", SAID["jobs"], ["status"], registry=now)
    try:
        for status in ("todo", "doing", "failed"):
            jobs.labels(status).set(0)
        for status, count in _rows("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"):
            jobs.labels(status).set(count)
        found |= _asked(_GLOBAL) | _asked(_SERVER)
        found |= _of_workspaces()
        found |= _of_files()
        if (behind := replica.bytes_behind()) is not None:
            found["replica_bytes_behind"] = behind
        found["database_up"] = 1
    except DatabaseError:
        found["database_up"] = 0
    for name, value in found.items():
        Gauge(f"threadwell_{name}", SAID[name], registry=now).set(value)
    return now


def _of_workspaces() -> dict[str, float]:
    keys = [key for (key,) in _rows("SELECT id FROM workplace_workspace ORDER BY id")]
    if len(keys) > WORKSPACES:
        after = _next_from[0] if _next_from else keys[0]
        keys = [*(key for key in keys if key > after), *(key for key in keys if key <= after)][:WORKSPACES]
        _next_from[:] = [keys[-1]]
    sums = dict.fromkeys(_LOCAL, 0.0)
    for key in keys:
        with tenancy.entered(key):
            here = _asked(_LOCAL, {"here": key})
        for name, value in here.items():
            sums[name] = max(sums[name], value) if "oldest" in name else sums[name] + value
    return {**sums, "workspaces_looked_into": len(keys)}


def _of_files() -> dict[str, float]:
    """How many there are and how much; nothing where that cannot be told quickly."""
    if not _files or time.monotonic() - _files[0][0] > HOURLY or settings.DEBUG:
        try:
            found = replica.read(_counted_files)
        except OperationalError:
            found = {}
        _files[:] = [(time.monotonic(), found)]
    return _files[0][1]


def _counted_files() -> dict[str, float]:
    keys = [key for (key,) in _rows("SELECT id FROM workplace_workspace LIMIT %s", [LOOKED_THROUGH + 1])]
    if len(keys) > LOOKED_THROUGH:
        return {}
    files = total = 0.0
    for key in keys:
        with tenancy.entered(key):
            _told("SET LOCAL statement_timeout = '5s'")
            [(count, size)] = _rows(_FILES, [key])
        files, total = files + count, total + size
    return {"files": files, "files_bytes": total}


def _told(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _asked(questions: dict[str, str], facts: Any = None) -> dict[str, float]:
    """All of them at once."""
    together = "SELECT " + ", ".join(f"({question})::float8" for question in questions.values())
    [values] = _rows(together, facts)
    return dict(zip(questions, values, strict=True))


def _rows(question: str, facts: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, facts)
        return list(cursor.fetchall())
