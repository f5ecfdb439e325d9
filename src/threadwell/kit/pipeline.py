"""Pipeline: many statements, one transaction, one wait.

In:    rows of models to insert, statements to run
Out:   all of them kept, or none (`Conflict` when the database would not have one of them)
Touch: the tables that are written

Django asks and waits for each statement. On the way of a mail that is most of the time, so the rooms of
intake hand their rows over here instead, and all of a delivery's go to PostgreSQL at once (psycopg's
pipeline mode, prepared statements).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, models
from psycopg.pq import TransactionStatus


class Conflict(Exception):
    """Somebody else wrote what this transaction believed to be new; nothing was kept. Look again."""


def is_passing(problem: BaseException | None) -> bool:
    """Is it the state of the database (no room, no memory, going away), whatever had been asked of it?"""
    cause = problem if isinstance(problem, psycopg.Error) else problem and problem.__cause__
    return isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "08").startswith(_PASSING)


#: Classes of SQLSTATE: connection, resources, shutdown, the system around it; not limits (54).
_PASSING = ("08", "53", "57P", "58")


class Pipeline:
    """Statements gathered for one workspace; `written` sends them."""

    def __init__(self, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self._statements: list[tuple[str, Sequence[Any] | Mapping[str, Any]]] = []

    def insert(self, *rows: models.Model) -> None:
        """Add rows as they are; a duplicate makes the whole transaction fail with `Conflict`."""
        for row in rows:
            sql, attributes = _insertion(type(row))
            values = [
                getattr(row, name)
                if field is None
                else field.get_db_prep_save(getattr(row, name), connection)
                for name, field in attributes
            ]
            self._statements.append((sql, values))

    def run(self, sql: str, facts: Sequence[Any] | Mapping[str, Any]) -> None:
        """Add a statement whose result nobody needs."""
        self._statements.append((sql, facts))

    def write(self, *, is_recoverable: bool = False) -> None:
        """Send everything and wait once.

        ``is_recoverable`` says that a crash right after may lose the transaction, because what it was made
        from is kept elsewhere and will be read again: then nobody waits for the disk.
        """
        try:
            with at_once() as connected, psycopg.Cursor(connected) as cursor:
                cursor.execute(f"SET LOCAL threadwell.workspace = '{self.workspace_id}'", prepare=False)
                if is_recoverable:
                    cursor.execute("SET LOCAL synchronous_commit = off", prepare=False)
                _forget_young_plans(cursor)
                for sql, facts in self._statements:
                    cursor.execute(sql, facts)
        except _NOT_AS_READ as conflict:
            raise Conflict(str(conflict)) from conflict


def _forget_young_plans(cursor: "psycopg.Cursor[Any]") -> None:
    """Have prepared statements planned anew, now and then.

    A plan that was made while a table was empty is kept for as long as the connection lives, and among a
    hundred rows every index looks as good as the right one.
    """
    written = _WRITTEN[cursor.connection] = _WRITTEN.get(cursor.connection, 0) + 1
    if written in _PLAN_ANEW_AFTER:
        cursor.execute("DISCARD PLANS", prepare=False)


_PLAN_ANEW_AFTER = frozenset({30, 100, 300, 1_000, 10_000})  #: transactions
_WRITTEN: WeakKeyDictionary[psycopg.Connection[Any], int] = WeakKeyDictionary()


@contextmanager
def at_once() -> Iterator[psycopg.Connection[Any]]:
    """A transaction, or a part of the one that is open, whose statements travel together.

    Their results are there afterwards, in the cursors that asked. BEGIN and COMMIT are spelled out, for
    psycopg's own transaction would wait at each of them.
    """
    with direct() as frame:
        connected = frame.connection
        is_alone = connected.info.transaction_status is TransactionStatus.IDLE
        try:
            with connected.pipeline():
                if is_alone:
                    frame.execute("BEGIN", prepare=False)
                yield connected
                if is_alone:
                    frame.execute("COMMIT", prepare=False)
        finally:
            if is_alone:
                connected.rollback()  # does nothing when it was kept


@contextmanager
def direct() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor of psycopg itself on Django's connection: parameters travel apart, statements are prepared."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        yield cursor


@cache
def _insertion(model: type[models.Model]) -> tuple[str, tuple[tuple[str, "_Field | None"], ...]]:
    """The statement, and the attributes that stand in it, with their field where Django must pack them."""
    fields = tuple(field for field in model._meta.concrete_fields if not field.generated)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join("%s" for _ in fields)
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'  # noqa: S608 - our own names
    attributes = tuple((field.attname, None if isinstance(field, _PLAIN) else field) for field in fields)
    return statement, attributes


_NOT_AS_READ = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.CheckViolation,
    psycopg.errors.DeadlockDetected,
)

type _Field = "models.Field[Any, Any]"
# psycopg takes the values of these as they are.
_PLAIN = (
    *(models.UUIDField, models.CharField, models.TextField, models.BooleanField, models.IntegerField),
    *(models.DateTimeField, models.ForeignKey),
)
