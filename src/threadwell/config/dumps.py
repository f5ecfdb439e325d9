"""Dumps: a database as a stream of bytes, and back, with every table counted and summed on both sides.

In:    the options; a connection as the owner
Out:   the bytes of one moment (a snapshot); a database that holds exactly them, or is left as it was
Touch: runs pg_dump, pg_restore and psql; a restore writes everything, in one transaction
"""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from threadwell.config import databases, postgres
from threadwell.config.problems import Problem

type Connection = psycopg.Connection[Any]
#: By table: how many rows, and the sum of their hashes, in whatever order they lie.
type Tally = dict[str, tuple[int, str]]

#: A row's text must be the same wherever it is asked for.
_ALIKE = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';"
    " SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL search_path = public"
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_SUMMED = "SELECT count(*), coalesce(sum(hashtextextended(one::text, 0)), 0)::text FROM {} AS one"
#: Functions that are not for everybody; the rights of roles are given anew, for roles may have other names.
_CLOSED = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proacl IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM aclexplode(p.proacl) AS may WHERE may.grantee = 0)
    ORDER BY 1
"""
#: Drawn anew by a migration, for they name roles.
_POLICIES_OF_ROLES = ("searched", "in_sight")
_ONLY_SINCE_17 = b"SET transaction_timeout = 0;\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where in a file the bytes of a database begin."""

    path: Path
    begin: int

    def opened(self) -> int:
        handle = os.open(self.path, os.O_RDONLY)
        os.lseek(handle, self.begin, os.SEEK_SET)
        return handle


@dataclass(slots=True, kw_only=True)
class Moment:
    """The database as it was at one moment, for as long as the block lasts."""

    connection: Connection
    name: str
    closed: list[str]
    tally: Tally = field(default_factory=dict)


def refuse_the_half_blind(owner: Connection) -> None:
    """Row-level security binds owners too; who is bound would back up nothing, and not notice."""
    row = owner.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if not (row and row[0]):
        raise Problem(
            f"The role {owner.info.user} may not see all rows, for row-level security binds it. "
            f"Let a superuser run: ALTER ROLE {owner.info.user} BYPASSRLS "
            "(the role of DATABASE_OWNER_URL, which only migrations and backups use)."
        )


@contextlib.contextmanager
def moment(owner: Connection) -> Iterator[Moment]:
    """Hold one moment still, while everybody else goes on writing."""
    with owner.transaction():
        owner.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        owner.execute(_ALIKE)
        name = owner.execute("SELECT pg_export_snapshot()").fetchone()
        assert name is not None
        closed = [function for (function,) in owner.execute(_CLOSED)]
        yield Moment(connection=owner, name=name[0], closed=closed)


def taken(options: dict[str, Any], now: Moment) -> Generator[bytes]:
    """The bytes of that moment; meanwhile its tables are summed."""
    words = ["--format=custom", "--compress=gzip:1", f"--snapshot={now.name}", "--schema=public"]
    words.append("--extension=*")
    with ThreadPoolExecutor(1) as beside, _Run("pg_dump", words, options=options) as dump:
        summing: Future[Tally] | None = None
        try:
            summing = beside.submit(tally, now.connection)
            while chunk := dump.said.read(1 << 20):
                yield chunk
            dump.ended()
            now.tally = summing.result()
        except BaseException:
            if summing:
                _give_up(summing, now.connection)
            raise


def _give_up(summing: Future[Tally], connection: Connection) -> None:
    """Nobody waits for the sums any more. What comes between two statements is not heard: it is repeated."""
    while not summing.done():
        with contextlib.suppress(psycopg.Error):
            connection.cancel_safe()
        wait([summing], timeout=0.2)


def tally(connection: Connection) -> Tally:
    """Every table's rows, counted and summed. The connection must see them all (`_ALIKE` is set here)."""
    with connection.transaction():
        connection.execute(_ALIKE)
        return {
            name: (count, total)
            for (name,) in connection.execute(_TABLES).fetchall()
            for count, total in connection.execute(sql.SQL(_SUMMED).format(sql.Identifier(name)))
        }


def is_empty(owner: Connection) -> bool:
    return owner.execute(_TABLES).fetchone() is None


