"""Stubborn: an IMAP server that does what Dovecot will not: hands everything out twice, forgets to tell news.

In:    letters; what it shall do wrong
Out:   answers to the few words that a follower speaks (RFC 3501, 2177)
Touch: a port of this machine
"""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from tests.torture.lines import shut

_SET = re.compile(rb"(\d+)(?::(\d+|\*))?")


@dataclass
class Stubborn:
    """A mailbox with one folder, for as long as it is open."""

    port: int
    letters: list[bytes] = field(default_factory=list)
    says_twice: bool = False  #: each message stands twice in an answer
    tells_news: bool = True  #: whoever listens is told
    uid_validity: int = field(default_factory=lambda: int(time.time()))  #: a mailbox of its own each time
    said_again: int = 0
    listened: int = 0
    _lines: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", self.port), backlog=20)
        threading.Thread(target=self._welcome, daemon=True).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._is_over.set()
        shut(self._door)
        for line in self._lines:
            shut(line)

    def put(self, raw: bytes) -> None:
        with self._lock:
            self.letters.append(raw)

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._door.accept()
                self._lines.append(line)
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rb") as heard:
            line.sendall(b"* OK [CAPABILITY IMAP4rev1 IDLE] stubborn\r\n")
            while words := heard.readline():
                tag, _, rest = words.strip().partition(b" ")
                name = rest.upper()
                if name == b"IDLE":
                    self._idle(line)
                    heard.readline()  # DONE
                else:
                    for answer in self._answers(name):
                        line.sendall(answer)
                line.sendall(tag + b" OK done\r\n")
                if name == b"LOGOUT":
                    return

    def _answers(self, name: bytes) -> Iterator[bytes]:
        with self._lock:
            letters = list(self.letters)
        if name == b"CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1 IDLE\r\n"
        elif name == b"LOGOUT":
            yield b"* BYE\r\n"
        elif name.startswith(b"LIST"):
            yield b'* LIST () "/" INBOX\r\n'
        elif name.startswith((b"SELECT", b"EXAMINE")):
            yield b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % (
                len(letters),
                self.uid_validity,
                len(letters) + 1,
            )
        elif name.startswith(b"UID SEARCH"):
            found = b" ".join(b"%d" % uid for uid in _named(name, len(letters)))
            yield b"* SEARCH" + (b" " + found if found else b"") + b"\r\n"
        elif name.startswith(b"UID FETCH"):
            for uid in _named(name.split(b" ")[2], len(letters)):
                told = _fetched(uid, letters[uid - 1], name)
                yield told
                if self.says_twice:
                    self.said_again += 1
                    yield told

    def _idle(self, line: socket.socket) -> None:
        """Waits for DONE, which the caller reads; says meanwhile what is new, unless it forgets to."""
        line.sendall(b"+ idling\r\n")
        self.listened += 1
        before = len(self.letters)
        line.settimeout(0.2)
        with contextlib.suppress(OSError):
            while not self._is_over.is_set():
                try:
                    if line.recv(1, socket.MSG_PEEK) is not None:
                        break
                except TimeoutError:
                    if self.tells_news and len(self.letters) > before:
                        before = len(self.letters)
                        line.sendall(b"* %d EXISTS\r\n" % before)
        line.settimeout(None)


def _named(asked: bytes, count: int) -> list[int]:
    """The numbers of an answer to such a set."""
    found: set[int] = set()
    for first, last in _SET.findall(asked.removeprefix(b"UID SEARCH")):
        begin, end = int(first), count if last == b"*" else int(last or first)
        found |= set(range(begin, min(end, count) + 1))
    return sorted(found)


def _fetched(uid: int, raw: bytes, asked: bytes) -> bytes:
    facts = b'UID %d RFC822.SIZE %d INTERNALDATE "22-Nov-2026 10:00:00 +0000"' % (uid, len(raw))
    if b"BODY" in asked:
        is_header = b"HEADER" in asked
        what, content = (b"BODY[HEADER]", raw.split(b"\r\n\r\n")[0]) if is_header else (b"BODY[]", raw)
        facts += b" %s {%d}\r\n%s" % (what, len(content), content)
    return b"* %d FETCH (%s)\r\n" % (uid, facts)
