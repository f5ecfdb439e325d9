"""Databases: where ours is, and as whom we speak to it.

In:    the options
Out:   addresses; what Django's DATABASES wants to hear
Touch: connections that lie in the pool, when the server has ended one

Two roles: the owner makes tables and changes them; the application's role serves, and row-level
security binds it, for it owns nothing.
"""

import select
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from threadwell.config import postgres
from threadwell.config.problems import WrongSetting
from threadwell.config.reading import DatabaseAddress

#: The environment variable that makes a process speak as the owner; only migrations set it.
OWNER_SWITCH = "THREADWELL_AS_OWNER"
#: what Django calls the replica (kit/replica.py)
REPLICA = "replica"

#: How soon a database is given up that vanished without a word, with its machine or the network.
_NOTICING = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}


def address(options: dict[str, Any], *, as_owner: bool) -> DatabaseAddress:
    """Where the database is for that role."""
    outside: DatabaseAddress | None = options["DATABASE_URL"]
    if outside:
        return (
            (options["DATABASE_OWNER_URL"] or options["DATABASE_DIRECT_URL"] or outside)
            if as_owner
            else outside
        )
    return DatabaseAddress(
        name=postgres.NAME,
        user=postgres.OWNER if as_owner else postgres.APPLICATION,
        password="",
        host=str(postgres.socket_folder(options["THREADWELL_HOME"])),
        port=postgres.PORT,
        more={},
    )


def described(options: dict[str, Any], *, as_owner: bool) -> dict[str, dict[str, Any]]:
    """DATABASES: ours, and its replica where reports are to be read from one."""
    # The owner comes for one short errand, so it needs no pool.
    size = options["THREADWELL_DATABASE_POOL"]
    pool = {} if as_owner else {"pool": {"min_size": 0, "max_size": size, "timeout": 10, "check": check}}
    ours = _entry(options, address(options, as_owner=as_owner), keeps=not as_owner, **pool)
    copy = replica_address(options)
    # Reports are few and long: each opens a line of its own, and nobody waits long for one that is away.
    return {"default": ours} | (
        {REPLICA: _entry(options, copy, keeps=False, connect_timeout=2)} if copy and not as_owner else {}
    )


def replica_address(options: dict[str, Any]) -> DatabaseAddress | None:
    """Where the replica is; raises `WrongSetting` where it would be read as somebody else."""
    copy: DatabaseAddress | None = options["DATABASE_REPLICA_URL"]
    outside: DatabaseAddress | None = options["DATABASE_URL"]
    if copy is None:
        return None
    if outside is None:
        raise WrongSetting("DATABASE_REPLICA_URL: there can be one only of the database of DATABASE_URL.")
    if (copy.user, copy.name) != (outside.user, outside.name):
        # Another role may look past the walls between workspaces.
        raise WrongSetting(
            f"DATABASE_REPLICA_URL: read the role {copy.user!r} and the database {copy.name!r}; "
            f"allowed are those of DATABASE_URL, {outside.user!r} and {outside.name!r}."
        )
    return copy


def _entry(options: dict[str, Any], place: DatabaseAddress, *, keeps: bool, **more: Any) -> dict[str, Any]:
    return {
        "ENGINE": "threadwell.kit.database",
        "NAME": place.name,
        "USER": place.user,
        "PASSWORD": place.password,
        "HOST": place.host,
        "PORT": place.port,
        "CONN_HEALTH_CHECKS": keeps,
        "OPTIONS": {
            "application_name": "threadwell",
            "connect_timeout": 10,
            **_NOTICING,
            "prepare_threshold": 3 if options["THREADWELL_PREPARED_STATEMENTS"] else None,
            **more,
            **place.more,
        },
    }


def around_the_pooler(options: dict[str, Any]) -> dict[str, str]:
    """What is other for a connection that listens, as psycopg wants to hear it; mostly nothing."""
    place: DatabaseAddress | None = options["DATABASE_DIRECT_URL"]
    return as_libpq_says(place) if place else {}


def as_libpq_says(place: DatabaseAddress) -> dict[str, str]:
    """An address, as psycopg wants to hear it."""
    named = {
        "dbname": place.name,
        "user": place.user,
        "password": place.password,
        "host": place.host,
        "port": place.port,
    }
    return {**{key: value for key, value in named.items() if value}, **place.more}


def check(connection: Any) -> None:
    """Raise when the server has ended a connection that lay in the pool.

    Asking it before each request would be one more way there and back. It is asked only when it has said
    something by itself, and a server that goes, or is gone, does so: the socket can be read. The others in
    the pool have most likely ended with it: they are replaced together, for the pool waits longer after each
    that it finds dead by itself, and with five of them longer than anybody waits for a page.
    """
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if not socket.poll(0):
        return
    try:
        connection.execute("")
    except psycopg.Error:
        connections[DEFAULT_DB_ALIAS].pool.check()  # type: ignore[attr-defined]  # PostgreSQL's have one
        raise
    if not connection.autocommit:
        connection.rollback()


def url(place: DatabaseAddress, *, name: str) -> str:
    """The address of another database at the same place, as text."""
    who = quote(place.user, safe="") + (f":{quote(place.password, safe='')}" if place.password else "")
    query = urlencode({"host": place.host, "port": place.port, **place.more})
    return f"postgresql://{who}@/{quote(name, safe='')}?{query}"
