"""Supervision: several of our processes kept alive under one parent.

In:    the names of commands
Out:   an exit status, once a signal has ended them all
Touch: the processes it starts

A child that ends is started again, after a pause that grows while it keeps ending. A child whose
parent is gone, even by kill -9, ends by itself: its standard input is a pipe that only the parent holds.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings

OURSELVES = (sys.executable, "-m", "threadwell")
_MARK = "THREADWELL_SUPERVISED"
_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0
_TIME_TO_FINISH = 40.0


def run(parts: Sequence[str], *, when_ready: Callable[[], None]) -> int:
    """Keep a `threadwell` command per part alive until SIGTERM or SIGINT."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    children = [_Child(part=part) for part in parts]
    try:
        for child in children:
            child.start()
        threading.Thread(target=_tell, args=(stop, when_ready), daemon=True).start()
        while not stop.wait(0.2):
            for child in children:
                child.look_after()
    finally:
        _end(children)
    return 0


def end_with_parent() -> None:
    """For a child: see to it that this process is asked to end when its parent is gone."""
    if os.environ.pop(_MARK, ""):
        threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


@dataclass(slots=True, kw_only=True)
class _Child:
    """One process, and what we know of its luck."""

    part: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    again_at: float = field(default=0.0)

    def start(self) -> None:
        self.started_at, self.again_at = time.monotonic(), 0.0
        self.process = subprocess.Popen(
            [*OURSELVES, self.part],
            stdin=subprocess.PIPE,
            env={**os.environ, _MARK: "yes"},
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


def _tell(stop: threading.Event, when_ready: Callable[[], None]) -> None:
    host = settings.OPTIONS["THREADWELL_HOST"]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    address = f"http://{host}:{settings.OPTIONS['THREADWELL_PORT']}/healthz"
    while not stop.wait(0.05):
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(address, timeout=2):
            when_ready()
            return


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
