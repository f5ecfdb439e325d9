"""Bare: rows as the database gave them, made into models when somebody needs one.

In:    a queryset of models
Out:   a sequence of its models that also shows their bare values
Touch: nothing

Half the time of a list goes into making models of rows whose markup is at hand already. Their bare values
tell them apart as well, for everything that was asked for stands in them.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, overload, override

from django.db import models

type Values = tuple[Any, ...]


class Bare[M: models.Model](Sequence[M]):
    """The rows of a queryset, asked for at once."""

    def __init__(self, rows: models.QuerySet[M]) -> None:
        self._rows = rows
        self._compiler: Any = rows.query.get_compiler(using=rows.db)
        chunks = self._compiler.execute_sql() or ()
        self.values: list[Values] = [values for chunk in chunks for values in chunk]

    def places(self, *names: str) -> tuple[int, ...]:
        """Where in the values these fields of the model stand."""
        targets = [getattr(column[0], "target", None) for column in self._compiler.select]
        return tuple(targets.index(self._rows.model._meta.get_field(name)) for name in names)

    def made(self, values: Sequence[Values]) -> list[M]:
        """The models of some of the rows."""
        if not values:
            return []
        compiler = copy.copy(self._compiler)
        compiler.execute_sql = lambda *_args, **_more: [values]
        rows: Any = self._rows.all()
        rows._query = copy.copy(self._rows.query)
        rows._query.get_compiler = lambda *_args, **_more: compiler
        return list(rows)

    @override
    def __len__(self) -> int:
        return len(self.values)

    @override
    def __iter__(self) -> Iterator[M]:
        return iter(self.made(self.values))

    @overload
    def __getitem__(self, place: int) -> M: ...
    @overload
    def __getitem__(self, place: slice) -> "Bare[M]": ...
    @override
    def __getitem__(self, place: int | slice) -> "M | Bare[M]":
        if isinstance(place, int):
            return self.made([self.values[place]])[0]
        some = copy.copy(self)
        some.values = self.values[place]
        return some
