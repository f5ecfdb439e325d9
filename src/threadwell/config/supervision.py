"""Supervision: several of our processes kept alive under one parent.

In:    the names of commands, and what tells that they serve
Out:   an exit status, once a signal has ended them all
Touch: the processes it starts

A child that ends is started again, after a pause that grows while it keeps ending. A child whose
parent is gone, even by kill -9, ends by itself: its standard input is a pipe that only the parent holds.

The parent opens the doors and hands them to its children (kit/handed.py). So at SIGHUP each child is replaced
in its turn: its successor starts, says that it is ready, and takes the callers that wait; then the old ends.

The parent lives as long as the product and does next to nothing: so it becomes a process of its own
(`become`), which has loaded only the standard library.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

OURSELVES = (sys.executable, "-m", "threadwell")
_MARK = "THREADWELL_SUPERVISED"
_WELCOME = "THREADWELL_WELCOME"
_PARENT = "THREADWELL_WEB_PARENT"
_READY = "THREADWELL_READY"
_DOORS = "THREADWELL_DOORS"
_LONGEST_PAUSE = 30.0
_TIME_TO_BEGIN = 120.0
_TIME_TO_TELL = 2.0  #: whoever calls on a line that stays open is told that it ends
_HEALTHY_AFTER = 60.0
_TIME_TO_FINISH = 40.0
_TOLD = ("web",)  #: parts that listen to SIGUSR2


def become(
    parts: Sequence[str], *, doors: Sequence[str], watch: str, welcome: str, server: Sequence[str]
) -> NoReturn:
    """Turn this process into the parent of a `threadwell` command per part.

    ``doors`` are opened for the children (name=host:port). ``welcome`` is said once the web server at
    ``watch`` (host:port) answers. ``server`` is empty, or the database's pid file and a command that starts
    it when it is not there and somebody needs it, and stops it when nobody does: called when the server is
    gone, and after the last child.
    """
    # By the environment, which only we can read: there may be a link in it that is not for everybody.
    environment = {**os.environ, _WELCOME: welcome}
    words = [sys.executable, "-m", __spec__.name, watch, ",".join(parts), ",".join(doors), *server]
    os.execve(sys.executable, words, environment)  # noqa: S606  # no shell is what we want


def main(watch: str, parts: str, doors: str, pid_file: str = "", *tend: str) -> int:
    stop, renew = threading.Event(), threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: renew.set())
    welcome = os.environ.pop(_WELCOME, "")
    try:
        opened = [(door, one) for door in doors.split(",") if door for one in _opened(door.partition("=")[2])]
    except OSError as problem:
        print(f"A door could not be opened: {problem}", file=sys.stderr)
        return 1
    os.environ[_DOORS] = ",".join(f"{door.partition('=')[0]}={one.fileno()}" for door, one in opened)
    children = [_Child(part=part, doors=[one.fileno() for _, one in opened]) for part in parts.split(",")]
    for child in children:
        child.start()
    to_renew: list[_Child] = []
    threading.Thread(target=_greet, args=(stop, watch, welcome), daemon=True).start()
    while not stop.wait(0.2):
        for child in children:
            child.look_after()
        if renew.is_set():
            renew.clear()
            to_renew = list(children)
        if to_renew and not any(child.is_changing for child in children):
            to_renew.pop(0).renew()
        if tend and not _is_alive(pid_file):
            subprocess.run(tend, check=False)
            stop.wait(1)
    _end(children)
    # The last child has stopped the server as it left, unless that child was killed.
    return subprocess.run(tend, check=False).returncode if tend and _is_alive(pid_file) else 0


def say_ready() -> None:
    """For a child: it serves; who was there before it may go."""
    told = os.environ.pop(_READY, "")
    if told:
        with contextlib.suppress(OSError):
            os.write(int(told), b"ready")
            os.close(int(told))


def say_ready_to_parent() -> None:
    """For a child's own child, which is the one that answers."""
    parent = os.environ.get(_PARENT)
    if parent and os.getppid() == int(parent):
        os.kill(int(parent), signal.SIGUSR1)


def pass_on(leaving: Callable[[], Iterable[int]]) -> None:
    """For a child that has children of its own: they shall hear that another will take their place."""

    def tell(*_: object) -> None:
        for process in leaving():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGUSR2)

    signal.signal(signal.SIGUSR2, tell)


def hear_of_leaving() -> threading.Event:
    """For a child's own child: set once another will take its place; it still answers for a moment."""
    is_leaving = threading.Event()
    if os.environ.get(_PARENT):
        signal.signal(signal.SIGUSR2, lambda *_: is_leaving.set())
    return is_leaving


def end_with_parent() -> None:
    """For a child: see to it that this process is asked to end when its parent is gone."""
    if os.environ.pop(_MARK, ""):
        threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def take_along() -> None:
    """For a child that has children of its own: they shall know whose they are (`vanish_with_parent`)."""
    os.environ[_PARENT] = str(os.getpid())
    signal.signal(signal.SIGUSR1, lambda *_: say_ready())


def vanish_with_parent() -> None:
    """For a child's own child, which nobody asks to end when the child was killed: go at once."""
    parent = os.environ.get(_PARENT)
    if parent:
        threading.Thread(target=_wait_for_new_parent, args=(int(parent),), daemon=True).start()


