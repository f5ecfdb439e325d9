"""The doctor looks at a cluster too."""

import psycopg
import pytest

from tests.operations.place import Place
from tests.scale.conftest import NAME
from threadwell.config import cluster_checks, databases
from threadwell.config.reading import DatabaseAddress

#: What breaks it, in a transaction that is taken back; what is said then.
BROKEN = {
    "a machine that is away": (
        "UPDATE pg_dist_node SET nodeport = 1 WHERE nodeid = (SELECT max(nodeid) FROM pg_dist_node)",
        ":1 of the cluster does not answer",
    ),
    "a table that was left behind": (
        "CREATE TABLE left_behind (workspace_id uuid); ALTER TABLE left_behind ENABLE ROW LEVEL SECURITY",
        "1 tables are not where they belong: left_behind",
    ),
    "a setting that is gone": (
        "SET LOCAL citus.propagate_set_commands TO 'none'",
        "citus.propagate_set_commands is not local",
    ),
}


def test_a_sound_cluster_is_told_so(spread: Place) -> None:
    said = spread.run("doctor").splitlines()
    told = [line.split(maxsplit=1) for line in said if "cluster" in line]
    assert [level for level, _what in told] == ["ok", "ok"]
    assert told[0][1].endswith("tables of the cluster are where they belong")
    assert "machines of the cluster answer: PostgreSQL " in told[1][1]


@pytest.mark.parametrize(("breaks", "says"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_with_a_cluster_is_told(
    spread: Place, coordinator: DatabaseAddress, breaks: str, says: str
) -> None:
    with psycopg.connect(databases.url(coordinator, name=NAME)) as owner:
        owner.execute(breaks)  # type: ignore[call-overload]  # one of the texts above
        found = list(cluster_checks.of_cluster(owner))
        owner.rollback()
    assert [(one.level, bool(one.mend)) for one in found if says in one.what] == [("fail", True)]
