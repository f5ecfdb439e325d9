"""Spreading: the tables of a Citus coordinator become distributed ones, workspace by workspace.

In:    the owner's connection to a coordinator that has workers, with our tables on it
Out:   what was done, in sentences; raises `NotUsable` where it cannot be
Touch: keys, constraints, triggers and the placement of every table of a workspace; settings of the database

Of three kinds is a table. One under row-level security belongs to workspaces: it is distributed by
`workspace_id`, and all of them are placed alike, so that a workspace is whole on one machine. What those
refer to and has no workspace itself is copied to every machine. All else (jobs, sessions, who has to wait,
the list of what leaves) stays on the coordinator: it is written much, and asked before it is known whose turn
it is.

Each step looks at what is there, so whatever was interrupted goes on where it was. Foreign keys are taken
away first and come back last; until they are back they are kept in a table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from threadwell.config.problems import NotUsable
from threadwell.kit.database.schema import FIRST

ASIDE = "threadwell_keys_to_come"
#: Of the database, on every machine. Functions of policies ask for other tables of the same shard, on the
#: machine that holds it; and what a transaction says with SET LOCAL must reach the machines it goes to.
SETTINGS = {"citus.allow_nested_distributed_execution": "on", "citus.propagate_set_commands": "local"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it is to be, and as it is."""

    name: str
    wanted: str  #: distributed, reference, local
    is_so: bool
    shards: int


def spread(owner: psycopg.Connection[Any], database: str) -> Iterator[str]:
    """Bring everything into its distributed form, telling each step."""
    refuse_unless_able(owner)
    tables = look(owner)
    todo = [table for table in tables if not table.is_so]
    keys = list(owner.execute(_KEYS_TO_CHANGE)) if todo else []
    if not todo and not _is_something_aside(owner) and _has_settings(owner):
        yield "Nothing to do: every table is where it belongs."
        return
    yield from _set(owner, database)
    owner.execute(f"CREATE TABLE IF NOT EXISTS {ASIDE} (name text PRIMARY KEY, statement text NOT NULL)")
    if keys:
        yield f"Foreign keys taken away for the while: {_take_away(owner, keys)}."
    distributed = [table.name for table in todo if table.wanted == "distributed"]
    for table in (table.name for table in todo if table.wanted == "reference"):
        owner.execute("SELECT create_reference_table(%s)", [table])
        yield f"{table}: copied to every machine."
    for place, name in enumerate(sorted(distributed, key=lambda name: (name != FIRST, name)), start=1):
        _lead_by_workspace(owner, name)
        like = "default" if name == FIRST else FIRST
        owner.execute(
            "SELECT create_distributed_table(%s, 'workspace_id', colocate_with => %s)", [name, like]
        )
        yield f"{name}: distributed ({place} of {len(distributed)})."
    yield f"Foreign keys back, now with the workspace: {_bring_back(owner)}."
    owner.execute(f"DROP TABLE {ASIDE}")
    yield "Done. Look with: threadwell scale check"


def refuse_unless_able(owner: psycopg.Connection[Any]) -> None:
    """Say what is missing: Citus, workers, rights, our tables, or that nobody else is at it."""
    for question, problem in _NEEDED:
        if owner.execute(question).fetchone() is None:
            raise NotUsable(problem)


def look(owner: psycopg.Connection[Any]) -> list[Table]:
    """Every table, with what it is to be and what it is."""
    return [
        Table(name=name, wanted=wanted, is_so=found == wanted, shards=shards)
        for name, wanted, found, shards in owner.execute(_TABLES)
    ]


def _set(owner: psycopg.Connection[Any], database: str) -> Iterator[str]:
    """Of this database, everywhere: Citus tells the others; older ones do not, then somebody has to."""
    for name, value in SETTINGS.items():
        place = sql.Identifier(*name.split("."))
        statement = sql.SQL("ALTER DATABASE {} SET {} TO {}").format(
            sql.Identifier(database), place, sql.Literal(value)
        )
        owner.execute(statement)
        owner.execute(sql.SQL("SET {} TO {}").format(place, sql.Literal(value)))
        for host, port in owner.execute(_WITHOUT_SETTING, [_IS_SET, f"{name}={value}"]):
            raise NotUsable(f"{host}:{port} lacks a setting. Run there: {statement.as_string(owner)}")
    yield f"Settings of the database, on every machine: {', '.join(SETTINGS)}."


def _has_settings(owner: psycopg.Connection[Any]) -> bool:
    return all(
        owner.execute("SELECT current_setting(%s, true)", [name]).fetchone() == (value,)
        for name, value in SETTINGS.items()
    )


def _is_something_aside(owner: psycopg.Connection[Any]) -> bool:
    return owner.execute("SELECT to_regclass(%s)", [ASIDE]).fetchone() != (None,)


def _take_away(owner: psycopg.Connection[Any], keys: list[tuple[Any, ...]]) -> int:
    for name, table, columns, there, their_columns, gone in keys:
        back = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) {}").format(
            sql.Identifier(table),
            sql.Identifier(name),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(there),
            sql.SQL(", ").join(map(sql.Identifier, their_columns)),
            sql.SQL(gone),
        )
        with owner.transaction():
            owner.execute(_PUT_ASIDE, [name, back.as_string(owner)])
            owner.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    sql.Identifier(table), sql.Identifier(name)
                )
            )
    return len(keys)


def _bring_back(owner: psycopg.Connection[Any]) -> int:
    waiting = list(owner.execute(_ASIDE))
    for name, statement in waiting:
        with owner.transaction():
            owner.execute(statement)
            owner.execute(_NOT_ASIDE, [name])
    return len(waiting)


