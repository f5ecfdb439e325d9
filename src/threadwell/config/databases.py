"""Databases: where ours is, and as whom we speak to it.

In:    the options
Out:   what Django's DATABASES wants to hear; a connection for errands before Django is up
Touch: the database, to greet it

Two roles: the owner makes tables and changes them; the application's role serves, and row-level
security binds it, for it owns nothing.
"""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import psycopg

from threadwell.config import postgres
from threadwell.config.reading import DatabaseAddress

#: The environment variable that makes a process speak as the owner; only migrations set it.
OWNER_SWITCH = "THREADWELL_AS_OWNER"
OLDEST = 16


class NotUsable(Exception):
    """There is no database that we can work with; the sentence says where and why."""


def address(options: dict[str, Any], *, as_owner: bool) -> DatabaseAddress:
    """Where the database is for that role."""
    outside: DatabaseAddress | None = options["DATABASE_URL"]
    if outside:
        return (options["DATABASE_OWNER_URL"] or outside) if as_owner else outside
    return DatabaseAddress(
        name=postgres.NAME,
        user=postgres.OWNER if as_owner else postgres.APPLICATION,
        password="",
        host=str(postgres.socket_folder(options["THREADWELL_HOME"])),
        port=postgres.PORT,
        more={},
    )


def described(options: dict[str, Any], *, as_owner: bool) -> dict[str, Any]:
    """The entry of DATABASES."""
    place = address(options, as_owner=as_owner)
    # The owner comes for one short errand, so it needs no pool.
    size = options["THREADWELL_DATABASE_POOL"]
    pool = {} if as_owner else {"pool": {"min_size": 0, "max_size": size, "timeout": 10}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.name,
        "USER": place.user,
        "PASSWORD": place.password,
        "HOST": place.host,
        "PORT": place.port,
        "CONN_HEALTH_CHECKS": not as_owner,
        "OPTIONS": {"application_name": "threadwell", "connect_timeout": 10, **pool, **place.more},
    }


@contextlib.contextmanager
def at_hand(options: dict[str, Any]) -> Iterator[None]:
    """Keep the embedded database up meanwhile; one from outside is up by itself."""
    with (
        contextlib.nullcontext() if options["DATABASE_URL"] else postgres.running(options["THREADWELL_HOME"])
    ):
        yield


def url(place: DatabaseAddress, *, name: str) -> str:
    """The address of another database at the same place, as text."""
    who = quote(place.user, safe="") + (f":{quote(place.password, safe='')}" if place.password else "")
    query = urlencode({"host": place.host, "port": place.port, **place.more})
    return f"postgresql://{who}@/{quote(name, safe='')}?{query}"


def connect(options: dict[str, Any], *, as_owner: bool) -> psycopg.Connection[Any]:
    """A connection of its own; raises `NotUsable` when nobody answers, or somebody too old."""
    place = address(options, as_owner=as_owner)
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
            **place.more,
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
