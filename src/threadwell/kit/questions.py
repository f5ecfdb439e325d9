"""Questions: queries that are put into SQL once, and asked many times with other values.

In:    a function that makes a queryset of some values
Out:   the same queryset for other values, without the cost of compiling it
Touch: nothing

On a page that asks ten small questions, making the SQL takes longer than answering it. A question is still
written as a queryset, so all that guards querysets guards it: its text is made by calling the function with
stand-ins, which are then exchanged for the values. The function must not look at its values, and what
comes back is to be read as it is: narrowing it further would compile it again.
"""

import copy
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.sql.compiler import SQLCompiler


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A question in SQL: its parameters, and which of them are values of whoever asks."""

    rows: models.QuerySet[Any, Any]
    compiler: SQLCompiler
    sql: str
    parameters: tuple[Any, ...]
    places: dict[int, int]  #: of a parameter: of the value


class Question[R]:
    """``Question(ask)(*values)`` is ``ask(*values)``."""

    def __init__(self, ask: Callable[..., models.QuerySet[Any, R]]) -> None:
        self.ask = ask
        self._text: _Text | None = None

    def __call__(self, *values: Any) -> models.QuerySet[Any, R]:
        text = self._text
        if text is None:
            text = self._text = _put(self.ask, values)
        parameters = list(text.parameters)
        for place, value in text.places.items():
            parameters[place] = values[value]
        return _bound(text, tuple(parameters))


def _put(ask: Callable[..., models.QuerySet[Any, Any]], values: Sequence[Any]) -> _Text:
    standing = [_stand_in(value) for value in values]
    rows = ask(*standing)
    compiler = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    places = {
        place: standing.index(parameter)
        for place, parameter in enumerate(parameters)
        if parameter in standing
    }
    if missing := set(range(len(standing))) - set(places.values()):
        raise TypeError(f"{ask} does not ask for its values {sorted(missing)}")
    return _Text(rows=rows, compiler=compiler, sql=sql, parameters=tuple(parameters), places=places)


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
    compiler: Any = copy.copy(text.compiler)
    compiler.connection = connections[DEFAULT_DB_ALIAS]  # each thread has its own
    compiler.as_sql = lambda *_args, **_more: (text.sql, parameters)
    rows: Any = text.rows.all()
    query = copy.copy(text.rows.query)
    query.get_compiler = lambda *_args, **_more: compiler  # type: ignore[method-assign]
    rows._query = query  # the property would take back values_list()
    return rows  # type: ignore[no-any-return]
