"""Tables on several machines: each where it belongs, walls and rights on workers too, one shard a query."""

import re
from dataclasses import replace

import psycopg

from tests import cluster
from tests.operations.place import Place
from tests.scale.conftest import APPLICATION, NAME, asked
from threadwell.config import databases
from threadwell.config.reading import DatabaseAddress


def test_what_is_spread_already_is_left_alone(spread: Place) -> None:
    assert "Nothing to do" in spread.run("scale", "distribute")
    spread.run("migrate", "--quiet")
    assert "Nothing to do" in spread.run("scale", "distribute")


def test_every_query_goes_to_one_shard(spread: Place) -> None:
    said = spread.run("scale", "check")
    assert "journal_auditentry: distributed" in said
    assert "workplace_workspace: reference" in said
    assert "procrastinate_jobs: local" in said
    for journey in ("intake", "routing", "inbox: mine", "timeline", "search: a word", "reply"):
        assert f"{journey}: " in said
    told = re.search(r"Queries: (\d+)\. To one shard: (\d+)\. To more: 0\.", said)
    assert told
    assert int(told[1]) > 100
    assert told[1] == told[2]


def test_a_query_without_its_workspace_would_be_noticed(spread: Place) -> None:
    counted = (
        "from django.db import connection, transaction\n"
        "from threadwell.config import routed\n"
        "with transaction.atomic(), routed.recording() as recorder:\n"
        "    recorder.journey = 'all'\n"
        "    connection.cursor().execute('SELECT count(*) FROM people_contact')\n"
        "print('SHARDS', [len(one.shards) for one in recorder.sent.values()])\n"
    )
    said = spread.run("manage", "shell", "--no-imports", "--command", counted)
    assert f"SHARDS [{cluster.SHARDS}]" in said


def test_walls_stand_on_each_worker(spread: Place, nodes: list[str]) -> None:
    seen = []
    for node in nodes:
        shards = asked(
            node,
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, (SELECT count(*) FROM pg_policy"
            " WHERE polrelid = c.oid AND polname = 'inside_workspace' AND polpermissive) FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'"
            r" WHERE c.relname ~ '_\d{6}$' AND c.relkind = 'r'",
        )
        assert shards
        assert {(is_walled, policies) for _name, is_walled, policies in shards} == {(True, 1)}
        assert asked(node, "SELECT 1 FROM pg_policy WHERE NOT polpermissive") == []
        for name in (name for name, *_rest in shards if str(name).startswith("workplace_agent_")):
            seen += asked(node, f"SELECT * FROM {name}")
    assert seen == []


def test_nobody_changes_the_audit_on_a_worker(nodes: list[str]) -> None:
    for node in nodes:
        rights = asked(
            node,
            "SELECT bool_or(has_table_privilege(current_user, oid, 'UPDATE, DELETE')),"
            " bool_and(has_table_privilege(current_user, oid, 'SELECT')) FROM pg_class"
            r" WHERE relname ~ '^journal_auditentry_\d{6}$'",
        )
        assert rights == [(False, True)]


def test_an_interrupted_one_goes_on_with_what_was_there(coordinator: DatabaseAddress) -> None:
    name = "threadwell_test_halfway"
    cluster.prepare(coordinator, name, APPLICATION, is_spread=False)
    there = databases.url(coordinator, name=name)
    with psycopg.connect(there, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO workplace_workspace"
            " (id, name, slug, zone, region, made_at, is_demo, is_restricted, is_owner_required)"
            " VALUES (gen_random_uuid(), 'Filled', 'filled', 'UTC', '', now(), false, false, false)"
        )
        owner.execute(
            "INSERT INTO workplace_team (id, workspace_id, name)"
            " SELECT gen_random_uuid(), id, 'Here before' FROM workplace_workspace"
        )
        keys = owner.execute(_KEYS).fetchone()
        # Somebody else holds a table that comes late: it stops there.
        with psycopg.connect(there) as other:
            other.execute("LOCK TABLE work_workrelation")
            owner.execute(f"ALTER DATABASE {name} SET lock_timeout TO '2s'")
            stopped = cluster.tried(coordinator, name, APPLICATION, "scale", "distribute")
            assert stopped.returncode != 0
        owner.execute(f"ALTER DATABASE {name} RESET lock_timeout")
        cluster.run(coordinator, name, APPLICATION, "scale", "distribute")
        assert owner.execute(_KEYS).fetchone() == keys
        assert owner.execute("SELECT name FROM workplace_team").fetchall() == [("Here before",)]
        assert owner.execute("SELECT to_regclass('threadwell_keys_to_come')").fetchone() == (None,)


def test_whoever_may_not_is_told(coordinator: DatabaseAddress) -> None:
    as_app = replace(coordinator, user=APPLICATION)
    said = cluster.tried(as_app, NAME, APPLICATION, "scale", "distribute")
    assert said.returncode == 1
    assert "must be a superuser" in said.stderr


# Citus hides its shards among the tables, but not among their keys.
_KEYS = (
    "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace"
)
