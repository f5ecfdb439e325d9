"""Handed: doors that somebody opened before us, so that no caller stands before a closed one while we change.

In:    the environment: a supervisor of ours (``THREADWELL_DOORS``), or systemd (``LISTEN_FDS``)
Out:   listening sockets, by the name of the door: web, smtp, lmtp
Touch: nothing; whoever takes a socket listens on it

Callers wait in the one queue that all copies of a socket share: who takes over finds them there.
"""

import os
import socket

DOORS = "THREADWELL_DOORS"
_FIRST = 3  #: of the numbers that systemd hands over


def sockets(door: str) -> list[socket.socket]:
    """Those of this door, as copies of our own; empty when nobody handed any over."""
    return [socket.socket(fileno=os.dup(number)) for name, number in _numbers() if name == door]


def _numbers() -> list[tuple[str, int]]:
    if told := os.environ.get(DOORS):
        pairs = (pair.split("=") for pair in told.split(","))
        return [(name, int(number)) for name, number in pairs]
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        names = os.environ.get("LISTEN_FDNAMES", "").split(":")
        count = int(os.environ.get("LISTEN_FDS", "0"))
        return list(zip(names, range(_FIRST, _FIRST + count), strict=False))
    return []
