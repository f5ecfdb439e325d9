"""Numbers: counting up without standing in line.

In:    a workspace, the name of what is counted, how to reserve numbers
Out:   the next number; each is given once, a few are never used when a process ends
Touch: keeps reserved numbers in this process
"""

import threading
from collections import deque
from collections.abc import Callable
from uuid import UUID

from django.db import connection

from threadwell.kit import tenancy

AT_A_TIME = 20

_kept: dict[tuple[UUID, str], deque[int]] = {}
_lock = threading.Lock()


def next_of(workspace_id: UUID, name: str, reserve: Callable[[UUID, str, int], range]) -> int:
    """A number nobody else has. Reserves some at a time, in a transaction of its own.

    Inside somebody's transaction it reserves just the one: if that is rolled back, more would be given twice.
    """
    with _lock:
        numbers = _kept.setdefault((workspace_id, name), deque())
        if not numbers:
            many = 1 if connection.in_atomic_block else AT_A_TIME
            with tenancy.entered(workspace_id):
                numbers.extend(reserve(workspace_id, name, many))
        return numbers.popleft()
