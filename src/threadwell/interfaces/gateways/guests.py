"""Guests: how often one stranger's server may come to the mail gateway, whichever process it meets.

In:    the address of a peer
Out:   whether it must come later
Touch: kit.pace

Servers of one's own networks are not counted: whatever they bring was let in by somebody before.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address

import structlog
from django.db import DatabaseError, connection

from threadwell.kit import outside, pace

MINUTE = timedelta(minutes=1)
SESSIONS = 120  #: that one server may begin in a minute
STRANGERS = 300  #: recipients nobody knows, that one server may name in ten minutes

_log = structlog.get_logger(__name__)


class Guests:
    """The book that all gateways write in."""

    def __init__(self) -> None:
        self._asking = ThreadPoolExecutor(2, thread_name_prefix="guests")

    async def comes_too_often(self, peer: str) -> bool:
        """Count a session of this peer."""
        return await self._counted("session", peer, most=SESSIONS, within=MINUTE)

    async def guesses_too_often(self, peer: str) -> bool:
        """Count a recipient whom nobody knows."""
        return await self._counted("guess", peer, most=STRANGERS, within=10 * MINUTE)

    def close(self) -> None:
        self._asking.shutdown()

    async def _counted(self, what: str, peer: str, *, most: int, within: timedelta) -> bool:
        if not is_stranger(peer):
            return False
        key = f"{what}:{pace.caller(peer)}"
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._asking, _is_one_too_many, key, most, within)


def is_stranger(peer: str) -> bool:
    """Does it come from the open internet?"""
    try:
        return outside.is_public(ip_address(peer.partition("%")[0]))
    except ValueError:
        return False  # a socket of this machine


def _is_one_too_many(key: str, most: int, within: timedelta) -> bool:
    try:
        return pace.wait_for(key, most=most, within=within) is not None
    except DatabaseError:
        _log.exception("guests could not be counted")
        return False  # the mail itself will be put off, and with a better reason
    finally:
        connection.close()
