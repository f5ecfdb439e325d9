"""Veils: what a reader may not see, said to the database and to whoever writes columns out.

In:    the keys of walls, the names of fields; nothing, for most readers
Out:   a block in which every unit of work is told of them
Touch: the database session's settings ``threadwell.blind`` and ``threadwell.hidden_fields``

Row security reads the settings (record/sight/walls.py, ADR 0015). A veil ends with its block, and `SET LOCAL`
ends with the transaction, so a connection that goes back to the pool remembers nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, connection

#: PostgreSQL's words for it: a policy refuses the row as it would be; its key is taken.
HINDERED = frozenset({"42501", "23505"})

_FIELD = re.compile(r"[a-z_]+\.[a-z0-9_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """Walls that one may not look behind, and fields that one may not read."""

    walls: frozenset[UUID] = frozenset()
    fields: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.walls or self.fields)

    @property
    def settings(self) -> str:
        """The statements that tell a session. Neither keys nor names of fields carry a quote."""
        walls = ",".join(sorted(str(UUID(str(wall))) for wall in self.walls))
        fields = ",".join(sorted(name for name in self.fields if _FIELD.fullmatch(name)))
        blind = f"{{{walls}}}" if walls else ""
        return f"SET LOCAL threadwell.blind = '{blind}'; SET LOCAL threadwell.hidden_fields = '{fields}'"


NOTHING = Veil()
_worn: ContextVar[Veil] = ContextVar("veil", default=NOTHING)


def worn() -> Veil:
    """What whoever reads now may not see."""
    return _worn.get()


def stands_in_the_way(error: Exception) -> bool:
    """Whether a write may have failed because of a row that its writer may not see."""
    return bool(_worn.get()) and getattr(error.__cause__, "sqlstate", "") in HINDERED


@contextmanager
def veiled(veil: Veil) -> Iterator[None]:
    """One reader's reading: also of the transaction that is open already, and of those begun inside."""
    before = _worn.get()
    if veil == before:
        yield
        return
    mark = _worn.set(veil)
    try:
        _tell(veil)
        yield
        _tell(before)
    except BaseException:
        # What failed inside a savepoint goes on outside; what failed for good is rolled back, settings too.
        with suppress(DatabaseError):
            _tell(before)
        raise
    finally:
        _worn.reset(mark)


def _tell(veil: Veil) -> None:
    if connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(veil.settings)
