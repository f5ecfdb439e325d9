"""The second wall: PostgreSQL itself keeps workspaces apart, whatever SQL the application may send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import NotSupportedError, ProgrammingError, connection, models, transaction
from psycopg import sql

from tests import cast
from tests.conftest import as_owner
from threadwell.kit import ids, tenancy
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.models import Agent, User, Workspace

OWNED: list[type[Owned]] = [model for model in apps.get_models() if issubclass(model, Owned)]
BY_TABLE = {model._meta.db_table: model for model in OWNED}
TABLES = list(BY_TABLE)
#: Rows that the application may add and nobody changes.
KEPT = frozenset({"journal_auditentry"})
SOMETHING = {
    "uuid": "gen_random_uuid()",
    "timestamptz": "now()",
    "date": "now()",
    "time": "now()",
    "bool": "false",
    "jsonb": "'{}'",
    "bytea": "''",
    "inet": "'127.0.0.1'",
    "tsvector": "''",
}
HERE, THERE = ids.new(), ids.new()
#: The second is a cluster's word: there a row cannot leave its workspace, whoever asks.
REFUSED = (ProgrammingError, NotSupportedError)


def rows_of(query: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def changed_by(query: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.rowcount)


def columns_of(table: str) -> dict[str, str]:
    found = rows_of(
        "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = %s"
        " AND is_generated = 'NEVER' AND is_identity = 'NO' AND is_nullable = 'NO'",
        table,
    )
    return {str(name): str(kind) for name, kind in found}


def insert_into(table: str, workspace: UUID) -> str:
    """SQL for a row of this workspace with something in every column that wants something."""
    columns = columns_of(table)
    values = [
        f"'{workspace}'" if name == "workspace_id" else something(table, name, kind)
        for name, kind in columns.items()
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(values)})"


def something(table: str, column: str, kind: str) -> str:
    [field] = [field for field in BY_TABLE[table]._meta.local_concrete_fields if field.column == column]
    if field.choices:
        # Checks may tie columns together; what a row begins as satisfies them.
        return f"'{field.get_default() or next(iter(field.flatchoices))[0]}'"
    if column == "ends_at":
        return "now() + interval '1 hour'"  # what ends has begun before
    return SOMETHING.get(kind, "'{}'" if kind.startswith("_") else "'1'")


@pytest.fixture
def two_rows(db: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """The table has one row in each of two workspaces, put there by a role that no wall holds."""
    table: str = request.param
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
        with unheeded(owner):
            owner.execute(insert_into(table, HERE))
            owner.execute(insert_into(table, THERE))
        yield table
        # The test's own transaction may still hold locks on these rows.
        transaction.set_rollback(True)
        connection.close()
        away = sql.SQL("DELETE FROM {} WHERE workspace_id IN (%s, %s)").format(sql.Identifier(table))
        with unheeded(owner):
            owner.execute(away, [HERE, THERE])


@contextmanager
def unheeded(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Keys and triggers are not asked; LOCAL, as a cluster hands nothing else on to its machines."""
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        yield


def test_the_application_speaks_as_a_role_that_walls_hold(db: None) -> None:
    assert rows_of("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        (False, False)
    ]
    owned = rows_of(
        "SELECT relname FROM pg_class WHERE relowner = current_user::regrole AND relname = ANY(%s)", TABLES
    )
    assert owned == []


def test_no_table_of_a_workspace_was_forgotten(db: None) -> None:
    walled = rows_of(
        "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
        " WHERE relrowsecurity AND relforcerowsecurity AND polname = 'inside_workspace'"
    )
    assert {name for (name,) in walled} >= set(TABLES)


def test_no_table_with_a_workspace_stands_outside(db: None) -> None:
    """Also what is made without a model."""
    found = rows_of(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE attname = 'workspace_id' AND relkind IN ('r', 'p') AND nspname = 'public'"
        " AND NOT relrowsecurity"
    )
    global_tables = {model._meta.db_table for model in apps.get_models() if not issubclass(model, Owned)}
    assert {name for (name,) in found} <= global_tables


