"""Reading mail: samples of what really arrives, and anything at all."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from threadwell.channels.email.facts import facts
from threadwell.channels.email.read import letter
from threadwell.channels.port import Letter

SAMPLES = Path(__file__).parents[2] / "samples" / "mail"


@dataclass(frozen=True)
class Sample:
    name: str
    raw: bytes
    expected: dict[str, Any]


def samples() -> list[Sample]:
    return [
        Sample(file.stem, file.read_bytes(), tomllib.loads(file.with_suffix(".toml").read_text("utf-8")))
        for file in sorted(SAMPLES.glob("*.eml"))
    ]


def told(read: Letter) -> dict[str, Any]:
    """The facts of a letter in the words of the samples."""
    meeting, proof = read.invitation, read.authentication
    return {
        **facts(read),
        "attachments": [part.filename for part in read.parts],
        "inline": [part.filename for part in read.parts if part.inline],
        "warned": bool(read.warnings),
        "signed": read.signed,
        "spam": bool(read.spam and read.spam.is_spam),
        "authentication": f"{proof.spf} {proof.dkim} {proof.dmarc} {proof.server}",
        "invitation": meeting
        and f"{meeting.method} {meeting.summary} {meeting.starts_at and meeting.starts_at.isoformat()}",
    }


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_sample_is_read_as_expected(sample: Sample) -> None:
    read = letter(sample.raw)
    expected = dict(sample.expected)
    for piece in expected.pop("html_has", []):
        assert piece in (read.html or "")
    for piece in expected.pop("html_lacks", []):
        assert piece not in (read.html or "")
    got = told(read)
    assert {key: got[key] for key in expected} == expected


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_sample_cut_anywhere_is_still_read(sample: Sample) -> None:
    for cut in range(0, len(sample.raw), max(len(sample.raw) // 40, 1)):
        assert_readable(sample.raw[:cut])


WORDS = [
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Date: Mon, 5 Jan 2026 09:30:00 +0100",
    b"Content-Type: ",
    b"\r\n",
    b"\n\n",
    b"multipart/mixed; boundary=b",
    b'multipart/alternative; boundary="b"',
    b"--b\r\n",
    b"--b--",
    b"text/html",
    b"text/plain; charset=utf-7",
    b"; charset=iso-2022-jp",
    b"; format=flowed",
    b"message/rfc822",
    b"=?utf-8?q?=C3?=",
    b"=?x?b?",
    b"?=",
    b"<a@b>",
    b'"',
    b"(",
    b")",
    b",",
    b";",
    b"\\",
    b"=",
    b"\0",
    b"\xff\xfe",
    b"\x1b$B",
    b"\xed\xa0\x80",
    b"Content-Transfer-Encoding: base64\r\n",
    b"application/ms-tnef",
    b"application/pkcs7-mime",
    b"\x78\x9f\x3e\x22",
    b"begin 644 x\n#AAAA\nend\n",
    b"<img src=cid:x>",
    b"<div>",
    b"Content-Disposition: attachment; filename*0*=",
    b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT\n",
    b"text/calendar",
]


@settings(max_examples=300, deadline=None)
@given(some.lists(some.one_of(some.sampled_from(WORDS), some.binary(max_size=12)), max_size=60))
def test_any_bytes_give_a_letter(pieces: list[bytes]) -> None:
    assert_readable(b"".join(pieces))


def assert_readable(raw: bytes) -> None:
    read = letter(raw)
    assert not any("could not be read" in warning for warning in read.warnings)
    line = json.dumps(facts(read), ensure_ascii=False)
    assert "\\u0000" not in line
    assert line.encode("utf-8")
    assert json.dumps(facts(letter(raw)), ensure_ascii=False) == line


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ardent, Ada <ada@kunde.example>", "Ardent, Ada"),
        ('"Ada Ardent <ada@kunde.example>', "Ada Ardent"),
        ("bo@kunde.example, Ada <ada@kunde.example>", ""),
    ],
)
def test_name_of_a_sender_is_whole_however_carelessly_it_was_written(written: str, name: str) -> None:
    assert letter(f"From: {written}\n\n".encode()).from_[0].name == name


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_naked_letters_in_headers_are_read_although_nobody_names_their_charset(charset: str) -> None:
    read = letter("From: Jürgen Weiß <j@kunde.example>\nSubject: Grüße aus Köln\n\nHallo".encode(charset))
    assert (read.from_[0].name, read.subject) == ("Jürgen Weiß", "Grüße aus Köln")


@pytest.mark.parametrize(
    "written",
    ["Tue Nov 17 2026 21:12:33 GMT+0100", "11/17/2026 9:12:33 PM +0100", "17/11/2026 21:12:33 +0100"],
)
def test_date_in_a_form_of_its_own_is_read(written: str) -> None:
    read = letter(f"Date: {written}\n\n".encode()).date
    assert read is not None
    assert read.isoformat() == "2026-11-17T21:12:33+01:00"


def test_parts_without_end_are_attached_and_not_followed() -> None:
    raw = b"From: a@b.example\r\n"
    for level in range(3000):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    assert letter(raw).parts
