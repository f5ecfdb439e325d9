"""Clock: the one place that knows what time it is; tests move it.

In:    nothing
Out:   aware moments in UTC
Touch: nothing
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_standing_still: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _standing_still.get() or datetime.now(UTC)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment``, for tests and for history that is told again."""
    token = _standing_still.set(moment)
    try:
        yield
    finally:
        _standing_still.reset(token)
