"""Traffic: mail servers that try until they are told 250, and programs that call until they are answered.

In:    where to send, how much, a mark by which it is known again
Out:   how much was acknowledged, how often it was tried
Touch: the gateway and the API of the product
"""

import contextlib
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import override

from tests.torture.front_door import FrontDoor

ADDRESS = "help@siege.example"
PATIENCE = 20  #: seconds that a mail server waits for a word
THREAD = 5  #: letters of one conversation


def letter(number: int, mark: str, *, to: str = ADDRESS, thread: int = THREAD) -> bytes:
    """The first of each few begins a conversation, the others answer it."""
    first = number - number % thread
    host = f"{mark}.example"
    answers = f"In-Reply-To: <{first}@{host}>\r\n" if number != first else ""
    return (
        f"From: Ada <ada{first % 40}@{host}>\r\nTo: {to}\r\nSubject: Parcel {first} of {mark}\r\n"
        f"Message-ID: <{number}@{host}>\r\n{answers}\r\nWhere is parcel {number}?\r\n"
    ).encode()


class Many:
    """Hands that share a list of numbers; each is tried until it is done."""

    def __init__(self, count: int, *, side_by_side: int) -> None:
        self.count = count
        self.acknowledged = 0
        self.refused: Counter[int] = Counter()  #: what was said instead; 0: nothing at all
        self._waiting = iter(range(count))
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(side_by_side)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self, *, seconds: float = 600) -> None:
        """Until everything is acknowledged; gives up after the seconds, so that a run ends."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self._is_over.set()

    def _work(self) -> None:
        raise NotImplementedError

    def _next(self) -> int | None:
        with self._lock:
            return None if self._is_over.is_set() else next(self._waiting, None)

    def _done(self) -> None:
        with self._lock:
            self.acknowledged += 1

    def _put_off(self, code: int) -> None:
        with self._lock:
            self.refused[code] += 1


class Senders(Many):
    """Mail servers of customers."""

    def __init__(
        self, port: int, count: int, mark: str, *, side_by_side: int = 8, thread: int = THREAD
    ) -> None:
        super().__init__(count, side_by_side=side_by_side)
        self.port, self.mark, self.thread = port, mark, thread

    @override
    def _work(self) -> None:
        with contextlib.ExitStack() as open_now:
            session: smtplib.SMTP | None = None
            while (number := self._next()) is not None:
                raw = letter(number, self.mark, thread=self.thread)
                is_held = False
                while not is_held and not self._is_over.is_set():
                    try:
                        session = session or open_now.enter_context(Session(self.port))
                        session.sendmail("ada@customer.example", [ADDRESS], raw)
                        is_held = True
                        self._done()
                    except (OSError, smtplib.SMTPException) as problem:
                        self._put_off(code_of(problem))
                        session = None
                        open_now.close()
                        time.sleep(0.1)


class Callers(Many):
    """Programs that call the API; ``call`` insists on an answer."""

    def __init__(self, count: int, call: Callable[[int], object], *, side_by_side: int = 4) -> None:
        super().__init__(count, side_by_side=side_by_side)
        self._call = call

    @override
    def _work(self) -> None:
        while (number := self._next()) is not None:
            self._call(number)
            self._done()


class Session(smtplib.SMTP):
    """A session that takes its leave without asking whether the other side is still there."""

    def __init__(self, port: int) -> None:
        super().__init__(timeout=PATIENCE)
        try:
            self.connect("127.0.0.1", port)
        except BaseException:
            self.close()
            raise

    @override
    def __exit__(self, *_problem: object) -> None:
        self.close()


def code_of(problem: Exception) -> int:
    """What the gateway said; 0 when it said nothing."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return min(code for code, _ in problem.recipients.values())
    if isinstance(problem, smtplib.SMTPResponseException):
        return problem.smtp_code
    return 0


def noted(door: FrontDoor, count: int, mark: str, conversations: list[int]) -> Callers:
    """Notes in some conversations, each under a key of its own."""

    def note(number: int) -> None:
        place = conversations[number % len(conversations)]
        body = {"text": f"Where is parcel {number}?"}
        door.insist("POST", f"/conversations/{place}/notes", body, key=f"{mark}-{number}")

    return Callers(count, note)
