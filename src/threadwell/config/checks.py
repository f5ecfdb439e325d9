"""Checks: what may be wrong with an installation, and how to mend it.

In:    the settings, and a connection as the application's role
Out:   findings
Touch: looks at the database, the data folder, the ports and the disk; changes nothing
"""

import socket
import ssl
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from cryptography import x509
from psycopg import sql

from threadwell.config import databases, marks
from threadwell.kit import clock, disk, replica, scanner

type Connection = psycopg.Connection[Any]

#: Directories that must be read before anyone knows which workspace is meant; they hold keys only.
_OPEN_ON_PURPOSE = ["inboxes_door", "conversations_dispatch"]
_LONG_SILENCE = 300  #: seconds; systems say 7,200 by themselves


_UNWELL = """SELECT name, CASE health WHEN 'broken' THEN health_because ELSE '' END, unsendable_because
    FROM inboxes_inbox WHERE workspace_id = %s AND closed_at IS NULL
        AND (health = 'broken' OR unsendable_since IS NOT NULL) ORDER BY name"""


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: how it is, and how to mend it where it is not well."""

    level: Level
    what: str
    mend: str = ""


def of_home(options: dict[str, Any]) -> Iterator[Finding]:
    home: Path = options["THREADWELL_HOME"]
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o066:
        yield _warn(f"others may look into {home}", f"chmod go-rw '{home}'")
    else:
        yield _ok(f"data folder {home}")
    loose = [path for path in sorted((home / "keys").iterdir()) if path.stat().st_mode & 0o077]
    if loose:
        yield _fail(f"others may read the key {loose[0]}", f"chmod 600 '{loose[0]}'")
    else:
        yield _ok("only we may read the keys")


def of_disk(options: dict[str, Any]) -> Iterator[Finding]:
    free, reserve = disk.free(), options["THREADWELL_DISK_RESERVE"] * 2**20
    told = f"{free / 2**30:.1f} GiB free for mails and attachments"
    mend = "Make room, or point THREADWELL_BLOBS to a larger disk."
    if free < reserve:
        yield _fail(f"{told}: deliveries are put off", mend)
    elif free < 4 * reserve:
        yield _warn(told, mend)
    else:
        yield _ok(told)


def of_database(connection: Connection, applications: list[str]) -> Iterator[Finding]:
    major, minor = divmod(connection.info.server_version, 10_000)
    yield _ok(f"PostgreSQL {major}.{minor} answers as {connection.info.user}")
    row = connection.execute(
        "SELECT obj_description(to_regclass('public.django_migrations'), 'pg_class')"
    ).fetchone()
    if row and row[0] == marks.of_migrations(applications):
        yield _ok("the tables are up to date")
    else:
        yield _fail("the tables are not up to date", "threadwell migrate")
    yield from _of_walls(connection)
    yield from _of_clock(connection)
    yield from _of_line(connection)


def _of_walls(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and any(row):
        yield _warn(
            f"the role {connection.info.user} walks around row-level security",
            "Let DATABASE_URL name a role that is neither superuser nor BYPASSRLS, "
            "and DATABASE_OWNER_URL the one that owns the tables.",
        )
    else:
        yield _ok("row-level security binds our role")
    open_tables = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        " AND a.attname = 'workspace_id' AND NOT a.attisdropped"
        " AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND c.relname <> ALL(%s) ORDER BY 1",
        [_OPEN_ON_PURPOSE],
    ).fetchall()
    if open_tables:
        names = ", ".join(name for (name,) in open_tables)
        yield _fail(f"no wall between workspaces in: {names}", "threadwell migrate")


def _of_clock(connection: Connection) -> Iterator[Finding]:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    apart = abs(clock.now() - row[0])
    told = f"our clock and the database's are {apart.total_seconds():.1f} seconds apart"
    if apart > timedelta(seconds=2):
        yield (_fail if apart > timedelta(seconds=30) else _warn)(
            told, "Let both machines follow a time server, such as with systemd-timesyncd or chrony."
        )
    else:
        yield _ok(told)


def _of_line(connection: Connection) -> Iterator[Finding]:
    [idle] = connection.execute("SELECT current_setting('tcp_keepalives_idle')::int").fetchone() or (0,)
    if idle > _LONG_SILENCE:  # 0 where there is no network in between
        yield _warn(
            f"a machine of ours that vanishes keeps what it has locked for {idle // 60} minutes",
            "ALTER SYSTEM SET tcp_keepalives_idle = 30; ALTER SYSTEM SET tcp_user_timeout = '30s'; "
            "SELECT pg_reload_conf()",
        )


def of_replica(options: dict[str, Any], primary: Connection) -> Iterator[Finding]:
    """How far behind the replica is, and whether long reports can be read there to their end."""
    place = databases.replica_address(options)
    if place is None:
        return
    try:
        with psycopg.connect(**databases.as_libpq_says(place), connect_timeout=5, autocommit=True) as copy:  # type: ignore[arg-type]  # libpq's own options are all texts
            yield from _of_copy(copy, primary, bound=options["THREADWELL_REPLICA_WAIT"])
    except psycopg.Error as problem:
        yield _warn(
            f"the replica does not answer ({str(problem).strip()}): reports are read from the primary",
            "Look after it, or take DATABASE_REPLICA_URL away.",
        )


def _of_copy(copy: Connection, primary: Connection, *, bound: int) -> Iterator[Finding]:
    [here] = primary.execute("SELECT system_identifier FROM pg_control_system()").fetchone() or (None,)
    [there] = copy.execute("SELECT system_identifier FROM pg_control_system()").fetchone() or (None,)
    [follows] = copy.execute("SELECT pg_is_in_recovery()").fetchone() or (False,)
    if here != there or not follows:
        yield _fail(
            "DATABASE_REPLICA_URL leads to no replica of our database: reports are read from the primary",
            "Name one that follows it (pg_basebackup --write-recovery-conf).",
        )
        return
    [position] = primary.execute(replica.POSITION).fetchone() or ("0/0",)
    begun = clock.now()
    while (bytes_behind := _behind(copy, position)) > 0 and clock.now() - begun < timedelta(seconds=bound):
        time.sleep(0.05)
    took = (clock.now() - begun).total_seconds()
    if bytes_behind > 0:
        yield _warn(
            f"the replica is {bytes_behind / 2**20:,.1f} MiB behind after {bound} seconds: "
            "reports are read from the primary",
            "Look at its load, its network and what it says in its log.",
        )
    else:
        yield _ok(f"the replica had everything after {took:.2f} seconds")
    [feedback] = copy.execute("SHOW hot_standby_feedback").fetchone() or ("off",)
    if feedback != "on":
        yield _warn("the replica may break off long reports", "Set hot_standby_feedback = on there.")


def _behind(copy: Connection, position: str) -> float:
    [behind] = copy.execute(replica.BEHIND, [position]).fetchone() or (0.0,)
    return float(behind or 0.0)


def of_jobs(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE status = 'todo' AND COALESCE(scheduled_at, now()) <= now()),"
        " count(*) FILTER (WHERE status = 'failed'),"
        " (SELECT max(last_heartbeat) > now() - interval '2 minutes' FROM procrastinate_workers)"
        " FROM procrastinate_jobs"
    ).fetchone()
    assert row is not None
    due, failed, is_working = row
    if is_working:
        yield _ok(f"a worker is at work; {due} jobs wait")
    else:
        yield _warn(f"no worker is at work; {due} jobs wait", "threadwell up, or threadwell worker")
    if failed:
        yield _warn(
            f"{failed} jobs failed for good",
            "The log says why; threadwell manage procrastinate shell retries them.",
        )


def of_inboxes(connection: Connection) -> Iterator[Finding]:
    workspaces = connection.execute("SELECT id, slug FROM workplace_workspace ORDER BY slug").fetchall()
    is_well = True
    for workspace_id, slug in workspaces:
        with connection.transaction():
            # Not by set_config(), which a cluster does not tell its machines of.
            here = sql.SQL("SET LOCAL threadwell.workspace = {}").format(sql.Literal(str(workspace_id)))
            connection.execute(here)
            rows = connection.execute(_UNWELL, [workspace_id]).fetchall()
        for name, came_in, leaves in rows:
            is_well = False
            mend = f"its page in the workspace {slug} says how"
            if came_in:
                yield _warn(f"inbox {name} of {slug}: mail does not come in: {came_in}", mend)
            if leaves:
                yield _warn(f"inbox {name} of {slug}: mail does not leave: {leaves}", mend)
    if is_well:
        yield _ok("every inbox works")


def of_doors(options: dict[str, Any]) -> Iterator[Finding]:
    doors = (
        ("web server", options["THREADWELL_HOST"], options["THREADWELL_PORT"]),
        ("SMTP gateway", options["THREADWELL_GATEWAY_HOST"], options["THREADWELL_SMTP_PORT"]),
        ("LMTP gateway", options["THREADWELL_GATEWAY_HOST"], options["THREADWELL_LMTP_PORT"]),
    )
    for name, host, port in doors:
        if not port:
            yield _ok(f"the {name} is turned off")
        elif _somebody_listens(host, port):
            yield _ok(f"the {name} listens on {host}:{port}")
        else:
            yield _warn(f"the {name} does not listen on {host}:{port}", "threadwell up")


def _somebody_listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def of_scanner() -> Iterator[Finding]:
    """Whether clamd answers, where files are to be scanned."""
    if not scanner.is_on():
        yield _ok("files are not scanned")
        return
    try:
        yield _ok(f"files are scanned by {scanner.version()}")
    except scanner.Away as away:
        yield _warn(
            f"clamd does not answer: files wait to be scanned, and letters with them ({away})",
            "Start clamd, let this user reach it, or take THREADWELL_CLAMAV away.",
        )


def of_certificate(options: dict[str, Any]) -> Iterator[Finding]:
    chain, key = options["THREADWELL_GATEWAY_CERTIFICATE"], options["THREADWELL_GATEWAY_CERTIFICATE_KEY"]
    if not chain:
        yield _warn(
            "the mail gateway encrypts with a certificate of its own making, which proves nothing to others",
            "Name a real one: THREADWELL_GATEWAY_CERTIFICATE and THREADWELL_GATEWAY_CERTIFICATE_KEY.",
        )
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
        ends = x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as problem:
        yield _fail(
            f"the gateway's certificate {chain} cannot be used ({problem})",
            "Check both files and who may read them.",
        )
        return
    left = ends - clock.now()
    if left < timedelta(days=14):
        yield (_warn if left > timedelta(0) else _fail)(
            f"the gateway's certificate ends on {ends:%Y-%m-%d}", "Renew it."
        )
    else:
        yield _ok(f"the gateway's certificate is good until {ends:%Y-%m-%d}")


def _ok(what: str) -> Finding:
    return Finding(level=Level.OK, what=what)


def _warn(what: str, mend: str) -> Finding:
    return Finding(level=Level.WARN, what=what, mend=mend)


def _fail(what: str, mend: str) -> Finding:
    return Finding(level=Level.FAIL, what=what, mend=mend)
