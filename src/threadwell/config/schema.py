"""Schema: bringing the tables up to date, and telling whether they are.

In:    the migrations of the installed applications
Out:   tables, owned by the owner; rights for the application's role; a mark of what was applied
Touch: the database, as the owner

The mark is the comment on Django's table of migrations, so that a start can see with one query, before
anything heavy is loaded, that there is nothing to do; and it comes along in every backup.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from psycopg import sql

from threadwell.config import databases

_ONE_AT_A_TIME = 7_410_001


def mark(applications: list[str]) -> str:
    """Names every migration that is installed: differs as soon as one comes or goes."""
    names = [
        f"{application}/{path.name}"
        for application in applications
        for folder in (find_spec(application.split(".apps.")[0]).submodule_search_locations or [])  # type: ignore[union-attr]  # an installed application is there
        for path in sorted((Path(folder) / "migrations").glob("[0-9]*.py"))
    ]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]


def is_current(connection: psycopg.Connection[Any], applications: list[str]) -> bool:
    """Whether everything installed has been applied."""
    row = connection.execute(
        "SELECT obj_description(to_regclass('public.django_migrations'), 'pg_class')"
    ).fetchone()
    return row is not None and row[0] == mark(applications)


def bring_up_to_date(options: dict[str, Any], applications: list[str], *, verbosity: int = 1) -> None:
    """Apply what is missing. Django must speak as the owner; a second one at the same time waits."""
    with databases.connect(options, as_owner=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
        call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable", verbosity=0)
        role = databases.address(options, as_owner=False).user
        if role != owner.info.user:
            _let_in(owner, role)
        owner.execute(
            sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(sql.Literal(mark(applications)))
        )


def _let_in(owner: psycopg.Connection[Any], role: str) -> None:
    """The application reads and writes rows; it neither makes nor changes tables."""
    for grant in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    ):
        owner.execute(sql.SQL(grant).format(role=sql.Identifier(role)))  # type: ignore[arg-type]  # our own texts
