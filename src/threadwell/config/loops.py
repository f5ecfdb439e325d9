"""Loops: what runs for as long as a worker or a gateway lives, beside its jobs.

In:    a list of them: LOOPS in commands/worker.py and commands/gateway.py, so that each loads only its own
Out:   their endless functions, each in a thread of its own
Touch: nothing

A loop is ``def serve(until: threading.Event) -> None``: it returns soon after ``until`` is set.
When one raises, its whole process ends, and the supervisor starts it anew.
"""

import threading
from collections.abc import Callable, Sequence

import structlog

type Loop = Callable[[threading.Event], None]

_log = structlog.get_logger(__name__)


def run(loops: Sequence[Loop], *, until: threading.Event) -> bool:
    """Run them all until the event is set; False when one of them failed and so ended the others."""
    failed = threading.Event()
    threads = [
        threading.Thread(target=_run_one, args=(loop, until, failed), name=loop.__module__) for loop in loops
    ]
    for thread in threads:
        thread.start()
    until.wait()
    for thread in threads:
        thread.join(timeout=30)
    return not failed.is_set()


def _run_one(loop: Loop, until: threading.Event, failed: threading.Event) -> None:
    try:
        loop(until)
    except Exception:
        _log.exception("loop failed", loop=loop.__module__)
        failed.set()
        until.set()
