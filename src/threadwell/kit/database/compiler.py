"""Compiler: how queries of the ORM become statements.

In:    queries
Out:   statements
Touch: nothing

All is Django's but one thing: many rows are inserted by VALUES, never by UNNEST. That would be an
``INSERT ... SELECT``, which Citus carries out by COPY, and COPY is refused under row-level security.
"""

from typing import Any, override

from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLCompiler,
    SQLDeleteCompiler,
    SQLUpdateCompiler,
)
from django.db.backends.postgresql.compiler import SQLInsertCompiler as UnnestingCompiler

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLInsertCompiler(UnnestingCompiler):
    @override
    def assemble_as_sql(self, fields: Any, value_rows: Any) -> Any:
        return super(UnnestingCompiler, self).assemble_as_sql(fields, value_rows)
