"""Leaving: letters of ours go to a server that hangs, refuses, or hangs up, and to a good one beside it.

In:    a siege, a measure, chance
Out:   a Tally each: what was asked for, what stands on the list, what arrived there or is shown as failed
Touch: the siege; a server of this machine
"""

import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.torture.faults import Measure
from tests.torture.moody_smtp import DROPS, GOOD, HANGS, SAYS, TAKES_AND_IS_SILENT, Moody
from tests.torture.siege import UP, Setup, Siege, wait_until
from tests.torture.tally import Tally
from tests.torture.traffic import Callers

HASTY = Setup(program="tests/torture/hasty.py")
SAID_LATER = ("421-at-the-door", "450-at-rcpt", "452-after-data")
SAID_NO = ("550-after-data", "554-after-data")


def hangs(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """It stops in the middle and says nothing: at the door, after RCPT, after the whole letter."""
    return _run("smtp-hangs", siege, measure, chance, HANGS)


def puts_off(siege: Siege, measure: Measure, chance: Random) -> Tally:
    return _run("smtp-4xx", siege, measure, chance, SAID_LATER)


def refuses(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """It takes the whole letter and says no: that is shown, and not tried again."""
    return _run("smtp-5xx-after-data", siege, measure, chance, SAID_NO)


def drops(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """It hangs up; after the last word of the letter nobody but itself knows that it has it."""
    return _run("smtp-drops", siege, measure, chance, DROPS)


def _run(fault: str, siege: Siege, measure: Measure, chance: Random, moods: Sequence[str]) -> Tally:
    began = time.monotonic()
    siege.stand(UP if siege.is_patient else HASTY)
    mark, count = siege.mark(fault), _count(measure, moods)
    before = siege.count("conversations_outgoing")
    moody = dict(enumerate([*moods] * _times(measure, moods)))
    at_the_door = [mood for mood in moody.values() if mood.endswith("at-the-door")]
    kept = {number: mood for number, mood in moody.items() if not mood.endswith("at-the-door")}
    chance.shuffle(at_the_door)

    def mood(number: int, tries: int) -> str:
        return kept.get(number, GOOD) if tries == 1 else GOOD

    relay = Moody(port=siege.ports["relay"], mood=mood, doors=at_the_door)
    with relay, Moody(port=siege.ports["quiet"]) as quiet:
        asked = Callers(count, lambda number: _write(siege, mark, number))
        asked.start()
        # A server that hangs must hold up nobody who writes by another.
        beside = Callers(count // 2, lambda number: _write(siege, mark, count + number, inbox="quiet"))
        beside.start()
        beside.join()
        is_beside_there = wait_until(lambda: len(quiet.taken) == beside.acknowledged, seconds=60)
        beside_in = time.monotonic() - began
        asked.join()
        wait_until(lambda: _is_over(siege, before, count + beside.acknowledged), seconds=600, pause=0.5)
        shown = _shown(siege, mark, relay.taken + quiet.taken)
    taken = relay.taken + quiet.taken
    struck = ", ".join(f"{mood}: {times}" for mood, times in sorted(relay.struck.items()))
    return Tally(
        fault=fault,
        injected=relay.struck.total(),
        came_in=asked.acknowledged + beside.acknowledged,
        held=siege.count("conversations_outgoing") - before,
        shown=shown,
        doubled=taken.total() - len(taken),
        may_double=sum(relay.struck[mood] for mood in TAKES_AND_IS_SILENT),
        seconds=time.monotonic() - began,
        note=f"{struck}; the server beside it had all of its own after {beside_in:.0f} s"
        + ("" if is_beside_there else ": NOT ALL"),
    )


def _times(measure: Measure, moods: Sequence[str]) -> int:
    """How often each mood comes; a server that hangs takes minutes for each."""
    return 1 if measure.strikes == 1 else 2 if moods == HANGS else 4


def _count(measure: Measure, moods: Sequence[str]) -> int:
    return 2 * len(moods) * _times(measure, moods) + measure.mails // 20


def _write(siege: Siege, mark: str, number: int, *, inbox: str = "help") -> None:
    letter = {
        "inbox": siege.inboxes[inbox],
        "to": [{"email": f"parcel-{number}@customer.example"}],
        "subject": f"Parcel {number} of {mark}",
        "text": f"Here is parcel {number}.",
    }
    siege.door.insist("POST", "/conversations", letter, key=f"{mark}-{number}")


def _is_over(siege: Siege, before: int, count: int) -> bool:
    """Nothing is on the list any more; asked again and again, the time until the next try passes."""
    if not siege.is_patient:
        siege.ask("UPDATE conversations_dispatch SET due_at = now() WHERE leased_until IS NULL")
    return siege.count("conversations_dispatch") == 0


def _shown(siege: Siege, mark: str, taken: Counter[int]) -> int:
    """How many are shown as what became of them: sent and there, or failed with the server's own words."""
    return sum(_is_true(one, taken) for one in siege.door.messages(mark) if one["direction"] == "out")


def _is_true(message: dict[str, Any], taken: Counter[int]) -> bool:
    number = int(message["text"].split("parcel ")[1].split(".")[0])
    if message["state"] == "sent":
        return taken[number] > 0
    says_why = any(SAYS[mood] in message["state_because"] for mood in SAID_NO)
    return message["state"] == "failed" and taken[number] == 0 and says_why
