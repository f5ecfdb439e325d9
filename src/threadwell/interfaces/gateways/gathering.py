"""Gathering: mails that come at the same moment are kept by one transaction, and each gets its own answer.

In:    arrivals, from any number of sessions on one event loop
Out:   returns when those are held durably; raises what kept them from it
Touch: through capture

While one batch is on its way to the disk the next one fills, so nobody waits for a clock.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
from django.db import InterfaceError, OperationalError, connection

from threadwell.flow.arrive import capture
from threadwell.flow.arrive.capture import Arrival

TOGETHER = 64  #: mails in a batch
BYTES_TOGETHER = 8 * 1024 * 1024
WRITERS = 2  #: batches on their way at the same time
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    arrivals: Sequence[Arrival]
    is_held: asyncio.Future[None]

    @property
    def size(self) -> int:
        return sum(len(arrival.raw) for arrival in self.arrivals)


class Gathering:
    """The batches of one event loop."""

    def __init__(self) -> None:
        self._waiting: list[_Mail] = []
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="gathering")
        self._busy = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Returns once all of a mail's arrivals are held; raises, and then none is."""
        mail = _Mail(arrivals=arrivals, is_held=asyncio.get_running_loop().create_future())
        self._waiting.append(mail)
        self._start()
        await mail.is_held

    def close(self) -> None:
        """Wait for what is under way."""
        self._writers.shutdown()

    def _start(self) -> None:
        if self._busy < WRITERS and self._waiting:
            self._busy += 1
            task = asyncio.get_running_loop().create_task(self._write(self._batch()))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _batch(self) -> list[_Mail]:
        size = count = 0
        for mail in self._waiting[:TOGETHER]:
            size += mail.size
            count += 1
            if size > BYTES_TOGETHER:
                break
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _write(self, batch: list[_Mail]) -> None:
        loop = asyncio.get_running_loop()
        try:
            outcomes = await loop.run_in_executor(self._writers, _keep_all, [mail.arrivals for mail in batch])
        except BaseException as problem:  # whatever it is: none of these may be left without an answer
            outcomes = [problem for _ in batch]
        finally:
            self._busy -= 1
        for mail, outcome in zip(batch, outcomes, strict=True):
            if mail.is_held.done():
                continue  # its session was cut off; the mail is held all the same
            if outcome is None:
                mail.is_held.set_result(None)
            else:
                mail.is_held.set_exception(outcome)
        self._start()


def _keep_all(mails: list[Sequence[Arrival]]) -> list[BaseException | None]:
    """One transaction for all; when it fails, one for each, so that a bad mail harms nobody else's."""
    problem = _keep([arrival for mail in mails for arrival in mail])
    if problem is None or len(mails) == 1 or isinstance(problem, AWAY):
        # While the database is away, asking once for each would not bring it back.
        return [problem for _ in mails]
    return [_keep(mail) for mail in mails]


def _keep(arrivals: Sequence[Arrival]) -> BaseException | None:
    try:
        capture.keep(arrivals)
    except Exception as problem:
        return problem
    else:
        return None
    finally:
        # Back to the pool, which looks whether the connection still lives before it lends it again.
        connection.close()
