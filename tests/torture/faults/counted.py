"""Counted: mail comes in, something strikes meanwhile, and everything is counted on three sides.

In:    a siege that stands, what strikes
Out:   a Tally
Touch: through the siege
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from tests.torture.faults import Measure
from tests.torture.siege import Siege, wait_until
from tests.torture.tally import Tally
from tests.torture.traffic import THREAD, Senders, noted

type Strike = Callable[[Senders, Random], int]  #: strikes, while mail comes in; how often


def under_mail(
    fault: str, siege: Siege, measure: Measure, chance: Random, strike: Strike, *, thread: int = THREAD
) -> Tally:
    """Mails are sent until all are acknowledged; they are held, read, and shown to whoever looks."""
    began = time.monotonic()
    mark, before = siege.mark(fault), siege.count("inboxes_delivery", "state = 'read'")
    senders = Senders(siege.smtp, measure.mails, mark, thread=thread)
    senders.start()
    struck = strike(senders, chance)
    senders.join()
    siege.settle()
    assert wait_until(siege.shows, seconds=90), siege.told()
    shown = siege.door.parcels(mark)
    told = ", ".join(f"{code or 'silence'}: {count}" for code, count in sorted(senders.refused.items()))
    return Tally(
        fault=fault,
        injected=struck,
        came_in=senders.acknowledged,
        held=siege.count("inboxes_delivery", "state = 'read'") - before,
        shown=len(shown),
        doubled=shown.total() - len(shown),
        seconds=time.monotonic() - began,
        note=_and(f"put off meanwhile: {told}" if told else "", _threads(siege, mark, measure, thread)),
    )


def under_notes(
    fault: str, siege: Siege, measure: Measure, chance: Random, strike: Callable[[Any, Random], int]
) -> Tally:
    """Programs write notes through the API, each under a key, and ask until they are answered."""
    began = time.monotonic()
    mark = siege.mark(fault)
    opened = Senders(siege.smtp, 4, mark, thread=1)
    opened.start()
    opened.join()
    assert siege.settle(), siege.told()
    numbers = [one["number"] for one in siege.door.conversations(mark)]
    before = siege.count("conversations_message", "direction = 'note'")
    callers = noted(siege.door, measure.mails, mark, numbers)
    callers.start()
    struck = strike(callers, chance)
    callers.join()
    shown = siege.door.parcels(mark, direction="note")
    return Tally(
        fault=fault,
        injected=struck,
        came_in=callers.acknowledged,
        held=siege.count("conversations_message", "direction = 'note'") - before,
        shown=len(shown),
        doubled=shown.total() - len(shown),
        seconds=time.monotonic() - began,
        note="notes through the API, each under an Idempotency-Key",
    )


def moments(measure: Measure, chance: Random) -> Iterator[int]:
    """So much has come in when it strikes: spread over the whole, at random."""
    share = measure.mails // (measure.strikes + 1)
    for number in range(1, measure.strikes + 1):
        yield max(1, share * number - chance.randrange(max(1, share // 2)))


def noting(tally: Tally, note: str) -> Tally:
    return replace(tally, note=_and(note, tally.note))


def _threads(siege: Siege, mark: str, measure: Measure, thread: int) -> str:
    """Empty when the letters stand in as many conversations as they should."""
    wanted, there = -(-measure.mails // thread), len(siege.door.conversations(mark))
    return "" if wanted == there else f"in {there} conversations instead of {wanted}"


def _and(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
