"""Rows: many of them, written straight into a table.

In:    a model, rows cut from a pattern, how many
Out:   nothing; a line that says how far it is
Touch: the tables, by COPY, as the owner

Django takes minutes to make a million of its objects, so a row is cut from the values of one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models

from bench.figures import Progress


class Pattern:
    """A row most of whose fields are always the same."""

    def __init__(self, row: models.Model, *changing: str) -> None:
        self.model = type(row)
        fields = fields_of(self.model)
        self._row = [copied(field, row) for field in fields]
        names = [field.attname for field in fields]
        self._places = [names.index(name) for name in changing]

    def cut(self, *values: Any) -> list[Any]:
        row = self._row.copy()
        for place, value in zip(self._places, values, strict=True):
            row[place] = value
        return row


def fields_of(model: type[models.Model]) -> list[Any]:
    """Those that are written."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def copied(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    """A value as COPY takes it."""
    value = getattr(row, field.attname)
    if isinstance(field, SearchVectorField) or value is None:
        return value
    return field.get_db_prep_save(value, connection)


def whole(rows: Sequence[models.Model]) -> Iterator[list[Any]]:
    """Rows that are not cut from a pattern."""
    for row in rows:
        yield [copied(field, row) for field in fields_of(type(row))]


def write(cursor: Any, model: type[models.Model], rows: Iterator[list[Any]], count: int) -> None:
    columns = ", ".join(f'"{field.column}"' for field in fields_of(model))
    with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in Progress(rows, name=model._meta.label, count=count):
            copy.write_row(row)


class unindexed:
    """Indexes of a table are made after its rows came: sorting is faster than finding each its place."""

    def __init__(self, cursor: Any, *tables: type[models.Model]) -> None:
        self.cursor, self.tables = cursor, [model._meta.db_table for model in tables]
        self.made: list[str] = []

    def __enter__(self) -> None:
        self.cursor.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
            [self.tables],
        )
        for name, definition in self.cursor.fetchall():
            self.made.append(definition)
            self.cursor.execute(f'DROP INDEX "{name}"')

    def __exit__(self, *trouble: object) -> None:
        self.cursor.execute("SET maintenance_work_mem = '1GB'")
        count = len(self.made)
        for place, definition in enumerate(self.made, 1):
            self.cursor.execute(definition)
            print(f"\r  indexes of {', '.join(self.tables)}: {place} of {count}   ", end="", flush=True)
        print(flush=True)
