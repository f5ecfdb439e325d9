"""What every test may lean on: a real PostgreSQL, made once per run, and a database per worker.

The code under test speaks to it as the application's role, so row-level security holds there as it does
in life; only this file speaks as the owner.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import OperationalError, connection
from django.db.models.signals import post_migrate  # noqa: TID251 - to silence those of Django
from psycopg import sql
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import cluster
from tests.standby import copy, follower
from threadwell.config import databases, home, postgres, reading

__all__ = ["copy", "follower"]

TEMPLATE = "threadwell_template"
servers = contextlib.ExitStack()


#: Files that start programs of their own for all their tests: each stays with one worker.
BY_FILE = (
    *("tests/browser/", "tests/operations/", "tests/torture/", "tests/config/test_up.py"),
    *("tests/config/test_checks.py", "tests/kit/test_replica.py", "tests/interfaces/web/test_reports.py"),
    *("tests/interfaces/web/test_live.py", "tests/interfaces/gateways/test_imap.py"),
)


class ByFile(LoadScopeScheduling):
    """Those first, as wholes; every other test goes to whoever has time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.startswith(BY_FILE) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Start the server, once: workers of pytest-xdist find it in the folder they inherit."""
    if not hasattr(config, "workerinput") and not settings.OPTIONS["DATABASE_URL"]:
        home.prepare(settings.HOME)
        servers.enter_context(postgres.running(settings.HOME, is_durable=False))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.close()
        shutil.rmtree(settings.HOME, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests counted: requests walked, letters shown, cells of a table called."""
    passed = terminalreporter.stats.get("passed", [])
    counted: dict[str, int] = {}
    for name, number in (fact for report in passed for fact in report.user_properties):
        if isinstance(number, int):
            counted[name] = counted.get(name, 0) + number
    for name, number in counted.items():
        terminalreporter.write_line(f"counted: {number:,} {name}")


@pytest.fixture(scope="session")
def django_db_setup(worker_id: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database for this worker, copied from one that was migrated once."""
    name = f"threadwell_test_{worker_id}"
    place = databases.address(settings.OPTIONS, as_owner=True)
    if settings.OPTIONS["DATABASE_URL"] and cluster.is_one(place):
        cluster.prepare(place, name, application().user)
        # Tests that commit are cleaned up by this instead of by truncating.
        connection.ops.execute_sql_flush = lambda _statements: cluster.emptied(place, name)  # type: ignore[method-assign]
    else:
        copy_template(name)
        clear = connection.ops.execute_sql_flush
        connection.ops.execute_sql_flush = partial(patiently, clear)  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's connections have pools
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    # Django would write its lists of models and permissions anew after each test that commits; nobody asks.
    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


def patiently(clear: Callable[[list[str]], None], statements: list[str]) -> None:
    """A program of the test's may be reading meanwhile: one of both gives way, and not always the program."""
    try:
        clear(statements)
    except OperationalError:
        clear(statements)


def copy_template(name: str) -> None:
    with as_owner("postgres") as owner:
        # Workers come at the same time; the first makes the template, the others wait for it.
        owner.execute("SELECT pg_advisory_lock(7411)")
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            make_template(owner)
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        owner.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
        owner.execute("SELECT pg_advisory_unlock(7411)")


def make_template(owner: psycopg.Connection[Any]) -> None:
    owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    try:
        made = subprocess.run(
            [sys.executable, "-m", "threadwell", "migrate"],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
                "DATABASE_URL": url(TEMPLATE, as_owner=False),
                "DATABASE_OWNER_URL": url(TEMPLATE),
            },
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout + made.stderr
        with as_owner(TEMPLATE) as within:
            # Tests that commit are cleaned up by truncating, which the application itself may not.
            within.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {application().user}")
    except BaseException:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(TEMPLATE)))
        raise


@pytest.fixture(scope="session")
def embedded() -> None:
    """For what is done to the server itself."""
    if settings.OPTIONS["DATABASE_URL"]:
        pytest.skip("the database is elsewhere")


@pytest.fixture(scope="session")
def one_machine() -> None:
    """For what only one PostgreSQL has: triggers, and plans of queries inside functions."""
    place = databases.address(settings.OPTIONS, as_owner=True)
    if settings.OPTIONS["DATABASE_URL"] and cluster.is_one(place):
        pytest.skip("on a cluster there are no triggers, and functions run where nobody sees their plans")


@contextlib.contextmanager
def as_owner(name: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url(name), autocommit=True) as connected:
        yield connected


def sever(name: str) -> None:
    """End every connection to a database, as a server does that is started again."""
    with as_owner("postgres") as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
        )


@contextlib.contextmanager
def as_application() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        url(settings.DATABASES["default"]["NAME"], as_owner=False), autocommit=True
    ) as connected:
        yield connected


def application() -> reading.DatabaseAddress:
    return databases.address(settings.OPTIONS, as_owner=False)


def url(name: str, *, as_owner: bool = True) -> str:
    place = databases.address(settings.OPTIONS, as_owner=as_owner)
    return databases.url(place, name=name)


@pytest.fixture(autouse=True)
def no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit leave no jobs behind; Django's own clean-up does not know that table."""
    yield
    if "transactional_db" in request.fixturenames and "django_db_setup" in request.fixturenames:
        with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
            owner.execute("TRUNCATE procrastinate_jobs CASCADE")
