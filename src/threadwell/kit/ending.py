"""Ending: what the processes that answer know of their parent's end.

In:    the parent, which says so before it asks them to end
Out:   whether it did
Touch: a byte that all who were forked from the parent share

A process that is asked to end waits for its open answers. One that never ends by itself, and begins after
it was asked, can only know from here: the signal came before there was anybody to hear it.
"""

import mmap

_shared: list[mmap.mmap] = []


def foresee() -> None:
    """For the parent, before it forks."""
    _shared[:] = [mmap.mmap(-1, 1)]


def announce() -> None:
    """For the parent: those whom it forked will be asked to end."""
    for byte in _shared:
        byte[0] = 1


def is_near() -> bool:
    """False where no parent of ours foresaw it."""
    return any(byte[0] for byte in _shared)
