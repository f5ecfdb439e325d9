"""Everything goes into one file while mail comes in, and comes back as it was: every row, file and key."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.operations.conftest import Settle
from tests.operations.place import SECRET, Place, Postman
from tests.patience import eventually
from threadwell.config import archive, backups, postgres

PASSPHRASE = "a passphrase nobody guesses"
OPENED = """
from threadwell.kit import secrets, tenancy
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Workspace
workspace = Workspace.objects.get()
with tenancy.entered(workspace.pk):
    inbox = Inbox.objects.of(workspace).get()
    print("SECRET", secrets.opened_facts(inbox.sealed_secrets)["password"])
"""
#: Rows that cannot be of one moment: each would name something that is not there, or count it wrongly.
TORN = {
    "messages without their file": """
        SELECT count(*) FROM conversations_attachment a
        LEFT JOIN conversations_message m ON m.id = a.message_id WHERE m.id IS NULL""",
    "conversations that count other messages than they have": """
        SELECT count(*) FROM conversations_conversation c
        WHERE message_count <>
            (SELECT count(*) FROM conversations_message m WHERE m.conversation_id = c.id)""",
    "mails that were read and are nowhere": """
        SELECT count(*) FROM inboxes_delivery d WHERE state = 'read'
        AND NOT EXISTS (SELECT 1 FROM conversations_message m WHERE m.delivery_id = d.id)""",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, settled: Settle) -> Iterator[Place]:
    """A firm to which a hundred mails came, some of them while it was backed up; nothing of it runs now."""
    place = settled(tmp_path_factory.mktemp("place"), THREADWELL_BACKUP_PASSPHRASE=PASSPHRASE)
    place.start("up", "--quiet")
    try:
        eventually(place.takes_mail, told=place.told)
        postman = Postman(place.smtp)
        postman.start()
        eventually(lambda: len(postman.taken) > 30, told=place.told)
        before = list(postman.taken)
        place.run("backup", str(under_way(place)), "--verify")
        postman.stop()
        (place.home / "taken.json").write_text(json.dumps([before, postman.taken]))
        eventually(
            lambda: place.ask("SELECT count(*) FROM inboxes_delivery WHERE state = 'waiting'") == [(0,)]
        )
    finally:
        place.stop()
    with postgres.running(place.home):
        yield place


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Place]:
    """Somewhere else, where nothing is yet."""
    other = Place.in_folder(tmp_path / "other", THREADWELL_BACKUP_PASSPHRASE=PASSPHRASE)
    other.home.mkdir()
    with postgres.running(other.home):
        yield other


@pytest.fixture(scope="module")
def quiet(place: Place) -> Path:
    """A backup of what does not change any more."""
    place.run("backup", str(place.home / "quiet.backup"))
    return place.home / "quiet.backup"


def under_way(place: Place) -> Path:
    return place.home / "under-way.backup"


def test_what_comes_back_is_equal_row_by_row_and_file_by_file(
    place: Place, other: Place, quiet: Path
) -> None:
    said = other.run("restore", str(quiet))
    assert other.tables() == place.tables()
    assert other.blobs() == place.blobs()
    assert all(path.endswith(content) for path, content in other.blobs().items())
    assert len(other.blobs()) > 30
    assert f"{sum(count for count, _ in other.tables().values()):,} rows" in said


def test_secrets_are_opened_by_the_keys_that_came_along(place: Place, other: Place, quiet: Path) -> None:
    other.run("restore", str(quiet))
    assert f"SECRET {SECRET}" in other.run("manage", "shell", "--no-imports", "--command", OPENED)
    for key in ("signing", "gateway.pem"):
        assert (other.home / "keys" / key).read_text() == (place.home / "keys" / key).read_text()
        assert (other.home / "keys" / key).stat().st_mode & 0o077 == 0


def test_backup_made_while_mail_came_in_holds_one_moment(place: Place, other: Place) -> None:
    other.run("restore", str(under_way(place)))
    taken_before, taken = json.loads((place.home / "taken.json").read_text())
    mails = {
        source_id: (raw, size)
        for source_id, raw, size in other.ask("SELECT source_id, raw, size FROM inboxes_delivery")
    }
    assert len(taken_before) <= len(mails) <= len(taken)
    for source_id, (raw, size) in mails.items():
        assert place.ask("SELECT raw, size FROM inboxes_delivery WHERE source_id = %s", source_id) == [
            (raw, size)
        ]
    for what, question in TORN.items():
        assert other.ask(question) == [(0,)], what
    named = {name for (name,) in other.ask("SELECT sha256 FROM conversations_attachment")}
    assert named <= {Path(path).name for path in other.blobs()}


def test_it_goes_on_where_it_was(place: Place, other: Place, quiet: Path) -> None:
    other.run("restore", str(quiet))
    other.start("up", "--quiet")
    try:
        eventually(other.takes_mail, told=other.told)
        postman = Postman(other.smtp, most=3)
        postman.start()
        postman.join()
        assert len(postman.taken) == 3
        expected = place.ask("SELECT count(*) FROM conversations_message")[0][0] + 3
        eventually(
            lambda: other.ask("SELECT count(*) FROM conversations_message") == [(expected,)], told=other.told
        )
    finally:
        other.stop()


def test_what_is_there_stays_unless_told(other: Place, quiet: Path) -> None:
    other.run("migrate", "--quiet")
    assert "--replace" in other.run("restore", str(quiet), fails=True)
    assert other.ask("SELECT count(*) FROM workplace_workspace") == [(0,)]


def test_what_is_replaced_leaves_nothing_behind(place: Place, other: Place, quiet: Path) -> None:
    other.run("restore", str(quiet))
    other.ask("INSERT INTO django_content_type (app_label, model) VALUES ('left', 'over')")
    stray = other.home / "blobs" / "0198" / "aa" / "aa" / ("a" * 64)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"")
    ring = (other.home / "keys" / "ring").read_text()
    other.run("restore", str(quiet), "--replace")
    assert other.tables() == place.tables()
    assert not stray.exists()
    assert (other.home / "keys" / "ring").read_text() == ring


def test_restore_waits_for_nobody_who_uses_the_database(other: Place, quiet: Path) -> None:
    where = f"host={postgres.socket_folder(other.home)} port={postgres.PORT} dbname={postgres.NAME}"
    with psycopg.connect(f"{where} user={postgres.APPLICATION}"):
        assert "Stop Threadwell first" in other.run("restore", str(quiet), fails=True)


def test_restore_that_does_not_add_up_leaves_everything_as_it_was(
    other: Place, quiet: Path, tmp_path: Path
) -> None:
    other.run("restore", str(quiet))
    before = other.tables()
    told = archive.proved(quiet)
    told["tables"]["people_contact"][0] += 1
    wrong = tmp_path / "wrong.backup"
    with archive.writing(wrong) as file:
        for member in archive.members(quiet):
            if member.name.startswith(archive.BLOBS):
                file.blob(*member.name.split("/")[1:], member.content())
            elif member.name != archive.SUMS:
                file.add(member.name, member.content())
        file.close({"tables": told["tables"], "closed": told["closed"]})
    assert "people_contact" in other.run("restore", str(wrong), "--replace", fails=True)
    assert other.tables() == before


@pytest.mark.parametrize("where", [0.001, 0.2, 0.5, 0.9])
def test_damaged_file_is_refused_before_anything_is_touched(
    other: Place, quiet: Path, tmp_path: Path, where: float
) -> None:
    damaged, cut = tmp_path / "damaged.backup", tmp_path / "cut.backup"
    content = bytearray(quiet.read_bytes())
    cut.write_bytes(content[: int(len(content) * where)])
    # In the middle of a member, for the room between them means nothing.
    content[int(len(content) * where) // 512 * 512 + 5] ^= 0xFF
    damaged.write_bytes(content)
    for wrong in (damaged, cut):
        other.run("restore", str(wrong), "--verify", fails=True)
        other.run("restore", str(wrong), fails=True)
    assert other.tables() == {}


def test_no_file_at_all_is_refused(other: Place, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("these are only words, and no backup at all\n" * 100)
    for name in ("words.txt", "not-there.backup"):
        assert "backup" in other.run("restore", str(tmp_path / name), fails=True)


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_interrupted_backup_leaves_no_half_file(
    place: Place, tmp_path: Path, sign: signal.Signals, after: float
) -> None:
    path = tmp_path / "interrupted.backup"
    where = f"host={postgres.socket_folder(place.home)} port={postgres.PORT} dbname={postgres.NAME}"
    with psycopg.connect(f"{where} user={postgres.OWNER}") as held:
        held.execute("LOCK TABLE conversations_message")  # so that the backup is in its middle
        backup = place.start("backup", str(path))
        eventually(path.with_name("interrupted.backup.part").exists, told=place.told)
        time.sleep(after)
        backup.send_signal(sign)
        assert backup.wait(60) != 0
    place.processes.remove(backup)
    assert not path.exists()
    assert path.with_name("interrupted.backup.part").exists() == (sign is signal.SIGKILL)
    place.run("backup", str(path), "--verify")
    assert not path.with_name("interrupted.backup.part").exists()


def test_disk_that_is_full_is_told_and_leaves_nothing(place: Place, tmp_path: Path) -> None:
    words = f"ulimit -f 200; exec {sys.executable} -m threadwell backup {tmp_path}/full.backup"  # 100 KiB
    done = subprocess.run(
        ["/bin/sh", "-c", words], env=place.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "full.backup was not written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_keys_are_sealed_by_the_passphrase(place: Place, quiet: Path) -> None:
    ring = (place.home / "keys" / "ring").read_text().split()
    assert not any(key.encode() in quiet.read_bytes() for key in ring)
    assert "THREADWELL_BACKUP_PASSPHRASE" in place.run(
        "restore", str(quiet), "--verify", fails=True, THREADWELL_BACKUP_PASSPHRASE="another passphrase"
    )
    place.run("backup", str(place.home / "open.backup"), "--replace", THREADWELL_BACKUP_PASSPHRASE="")
    assert all(key.encode() in (place.home / "open.backup").read_bytes() for key in ring)
    assert (place.home / "open.backup").stat().st_mode & 0o077 == 0


def test_folder_gets_names_by_the_time_and_keeps_as_many_as_told(place: Place, tmp_path: Path) -> None:
    for old in ("2001-01-01-000000", "2002-01-01-000000"):
        (tmp_path / f"threadwell-{old}.backup").write_text("old")
    place.run("backup", str(tmp_path), "--keep", "2")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[0] == "threadwell-2002-01-01-000000.backup"
    assert backups.prove(tmp_path / names[1], passphrase=PASSPHRASE)["sealed"]


def test_file_that_is_there_is_not_written_over_unasked(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    assert "--replace" in place.run("backup", str(tmp_path / "mine"), fails=True)
    assert (tmp_path / "mine").read_text() == "mine"


def test_files_that_the_database_names_and_nobody_has_are_told(
    place: Place, other: Place, quiet: Path, tmp_path: Path
) -> None:
    other.run("restore", str(quiet))
    lost = sorted((other.home / "blobs").rglob("?" * 64))[3]
    lost.unlink()
    assert "1 files" in other.run("backup", str(tmp_path / "without.backup"), fails=True)
    assert backups.prove(tmp_path / "without.backup", passphrase=PASSPHRASE)