class _Leaving:
    """A process whose place is taken: told, then asked to end, and killed when it does not."""

    def __init__(self, process: subprocess.Popen[bytes], *, is_told: bool) -> None:
        self.process = process
        self._ask_at = time.monotonic() + (_TIME_TO_TELL if is_told else 0)
        self._is_asked = False
        if is_told:
            process.send_signal(signal.SIGUSR2)

    def has_gone(self) -> bool:
        if self.process.poll() is not None:
            return True
        now = time.monotonic()
        if not self._is_asked and now >= self._ask_at:
            self._is_asked = True
            self.process.terminate()
        elif now > self._ask_at + _TIME_TO_FINISH:
            self.process.kill()
        return False


@dataclass(slots=True, kw_only=True)
class _Child:
    """One process, and what we know of its luck."""

    part: str
    doors: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    again_at: float = 0.0
    successor: subprocess.Popen[bytes] | None = None
    ready: int = -1  #: where the successor says that it serves
    patient_until: float = 0.0
    leaving: "list[_Leaving]" = field(default_factory=list)

    def start(self) -> None:
        self.started_at, self.again_at = time.monotonic(), 0.0
        self.process = self._begun()

    def renew(self) -> None:
        """Let another take its place, as soon as that one serves."""
        self.ready, told = os.pipe()
        self.patient_until = time.monotonic() + _TIME_TO_BEGIN
        self.successor = self._begun(told)
        os.close(told)

    @property
    def is_changing(self) -> bool:
        return self.successor is not None or bool(self.leaving)

    def processes(self) -> list[subprocess.Popen[bytes]]:
        every = [self.process, self.successor, *(one.process for one in self.leaving)]
        return [process for process in every if process and process.poll() is None]

    def _begun(self, *told: int) -> subprocess.Popen[bytes]:
        more = {_READY: str(told[0])} if told else {}
        return subprocess.Popen(
            [*OURSELVES, self.part],
            stdin=subprocess.PIPE,
            # Many threads that rarely allocate: more than two arenas only make the process larger.
            env={"MALLOC_ARENA_MAX": "2", **os.environ, _MARK: "yes", **more},
            pass_fds=(*self.doors, *told),
            # Ctrl-C on the terminal is for the parent; it tells the children in its own order.
            start_new_session=True,
        )

    def look_after(self) -> None:
        self._change()
        self.leaving = [one for one in self.leaving if not one.has_gone()]
        if self.again_at:
            if time.monotonic() >= self.again_at:
                self.start()
        elif self.process and self.process.poll() is not None:
            lived = time.monotonic() - self.started_at
            self.pause = 1.0 if lived > _HEALTHY_AFTER else min(self.pause * 2, _LONGEST_PAUSE)
            self.again_at = time.monotonic() + self.pause
            print(
                f"The {self.part} process ended with status {self.process.returncode}; "
                f"it is started again in {self.pause:.0f} seconds.",
                file=sys.stderr,
                flush=True,
            )

    def _change(self) -> None:
        """Give the place to the successor once it serves; keep the old one when it never does."""
        successor = self.successor
        if successor is None:
            return
        has_spoken = bool(select.select([self.ready], [], [], 0)[0])
        if has_spoken and os.read(self.ready, 16):
            if self.process and self.process.poll() is None:
                self.leaving.append(_Leaving(self.process, is_told=self.part in _TOLD))
            self.process, self.started_at, self.again_at = successor, time.monotonic(), 0.0
        elif has_spoken or time.monotonic() > self.patient_until:
            successor.kill()
            successor.wait()
            print(
                f"The new {self.part} process did not begin; the old one stays.", file=sys.stderr, flush=True
            )
        else:
            return
        os.close(self.ready)
        self.successor, self.ready = None, -1


def _opened(address: str) -> list[socket.socket]:
    """A listening socket for each of its addresses, IPv4 first."""
    host, _, port = address.rpartition(":")
    found = dict.fromkeys(
        (family, place)
        for family, _, _, _, place in socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    )
    opened = []
    for family, place in sorted(found, key=lambda one: one[0] != socket.AF_INET):
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and len(found) > 1:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind(place)
        door.listen(1024)
        opened.append(door)
    return opened


def _greet(stop: threading.Event, watch: str, welcome: str) -> None:
    host, _, port = watch.rpartition(":")
    pause = 0.05
    while not stop.wait(pause):
        pause = min(pause * 1.1, 0.5)
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=2) as door:
            # By hand: the library for it would double what this process weighs.
            door.sendall(f"GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            if door.recv(64).split(b" ")[1:2] == [b"200"]:
                print(welcome, end="", flush=True)
                return


def _is_alive(pid_file: str) -> bool:
    try:
        with open(pid_file) as noted:  # noqa: PTH123  # pathlib alone would make this process a tenth larger
            os.kill(int(noted.readline()), 0)
    except (OSError, ValueError):
        return False
    return True


def _end(children: Sequence[_Child]) -> None:
    running = [process for child in children for process in child.processes()]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _TIME_TO_FINISH
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_end_of_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def _wait_for_new_parent(parent: int) -> None:
    while os.getppid() == parent:
        select.select([], [], [], 0.5)  # sleep() counts by a clock that may be made to jump
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
