"""A Citus cluster for tests: a database on all of its machines, with our tables spread over them.

In:    a coordinator's address, as its owner; the database it names has Citus and knows its machines
Out:   a database of that name, migrated and distributed, for the application's role
Touch: those servers
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from threadwell.config import databases, schema
from threadwell.config.reading import DatabaseAddress

SHARDS = 2  #: of each table, one on a machine; more take longer to be truncated


def is_one(place: DatabaseAddress) -> bool:
    """Does a Citus coordinator with workers answer there?"""
    with _connected(place, place.name) as owner:
        has_citus = owner.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'").fetchone()
        return bool(has_citus and owner.execute(_WORKERS).fetchone())


def prepare(
    place: DatabaseAddress, name: str, role: str, *, is_spread: bool = True, is_fresh: bool = False
) -> None:
    """The database, new; where one is left from before with the tables of today, that one."""
    if is_spread and not is_fresh and _is_of_today(place, name):
        return
    with _connected(place, place.name) as owner:
        nodes = owner.execute(_NODES).fetchall()
    for host, port, _group in nodes:
        node = replace(place, host=host, port=str(port))
        with _connected(node, "postgres") as owner:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with _connected(node, name) as owner:
            owner.execute("CREATE EXTENSION citus")
    with _connected(place, name) as owner:
        (host, port, _group), *workers = nodes
        owner.execute("SELECT citus_set_coordinator_host(%s, %s)", [host, port])
        for host, port, _group in workers:
            owner.execute("SELECT citus_add_node(%s, %s)", [host, port])
        owner.execute(
            sql.SQL("ALTER DATABASE {} SET citus.shard_count TO {}").format(sql.Identifier(name), SHARDS)
        )
    run(place, name, role, "migrate", "--quiet")
    if is_spread:
        run(place, name, role, "scale", "distribute")
    with _connected(place, name) as owner:
        # Tests that commit are cleaned up by truncating, which the application itself may not.
        owner.execute(
            sql.SQL("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role))
        )


def emptied(place: DatabaseAddress, name: str) -> None:
    """No rows are left, on any machine. To truncate a hundred spread tables takes many seconds."""
    with _connected(place, name) as owner:
        nodes = owner.execute(_NODES).fetchall()
    for host, port, _group in nodes:
        with _connected(replace(place, host=host, port=str(port)), name) as owner:
            owner.execute(_EMPTY)


def workers(place: DatabaseAddress) -> list[DatabaseAddress]:
    with _connected(place, place.name) as owner:
        nodes = owner.execute(_NODES).fetchall()
    return [replace(place, host=host, port=str(port)) for host, port, group in nodes if group]


def as_role(places: list[DatabaseAddress], role: str) -> list[DatabaseAddress]:
    return [replace(place, user=role) for place in places]


def settings_of(place: DatabaseAddress, name: str, role: str) -> dict[str, str]:
    """What a process is told about that database."""
    return {
        "DATABASE_URL": databases.url(replace(place, user=role), name=name),
        "DATABASE_OWNER_URL": databases.url(place, name=name),
    }


def run(place: DatabaseAddress, name: str, role: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of ours, over that database."""
    done = tried(place, name, role, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def tried(place: DatabaseAddress, name: str, role: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "threadwell", *words],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
            **settings_of(place, name, role),
        },
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def _is_of_today(place: DatabaseAddress, name: str) -> bool:
    try:
        with _connected(place, name) as owner:
            is_spread = owner.execute("SELECT to_regclass('threadwell_keys_to_come') IS NULL").fetchone()
            return (
                schema.is_current(owner, settings.INSTALLED_APPS)
                and is_spread == (True,)
                and bool(owner.execute("SELECT 1 FROM pg_dist_partition WHERE partmethod = 'h'").fetchone())
            )
    except psycopg.Error:
        return False


@contextlib.contextmanager
def _connected(place: DatabaseAddress, name: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(databases.url(place, name=name), autocommit=True) as connected:
        yield connected


_WORKERS = "SELECT 1 FROM pg_dist_node WHERE groupid <> 0 AND shouldhaveshards"
_NODES = "SELECT nodename, nodeport, groupid FROM pg_dist_node ORDER BY groupid"
# Each machine by itself: its shards, and on the coordinator what is no shell of them. Keys are not asked.
_EMPTY = """
    DO $do$
    DECLARE found regclass; has_rows boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        SET LOCAL citus.override_table_visibility = off;
        FOR found IN
            SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
                AND NOT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = c.oid)
                AND pg_relation_size(c.oid) > 0
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', found) INTO has_rows;
            IF has_rows THEN
                EXECUTE format('DELETE FROM %s', found);
            END IF;
        END LOOP;
    END $do$
"""
