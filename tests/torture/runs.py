"""Runs: every fault by its name, in groups that share what must be started for them."""

import zlib
from collections.abc import Iterator, Sequence
from random import Random

from tests.torture.faults import Fault, Measure, followed, killed, leaving, raced, stored, timed
from tests.torture.siege import Siege
from tests.torture.tally import Tally

GROUPS: dict[str, dict[str, Fault]] = {
    "killed": {
        "database-killed": killed.database,
        "gateway-killed": killed.gateway,
        "web-killed": killed.web,
        "worker-killed": killed.worker,
        "any-killed": killed.everything,
    },
    "raced": {"webhooks": raced.news, "workers-race": raced.workers, "poisoned": raced.poison},
    "stored": {
        "database-away": stored.away,
        "database-slow": stored.slow,
        "disk-floor": stored.floor,
        "disk-full": stored.full,
    },
    "leaving": {
        "smtp-hangs": leaving.hangs,
        "smtp-4xx": leaving.puts_off,
        "smtp-5xx-after-data": leaving.refuses,
        "smtp-drops": leaving.drops,
    },
    "followed": {
        "imap-uidvalidity": followed.numbered_anew,
        "imap-idle-lost": followed.falls_silent,
        "imap-idle-dumb": followed.forgets_to_tell,
        "imap-twice": followed.hands_out_twice,
    },
    "timed": {"clock-jumps": timed.jumps},
}
FAULTS = {name: fault for group in GROUPS.values() for name, fault in group.items()}
#: A second look at what others show already, for the long form alone.
ONLY_LONG = frozenset({"any-killed"})


def run(siege: Siege, names: Sequence[str], measure: Measure, *, seed: int) -> Iterator[Tally]:
    """One after another; the same seed plans the same strikes, whichever are chosen."""
    for name in names:
        chance = Random(zlib.crc32(f"{seed} {name}".encode()))
        yield FAULTS[name](siege, measure, chance)
