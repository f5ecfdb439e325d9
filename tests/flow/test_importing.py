"""Old mail is taken in from every form that other programs keep it in."""

import gzip
import mailbox
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from threadwell.channels.email import mailbox_files
from threadwell.interfaces.commands import import_mail
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery, Inbox, MailImport
from threadwell.record.workplace.models import Workspace

LIMIT = 1024 * 1024


def a_letter(number: int, text: str = "Hello\n") -> bytes:
    return (
        f"From: ada@customer.example\nMessage-ID: <{number}@x>\n"
        f"Date: Mon, 3 Feb 2020 10:0{number}:00 +0100\n\n{text}"
    ).encode()


def in_folder(place: Path) -> Path:
    (place / "deep").mkdir(parents=True)
    (place / "1.eml").write_bytes(a_letter(1))
    (place / "deep" / "2.eml").write_bytes(a_letter(2))
    (place / ".hidden").write_bytes(b"no letter")
    return place


def in_maildir(place: Path) -> Path:
    maildir = mailbox.Maildir(place)
    maildir.add(a_letter(1))
    seen = mailbox.MaildirMessage(a_letter(2))
    seen.set_subdir("cur")
    seen.set_flags("S")
    maildir.add(seen)
    (place / "dovecot-uidlist").write_bytes(b"a program's book")
    (place / "tmp" / "half").write_bytes(b"half a letter")
    return place


def in_mbox(place: Path) -> Path:
    place.write_bytes(
        b"From ada@x.example Mon Feb  3 10:00:00 2020\n" + a_letter(1) + b"\n"
        b"From 1234@xxx Mon Feb 03 10:00:00 +0000 2020\n" + a_letter(2)
    )
    return place


def in_packed_mbox(place: Path) -> Path:
    packed = place.with_suffix(".mbox.gz")
    packed.write_bytes(gzip.compress(in_mbox(place).read_bytes()))
    return packed


