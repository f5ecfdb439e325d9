"""Handed: doors that somebody opened before us, so that no caller stands before a closed one while we change.

In:    the environment: a supervisor of ours (``THREADWELL_DOORS``), or systemd (``LISTEN_FDS``)
Out:   listening sockets, by the name of the door: web, smtp, lmtp
Touch: opens doors for the supervisor; whoever takes a socket listens on it

Callers wait in the one queue that all copies of a socket share: who takes over finds them there.
"""

import os
import socket

DOORS = "THREADWELL_DOORS"
_FIRST = 3  #: of the numbers that systemd hands over


def sockets(door: str) -> list[socket.socket]:
    """Those of this door, as copies of our own; empty when nobody handed any over."""
    return [socket.socket(fileno=os.dup(number)) for name, number in _numbers() if name == door]


def opened(doors: str) -> str:
    """For the supervisor: open ``name=host:port,...``; what `DOORS` shall say, so that children find them."""
    told = []
    for door in filter(None, doors.split(",")):
        name, _, address = door.partition("=")
        for one in _listening(address):
            one.set_inheritable(True)
            told.append(f"{name}={one.detach()}")
    return ",".join(told)


def _listening(address: str) -> list[socket.socket]:
    """A listening socket for each of its addresses, IPv4 first."""
    host, _, port = address.rpartition(":")
    found = dict.fromkeys(
        (family, place)
        for family, _, _, _, place in socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    )
    ready = []
    for family, place in sorted(found, key=lambda one: one[0] != socket.AF_INET):
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and len(found) > 1:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind(place)
        door.listen(1024)
        ready.append(door)
    return ready


def _numbers() -> list[tuple[str, int]]:
    if told := os.environ.get(DOORS):
        pairs = (pair.split("=") for pair in told.split(","))
        return [(name, int(number)) for name, number in pairs]
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        names = os.environ.get("LISTEN_FDNAMES", "").split(":")
        count = int(os.environ.get("LISTEN_FDS", "0"))
        return list(zip(names, range(_FIRST, _FIRST + count), strict=False))
    return []
