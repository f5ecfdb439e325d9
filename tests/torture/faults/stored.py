"""Stored: the database is far away, slow or gone, the disk is full.

In:    a siege, a measure, chance
Out:   a Tally each
Touch: the siege; for the full disk a file system in memory, which only root can make
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.torture.faults import SHORT, Measure, counted
from tests.torture.lines import Proxy, to_socket
from tests.torture.siege import Setup, Siege, wait_until
from tests.torture.tally import Tally, left_out
from tests.torture.traffic import Senders

ROOM = 64 * 1024 * 1024  #: beside what the firm takes already
FLOOR = 1_000_000  #: MiB that no disk of ours has


def away(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Nobody is hung up on, but nobody is answered either; then everybody is hung up on."""
    measure = replace(measure, strikes=min(2, measure.strikes))
    with Proxy(to_socket(siege.socket), chance=chance) as proxy:
        siege.stand(Setup(is_up=True, settings=siege.database_at(proxy.port)))

        def strike(senders: Senders, chance: Random) -> int:
            for number, due in enumerate(counted.moments(measure, chance)):
                wait_until(lambda due=due: senders.acknowledged >= due, seconds=300, pause=0.01)
                _vanish(proxy, measure.seconds, is_silent=number % 2 == 0)
            return measure.strikes

        tally = counted.under_mail("database-away", siege, measure, chance, strike)
        siege.clear()
    return counted.noting(tally, f"{measure.seconds:.0f} s each, in turns silent and hung up")


def slow(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Every piece of every talk with it waits."""
    measure = replace(measure, mails=max(SHORT.mails, measure.mails // 8))
    with Proxy(to_socket(siege.socket), chance=chance) as proxy:
        siege.stand(Setup(is_up=True, settings=siege.database_at(proxy.port)))

        def strike(senders: Senders, _chance: Random) -> int:
            proxy.delay = (0.005, 0.05)
            senders.join()
            siege.settle()
            proxy.delay = (0.0, 0.0)
            return 1

        tally = counted.under_mail("database-slow", siege, measure, chance, strike)
        siege.clear()
    return counted.noting(tally, "5 to 50 ms for each piece, both ways")


def floor(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Less is free than THREADWELL_DISK_RESERVE wants: mail is put off before it does harm."""
    siege.stand(Setup(parts=("gateway",), settings=(("THREADWELL_DISK_RESERVE", str(FLOOR)),)))

    def strike(senders: Senders, _chance: Random) -> int:
        wait_until(lambda: senders.refused[452] >= 8 * measure.strikes)
        refused, held = senders.refused[452], senders.acknowledged
        assert held == 0, f"{held} mails were taken below the floor"
        siege.stand(Setup(settings=(("THREADWELL_DISK_RESERVE", "1"),)))
        return refused

    return counted.under_mail("disk-floor", siege, measure, chance, strike)


def full(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """No byte is left, for nobody: neither for the database's log nor for ours."""
    with contextlib.ExitStack() as things:
        try:
            disk = things.enter_context(_small_disk(siege))
        except (OSError, subprocess.CalledProcessError):
            return left_out("disk-full", "only root can make a small file system; disk-floor ran instead")
        small = things.enter_context(siege.copied(disk / "home"))
        small.stand(Setup(is_up=True, settings=(("THREADWELL_DISK_RESERVE", "0"),)))

        def strike(senders: Senders, chance: Random) -> int:
            for due in counted.moments(measure, chance):
                wait_until(lambda due=due: senders.acknowledged >= due, seconds=300, pause=0.01)
                _fill(disk / "ballast")
                refused = senders.refused.total()
                wait_until(lambda refused=refused: senders.refused.total() > refused + 8, seconds=20)
                time.sleep(measure.seconds / 10)
                (disk / "ballast").unlink()
            return measure.strikes

        return counted.under_mail("disk-full", small, measure, chance, strike)


def _vanish(proxy: Proxy, seconds: float, *, is_silent: bool) -> None:
    if is_silent:
        proxy.freeze()
        time.sleep(seconds)
        proxy.thaw()
    else:
        proxy.is_away = True
        proxy.cut()
        time.sleep(seconds)
        proxy.is_away = False


@contextlib.contextmanager
def _small_disk(siege: Siege) -> Iterator[Path]:
    place = siege.home.parent / "small"
    place.mkdir(exist_ok=True)
    taken = sum(one.stat().st_blocks * 512 for one in siege.home.rglob("*") if one.is_file())
    if os.geteuid() != 0:
        raise PermissionError
    size = f"size={taken + ROOM},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "threadwell-torture", place], check=True)
    try:
        (place / "home").mkdir()
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _fill(ballast: Path) -> None:
    """Until not a byte is left."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
