"""Numbers: counting up without standing in line.

In:    a workspace, the name of what is counted, how to reserve numbers
Out:   the next number; each is given once, a few are never used when a process ends
Touch: keeps reserved numbers in this process
"""

import threading
from collections import deque
from collections.abc import Callable
from uuid import UUID

from threadwell.kit import tenancy

AT_A_TIME = 20

_kept: dict[tuple[UUID, str], deque[int]] = {}
_lock = threading.Lock()


def next_of(workspace_id: UUID, name: str, reserve: Callable[[UUID, str, int], range]) -> int:
    """A number nobody else has. Reserves some at a time, in a transaction of its own."""
    with _lock:
        numbers = _kept.setdefault((workspace_id, name), deque())
        if not numbers:
            with tenancy.entered(workspace_id):
                numbers.extend(reserve(workspace_id, name, AT_A_TIME))
        return numbers.popleft()
