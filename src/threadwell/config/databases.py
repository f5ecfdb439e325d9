"""Databases: where ours is, and as whom we speak to it.

In:    the options
Out:   addresses; what Django's DATABASES wants to hear
Touch: nothing

Two roles: the owner makes tables and changes them; the application's role serves, and row-level
security binds it, for it owns nothing.
"""

import select
from typing import Any
from urllib.parse import quote, urlencode

from threadwell.config import postgres
from threadwell.config.reading import DatabaseAddress

#: The environment variable that makes a process speak as the owner; only migrations set it.
OWNER_SWITCH = "THREADWELL_AS_OWNER"


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


def described(options: dict[str, Any], *, as_owner: bool) -> dict[str, Any]:
    """The entry of DATABASES."""
    place = address(options, as_owner=as_owner)
    # The owner comes for one short errand, so it needs no pool.
    size = options["THREADWELL_DATABASE_POOL"]
    pool = {} if as_owner else {"pool": {"min_size": 0, "max_size": size, "timeout": 10, "check": check}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.name,
        "USER": place.user,
        "PASSWORD": place.password,
        "HOST": place.host,
        "PORT": place.port,
        "CONN_HEALTH_CHECKS": not as_owner,
        "OPTIONS": {
            "application_name": "threadwell",
            "connect_timeout": 10,
            "prepare_threshold": 3 if options["THREADWELL_PREPARED_STATEMENTS"] else None,
            **pool,
            **place.more,
        },
    }


def around_the_pooler(options: dict[str, Any]) -> dict[str, str]:
    """What is other for a connection that listens, as psycopg wants to hear it; mostly nothing."""
    place: DatabaseAddress | None = options["DATABASE_DIRECT_URL"]
    if not place:
        return {}
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
    something by itself, and a server that goes, or is gone, does so: the socket can be read.
    """
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if socket.poll(0):
        connection.execute("")
        if not connection.autocommit:
            connection.rollback()


def url(place: DatabaseAddress, *, name: str) -> str:
    """The address of another database at the same place, as text."""
    who = quote(place.user, safe="") + (f":{quote(place.password, safe='')}" if place.password else "")
    query = urlencode({"host": place.host, "port": place.port, **place.more})
    return f"postgresql://{who}@/{quote(name, safe='')}?{query}"
