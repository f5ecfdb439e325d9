"""Cluster checks: what may be wrong where the tables are spread over several machines, and how to mend it.

In:    a connection to the coordinator, as the application's role
Out:   findings; none where there is no Citus
Touch: looks at the cluster; changes nothing
"""

from collections.abc import Iterator
from typing import LiteralString

from threadwell.config import spreading
from threadwell.config.checks import Connection, Finding, Level


def of_cluster(connection: Connection) -> Iterator[Finding]:
    if connection.execute(_HAS_CITUS).fetchone() is None:
        return
    tables = spreading.look(connection)
    if not any(table.is_so for table in tables if table.wanted == "distributed"):
        yield Finding(
            level=Level.WARN,
            what="Citus is here, and no table is spread: all is on this one machine",
            mend="threadwell scale distribute",
        )
        return
    if waiting := [table.name for table in tables if not table.is_so]:
        yield Finding(
            level=Level.FAIL,
            what=f"{len(waiting)} tables are not where they belong: {', '.join(waiting[:5])}",
            mend="threadwell scale distribute",
        )
    else:
        yield Finding(level=Level.OK, what=f"all {len(tables)} tables of the cluster are where they belong")
    yield from _of_settings(connection)
    yield from _of_machines(connection)


def _of_settings(connection: Connection) -> Iterator[Finding]:
    for name, value in spreading.SETTINGS.items():
        if connection.execute("SELECT current_setting(%s, true)", [name]).fetchone() != (value,):
            yield Finding(
                level=Level.FAIL,
                what=f"{name} is not {value}: what a transaction may see is not told to the other machines",
                mend=f"ALTER DATABASE {connection.info.dbname} SET {name} TO '{value}', on every machine",
            )


def _of_machines(connection: Connection) -> Iterator[Finding]:
    """Each has to answer our role, and to be of one version with the others."""
    versions: set[str] = set()
    machines = connection.execute(_MACHINES, [_VERSIONS]).fetchall()
    for place, answers, said in machines:
        if answers:
            versions.add(said)
        else:
            yield Finding(
                level=Level.FAIL,
                what=f"{place} of the cluster does not answer: {str(said).strip()}",
                mend="Start PostgreSQL there, and let the application's role in from the coordinator.",
            )
    if len(versions) > 1:
        yield Finding(
            level=Level.FAIL,
            what=f"the machines of the cluster are not of one version: {'; '.join(sorted(versions))}",
            mend="Bring all to one version of PostgreSQL and Citus, then: ALTER EXTENSION citus UPDATE",
        )
    elif all(answers for _place, answers, _said in machines):
        yield Finding(
            level=Level.OK, what=f"all {len(machines)} machines of the cluster answer: {versions.pop()}"
        )


_HAS_CITUS: LiteralString = "SELECT FROM pg_extension WHERE extname = 'citus'"
_VERSIONS: LiteralString = """
    SELECT 'PostgreSQL ' || current_setting('server_version_num')::int / 10000 || ', Citus ' || extversion
    FROM pg_extension WHERE extname = 'citus'
"""
_MACHINES: LiteralString = """
    SELECT nodename || ':' || nodeport, success, result
    FROM run_command_on_all_nodes(%s) JOIN pg_dist_node USING (nodeid) ORDER BY nodeid
"""
