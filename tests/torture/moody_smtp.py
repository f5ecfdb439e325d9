"""Moody: a customer's mail server that hangs, refuses or hangs up, as it is told for each letter.

In:    a mood for each letter and try
Out:   what it took; how often it was moody
Touch: a port of this machine
"""

import contextlib
import io
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from tests.torture.lines import shut

GOOD = "good"
#: where the server fails the letter, and what it says there; without words it says nothing and ...
SAYS = {
    "421-at-the-door": "421 4.3.2 Not now",
    "450-at-rcpt": "450 4.2.1 Mailbox busy",
    "452-after-data": "452 4.3.1 Disk full",
    "550-after-data": "550 5.7.1 We do not like it",
    "554-after-data": "554 5.6.0 Nor this",
}
HANGS = ("hangs-at-the-door", "hangs-at-rcpt", "hangs-after-data")
DROPS = ("drops-at-the-door", "drops-at-rcpt", "drops-in-data", "drops-after-data")
TAKES_AND_IS_SILENT = (
    "hangs-after-data",
    "drops-after-data",
)  #: who sends cannot know that it has the letter
_TO = re.compile(rb"<parcel-(\d+)@", re.IGNORECASE)

type Mood = Callable[[int, int], str]  #: (letter, try) -> what happens to it; the first letter's at the door


@dataclass
class Moody:
    """A server, for as long as it is open. Letters are told by their recipients: parcel-17@..."""

    port: int
    mood: Mood = field(default=lambda _letter, _try: GOOD)
    doors: list[str] = field(default_factory=list)  #: moods of callers who have not said yet what they bring
    taken: Counter[int] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    _tries: Counter[int] = field(default_factory=Counter)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=50)
        threading.Thread(target=self._welcome, daemon=True).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._is_over.set()
        shut(self._door)

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._door.accept()
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, _HungUp), line, line.makefile("rb") as heard:
            with self._lock:
                mood = self.doors.pop(0) if self.doors else GOOD
            if self._refuses(line, mood, "at-the-door"):
                return
            _say(line, "220 moody")
            number = -1
            while word := heard.readline():
                match word[:4].upper():
                    case b"RCPT":
                        number, mood = self._mood_for(word)
                        if not self._refuses(line, mood, "at-rcpt"):
                            _say(line, "250 OK")
                    case b"DATA":
                        _say(line, "354 go on")
                        self._take(line, heard, number, mood)
                    case b"QUIT":
                        _say(line, "221 bye")
                        return
                    case _:
                        _say(line, "250 moody")

    def _mood_for(self, word: bytes) -> tuple[int, str]:
        found = _TO.search(word)
        number = int(found[1]) if found else -1
        with self._lock:
            self._tries[number] += 1
            return number, self.mood(number, self._tries[number])

    def _take(self, line: socket.socket, heard: io.BufferedReader, number: int, mood: str) -> None:
        for count, row in enumerate(iter(heard.readline, b"")):
            if count == 3:
                self._refuses(line, mood, "in-data")
            if row == b".\r\n":
                break
        else:
            raise _HungUp
        if mood in TAKES_AND_IS_SILENT:
            self._keep(number)
        if not self._refuses(line, mood, "after-data"):
            self._keep(number)
            _say(line, "250 OK queued")

    def _keep(self, number: int) -> None:
        with self._lock:
            self.taken[number] += 1

    def _refuses(self, line: socket.socket, mood: str, here: str) -> bool:
        """Does what the mood does at this place; True when it has said no."""
        if not mood.endswith(here):
            return False
        with self._lock:
            self.struck[mood] += 1
        if mood in SAYS:
            _say(line, SAYS[mood])
            return True
        if mood in HANGS:
            self._is_over.wait(600)
        raise _HungUp


class _HungUp(Exception):
    """This line is over."""


def _say(line: socket.socket, words: str) -> None:
    line.sendall(f"{words}\r\n".encode())
