"""Scanner: asks ClamAV whether bytes are harmful (clamd's command INSTREAM).

In:    bytes
Out:   the name of what was found in them, or nothing
Touch: the clamd that ``settings.CLAMAV`` names: a socket of this machine, or a host and a port

Our own few lines: docs/decisions/0002-dependencies.md says why.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

PATIENCE = 120.0  #: seconds without a byte; an archive of archives takes its time
AT_ONCE = 1 << 16  #: bytes in one chunk
_LONGEST = 4096  #: bytes of an answer


class Away(Exception):
    """Nobody answers there."""


class Unread(Exception):
    """It answers, and could not look at these bytes: such as at more than it takes."""


def is_on() -> bool:
    return settings.CLAMAV is not None


def version() -> str:
    """What clamd says of itself and its signatures; raises `Away`."""
    with _called(b"VERSION") as line:
        return _answer(line)


def look(content: bytes) -> str:
    """The name of what was found; empty where nothing was. Raises `Away` and `Unread`."""
    with _called(b"INSTREAM") as line:
        # When it has had enough it says so and hangs up: what it said is read all the same.
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(content), AT_ONCE):
                chunk = content[start : start + AT_ONCE]
                line.sendall(struct.pack("!L", len(chunk)) + chunk)
            line.sendall(struct.pack("!L", 0))
        told = _answer(line)
    match told.removeprefix("stream: ").rpartition(" "):
        case ("", _, "OK"):
            return ""
        case (name, _, "FOUND") if name:
            return name
        case _ if told:
            raise Unread(told)
        case _:
            raise Away("it hung up without a word")


@contextlib.contextmanager
def _called(command: bytes) -> Iterator[socket.socket]:
    place = settings.CLAMAV
    assert place is not None, "nothing is asked where nothing scans"
    try:
        with _line_to(place) as line:
            line.settimeout(PATIENCE)
            line.sendall(b"z" + command + b"\0")
            yield line
    except OSError as trouble:
        where = place if isinstance(place, Path) else f"{place[0]}:{place[1]}"
        raise Away(f"{where}: {trouble}") from trouble


def _line_to(place: Path | tuple[str, int]) -> socket.socket:
    if not isinstance(place, Path):
        return socket.create_connection(place, timeout=5)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(place))
    except OSError:
        line.close()
        raise
    return line


def _answer(line: socket.socket) -> str:
    told = b""
    while not told.endswith(b"\0") and len(told) < _LONGEST:
        more = line.recv(_LONGEST)
        if not more:
            break
        told += more
    return told.rstrip(b"\0").decode("utf-8", "replace").strip()
