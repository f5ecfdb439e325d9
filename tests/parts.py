"""Parts: the processes of a running product, by what they are."""

import contextlib

import psutil


def of(up: int) -> dict[str, psutil.Process]:
    """Web, worker, gateway: what process ``up`` looks after; PostgreSQL is none of them."""
    found = {}
    for child in psutil.Process(up).children():
        with contextlib.suppress(psutil.Error, ValueError):
            program, part, *_options = " ".join(child.cmdline()).split()
            if program == "threadwell":
                found[part] = child
    return found
