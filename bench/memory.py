"""Memory: what web, worker and gateway weigh beside PostgreSQL, idle and under load.

In:    the workload
Out:   MiB of memory that is theirs (PSS: what they share with each other is counted once)
Touch: the three processes
"""

import threading
from collections.abc import Iterator
from contextlib import suppress

import psutil

from bench import stage
from bench.figures import Figure
from bench.gateway import send
from bench.intake import waiting
from bench.mails import workload
from bench.pages import Asked, took


def figures(_size: str) -> Iterator[Figure]:
    """Idle, then with mail and pages at the same time."""
    address = "load@memory.bench.example"
    firm = stage.found("memory", address)
    listed = Asked(name="list", paths=["/w/memory/desk/unassigned/"], holds="Unassigned", goal=0)
    with stage.process("web") as web, stage.process("worker") as worker, stage.process("gateway") as gateway:
        processes = [*web, *worker, *gateway]
        threading.Event().wait(5)
        idle, parts = weight(processes), _parts(processes)
        yield Figure(name="memory, idle", value=idle, unit="MiB", goal=300, note=parts)
        highest, told = idle, parts
        load = threading.Thread(target=send, args=(workload(), address))
        load.start()
        while load.is_alive() or waiting(firm):
            took(firm, listed, clients=8, rounds=40)
            now = weight(processes)
            if now > highest:
                highest, told = now, _parts(processes)
        yield Figure(name="memory, under load", value=highest, unit="MiB", goal=600, note=told)


def weight(processes: list[psutil.Process]) -> float:
    """MiB of these and of their children."""
    total = 0.0
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += one.memory_full_info().pss / 2**20
    return total


def _parts(processes: list[psutil.Process]) -> str:
    names = ("web", "worker", "gateway")
    return ", ".join(f"{name} {weight([one]):.0f}" for name, one in zip(names, processes, strict=True))
