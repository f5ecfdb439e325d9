"""Doors: whose address is this?

In:    an address as the envelope names it
Out:   the Door it belongs to, or None
Touch: inboxes.Door

Known doors are remembered for some seconds; unknown ones never, so that a new inbox takes mail at once.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from django.db import connection

from threadwell.record.inboxes.models import Door

REMEMBERED = 10.0  #: seconds
MOST_REMEMBERED = 50_000


class Doors:
    """The directory that a gateway asks at RCPT."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Door]] = {}
        self._asking = ThreadPoolExecutor(2, thread_name_prefix="doors")

    async def of(self, address: str) -> Door | None:
        """The door of ``name@host``, also for ``name+anything@host``; raises when the database is away."""
        since, door = self._known.get(address, (0.0, None))
        if door and monotonic() - since < REMEMBERED:
            return door
        door = await asyncio.get_running_loop().run_in_executor(self._asking, _find, address)
        if door:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[address] = (monotonic(), door)
        return door

    def close(self) -> None:
        self._asking.shutdown()


def _find(address: str) -> Door | None:
    names = list(_names(address))
    try:
        found = {door.address: door for door in Door.objects.filter(pk__in=names)}
    finally:
        connection.close()
    return next((found[name] for name in names if name in found), None)


def _names(address: str) -> Iterator[str]:
    """The keys an address may stand under, the closest first."""
    address = address.replace("\0", "").lower()
    yield address
    name, _, host = address.rpartition("@")
    if "+" in name:
        yield f"{name.split('+', 1)[0]}@{host}"
