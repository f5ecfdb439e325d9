"""Schema: how migrations become statements, also where the tables are spread over a Citus cluster.

In:    operations of migrations
Out:   statements
Touch: tables and their keys

All is Django's on one machine. Where tables are spread, a new table of a workspace is spread right away,
placed like the others, and its keys to tables of a workspace are led by the workspace: Citus takes no other.
"""

from typing import Any, override

from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Model
from django.utils.functional import cached_property

FIRST = "workplace_agent"  #: tables of a workspace are placed like this one
HOME = "workspace_id"
_IS_THERE = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"
_IS_SPREAD = "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(%s))"


class SpreadingSchemaEditor(DatabaseSchemaEditor):
    """Django's, for tables that may be spread."""

    @cached_property
    def is_spread(self) -> bool:
        """Asked once a migration."""
        with self.connection.cursor() as cursor:
            cursor.execute(_IS_THERE)
            if cursor.fetchone() != (True,):
                return False
            cursor.execute(_IS_SPREAD, [FIRST])
            return bool(cursor.fetchone() == (True,))

    @override
    def __enter__(self) -> Any:
        entered = super().__enter__()
        if not self.collect_sql and self.is_spread:
            # A key that stands in the definition of its column cannot be led by another column.
            self.sql_create_column_inline_fk = None  # type: ignore[assignment]  # Django's word for "later"
            if self.atomic_migration:
                # Keys lead to tables that are everywhere, which Citus wants to be made on one connection.
                self.execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")
        return entered

    @override
    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if self._is_to_spread(model):
            table, own = model._meta.db_table, str(model._meta.pk.column)
            [key] = self._constraint_names(model, primary_key=True)  # type: ignore[attr-defined]  # not in the stubs
            primary = Columns(table, [HOME, own], self.quote_name)
            self.execute(
                f"ALTER TABLE {self.quote_name(table)} DROP CONSTRAINT {self.quote_name(key)},"
                f" ADD CONSTRAINT {self.quote_name(key)} PRIMARY KEY ({primary})"
            )
            self.execute("SELECT create_distributed_table(%s, %s, colocate_with => %s)", [table, HOME, FIRST])

    @override
    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Statement:  # type: ignore[misc]
        statement: Statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]  # nor this
        there = field.target_field
        if self._is_to_spread(model) and _is_of_a_workspace(there.model):
            for part, owner, column in (("column", model, field), ("to_column", there.model, there)):
                table = owner._meta.db_table
                statement.parts[part] = Columns(table, [HOME, column.column], self.quote_name)
        return statement

    def _is_to_spread(self, model: type[Model]) -> bool:
        return not self.collect_sql and _is_of_a_workspace(model) and self.is_spread


def _is_of_a_workspace(model: type[Model]) -> bool:
    return any(field.column == HOME for field in model._meta.concrete_fields)