@pytest.mark.parametrize("two_rows", TABLES, indirect=True)
def test_nobody_sees_or_changes_the_rows_of_another_workspace(two_rows: str) -> None:
    table = two_rows
    assert rows_of(f"SELECT 1 FROM {table}") == []
    with tenancy.entered(HERE):
        assert rows_of(f"SELECT workspace_id FROM {table}") == [(HERE,)]
        assert rows_of(f"SELECT 1 FROM {table} WHERE workspace_id = %s", THERE) == []
    if table in KEPT:
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(ProgrammingError, match="permission denied"), tenancy.entered(HERE):
                changed_by(change)
    else:
        with tenancy.entered(HERE):
            assert changed_by(f"DELETE FROM {table} WHERE workspace_id = %s", THERE) == 0
            assert changed_by(f"UPDATE {table} SET id = id WHERE workspace_id = %s", THERE) == 0
        with pytest.raises(REFUSED, match=r"row-level security|partition value"), tenancy.entered(HERE):
            changed_by(f"UPDATE {table} SET workspace_id = %s WHERE workspace_id = %s", THERE, HERE)
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.entered(HERE):
        changed_by(insert_into(table, THERE))


@pytest.mark.django_db(transaction=True)
def test_the_workspace_is_left_with_the_transaction() -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        assert rows_of("SELECT current_setting('threadwell.workspace', true)") == [(str(firm.pk),)]
    assert rows_of("SELECT current_setting('threadwell.workspace', true)")[0][0] in ("", None)


@pytest.mark.django_db(transaction=True)
def test_a_person_finds_their_own_seats_and_nobody_elses() -> None:
    here, there = cast.a_workspace("Here"), cast.a_workspace("There")
    bo, dana = cast.an_agent(here, name="Bo"), cast.an_agent(there, name="Dana")
    with tenancy.known_as(bo.user_id):
        assert rows_of("SELECT id FROM workplace_agent") == [(bo.pk,)]
        assert changed_by("UPDATE workplace_agent SET role = 'owner'") == 0
    with tenancy.entered(there.pk, user_id=bo.user_id):
        assert changed_by("UPDATE workplace_agent SET role = 'owner' WHERE id = %s", bo.pk) == 0
        assert sorted(rows_of("SELECT id FROM workplace_agent")) == sorted([(bo.pk,), (dana.pk,)])
    assert (Workspace.objects.count(), User.objects.count()) == (2, 2)
    assert Agent.objects.everywhere(because="a test of the wall").count() == 0


def unique_constraints() -> Iterator[tuple[str, tuple[str, ...]]]:
    for model in OWNED:
        meta = model._meta
        for constraint in meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                # Expressions hide their fields; PostgreSQL's own list, below, tells those too.
                leading = constraint.fields or tuple(
                    str(getattr(one, "name", one)) for one in constraint.expressions
                )
                yield f"{meta.db_table}.{constraint.name}", leading
        for field in meta.local_fields:
            if field.unique and not field.primary_key:
                yield f"{meta.db_table}.{field.name}", (field.name,)


@pytest.mark.parametrize(
    "leading",
    [leading for _, leading in unique_constraints()],
    ids=[name for name, _ in unique_constraints()],
)
def test_a_unique_constraint_leads_with_the_workspace(leading: tuple[str, ...]) -> None:
    assert leading[0] == "workspace"


def test_a_unique_index_leads_with_the_workspace_in_the_database_too(db: None) -> None:
    found = rows_of(
        "SELECT i.relname FROM pg_index x"
        " JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " WHERE x.indisunique AND NOT x.indisprimary AND t.relname = ANY(%s)"
        " AND a.attname IS DISTINCT FROM 'workspace_id'",
        TABLES,
    )
    assert found == []


@pytest.mark.parametrize("model", OWNED, ids=TABLES)
def test_a_key_to_another_table_of_the_workspace_stays_inside_it(model: type[Owned]) -> None:
    loose = [
        field.name
        for field in model._meta.local_fields
        if field.many_to_one
        and isinstance(field.related_model, type)
        and issubclass(field.related_model, Owned)
        and not isinstance(field, WorkspaceKey)
    ]
    assert loose == []
