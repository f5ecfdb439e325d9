"""Outside: go where somebody else's text leads, without being led into our own house.

In:    an address that nobody vouches for; the networks of ours that may be reached nevertheless
Out:   bytes; NotFetched
Touch: the network

Only http and https at their usual ports. Every name is resolved once, each of its addresses must be public,
and the connection goes to the address that was looked at, so that an answer that changes between two
questions gains nothing. Redirects are looked at the same way. Nothing of ours is sent along. What speaks
other protocols (mail servers), or is a library of its own (chat tools), connects inside `guarded`, which
judges the address of each connection at the moment it is made. Everything that leaves the house comes through
here: a test names those who may open a connection (tests/security/test_outside.py).
"""

import http.client
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, override
from urllib.parse import urljoin, urlsplit

REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536
#: IPv6 networks in whose addresses one of IPv4 is written, and where it stands in them.
_TRANSLATED = (
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("::/96"), 0),
)
#: A translator of one's own house (RFC 8215): where in it the address of IPv4 stands, only the house knows.
_OWN_TRANSLATOR = IPv6Network("64:ff9b:1::/48")

#: Where clouds tell machines their own secrets: in no network that anybody means.
_TELL_SECRETS = frozenset({ip_address("169.254.169.254"), ip_address("fd00:ec2::254")})

type Address = IPv4Address | IPv6Address
type Judge = Callable[[Address], bool]


class NotFetched(Exception):
    """It was not fetched, for one reason or another; nobody outside is to learn which."""


