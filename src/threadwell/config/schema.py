"""Schema: bringing the tables up to date, and telling whether they are.

In:    the migrations of the installed applications
Out:   tables, owned by the owner; rights for the application's role; walls inside workspaces; a mark of what
       was applied
Touch: the database, as the owner

The mark is the comment on Django's table of migrations, so that a start can see with one query, before
anything heavy is loaded, that there is nothing to do; and it comes along in every backup.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from django.core.management import call_command
from psycopg import sql

from threadwell import __version__
from threadwell.config import databases, marks, rendering
from threadwell.config.problems import NotUsable
from threadwell.record.sight import walls

OLDEST = 16
_ONE_AT_A_TIME = 7_410_001
SEARCHED = (
    *("conversations_conversation", "conversations_message", "conversations_word"),
    *("people_contact", "people_identity", "people_organisation", "work_workitem"),
)


def connect(options: dict[str, Any], *, as_owner: bool) -> psycopg.Connection[Any]:
    """A connection of its own; raises `NotUsable` when nobody answers, or somebody too old."""
    place = databases.address(options, as_owner=as_owner)
    setting = "DATABASE_OWNER_URL" if as_owner and options["DATABASE_OWNER_URL"] else "DATABASE_URL"
    try:
        connection = psycopg.connect(
            dbname=place.name,
            user=place.user or None,
            password=place.password or None,
            host=place.host or None,
            port=place.port or None,
            connect_timeout=10,
            autocommit=True,
            prepare_threshold=None,  # a pooler may be in between
            **place.more,  # type: ignore[arg-type]  # libpq's own options are all texts
        )
    except psycopg.OperationalError as problem:
        raise NotUsable(
            f"{setting}: no database {place.name!r} answers at {place.host or 'the local socket'}"
            f"{':' + place.port if place.port else ''} ({str(problem).strip()}). "
            f"Check the address, the password, and that PostgreSQL {OLDEST} or newer runs there."
        ) from None
    if connection.info.server_version < OLDEST * 10_000:
        version = connection.info.server_version // 10_000
        connection.close()
        raise NotUsable(f"{setting}: PostgreSQL there is version {version}; allowed is {OLDEST} or newer.")
    return connection


def is_current(connection: psycopg.Connection[Any], applications: list[str]) -> bool:
    """Whether everything installed has been applied."""
    row = connection.execute(
        "SELECT obj_description(to_regclass('public.django_migrations'), 'pg_class')"
    ).fetchone()
    return row is not None and row[0] == marks.of_migrations(applications)


def brought_by(connection: psycopg.Connection[Any]) -> str:
    """The version of Threadwell that brought the tables to where they are; empty where nobody noted it."""
    row = connection.execute(
        "SELECT col_description(to_regclass('public.django_migrations'), attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass('public.django_migrations') AND attname = 'applied'"
    ).fetchone()
    return str(row[0] or "") if row else ""


@contextlib.contextmanager
def alone(options: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, while nobody else changes tables; a second one waits."""
    with connect(options, as_owner=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
        yield owner


def bring_up_to_date(options: dict[str, Any], applications: list[str], *, verbosity: int = 1) -> None:
    """Apply what is missing. Django must speak as the owner; a second one at the same time waits."""
    with alone(options) as owner:
        with rendering.one_by_one():
            call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable", verbosity=0)
        role = databases.address(options, as_owner=False).user
        if role != owner.info.user:
            _let_in(owner, role)
        for statement in walls.drawn(dict(owner.execute(walls.BEFORE).fetchall())):
            owner.execute(statement)  # made of names of our own tables
        owner.execute(
            sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(
                sql.Literal(marks.of_migrations(applications))
            )
        )
        owner.execute(
            sql.SQL("COMMENT ON COLUMN django_migrations.applied IS {}").format(
                sql.Literal(f"Threadwell {__version__}")
            )
        )


def _let_in(owner: psycopg.Connection[Any], role: str) -> None:
    """The application reads and writes rows; it neither makes nor changes tables."""
    for grant in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        # Entries of the audit are added; they go only by the database's own hand, with their workspace.
        "REVOKE UPDATE, DELETE ON journal_auditentry FROM {role}",
    ):
        owner.execute(sql.SQL(grant).format(role=sql.Identifier(role)))
    for table in SEARCHED:
        # The functions of search run as the owner and name the workspace themselves (ADR 0010).
        owner.execute(sql.SQL("DROP POLICY IF EXISTS searched ON {}").format(sql.Identifier(table)))
        owner.execute(
            sql.SQL("CREATE POLICY searched ON {} FOR SELECT TO CURRENT_USER USING (true)").format(
                sql.Identifier(table)
            )
        )