def others(owner: Connection) -> int:
    """How many connections besides this one."""
    row = owner.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).fetchone()
    return int(row[0]) if row else 0


def put_back(
    options: dict[str, Any], held: Held, *, expected: Tally, closed: list[str], version: int
) -> None:
    """Make the database what the bytes say, and compare it with what is expected; else leave it as it was."""
    with tempfile.NamedTemporaryFile("w", prefix="threadwell-") as wanted:
        wanted.writelines(_wanted(held))
        wanted.flush()
        alone = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        alone += ["--output=/dev/null", "--file=-"]
        bare = ["--no-owner", "--no-privileges", "--no-comments", f"--use-list={wanted.name}", "--file=-"]
        with _Run("psql", alone, options=options) as psql, _Run("pg_restore", bare, held=held) as script:
            try:
                psql.heard.write(b"DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;\n")
                for number, line in enumerate(script.said):
                    if version >= 170_000 or number > 100 or line != _ONLY_SINCE_17:
                        psql.heard.write(line)
                script.ended()
                psql.heard.write(_comparison(expected, closed).encode())
            except BrokenPipeError:
                pass  # it tells why
            psql.ended()


def _wanted(held: Held) -> Iterator[str]:
    with _Run("pg_restore", ["--list"], held=held) as listing:
        for line in listing.said:
            words = line.decode().split()
            is_of_roles = "POLICY" in words and set(words) & set(_POLICIES_OF_ROLES)
            if not is_of_roles and words[3:6] != ["SCHEMA", "-", "public"]:
                yield line.decode()
        listing.ended()


def _comparison(expected: Tally, closed: list[str]) -> str:
    """The last of the script: raises, and so takes everything back, when a table is not what it was."""
    lines = ["RESET ALL;", f"{_ALIKE};"]
    lines += [f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC;" for function in closed]
    lines += [_compared(name, count, total) for name, (count, total) in expected.items()]
    return "\n".join(lines)


def _compared(name: str, count: int, total: str) -> str:
    table = '"' + name.replace('"', '""') + '"'
    # The owner sees all rows only where row-level security is not forced upon it.
    return f"""
        DO $compare$
        DECLARE
            forced boolean;
            counted bigint;
            total text;
        BEGIN
            SELECT relforcerowsecurity INTO STRICT forced FROM pg_class
            WHERE oid = 'public.{table}'::regclass;
            IF forced THEN ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; END IF;
            SELECT * INTO counted, total FROM ({_SUMMED.format(table)}) AS now;
            IF forced THEN ALTER TABLE {table} FORCE ROW LEVEL SECURITY; END IF;
            IF counted <> {int(count)} OR total <> '{int(total)}' THEN
                RAISE EXCEPTION 'the table {table} has % rows, not the {int(count)} that it had', counted;
            END IF;
        END $compare$;
    """  # noqa: S608  # names of our own tables


class _Run:
    """One of PostgreSQL's programs while it runs; killed when the block ends before it."""

    def __init__(
        self, name: str, words: list[str], *, options: dict[str, Any] | None = None, held: Held | None = None
    ) -> None:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        if options is not None:
            place = databases.address(options, as_owner=True)
            known = {"dbname": place.name, "user": place.user, "host": place.host, "port": place.port}
            told = {key: value for key, value in known.items() if value}
            words = [*words, f"--dbname={make_conninfo(**told, **place.more)}"]
            environment |= {"PGPASSWORD": place.password} if place.password else {}
        self._name = name
        # A file, for nobody reads a pipe while the other two are busy.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the program
        self._source = held.opened() if held else -1
        self._process = subprocess.Popen(
            [postgres.program(name), *words],
            stdin=self._source if held else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us; we end it
        )

    @property
    def heard(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def said(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def ended(self) -> None:
        """Wait for its end; raises `Problem` with its own words when it did not do its work."""
        self._process.communicate()
        if self._process.returncode:
            self._complaints.seek(0)
            told = self._complaints.read().decode(errors="replace").strip()
            raise Problem(f"{self._name} did not do its work:\n{told[-2000:]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError), self._process, self._complaints:
            self._process.kill()
        if self._source >= 0:
            os.close(self._source)
