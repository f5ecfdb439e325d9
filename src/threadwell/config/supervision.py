"""Supervision: the processes of the product, forked from one that has loaded it and kept alive by it.

In:    the names of parts, and what tells that they serve
Out:   an exit status, once a signal has ended them all
Touch: the processes it starts

The parent loads the product once (config/loaded.py) and forks a child for each part: what all of them hold is
in memory once, and nobody loads it a second time (ADR 0009).

A child that ends is started again, after a pause that grows while it keeps ending. A child whose
parent is gone, even by kill -9, ends by itself: its standard input is a pipe that only the parent holds.

The parent opens the doors, and its children find them open (kit/handed.py). At SIGHUP it tries in another
process whether the product, as it lies on the disk by now, can be loaded; then it becomes that (`exec`: the
same process, with the same children), and each child is replaced in its turn: its successor says that it is
ready, and takes the callers that wait; then the old ends.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Self

from setproctitle import setproctitle

from threadwell.config import entry, kinship, loaded, problems
from threadwell.kit import handed

OURSELVES = (sys.executable, "-m", "threadwell")
_WELCOME = "THREADWELL_WELCOME"
_CHILDREN = "THREADWELL_CHILDREN"
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"  #: where prometheus_client keeps what several processes count
_LONGEST_PAUSE = 30.0
_TIME_TO_BEGIN = 120.0
_TIME_TO_TELL = 2.0  #: whoever calls on a line that stays open is told that it ends
_HEALTHY_AFTER = 60.0
_TIME_TO_FINISH = 40.0
_TOLD = ("web",)  #: parts that listen to SIGUSR2


def become(
    parts: Sequence[str], *, doors: Sequence[str], watch: str, welcome: str, server: Sequence[str], lock: int
) -> NoReturn:
    """Turn this process into the parent of a process per part.

    ``doors`` are opened for the children (name=host:port). ``welcome`` is said once the web server at
    ``watch`` (host:port) answers. ``server`` is empty, or the database's pid file and a command that starts
    it when it is not there and somebody needs it, and stops it when nobody does: called when the server is
    gone, and after the last child. ``lock`` is a file that stays open for as long as the parent lives.
    """
    # By the environment, which only we can read: there may be a link in it that is not for everybody.
    environment = {
        # Many threads that rarely allocate: more than two arenas only make a process larger.
        "MALLOC_ARENA_MAX": "2",
        **os.environ,
        _WELCOME: welcome,
        _FIGURES: tempfile.mkdtemp(prefix="threadwell-figures-"),
    }
    words = [sys.executable, "-m", __spec__.name, str(lock), watch, ",".join(parts), ",".join(doors), *server]
    os.execve(sys.executable, words, environment)  # noqa: S606  # no shell is what we want


def main(words: Sequence[str]) -> int:
    try:
        return _Parent(*words).serve()
    except _Born as born:
        child = born.with_traceback(None)
    return child.live()


class _Parent:
    """The process that all others are forked from."""

    def __init__(self, lock: str, watch: str, parts: str, doors: str, pid_file: str = "", *tend: str) -> None:
        self.lock, self.watch, self.doors = int(lock), watch, doors
        self.pid_file, self.tend = pid_file, tend
        self.welcome = os.environ.pop(_WELCOME, "")
        self.stop, self.renew = threading.Event(), threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stop.set())
        signal.signal(signal.SIGHUP, lambda *_: self.renew.set())
        before = _Process.of(os.environ.pop(_CHILDREN, ""))
        self.children = [
            _Child(part=part, process=before.get(part), parent=self) for part in parts.split(",")
        ]
        self.to_renew: list[_Child] = [*self.children] if before else []
        self.trial: subprocess.Popen[bytes] | None = None

    def serve(self) -> int:
        try:
            if handed.DOORS not in os.environ:
                os.environ[handed.DOORS] = handed.opened(self.doors)
        except OSError as problem:
            print(f"A door could not be opened: {problem}", file=sys.stderr)
            return 1
        loaded.load()
        for child in self.children:
            if child.process is None:
                child.start()
        while not self.stop.wait(0.05 if self.welcome else 0.2):
            self._look_around()
        self._end()
        shutil.rmtree(os.environ[_FIGURES], ignore_errors=True)
        # The last child has stopped the server as it left, unless that child was killed.
        is_left = self.tend and _is_alive(self.pid_file)
        return subprocess.run(self.tend, check=False).returncode if is_left else 0

    def lines(self) -> list[int]:
        """What only the parent may hold: while it is open, a child believes its parent to be there."""
        every = [process for child in self.children for process in child.processes()]
        ready = [child.ready for child in self.children if child.ready >= 0]
        return [self.lock, *(process.line for process in every), *ready]

    def _look_around(self) -> None:
        if self.welcome and _serves(self.watch):
            print(self.welcome, end="", flush=True)
            self.welcome = ""
        for child in self.children:
            child.look_after()
        if not any(child.is_changing for child in self.children):
            if self.to_renew:
                self.to_renew.pop(0).renew()
            else:
                self._go_with_the_time()
        if self.tend and not _is_alive(self.pid_file):
            subprocess.run(self.tend, check=False)
            self.stop.wait(1)

    def _go_with_the_time(self) -> None:
        """Become what lies on the disk by now, when somebody asked for that and it can be loaded."""
        if self.trial is None:
            if self.renew.is_set():
                self.renew.clear()
                self.trial = subprocess.Popen([sys.executable, "-m", __spec__.name])
        elif self.trial.poll() is not None:
            tried, self.trial = self.trial.returncode, None
            if tried != 0:
                print(
                    "What lies on the disk by now cannot be loaded; everything stays as it is.",
                    file=sys.stderr,
                    flush=True,
                )
                return
            living = [(child.part, process) for child in self.children for process in child.processes()]
            for _part, process in living:
                os.set_inheritable(process.line, True)  # noqa: FBT003
            told = ",".join(f"{part}:{process.pid}:{process.line}" for part, process in living)
            environment = {**os.environ, _CHILDREN: told, _WELCOME: self.welcome}
            # Until what we become hears of it, another SIGHUP would end us all.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execve(sys.executable, [sys.executable, "-m", __spec__.name, *sys.argv[1:]], environment)  # noqa: S606

    def _end(self) -> None:
        running = [process for child in self.children for process in child.processes()]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _TIME_TO_FINISH
        for process in running:
            if not process.is_gone_within(max(0.1, deadline - time.monotonic())):
                process.kill()
                process.is_gone_within(_TIME_TO_FINISH)


class _Process:
    """A child, and the line that tells it that its parent is there."""

    def __init__(self, pid: int, line: int) -> None:
        self.pid, self.line = pid, line
        self.status: int | None = None  #: once it has ended

    @classmethod
    def of(cls, told: str) -> dict[str, Self]:
        """Those that this very process had before it became another program."""
        found = (one.split(":") for one in told.split(",") if one)
        return {part: cls(int(pid), int(line)) for part, pid, line in found}

    @property
    def is_there(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                os.close(self.line)
        return self.status is None

    def is_gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_there:
            if time.monotonic() > deadline:
                return False
            select.select([], [], [], 0.02)
        return True

    def tell(self, sign: signal.Signals) -> None:
        if self.is_there:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        self.tell(signal.SIGTERM)

    def kill(self) -> None:
        self.tell(signal.SIGKILL)


class _Leaving:
    """A process whose place is taken: told, then asked to end, and killed when it does not."""

    def __init__(self, process: _Process, *, is_told: bool) -> None:
        self.process = process
        self._ask_at = time.monotonic() + (_TIME_TO_TELL if is_told else 0)
        self._is_asked = False
        if is_told:
            process.tell(signal.SIGUSR2)

    def has_gone(self) -> bool:
        if not self.process.is_there:
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
    """One part, and what we know of its luck."""

    part: str
    parent: _Parent
    process: _Process | None = None
    started_at: float = 0.0
    pause: float = 1.0
    again_at: float = 0.0
    successor: _Process | None = None
    ready: int = -1  #: where the successor says that it serves
    patient_until: float = 0.0
    leaving: list[_Leaving] = field(default_factory=list)

    def start(self) -> None:
        self.started_at, self.again_at = time.monotonic(), 0.0
        self.process = self._begun()

    def renew(self) -> None:
        """Let another take its place, as soon as that one serves."""
        self.ready, told = os.pipe()
        self.successor = self._begun(told)
        self.patient_until = time.monotonic() + _TIME_TO_BEGIN
        os.close(told)

    @property
    def is_changing(self) -> bool:
        return self.successor is not None or bool(self.leaving)

    def processes(self) -> list[_Process]:
        every = [self.process, self.successor, *(one.process for one in self.leaving)]
        return [process for process in every if process and process.is_there]

    def _begun(self, told: int = -1) -> _Process:
        line, held = os.pipe()
        only_ours = [held, *self.parent.lines()]
        pid = os.fork()
        if pid == 0:
            raise _Born(self.part, line=line, told=told, not_ours=only_ours)
        os.close(line)
        return _Process(pid, held)

    def look_after(self) -> None:
        self._change()
        self.leaving = [one for one in self.leaving if not one.has_gone()]
        if self.again_at:
            if time.monotonic() >= self.again_at:
                self.start()
        elif self.process and not self.process.is_there:
            lived = time.monotonic() - self.started_at
            self.pause = 1.0 if lived > _HEALTHY_AFTER else min(self.pause * 2, _LONGEST_PAUSE)
            self.again_at = time.monotonic() + self.pause
            print(
                f"The {self.part} process ended with status {self.process.status}; "
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
            if self.process and self.process.is_there:
                self.leaving.append(_Leaving(self.process, is_told=self.part in _TOLD))
            self.process, self.started_at, self.again_at = successor, time.monotonic(), 0.0
        elif has_spoken or time.monotonic() > self.patient_until:
            successor.kill()
            successor.is_gone_within(_TIME_TO_FINISH)
            print(
                f"The new {self.part} process did not begin; the old one stays.", file=sys.stderr, flush=True
            )
        else:
            return
        os.close(self.ready)
        self.successor, self.ready = None, -1


class _Born(BaseException):
    """Raised in the child: it leaves all that the parent was in the middle of, and lives its own life."""

    def __init__(self, part: str, *, line: int, told: int, not_ours: Sequence[int]) -> None:
        super().__init__(part)
        self.part, self.line, self.told, self.not_ours = part, line, told, not_ours

    def live(self) -> int:
        # Ctrl-C on the terminal is for the parent; it tells the children in its own order.
        os.setsid()
        for sign, handler in _AS_AT_BIRTH.items():
            signal.signal(sign, handler)
        for number in self.not_ours:
            os.close(number)
        os.dup2(self.line, 0)
        os.close(self.line)
        os.environ[kinship.MARK] = "yes"
        if self.told >= 0:
            os.environ[kinship.READY] = str(self.told)
        setproctitle(f"threadwell {self.part}")
        return entry.main([self.part])


_AS_AT_BIRTH: dict[signal.Signals, Any] = {
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
    signal.SIGHUP: signal.SIG_DFL,
}


def _serves(watch: str) -> bool:
    """Does the web server answer by now?"""
    host, _, port = watch.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=2) as door:
        door.sendall(f"GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        return door.recv(64).split(b" ")[1:2] == [b"200"]
    return False


def _is_alive(pid_file: str) -> bool:
    try:
        os.kill(int(Path(pid_file).read_text().split("\n", 1)[0]), 0)
    except (OSError, ValueError):
        return False
    return True


def _try() -> int:
    """Can it be loaded?"""
    try:
        loaded.load()
    except problems.Problem as problem:
        print(problem, file=sys.stderr)
        return problem.status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else _try())