def _lead_by_workspace(owner: psycopg.Connection[Any], table: str) -> None:
    """The primary key begins with the workspace; no trigger: rights guard what triggers guarded."""
    with owner.transaction():
        for (trigger,) in list(owner.execute(_TRIGGERS, [table])):
            owner.execute(
                sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(trigger), sql.Identifier(table))
            )
        for name, columns in list(owner.execute(_PRIMARY, [table])):
            if "workspace_id" not in columns:
                owner.execute(
                    sql.SQL(
                        "ALTER TABLE {t} DROP CONSTRAINT {n}, ADD CONSTRAINT {n} PRIMARY KEY ({c})"
                    ).format(
                        t=sql.Identifier(table),
                        n=sql.Identifier(name),
                        c=sql.SQL(", ").join(map(sql.Identifier, ["workspace_id", *columns])),
                    )
                )


_NEEDED: tuple[tuple[LiteralString, str], ...] = (
    (
        "SELECT FROM pg_extension WHERE extname = 'citus'",
        "The database of DATABASE_OWNER_URL has no Citus. Install Citus 12 or newer on the server, put it "
        "into shared_preload_libraries, and run there: CREATE EXTENSION citus",
    ),
    (
        "SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper",
        "The role of DATABASE_OWNER_URL lacks rights: on a Citus cluster it must be a superuser on every "
        "machine, for rows are moved past row-level security and settings are made. The application's role "
        "stays a plain one.",
    ),
    (
        "SELECT FROM pg_dist_node"
        " WHERE isactive AND noderole = 'primary' AND groupid <> 0 AND shouldhaveshards",
        "The coordinator has no workers. For each machine run there, in this database: "
        "SELECT citus_set_coordinator_host('coordinator', 5432); SELECT citus_add_node('worker', 5432)",
    ),
    (
        "SELECT FROM pg_dist_local_group WHERE groupid = 0",
        "DATABASE_OWNER_URL leads to a worker; name the coordinator.",
    ),
    (
        "SELECT WHERE NOT EXISTS (SELECT FROM pg_policy WHERE NOT polpermissive)",
        "A policy is restrictive, and Citus forgets that on its workers. Run: threadwell migrate",
    ),
    (
        "SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'workplace_agent'",
        "There are no tables yet. Run: threadwell migrate",
    ),
)
_TABLES: LiteralString = """
    WITH ours AS (
        SELECT c.oid, c.relname::text AS name, c.relrowsecurity AND EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id') AS is_owned
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ), kinds AS (
        SELECT o.oid, o.name, CASE WHEN o.is_owned THEN 'distributed' WHEN EXISTS (
            SELECT FROM pg_constraint k JOIN ours t ON t.oid = k.conrelid AND t.is_owned
            WHERE k.contype = 'f' AND k.confrelid = o.oid) THEN 'reference' ELSE 'local' END AS wanted
        FROM ours o WHERE o.name <> 'threadwell_keys_to_come'
    )
    SELECT k.name,
        CASE WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN 'reference' ELSE k.wanted END,
        CASE WHEN p.partmethod = 'h' THEN 'distributed' WHEN p.partmethod = 'n' AND p.repmodel = 't'
            THEN 'reference' ELSE 'local' END,
        (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = k.oid)
    FROM kinds k LEFT JOIN pg_dist_partition p ON p.logicalrelid = k.oid ORDER BY k.name
"""
# Every key from or to a table of a workspace. Between two such tables it gets the workspace.
_KEYS_TO_CHANGE: LiteralString = """
    WITH owned AS (
        SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity
    ), keys AS (
        SELECT k.*, k.confrelid IN (SELECT oid FROM owned) AS is_inside,
            ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, place)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY place) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, place)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY place) AS theirs
        FROM pg_constraint k WHERE k.contype = 'f'
            AND (k.conrelid IN (SELECT oid FROM owned) OR k.confrelid IN (SELECT oid FROM owned))
    ), led AS (
        SELECT *, CASE WHEN is_inside AND NOT 'workspace_id' = ANY (columns)
            THEN ARRAY['workspace_id'] ELSE '{}' END AS first
        FROM keys
    )
    SELECT conname::text,
        conrelid::regclass::text, first || columns, confrelid::regclass::text, first || theirs,
        concat_ws(' ', CASE confdeltype WHEN 'c' THEN 'ON DELETE CASCADE' END,
            CASE WHEN condeferrable THEN 'DEFERRABLE' END,
            CASE WHEN condeferred THEN 'INITIALLY DEFERRED' END)
    FROM led ORDER BY conname
"""
_IS_SET: LiteralString = """
    SELECT coalesce(string_agg(array_to_string(setconfig, ' '), ' '), '') FROM pg_db_role_setting
    WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_WITHOUT_SETTING: LiteralString = """
    SELECT nodename, nodeport FROM run_command_on_all_nodes(%s) JOIN pg_dist_node USING (nodeid)
    WHERE NOT success OR strpos(result, %s) = 0
"""
_PUT_ASIDE: LiteralString = "INSERT INTO threadwell_keys_to_come VALUES (%s, %s)"
_ASIDE: LiteralString = "SELECT name, statement FROM threadwell_keys_to_come ORDER BY name"
_NOT_ASIDE: LiteralString = "DELETE FROM threadwell_keys_to_come WHERE name = %s"
_TRIGGERS: LiteralString = (
    "SELECT tgname::text FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal"
)
_PRIMARY: LiteralString = """
    SELECT conname::text, ARRAY(SELECT a.attname::text FROM unnest(conkey) WITH ORDINALITY u(n, place)
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = u.n ORDER BY u.place)
    FROM pg_constraint WHERE contype = 'p' AND conrelid = to_regclass(%s)
"""