FORMS: dict[str, Callable[[Path], Path]] = {
    "folder": in_folder,
    "Maildir": in_maildir,
    "mbox": in_mbox,
    "packed mbox": in_packed_mbox,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_letters_come_out_of_every_form_as_they_were(form: Callable[[Path], Path], tmp_path: Path) -> None:
    path = form(tmp_path / "mail")
    found = list(mailbox_files.letters(path, limit=LIMIT))
    assert sorted(one.raw for one in found) == [a_letter(1), a_letter(2)]
    assert mailbox_files.count(path) == 2


@pytest.mark.parametrize(
    ("written", "letters"),
    [
        (b"text\n>From me\n>>From you\n", [b"text\nFrom me\n>From you\n"]),
        (b"text\n\nFrom here it goes on\n", [b"text\n\nFrom here it goes on\n"]),
        (b"text\n\nFrom 10:30 on Monday we sell\n", [b"text\n\nFrom 10:30 on Monday we sell\n"]),
        (b"text\nFrom b@x Tue Feb  4 10:00:00 2020\n", [b"text\nFrom b@x Tue Feb  4 10:00:00 2020\n"]),
        (b"one\n\nFrom b@x Tue Feb  4 10:00:00 2020\ntwo\n", [b"one\n", b"two\n"]),
        (b"one\r\n\r\nFrom b@x Tue Feb  4 10:00:00 2020\r\ntwo\r\n", [b"one\r\n", b"two\r\n"]),
        (b"one\n\nFrom - Tue Feb  4 10:00:00 2020\ntwo\n", [b"one\n", b"two\n"]),
    ],
)  # fmt: skip
def test_an_mbox_is_cut_only_between_letters(tmp_path: Path, written: bytes, letters: list[bytes]) -> None:
    path = tmp_path / "mail.mbox"
    path.write_bytes(b"From a@x Mon Feb  3 10:00:00 2020\n" + written)
    assert [one.raw for one in mailbox_files.letters(path, limit=LIMIT)] == letters


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.eml", b"", "empty"),
        ("large.eml", b"x" * (LIMIT + 1), "larger"),
        ("mail.zip", b"PK\x03\x04...", "Archives"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither a letter nor an mbox"),
        ("notes.txt", b"Call Ada back\n", "neither a letter nor an mbox"),
        ("outlook.msg", bytes.fromhex("d0cf11e0a1b11ae1") + b"...", "Outlook"),
        (
            "torn.mbox.gz",
            gzip.compress(b"From a@x Mon Feb  3 10:00:00 2020\n" + b"x" * 5000, mtime=0)[:40],
            "read",
        ),
    ],
)
def test_what_cannot_be_taken_says_why(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    [one] = mailbox_files.letters(tmp_path / name, limit=LIMIT)
    assert one.raw == b""
    assert why in one.why


def test_a_large_letter_in_an_mbox_does_not_take_its_neighbours_along(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    between = b"\nFrom a@x Mon Feb  3 10:00:00 2020\n"
    path.write_bytes(
        between[1:] + a_letter(1) + between + b"x" * (LIMIT + 10) + b"\n" + between + a_letter(2)
    )
    found = list(mailbox_files.letters(path, limit=LIMIT))
    assert [one.raw for one in found] == [a_letter(1), b"", a_letter(2)]


@pytest.fixture
def inbox(transactional_db: None) -> Inbox:
    workspace = Workspace.objects.create(name="Firm", slug="firm")
    with tenancy.entered(workspace.pk):
        return Inbox.objects.create(workspace=workspace, name="Help", address="help@firm.example")


def imported(*words: str | Path) -> int:
    parser = ArgumentParser()
    import_mail.configure(parser)
    every = ["--workspace", "firm", "--inbox", "Help@firm.example", *map(str, words)]
    return import_mail.run(parser.parse_args(every))


def held(inbox: Inbox) -> list[Delivery]:
    with tenancy.entered(inbox.workspace_id):
        return list(Delivery.objects.of(inbox.workspace_id).order_by("arrived_at"))


def test_old_mail_keeps_its_time_and_a_second_import_brings_nothing(
    inbox: Inbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = in_mbox(tmp_path / "Sent.mbox")
    assert imported(path) == 0
    assert "seen 2, held 2 new, already held 0, refused 0" in capsys.readouterr().out
    first, second = held(inbox)
    assert zstandard.decompress(bytes(first.raw)) == a_letter(1)
    assert first.arrived_at == datetime(2020, 2, 3, 9, 1, tzinfo=UTC)
    assert second.source_facts == {"imported": True, "name": "Sent.mbox #2", "is_sent": True}
    assert imported(path) == 0
    assert "held 0 new, already held 2" in capsys.readouterr().out
    with tenancy.entered(inbox.workspace_id):
        states = list(MailImport.objects.of(inbox.workspace_id).order_by("made_at"))
    assert [(one.total, one.held, one.already_held) for one in states] == [(2, 2, 0), (2, 0, 2)]
    assert all(one.done_at for one in states)


def test_refusals_are_listed_and_tell_by_the_exit_status(
    inbox: Inbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "good.eml").write_bytes(a_letter(1))
    assert imported(tmp_path) == 1
    told = capsys.readouterr().out
    assert "held 1 new, already held 0, refused 1" in told
    assert "empty.eml: It is empty." in told


def test_a_full_disk_stops_the_import_with_a_sentence(
    inbox: Inbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.DISK_RESERVE = 1 << 60
    assert imported(in_mbox(tmp_path / "mbox")) == 2
    assert "nearly full" in capsys.readouterr().err
    assert held(inbox) == []


def test_a_wrong_path_workspace_or_inbox_is_told(
    inbox: Inbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(tmp_path / "nowhere") == 2
    assert imported("--inbox", "other@firm.example", tmp_path) == 2
    assert imported("--workspace", "nobody", tmp_path) == 2
    told = capsys.readouterr().err
    assert "There are: help@firm.example." in told
    assert "There is no workspace 'nobody'." in told


def test_a_file_that_is_only_noise_is_held_as_a_letter(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 10)
    assert imported(tmp_path) == 0
    assert len(held(inbox)) == 1
