"""Kinship: what the processes of the product know of their parent, and tell it.

In:    the environment that a parent of ours left us (config/supervision.py)
Out:   nothing; whoever was started by hand has no parent of ours, and nothing happens
Touch: this process: its signals, threads that wait for the end of the parent and of the loop
"""

import asyncio
import contextlib
import functools
import os
import select
import signal
import threading
from collections.abc import Callable, Iterable

MARK = "THREADWELL_SUPERVISED"  #: we have a parent, and our input ends with it
READY = "THREADWELL_READY"  #: where it hears that we serve
LAST_MOMENT = 0.5  #: seconds, for what still runs when everybody who waits has been answered
_PARENT = "THREADWELL_WEB_PARENT"


def say_ready() -> None:
    """For a child: it serves; who was there before it may go."""
    told = os.environ.pop(READY, "")
    if told:
        with contextlib.suppress(OSError):
            os.write(int(told), b"ready")
            os.close(int(told))


def say_ready_to_parent() -> None:
    """For a child's own child, which is the one that answers."""
    parent = os.environ.get(_PARENT)
    if parent and os.getppid() == int(parent):
        os.kill(int(parent), signal.SIGUSR1)


def pass_on(leaving: Callable[[], Iterable[int]]) -> None:
    """For a child that has children of its own: they shall hear that another will take their place."""

    def tell(*_: object) -> None:
        for process in leaving():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGUSR2)

    signal.signal(signal.SIGUSR2, tell)


def hear_of_leaving() -> threading.Event:
    """For a child's own child: set once another will take its place; it still answers for a moment."""
    is_leaving = threading.Event()
    if os.environ.get(_PARENT):
        signal.signal(signal.SIGUSR2, lambda *_: is_leaving.set())
    return is_leaving


def end_with_parent() -> None:
    """For a child: see to it that this process is asked to end when its parent is gone."""
    if os.environ.pop(MARK, ""):
        threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def take_along() -> None:
    """For a child that has children of its own: they shall know whose they are (`vanish_with_parent`)."""
    os.environ[_PARENT] = str(os.getpid())
    signal.signal(signal.SIGUSR1, lambda *_: say_ready())


def vanish_with_parent() -> None:
    """For a child's own child, which nobody asks to end when the child was killed: go at once."""
    parent = os.environ.get(_PARENT)
    if parent:
        threading.Thread(target=_wait_for_new_parent, args=(int(parent),), daemon=True).start()


@functools.cache  # one thread is enough
def go_after(loop: asyncio.AbstractEventLoop) -> None:
    """For a child's own child: go once the loop has ended, although threads still wait for it.

    When the process is told to end, a request whose reader has gone is not waited for. Its thread is, by the
    interpreter, and would wait forever for the loop: the process would be killed after half a minute.
    """
    if os.environ.get(_PARENT):
        threading.Thread(target=_wait_for_end_of, args=(loop,), daemon=True).start()


def _wait_for_end_of(loop: asyncio.AbstractEventLoop) -> None:
    while loop.is_running():
        select.select([], [], [], LAST_MOMENT)
    select.select([], [], [], LAST_MOMENT)
    os._exit(0)


def _wait_for_end_of_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def _wait_for_new_parent(parent: int) -> None:
    while os.getppid() == parent:
        select.select([], [], [], 0.5)  # sleep() counts by a clock that may be made to jump
    os._exit(1)
