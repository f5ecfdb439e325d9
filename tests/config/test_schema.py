"""A database from outside: greeted, refused with a reason, and brought up to date under one or two roles."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.conftest import as_application, as_owner, url
from threadwell.config import databases, postgres, schema
from threadwell.config.problems import NotUsable

ROLE = "outside_desk"
#: Whatever database the tests have, its owner is nobody here.
ALONE = {"DJANGO_SETTINGS_MODULE": "threadwell.config.settings", "DATABASE_OWNER_URL": ""}


@pytest.fixture
def outside(worker_id: str) -> Iterator[str]:
    """A database whose owner is an ordinary role, as a provider hands it out."""
    name = role = f"{ROLE}_{worker_id}"
    with as_owner("postgres") as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role)))
        owner.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(role))
        )
        try:
            place = replace(databases.address(settings.OPTIONS, as_owner=False), user=role)
            yield databases.url(place, name=name)
        finally:
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def threadwell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "threadwell", *words],
        env={**os.environ, **ALONE, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_ordinary_role_may_own_and_serve_and_the_wall_between_workspaces_holds_it_too(
    outside: str,
) -> None:
    first = threadwell("migrate", "--quiet", DATABASE_URL=outside)
    assert first.returncode == 0, first.stderr
    again = threadwell("migrate", "--quiet", DATABASE_URL=outside)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    with psycopg.connect(outside, autocommit=True) as connection:
        assert schema.is_current(connection, settings.INSTALLED_APPS)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(
                "INSERT INTO workplace_team (id, workspace_id, name)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), 'Nobody''s')"
            )


def test_migrating_tells_the_link_of_the_first_start_until_there_is_a_workspace(outside: str) -> None:
    told = threadwell("migrate", DATABASE_URL=outside, THREADWELL_URL="https://desk.firm.example")
    assert "https://desk.firm.example/setup/" in told.stdout, told.stderr
    with psycopg.connect(outside, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO workplace_workspace"
            " (id, name, slug, zone, region, is_owner_required, is_restricted, is_demo, made_at)"
            " VALUES (gen_random_uuid(), 'Nordhavn', 'nordhavn', 'UTC', '', false, false, false, now())"
        )
    told = threadwell("migrate", DATABASE_URL=outside)
    assert (told.returncode, "/setup/" in told.stdout) == (0, False)


def test_tables_are_those_that_django_makes_in_its_own_slow_way(
    outside: str, db: None, one_machine: None
) -> None:
    slowly = (
        "import django; django.setup();"
        " from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    made = subprocess.run(
        [sys.executable, "-c", slowly],
        env={
            **os.environ,
            **ALONE,
            "DATABASE_URL": outside,
            databases.OWNER_SWITCH: "yes",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    ours = _tables(url(settings.DATABASES["default"]["NAME"]))
    assert len(ours) > 500
    assert ours == _tables(outside)


def _tables(place: str) -> list[str]:
    """What pg_dump says of a database's tables, functions, indexes; no owners, rights, policies."""
    left_out = ("--no-owner", "--no-privileges", "--no-comments", "--no-policies")
    told = subprocess.run(
        [postgres.program("pg_dump"), "--schema-only", *left_out, "--exclude-table=cache_entry", place],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in told.stdout.splitlines() if line and not line.startswith(("--", "\\", "SET "))]


def test_command_of_the_trade_asks_for_tables_first(outside: str) -> None:
    refused = threadwell("worker", DATABASE_URL=outside)
    assert refused.returncode == 1
    assert refused.stderr == "The database's tables are not up to date. Run: threadwell migrate\n"


def test_new_migration_makes_the_tables_out_of_date(db: None) -> None:
    with psycopg.connect(url(settings.DATABASES["default"]["NAME"]), autocommit=True) as connection:
        assert schema.is_current(connection, settings.INSTALLED_APPS)
        assert not schema.is_current(connection, [*settings.INSTALLED_APPS, "django.contrib.sites"])


@pytest.mark.parametrize("as_whom", [True, False])
def test_database_that_does_not_answer_is_named_with_the_setting(as_whom: bool) -> None:
    place = replace(databases.address(settings.OPTIONS, as_owner=True), host="127.0.0.1", port="1")
    options: dict[str, Any] = {**settings.OPTIONS, "DATABASE_URL": place, "DATABASE_OWNER_URL": place}
    with pytest.raises(NotUsable, match=r"DATABASE_(OWNER_)?URL: no database .* answers at 127\.0\.0\.1:1"):
        schema.connect(options, as_owner=as_whom)


def test_role_of_the_application_can_neither_make_nor_change_tables(db: None) -> None:
    with as_application() as connection:
        for attempt in (
            "CREATE TABLE mine (id int)",
            "ALTER TABLE workplace_team DISABLE ROW LEVEL SECURITY",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(attempt)
