"""Nothing is lost, whatever goes wrong: every fault of bin/torture in its short form."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.conftest import TEMPLATE, url
from tests.torture.faults import SHORT
from tests.torture.runs import GROUPS, ONLY_LONG, run
from tests.torture.siege import Siege, besieged, program
from tests.torture.tally import table


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Siege]:
    """Its tables are those that all tests have, for making them anew takes longest."""
    is_ours = not settings.OPTIONS["DATABASE_URL"]
    tables = program("pg_dump", "--dbname", url(TEMPLATE)) if is_ours else ""
    with besieged(tmp_path_factory.mktemp("torture") / "siege", tables=tables) as made:
        yield made


@pytest.mark.servers
@pytest.mark.parametrize("group", GROUPS)
def test_everything_is_held_and_shown_once(siege: Siege, group: str) -> None:
    names = [name for name in GROUPS[group] if name not in ONLY_LONG]
    tallies = [*run(siege, names, SHORT, seed=1)]
    print(table(tallies))
    assert [tally.fault for tally in tallies] == names
    assert all(tally.holds for tally in tallies), f"{table(tallies)}\n{siege.told()}"
