"""Pace: how often somebody may knock, counted where all processes see it.

In:    a name for whoever knocks, at which door; how often in how long
Out:   nothing, or how long to wait
Touch: the table ``workplace_pace`` (unlogged: after a crash everybody begins anew)

One statement decides and counts (a generic cell rate: the row says until when all that came is paid for), so
that two processes at the same moment never let in one more than is allowed. Nobody can have come so often
that they are ahead by more than the whole span: whose row says so met a clock that went wrong, and begins
anew.
"""

import random
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.db import connection

from threadwell.kit import clock

#: Sweeps of what nobody waits for any more: one in so many counts.
SWEPT_EVERY = 500
_LONGEST = 120
_COUNT = """
    INSERT INTO workplace_pace AS held (key, until) VALUES (%(key)s, %(now)s + %(step)s)
    ON CONFLICT (key) DO UPDATE SET until = %(step)s
        + CASE WHEN held.until > %(now)s + %(span)s THEN %(now)s ELSE greatest(held.until, %(now)s) END
    WHERE held.until <= %(now)s + %(span)s - %(step)s OR held.until > %(now)s + %(span)s
    RETURNING 1
"""


def wait_for(key: str, *, most: int, within: timedelta) -> timedelta | None:
    """Count one knock; how long to wait when it is one too many (which is not counted)."""
    now, step = clock.now(), within / most
    key = key[:_LONGEST].replace("\0", "")
    given: Any = {"key": key, "now": now, "step": step, "span": within}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        if cursor.fetchone():
            if random.randrange(SWEPT_EVERY) == 0:  # noqa: S311 (when to tidy up is no secret)
                cursor.execute("DELETE FROM workplace_pace WHERE until < %s", [now])
            return None
        cursor.execute("SELECT until FROM workplace_pace WHERE key = %s", [key])
        row = cursor.fetchone()
    return max(row[0] + step - now - within, step) if row else step


def caller(address: str) -> str:
    """Who knocks, as far as an address tells: of IPv6 the network that one subscriber has."""
    try:
        plain = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(plain, IPv6Address):
        mapped = plain.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((plain, 64), strict=False))
    return str(plain)
