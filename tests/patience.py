"""Patience: what programs do by themselves is waited for, and not for ever."""

import time
from collections.abc import Callable

#: To stop: fewer than anything hangs before it is killed.
AT_ONCE = 25.0
SECONDS = 180.0  #: on a machine that does other things, too


def eventually(is_so: Callable[[], object], what: str = "it", *, told: Callable[[], str] = str) -> None:
    """Until it is so; ``told`` says what happened instead."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what} {told()}"
        time.sleep(0.1)
