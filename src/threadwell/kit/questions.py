"""Questions: queries that are put into SQL once, planned once, and asked many times with other values.

In:    a function that makes a queryset of some values
Out:   the same queryset for other values, without the cost of compiling and planning it
Touch: the database session's prepared statements

On a page that asks ten small questions, making the SQL takes longer than answering it. A question is still
written as a queryset, so all that guards querysets guards it: its text is made by calling the function with
stand-ins, which are then exchanged for the values. The function must not look at its values, and what
comes back is to be read as it is: narrowing it further would compile it again.

PostgreSQL keeps the statement prepared: to plan the joins of a list takes it ten times as long as to find its
rows. What is the same for all who ask stands in the text, so that indexes over a part of a table still fit.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, override
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql as psql

_PLACE = re.compile("%[%s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A question in SQL, and which of its values stands in each place."""

    rows: models.QuerySet[Any, Any]
    compiler: SQLCompiler
    converters: Any  #: from columns to values of Python
    sql: str
    places: tuple[int, ...]


class Question[R]:
    """``Question(ask)(*values)`` is ``ask(*values)``."""

    def __init__(self, ask: Callable[..., models.QuerySet[Any, R]]) -> None:
        self.ask = ask
        self._text: _Text | None = None

    def __call__(self, *values: Any) -> models.QuerySet[Any, R]:
        text = self._text
        if text is None:
            text = self._text = _put(self.ask, values)
        return _bound(text, tuple(values[place] for place in text.places))


def _put(ask: Callable[..., models.QuerySet[Any, Any]], values: Sequence[Any]) -> _Text:
    standing = [_stand_in(value) for value in values]
    rows = ask(*standing)
    compiler = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    places = tuple(standing.index(parameter) for parameter in parameters if parameter in standing)
    if missing := set(range(len(standing))) - set(places):
        raise TypeError(f"{ask} does not ask for its values {sorted(missing)}")
    columns = [column[0] for column in compiler.select[: compiler.col_count]]
    return _Text(
        rows=rows,
        compiler=compiler,
        converters=compiler.get_converters(columns),
        sql=_settled(sql, parameters, standing),
        places=places,
    )


def _settled(sql: str, parameters: Sequence[Any], standing: Sequence[Any]) -> str:
    """The text with everything in its place that does not depend on who asks."""
    given = iter(parameters)
    connected = connections[DEFAULT_DB_ALIAS]
    connected.ensure_connection()

    def settle(place: re.Match[str]) -> str:
        if place[0] == "%%" or (value := next(given)) in standing:
            return place[0]
        return psql.Literal(value).as_string(connected.connection).replace("%", "%%")

    return _PLACE.sub(settle, sql)


def _stand_in(value: Any) -> Any:
    """Something of its type that nobody else would write."""
    match value:
        case UUID():
            return UUID(bytes=secrets.token_bytes(16))
        case str():
            return f"stands-in-{secrets.token_hex(16)}"
        case int():
            return 2**61 + secrets.randbelow(2**61)
        case datetime():
            return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=secrets.randbelow(10**15))
        case _:
            raise TypeError(f"a question has no stand-in for {type(value).__name__}")


def _bound(text: _Text, parameters: tuple[Any, ...]) -> models.QuerySet[Any, Any]:
    compiler = _another(text.compiler)
    connected = compiler.connection = connections[DEFAULT_DB_ALIAS]  # each thread has its own
    compiler.execute_sql = lambda *_args, **_more: [_answers(connected, text.sql, parameters)]
    compiler.get_converters = lambda _fields: text.converters
    query = _another(text.rows.query)
    query.get_compiler = lambda *_args, **_more: compiler
    rows = _another(text.rows)
    rows._query = query  # the property would take back values_list()
    return rows  # type: ignore[no-any-return]


def _another(thing: Any) -> Any:
    """The same with attributes of its own; Django's own ways to copy cost ten times as much."""
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin


def _answers(connected: Any, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with _cursor_on(connected) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _cursor_on(connected: Any) -> Any:
    if connected.queries_logged:
        # Whoever listens hears the values in the text.
        return connected.cursor()
    connected.close_if_health_check_failed()
    connected.ensure_connection()
    with connected.wrap_database_errors:
        return connected._prepare_cursor(_Preparing(connected.connection))


class _Preparing(psycopg.Cursor[Any]):
    """A cursor whose every statement is prepared."""

    @override
    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        return super().execute(query, params, **more, prepare=True)
