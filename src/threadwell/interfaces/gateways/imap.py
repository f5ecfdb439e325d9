"""IMAP: the followers, one for each mailbox, for as long as the gateway lives.

In:    the inboxes that are fed by IMAP
Out:   nothing; their letters are taken in as they come
Touch: through following

The first mailboxes are listened to all the time (IDLE), each on a thread and a connection of its own; the
others are visited in turn by a few threads. One that fails is left alone for a while, longer each time.
Two gateways may follow the same mailbox: what both bring is held once.
"""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import structlog
from django.db import connection

from threadwell.flow import following
from threadwell.flow.following import Following, Key

LISTENED_TO = 200  #: mailboxes with a connection of their own
VISITORS = 8  #: threads for the others
LOOK_ROUND = 10.0  #: seconds between two looks at which inboxes there are
VISIT_EVERY = 60.0  #: seconds; also how long one waits at most for a server that forgot to tell
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  #: seconds after a failure

_log = structlog.get_logger(__name__)


def serve(until: threading.Event) -> None:
    """Follow every mailbox until the event is set."""
    followers: dict[Key, Follower] = {}
    with ThreadPoolExecutor(VISITORS, thread_name_prefix="imap-visit") as visitors:
        while not until.is_set():
            with _own_connection():
                keys = _inboxes()
            for key in [key for key in followers if keys is not None and key not in keys]:
                followers.pop(key).stop.set()
            for key in keys or ():
                if key not in followers:
                    followers[key] = Follower(key=key, until=until)
                    if len(followers) <= LISTENED_TO:
                        followers[key].listen()
            for follower in followers.values():
                if follower.is_due():
                    follower.is_busy = True
                    visitors.submit(follower.visit)
            until.wait(LOOK_ROUND)
    for follower in followers.values():
        follower.end()


def _inboxes() -> list[Key] | None:
    try:
        return list(following.inboxes())
    except Exception:
        _log.exception("the list of mailboxes cannot be read")
        return None


@dataclass(eq=False, kw_only=True)
class Follower:
    """Who looks after one mailbox."""

    key: Key
    until: threading.Event
    stop: threading.Event = field(default_factory=threading.Event)
    is_busy: bool = False
    _failures: int = 0
    _next_at: float = 0.0
    _thread: threading.Thread | None = None

    def listen(self) -> None:
        """Stay with it, on a thread of its own."""
        name = f"imap-{self.key.inbox_id.hex[-6:]}"
        self._thread = threading.Thread(target=self._stay, name=name, daemon=True)
        self._thread.start()

    def is_due(self) -> bool:
        """It is visited in turn, and its turn has come."""
        return self._thread is None and not self.is_busy and monotonic() >= self._next_at

    def visit(self) -> None:
        """Look once."""
        with self._telling_what_fails():
            open_now = self._open()
            if open_now:
                try:
                    open_now.catch_up()
                finally:
                    open_now.close()
            self._failures, self._next_at = 0, monotonic() + VISIT_EVERY
        self.is_busy = False

    def end(self) -> None:
        if self._thread:
            self._thread.join(10)

    def _is_over(self) -> bool:
        return self.stop.is_set() or self.until.is_set()

    def _stay(self) -> None:
        while not self._is_over():
            with self._telling_what_fails():
                open_now = self._open()
                if open_now is None:
                    return
                try:
                    self._keep_up(open_now)
                finally:
                    open_now.close()
            while not self._is_over() and monotonic() < self._next_at:
                self.until.wait(0.5)

    def _keep_up(self, open_now: Following) -> None:
        while not self._is_over():
            open_now.catch_up()
            self._failures = 0
            connection.close()
            # A server may lose the wish to be told, and the line may be dead without a word:
            # so we look by ourselves, too.
            if open_now.can_listen:
                open_now.wait(VISIT_EVERY, is_over=self._is_over)
            else:
                self.until.wait(VISIT_EVERY)
            if not self._is_over() and not open_now.is_current():
                return

    def _open(self) -> Following | None:
        return following.opened(self.key, is_careful=self._failures > 0)

    @contextmanager
    def _telling_what_fails(self) -> Iterator[None]:
        with _own_connection():
            try:
                yield
            except Exception as problem:
                self._failures += 1
                pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE)
                self._next_at = monotonic() + pause * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                self._tell(problem)

    def _tell(self, problem: Exception) -> None:
        try:
            because = following.feels_broken(self.key, problem)
        except Exception:
            _log.exception("a mailbox's health cannot be told", inbox=str(self.key.inbox_id))
            because = str(problem)
        _log.warning(
            "mailbox cannot be followed", inbox=str(self.key.inbox_id), because=because, exc_info=problem
        )


@contextmanager
def _own_connection() -> Iterator[None]:
    """Threads that wait for mail hold no connection to the database meanwhile."""
    try:
        yield
    finally:
        connection.close()
