"""Killed: kill -9 of each process at random moments under load; the product's supervisor brings it back.

In:    a siege, a measure, chance
Out:   a Tally each
Touch: the siege's processes
"""

import subprocess
import time
from random import Random

from tests.torture.faults import Measure, counted
from tests.torture.siege import UP, Siege, wait_until
from tests.torture.tally import Tally
from tests.torture.traffic import Many, Senders

ANY = ("gateway", "worker", "web", "postgres")


def gateway(siege: Siege, measure: Measure, chance: Random) -> Tally:
    return _under_mail("gateway-killed", "gateway", siege, measure, chance)


def database(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """The embedded server, all of it at once."""
    return _under_mail("database-killed", "postgres", siege, measure, chance)


def worker(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Struck by what it has read, for it reads on when all mail is in."""
    up = siege.stand(UP)
    before = siege.count("inboxes_delivery", "state = 'read'")

    def strike(_senders: Senders, chance: Random) -> int:
        struck = 0
        for due in counted.moments(measure, chance):
            wait_until(lambda due=due: _read(siege) - before >= due or siege.lease_ends(), seconds=120)
            struck += wait_until(lambda: siege.kill(up, "worker"))
        return struck

    return counted.under_mail("worker-killed", siege, measure, chance, strike)


def web(siege: Siege, measure: Measure, chance: Random) -> Tally:
    up = siege.stand(UP)

    def strike(callers: Many, chance: Random) -> int:
        return _by_turns(siege, up, ("web",), measure, callers, chance)

    return counted.under_notes("web-killed", siege, measure, chance, strike)


def everything(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Any of them, whichever comes."""
    up = siege.stand(UP)

    def strike(senders: Senders, chance: Random) -> int:
        return _by_turns(siege, up, ANY, measure, senders, chance)

    return counted.under_mail("any-killed", siege, measure, chance, strike)


def _under_mail(fault: str, part: str, siege: Siege, measure: Measure, chance: Random) -> Tally:
    up = siege.stand(UP)

    def strike(senders: Senders, chance: Random) -> int:
        return _by_turns(siege, up, (part,), measure, senders, chance)

    return counted.under_mail(fault, siege, measure, chance, strike)


def _by_turns(
    siege: Siege,
    up: "subprocess.Popen[bytes]",
    parts: tuple[str, ...],
    measure: Measure,
    load: Many,
    chance: Random,
) -> int:
    struck = 0
    for due in counted.moments(measure, chance):
        wait_until(lambda due=due: load.acknowledged >= due, seconds=300, pause=0.005)
        time.sleep(chance.uniform(0, 0.05))
        part = chance.choice(parts)
        struck += wait_until(lambda part=part: siege.kill(up, part), pause=0.02)
    return struck


def _read(siege: Siege) -> int:
    return siege.count("inboxes_delivery", "state = 'read'")
