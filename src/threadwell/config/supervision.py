"""Supervision: several of our processes kept alive under one parent.

In:    the names of commands, and what tells that they serve
Out:   an exit status, once a signal has ended them all
Touch: the processes it starts

A child that ends is started again, after a pause that grows while it keeps ending. A child whose
parent is gone, even by kill -9, ends by itself: its standard input is a pipe that only the parent holds.

The parent lives as long as the product and does next to nothing: so it becomes a process of its own
(`become`), which has loaded only the standard library.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

OURSELVES = (sys.executable, "-m", "threadwell")
_MARK = "THREADWELL_SUPERVISED"
_WELCOME = "THREADWELL_WELCOME"
_PARENT = "THREADWELL_WEB_PARENT"
_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0
_TIME_TO_FINISH = 40.0


def become(parts: Sequence[str], *, watch: str, welcome: str, server: Sequence[str]) -> NoReturn:
    """Turn this process into the parent of a `threadwell` command per part.

    ``welcome`` is said once the web server at ``watch`` (host:port) answers. ``server`` is empty, or the
    database's pid file and a command that starts it when it is not there and somebody needs it, and stops
    it when nobody does: called when the server is gone, and after the last child.
    """
    # By the environment, which only we can read: there may be a link in it that is not for everybody.
    environment = {**os.environ, _WELCOME: welcome}
    words = [sys.executable, "-m", __spec__.name, watch, ",".join(parts), *server]
    os.execve(sys.executable, words, environment)  # noqa: S606  # no shell is what we want


def main(watch: str, parts: str, pid_file: str = "", *tend: str) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    welcome = os.environ.pop(_WELCOME, "")
    children = [_Child(part=part) for part in parts.split(",")]
    for child in children:
        child.start()
    threading.Thread(target=_greet, args=(stop, watch, welcome), daemon=True).start()
    while not stop.wait(0.2):
        for child in children:
            child.look_after()
        if tend and not _is_alive(pid_file):
            subprocess.run(tend, check=False)
            stop.wait(1)
    _end(children)
    # The last child has stopped the server as it left, unless that child was killed.
    return subprocess.run(tend, check=False).returncode if tend and _is_alive(pid_file) else 0


def end_with_parent() -> None:
    """For a child: see to it that this process is asked to end when its parent is gone."""
    if os.environ.pop(_MARK, ""):
        threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def take_along() -> None:
    """For a child that has children of its own: they shall know whose they are (`vanish_with_parent`)."""
    os.environ[_PARENT] = str(os.getpid())


def vanish_with_parent() -> None:
    """For a child's own child, which nobody asks to end when the child was killed: go at once."""
    parent = os.environ.get(_PARENT)
    if parent:
        threading.Thread(target=_wait_for_new_parent, args=(int(parent),), daemon=True).start()


@dataclass(slots=True, kw_only=True)
class _Child:
    """One process, and what we know of its luck."""

    part: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    again_at: float = 0.0

    def start(self) -> None:
        self.started_at, self.again_at = time.monotonic(), 0.0
        self.process = subprocess.Popen(
            [*OURSELVES, self.part],
            stdin=subprocess.PIPE,
            # Many threads that rarely allocate: more than two arenas only make the process larger.
            env={"MALLOC_ARENA_MAX": "2", **os.environ, _MARK: "yes"},
            # Ctrl-C on the terminal is for the parent; it tells the children in its own order.
            start_new_session=True,
        )

    def look_after(self) -> None:
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
    running = [child.process for child in children if child.process and child.process.poll() is None]
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
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
