"""Timed: the clock of the machine jumps, forwards and back, while mail comes in.

In:    a siege, a measure, chance
Out:   a Tally
Touch: the siege; libfaketime, which stands between the processes and the clock

The database's clock stays, so that the processes and their tables disagree as well.
"""

from pathlib import Path
from random import Random

from tests.torture.faults import Measure, counted
from tests.torture.siege import Setup, Siege, wait_until
from tests.torture.tally import Tally, left_out
from tests.torture.traffic import Senders

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
JUMPS = ("+3600", "-7200", "+93600", "-30", "+400", "-86400")  #: seconds beside the true time


def jumps(siege: Siege, measure: Measure, chance: Random) -> Tally:
    library = next((found for one in LIBRARIES for found in Path("/").glob(one[1:])), None)
    if library is None:
        return left_out("clock-jumps", "libfaketime is not on this machine (apt install faketime)")
    clock = siege.home.parent / "clock"
    clock.write_text("+0")
    settings = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    siege.stand(Setup(is_up=True, settings=tuple(settings.items())))
    jumps = [*JUMPS] * measure.strikes
    chance.shuffle(jumps)
    jumps = jumps[: 3 * measure.strikes]

    def strike(senders: Senders, chance: Random) -> int:
        for number, jump in enumerate(jumps, start=1):
            due = measure.mails * number // (len(jumps) + 1)
            wait_until(lambda due=due: senders.acknowledged >= due, seconds=300, pause=0.01)
            clock.write_text(jump)
        senders.join()
        clock.write_text("+0")
        return len(jumps)

    tally = counted.under_mail("clock-jumps", siege, measure, chance, strike)
    siege.clear()
    return counted.noting(tally, "s: ".join(jumps) + " s beside the true time, by libfaketime")
