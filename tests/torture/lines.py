"""Lines: a proxy between the product and somebody it speaks to, which can be slow, deaf or dead.

In:    where the other side is
Out:   a port; what is said there is passed on, as well as the line allows at the moment
Touch: sockets of this machine
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Self

CHUNK = 64 * 1024

type Reach = Callable[[], socket.socket]


class Proxy:
    """Listens for as long as it is open; each line is two threads."""

    def __init__(self, reach: Reach, *, port: int = 0, chance: Random | None = None) -> None:
        self.reach = reach
        self.chance = chance or Random(0)
        self.delay = (0.0, 0.0)  #: seconds that each piece waits, from and to
        self.is_away = False  #: whoever calls is hung up on
        self._flows = threading.Event()
        self._flows.set()
        self._lines: set[socket.socket] = set()
        self._deaf: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", port), backlog=200)
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._welcome, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        shut(self._door)
        self.thaw()
        self.cut()

    def freeze(self) -> None:
        """Nothing is passed on any more, and nobody is told so."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    @property
    def is_called(self) -> bool:
        """Is there a line that could be cut?"""
        return bool(self._lines)

    def cut(self) -> int:
        """Every line breaks; how many there were."""
        with self._lock:
            lines, self._lines, self._deaf = self._lines, set(), set()
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        return len(lines) // 2

    def fall_deaf(self) -> int:
        """The lines of now carry nothing more, without a word; those to come do. How many there were."""
        with self._lock:
            self._deaf |= self._lines
            return len(self._deaf) // 2

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                threading.Thread(target=self._connect, args=(caller,), daemon=True).start()

    def _connect(self, caller: socket.socket) -> None:
        self._flows.wait()
        try:
            if self.is_away:
                raise ConnectionRefusedError
            other = self.reach()
        except OSError:
            caller.close()
            return
        with self._lock:
            self._lines |= {caller, other}
        for one, to in ((caller, other), (other, caller)):
            threading.Thread(target=self._pump, args=(one, to), daemon=True).start()

    def _pump(self, one: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(CHUNK):
                self._flows.wait()
                if self.delay[1]:
                    time.sleep(self.chance.uniform(*self.delay))
                if one not in self._deaf:
                    to.sendall(piece)
        with self._lock:
            self._lines -= {one, to}
        for line in (one, to):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            one.close()


def shut(door: socket.socket) -> None:
    """Nobody comes in any more; who waits at the door is woken, or it would stay open for them."""
    with contextlib.suppress(OSError):
        door.shutdown(socket.SHUT_RDWR)
    door.close()


def to_port(port: int) -> Reach:
    """Where something listens on this machine."""
    return lambda: socket.create_connection(("127.0.0.1", port), timeout=None)


def to_socket(path: str) -> Reach:
    """Where something listens on a socket of the file system."""

    def reach() -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(path)
        return line

    return reach
