"""Memory: what the product weighs as people start it, beside PostgreSQL, idle and under load.

In:    the workload
Out:   MiB of memory that is its own (PSS: what processes share with each other is counted once)
Touch: the processes of ``threadwell up``
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil
from tests import parts

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
    with stage.whole() as product:
        threading.Event().wait(5)
        idle, each = weight(product)
        yield Figure(name="memory, idle", value=idle, unit="MiB", goal=300, note=each)
        highest, told = idle, each
        load = threading.Thread(target=send, args=(workload(), address))
        load.start()
        while load.is_alive() or waiting(firm):
            took(firm, listed, clients=8, rounds=40)
            now, each = weight(product)
            if now > highest:
                highest, told = now, each
        yield Figure(name="memory, under load", value=highest, unit="MiB", goal=600, note=told)


def weight(product: psutil.Process) -> tuple[float, str]:
    """MiB of its processes but PostgreSQL's, together and each part's."""
    weights = {"parent": _weight([product])}
    for name, part in parts.of(product.pid).items():
        with suppress(psutil.Error):
            weights[name] = _weight([part, *part.children(recursive=True)])
    return sum(weights.values()), ", ".join(f"{name} {value:.0f}" for name, value in weights.items())


def _weight(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for one in processes:
        with suppress(psutil.Error):
            total += one.memory_full_info().pss / 2**20
    return total
