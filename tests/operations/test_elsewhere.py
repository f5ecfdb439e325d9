"""A PostgreSQL of one's own, with other names of roles: restored into by its owner, backed up by who sees."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.operations.place import OPENED_BY_OWNER, Place
from threadwell.config import postgres


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Place]:
    """An empty database that belongs to an ordinary role, and another role that serves."""
    place = Place.in_folder(tmp_path / "elsewhere")
    place.home.mkdir()
    with postgres.running(place.home):
        for statement in (
            "CREATE ROLE desk_owner LOGIN NOSUPERUSER NOBYPASSRLS",
            "CREATE ROLE desk_serving LOGIN NOSUPERUSER NOBYPASSRLS",
            "CREATE DATABASE desk OWNER desk_owner",
        ):
            place.ask(statement)
        where = f"postgresql:///desk?host={postgres.socket_folder(place.home)}&port={postgres.PORT}&user="
        place.environment |= {
            "DATABASE_URL": f"{where}desk_serving",
            "DATABASE_OWNER_URL": f"{where}desk_owner",
        }
        yield place


def test_it_comes_back_under_other_names_and_whoever_sees_nothing_backs_nothing_up(
    elsewhere: Place, founded: Path, tmp_path: Path
) -> None:
    elsewhere.run("restore", str(founded))
    assert "Olga Owner" in elsewhere.run("manage", "shell", "--no-imports", "--command", OPENED_BY_OWNER)
    with psycopg.connect(elsewhere.environment["DATABASE_URL"]) as serving:
        assert serving.execute("SELECT count(*) FROM workplace_agent").fetchone() == (0,)

    refused = elsewhere.run("backup", str(tmp_path / "blind.backup"), fails=True)
    assert "ALTER ROLE desk_owner BYPASSRLS" in refused
    assert list(tmp_path.glob("blind*")) == []

    elsewhere.ask("ALTER ROLE desk_owner BYPASSRLS")
    elsewhere.run("backup", str(tmp_path / "seen.backup"), "--verify")
    elsewhere.run("restore", str(tmp_path / "seen.backup"), "--replace")
    assert "Olga Owner" in elsewhere.run("manage", "shell", "--no-imports", "--command", OPENED_BY_OWNER)