def is_public(address: Address) -> bool:
    """Does it belong to somebody on the open internet, however it is written?"""
    if isinstance(address, IPv6Address):
        if inner := address.ipv4_mapped or address.sixtofour:
            return is_public(inner)
        if address.teredo:
            return all(is_public(one) for one in address.teredo)
        for network, shift in _TRANSLATED:
            if address in network:
                return is_public(IPv4Address((int(address) >> shift) & 0xFFFFFFFF))
        if address.is_site_local or address in _OWN_TRANSLATOR:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def within(networks: Iterable[str]) -> Judge:
    """Public addresses, and those in networks that whoever runs Threadwell has named."""
    ours = tuple(ip_network(one) for one in networks)

    def may_reach(address: Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return plain not in _TELL_SECRETS and (
            is_public(address) or any(plain in network for network in ours)
        )

    return may_reach


def fetch(
    url: str, *, limit: int, seconds: float, may_reach: Judge = is_public, ports: frozenset[int] | None = None
) -> bytes:
    """What stands there, at most ``limit`` bytes, within ``seconds`` in all."""
    deadline = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        found = _one(url, limit=limit, deadline=deadline, may_reach=may_reach, ports=ports)
        if isinstance(found, bytes):
            return found
        url = urljoin(url, found)
    raise NotFetched("it leads from one address to the next")


def post(
    url: str,
    content: bytes,
    headers: dict[str, str],
    *,
    limit: int,
    seconds: float,
    may_reach: Judge = is_public,
    ports: frozenset[int] | None = None,
) -> tuple[int, bytes]:
    """Bring something there; the status of the answer and its beginning. Nobody is followed elsewhere."""
    deadline = time.monotonic() + seconds
    connection, place = _connection_to(url, deadline=deadline, may_reach=may_reach, ports=ports)
    try:
        connection.request("POST", place, body=content, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(limit)
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        raise NotFetched("it cannot be reached") from wrong
    finally:
        connection.close()


@contextmanager
def guarded(may_reach: Judge = is_public) -> Iterator[None]:
    """Whoever connects meanwhile, in this thread, reaches only addresses that pass: for libraries that
    open connections of their own. Raises `PermissionError` in them.
    """
    _watch_connections()
    token = _judge.set(may_reach)
    try:
        yield
    finally:
        _judge.reset(token)


_judge: ContextVar[Judge | None] = ContextVar("judge", default=None)


@cache
def _watch_connections() -> None:
    # Python tells its auditors of each connection before it is made; one that raises prevents it.
    sys.addaudithook(_look_at)


def _look_at(event: str, facts: tuple[Any, ...]) -> None:
    if event != "socket.connect" or (judge := _judge.get()) is None:
        return
    place = facts[1]
    if not isinstance(place, tuple) or not judge(ip_address(str(place[0]).partition("%")[0])):
        raise PermissionError("private")


def _one(
    url: str, *, limit: int, deadline: float, may_reach: Judge, ports: frozenset[int] | None
) -> bytes | str:
    """The bytes, or where they are said to be."""
    connection, place = _connection_to(url, deadline=deadline, may_reach=may_reach, ports=ports)
    try:
        connection.request("GET", place, headers={"Accept": "image/*", "User-Agent": "Mozilla/5.0"})
        response = connection.getresponse()
        if response.status in _MOVED and (onwards := response.getheader("Location")):
            return onwards
        if response.status != 200:
            raise NotFetched(f"answered {response.status}")
        return _read(response, connection, limit=limit, deadline=deadline)
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        raise NotFetched("it cannot be reached") from wrong
    finally:
        connection.close()


def _connection_to(
    url: str, *, deadline: float, may_reach: Judge, ports: frozenset[int] | None
) -> "tuple[_Pinned, str]":
    """A connection that is not open yet, and the place to ask for."""
    try:
        parts = urlsplit(url)
        usual = _PORTS.get(parts.scheme)
        port = usual if parts.port is None else parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError) as wrong:
        raise NotFetched("no address") from wrong
    if usual is None or not host or port not in (ports or frozenset(_PORTS.values())) or parts.username:
        raise NotFetched("not an address that is fetched")
    place = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    is_tls = usual == _PORTS["https"]
    assert port is not None  # it is one of those that may be asked
    connection = _Pinned(host, port, deadline=deadline, may_reach=may_reach, is_tls=is_tls)
    return connection, _ascii(place)


def _read(response: http.client.HTTPResponse, connection: "_Pinned", *, limit: int, deadline: float) -> bytes:
    told = response.getheader("Content-Length") or "0"
    if told.isdecimal() and int(told) > limit:
        raise NotFetched("too large")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise NotFetched("packed, which was not asked for")
    content = bytearray()
    while piece := response.read1(_CHUNK):
        content += piece
        if len(content) > limit:
            raise NotFetched("too large")
        connection.hurry(deadline)
    return bytes(content)


def _ascii(place: str) -> str:
    quoted = "".join(
        one if "!" <= one <= "~" else "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))
        for one in place
    )
    return quoted if quoted.startswith("/") else f"/{quoted}"


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at before."""

    def __init__(self, host: str, port: int, *, deadline: float, may_reach: Judge, is_tls: bool) -> None:
        super().__init__(host, port)
        self.deadline, self.may_reach, self.is_tls = deadline, may_reach, is_tls

    @override
    def connect(self) -> None:
        family, address = self._public_address()
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(self._left())
            plain.connect(address)
            if not self.may_reach(ip_address(plain.getpeername()[0].partition("%")[0])):
                raise NotFetched("private")
            if self.is_tls:
                context = ssl.create_default_context()
                self.sock = context.wrap_socket(plain, server_hostname=self.host)
            else:
                self.sock = plain
        except BaseException:
            plain.close()
            raise

    def hurry(self, deadline: float) -> None:
        """Each wait ends with the time that is left in all."""
        if self.sock:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
        if time.monotonic() > deadline:
            raise NotFetched("too slow")

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise NotFetched("too slow")
        return left

    def _public_address(self) -> tuple[int, tuple[str, int]]:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        # One private address among public ones is a trap, not a mistake.
        if not found or not all(
            self.may_reach(ip_address(str(one[4][0]).partition("%")[0])) for one in found
        ):
            raise NotFetched("private")
        family, _kind, _protocol, _name, place = found[0]
        return family, place  # type: ignore[return-value]  # of a host there are addresses only
