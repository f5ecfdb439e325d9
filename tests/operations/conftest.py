"""A firm that was founded once; every test that needs one gets it out of a backup, which is quicker."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.operations.place import Place

type Settle = Callable[..., Place]


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Place.in_folder(tmp_path_factory.mktemp("founded"))
    place.found()
    place.run("backup", str(place.home / "founded.backup"))
    return place.home / "founded.backup"


@pytest.fixture(scope="session")
def settled(founded: Path) -> Settle:
    """Makes such a firm in a folder, with further settings."""

    def settle(home: Path, **settings: str) -> Place:
        place = Place.in_folder(home, **settings)
        home.mkdir(exist_ok=True)
        place.run("restore", str(founded))
        return place

    return settle
