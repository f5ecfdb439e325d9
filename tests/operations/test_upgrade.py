"""An installation of an early day is brought to today by one command, with all its data, and back again.

Nothing has been released yet. `past/early.sql.zst` is what an early commit (994f10f) made by itself: a firm,
and 24 mails that came in through its gateway, with 88 migrations applied. Each release adds a file here.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import zstandard

from tests.operations.place import Place, Postman
from tests.patience import eventually
from threadwell.config import postgres

PAST = sorted((Path(__file__).parent / "past").glob("*.sql.zst"))
KEPT = {
    "inboxes_delivery": "source_id, raw, size, state",
    "conversations_message": "id, conversation_id, text, at",
    "conversations_conversation": "id, number, subject, message_count",
    "conversations_attachment": "id, filename, sha256",
    "people_contact": "id, name",
    "people_identity": "id, kind, value",
    "workplace_agent": "id, name, role",
    "journal_event": "id, name, about, at",
}


@pytest.fixture(params=PAST, ids=[path.name.removesuffix(".sql.zst") for path in PAST])
def early(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    place = Place.in_folder(tmp_path / "early")
    place.home.mkdir()
    with postgres.running(place.home):
        where = f"host={postgres.socket_folder(place.home)} port={postgres.PORT} user={postgres.OWNER}"
        alone = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        subprocess.run(
            [postgres.program("psql"), *alone, f"--dbname={where} dbname={postgres.NAME}"],
            input=b"DROP SCHEMA public CASCADE;\n" + zstandard.decompress(request.param.read_bytes()),
            check=True,
        )
        yield place


def kept(place: Place) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted(place.ask(f"SELECT {columns} FROM {name}"), key=str) for name, columns in KEPT.items()
    }


def test_early_data_is_brought_to_today_and_back(early: Place) -> None:
    before, tables = kept(early), early.tables()
    assert len(before["conversations_message"]) == 24

    looked = early.run("upgrade", "--check")
    assert "changes of tables" in looked
    assert "MiB wanted for the backup" in looked
    assert early.tables() == tables

    said = early.run("upgrade")
    after = kept(early)
    events = set(after.pop("journal_event"))
    assert set(before.pop("journal_event")) <= events
    assert after == before
    assert early.run("upgrade").endswith("There is nothing to do.\n")

    command = next(line for line in said.splitlines() if line.startswith("To go back"))
    backup = command.rpartition(" ")[2]
    assert Path(backup).stat().st_mode & 0o077 == 0

    early.start("up", "--quiet")
    try:
        eventually(early.takes_mail, told=early.told)
        postman = Postman(early.smtp, most=3)
        postman.start()
        postman.join()
        eventually(
            lambda: early.ask("SELECT count(*) FROM conversations_message") == [(27,)], told=early.told
        )
    finally:
        early.stop()

    early.run("restore", "--replace", backup)
    again = kept(early)
    again.pop("journal_event")
    assert again == before


def test_whoever_uses_the_database_is_waited_for(early: Place) -> None:
    tables = early.tables()
    where = f"host={postgres.socket_folder(early.home)} port={postgres.PORT} dbname={postgres.NAME}"
    with psycopg.connect(f"{where} user={postgres.OWNER}"):
        said = early.run("upgrade", fails=True)
    assert "somebody uses the database (1 connections)" in said
    assert said.endswith("Nothing was changed.\n")
    assert early.tables() == tables
    assert not (early.home / "backups").exists()


def test_tables_of_a_newer_version_are_left_alone(early: Place) -> None:
    early.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('journal', '9999_later', now())")
    tables = early.tables()
    assert "a newer version has changed the tables" in early.run("upgrade", fails=True)
    assert early.tables() == tables
