"""Followed: a mailbox elsewhere numbers anew, falls silent, hands the same letter out twice.

In:    a siege, a measure, chance
Out:   a Tally each
Touch: the siege; a real Dovecot where there is one, else a server of our own (stubborn_imap)
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.interfaces.gateways import dovecot
from tests.interfaces.gateways.dovecot import Dovecot
from tests.torture.faults import Measure, counted
from tests.torture.faults.leaving import HASTY
from tests.torture.lines import Proxy, to_port
from tests.torture.siege import UP, Siege, wait_until
from tests.torture.stubborn_imap import Stubborn
from tests.torture.tally import Tally, left_out
from tests.torture.traffic import letter

USER = "siege"
NO_DOVECOT = "there is no Dovecot on this machine"


def numbered_anew(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """UIDVALIDITY changes in the middle: every number is another letter's from now on."""
    if not Path(dovecot.PROGRAM).exists():
        return left_out("imap-uidvalidity", NO_DOVECOT)
    with dovecot.running() as server, Proxy(to_port(server.plain), port=siege.ports["mailbox"]):

        def strike(mark: str) -> int:
            for part in _parts(measure, mark):
                server.put(*part, user=USER)
                wait_until(lambda: _held(siege) > before, seconds=30)
                server.number_anew(USER)
            return measure.strikes + 1

        before = _held(siege)
        return _run("imap-uidvalidity", siege, measure, strike)


def falls_silent(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """The line that listens (IDLE) breaks, or carries nothing more without saying so."""
    if not Path(dovecot.PROGRAM).exists():
        return left_out("imap-idle-lost", NO_DOVECOT)
    with (
        dovecot.running() as server,
        Proxy(to_port(server.plain), port=siege.ports["mailbox"], chance=chance) as proxy,
    ):

        def strike(mark: str) -> int:
            struck = 0
            for number, part in enumerate(_parts(measure, mark)):
                wait_until(lambda: proxy.is_called, seconds=30)
                struck += proxy.fall_deaf() if number % 2 else proxy.cut()
                _put(server, part)
                time.sleep(chance.uniform(0, 0.5))
            return struck

        return _run("imap-idle-lost", siege, measure, strike)


def forgets_to_tell(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Listening is agreed to, and nothing is ever said: letters are found by looking."""
    with Stubborn(port=siege.ports["mailbox"], tells_news=False) as server:

        def strike(mark: str) -> int:
            for part in _parts(measure, mark):
                wait_until(lambda listened=server.listened: server.listened > listened, seconds=30)
                for raw in part:
                    server.put(raw)
            return server.listened

        return _run("imap-idle-dumb", siege, measure, strike)


def hands_out_twice(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Each answer has each letter twice, and some letters stand under two numbers."""
    with Stubborn(port=siege.ports["mailbox"], says_twice=True) as server:

        def strike(mark: str) -> int:
            again = 0
            for part in _parts(measure, mark):
                for raw in part:
                    server.put(raw)
                    if chance.random() < 0.3:
                        server.put(raw)
                        again += 1
            wait_until(lambda: _looked_at(siege) >= len(server.letters), seconds=30)
            return again + server.said_again

        tally = _run("imap-twice", siege, measure, strike)
        set_aside = siege.count("inboxes_delivery", "state = 'aside'")
    return counted.noting(tally, f"{set_aside} twins under other numbers held and set aside, not shown")


def _run(fault: str, siege: Siege, measure: Measure, strike: Callable[[str], int]) -> Tally:
    began = time.monotonic()
    siege.stand(UP if siege.is_patient else HASTY)
    mark, before = siege.mark(fault), siege.count("inboxes_delivery", "state = 'read'")
    with _followed(siege):
        struck = strike(mark)
        # A line that is deaf is noticed after a look round and a read that nobody answers.
        patience = 400 if siege.is_patient else 30
        wait_until(lambda: _read(siege) - before >= measure.mails, seconds=patience, pause=0.5)
        siege.settle()
        shown = siege.door.parcels(mark)
    return Tally(
        fault=fault,
        injected=struck,
        came_in=measure.mails,
        held=_read(siege) - before,
        shown=len(shown),
        doubled=shown.total() - len(shown),
        seconds=time.monotonic() - began,
    )


@contextlib.contextmanager
def _followed(siege: Siege) -> Iterator[None]:
    """The third inbox is open for a while; what is known of its mailbox is forgotten."""
    siege.ask("DELETE FROM inboxes_folder")
    siege.ask("UPDATE inboxes_inbox SET closed_at = NULL WHERE id = %s", siege.inboxes["box"])
    try:
        yield
    finally:
        siege.ask("UPDATE inboxes_inbox SET closed_at = now() WHERE id = %s", siege.inboxes["box"])


def _parts(measure: Measure, mark: str) -> Iterator[list[bytes]]:
    """The letters in some handfuls, one more than the fault strikes."""
    size = -(-measure.mails // (measure.strikes + 1))
    for first in range(0, measure.mails, size):
        numbers = range(first, min(first + size, measure.mails))
        yield [letter(number, mark, to="box@siege.example") for number in numbers]


def _put(server: Dovecot, letters: list[bytes]) -> None:
    server.put(*letters, user=USER)


def _held(siege: Siege) -> int:
    return siege.count("inboxes_delivery", "source = 'imap'")


def _read(siege: Siege) -> int:
    return siege.count("inboxes_delivery", "state = 'read'")


def _looked_at(siege: Siege) -> int:
    return max(
        (int(reached) for (reached,) in siege.ask("SELECT uid_reached FROM inboxes_folder")), default=0
    )
