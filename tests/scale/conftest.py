"""What tests of several machines lean on: a Citus cluster that somebody has set up, and a database on it.

``THREADWELL_TEST_CITUS_URL`` names a database of a coordinator that has Citus and knows two workers or more,
as a superuser whom all of them let in; the role ``threadwell_app`` must be there too, and be let in. Without
it these tests are left out, and say so.
"""

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests import cluster
from tests.operations.place import FOUND, Place
from tests.patience import eventually
from threadwell.config import databases, reading
from threadwell.config.reading import DatabaseAddress

APPLICATION = "threadwell_app"
NAME = "threadwell_test_scale"
URL = os.environ.get("THREADWELL_TEST_CITUS_URL", "")


@pytest.fixture(scope="session")
def coordinator() -> DatabaseAddress:
    if not URL:
        pytest.skip("no Citus here: THREADWELL_TEST_CITUS_URL names no coordinator")
    place = reading.database_url(URL)
    assert cluster.is_one(place), "THREADWELL_TEST_CITUS_URL: there is no Citus with workers"
    return place


@pytest.fixture(scope="session")
def spread(coordinator: DatabaseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An installation whose tables are spread, with a firm that can be written to."""
    cluster.prepare(coordinator, NAME, APPLICATION, is_fresh=True)
    place = Place.in_folder(tmp_path_factory.mktemp("spread") / "home")
    place.home.mkdir()
    place.environment |= cluster.settings_of(coordinator, NAME, APPLICATION)
    place.run("manage", "shell", "--no-imports", "--command", FOUND)
    try:
        yield place
    finally:
        place.stop()


@pytest.fixture(scope="session")
def serving(spread: Place) -> Place:
    """The same, with a worker and a gateway that take mail in."""
    spread.start("worker")
    spread.start("gateway")
    eventually(spread.takes_mail, told=spread.told)
    return spread


@pytest.fixture
def nodes(coordinator: DatabaseAddress, spread: Place) -> list[str]:
    """Each worker's address, as the application."""
    found = cluster.workers(coordinator)
    return [databases.url(worker, name=NAME) for worker in cluster.as_role(found, APPLICATION)]


def asked(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("SET citus.show_shards_for_app_name_prefixes = '*'")
        return line.execute(question).fetchall()
