"""Reports: machine mail is recognised for what it is, and a person's mail never taken for a machine's."""

import email
import email.message
import time
import tomllib
from email.header import Header
from pathlib import Path
from typing import Any

import pytest

from threadwell.channels.email import reports

SAMPLES = Path(__file__).parents[2] / "samples" / "reports"
LINES = "550 5.1.1 <a@b.example>: " + "user " * 20_000


def _read(raw: bytes) -> reports.Verdict:
    message = email.message_from_bytes(raw)
    payload = message.get_payload(decode=True)
    return reports.examine(message, payload.decode() if isinstance(payload, bytes) else "")


def _as_facts(verdict: reports.Verdict) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": verdict.kind.value}
    if verdict.bounces:
        facts["bounces"] = [
            {"recipient": one.recipient, "status": one.status, "reason": one.reason, "hard": one.hard}
            for one in verdict.bounces
        ]
        if verdict.bounces[0].original_message_id:
            facts["original_message_id"] = verdict.bounces[0].original_message_id
    return facts


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.eml")), ids=lambda sample: sample.stem)
def test_sample_is_told_apart_as_expected(sample: Path) -> None:
    expected = tomllib.loads(sample.with_suffix(".toml").read_text(encoding="utf-8"))
    assert _as_facts(_read(sample.read_bytes())) == expected


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("[!p]*.eml")), ids=lambda sample: sample.stem)
def test_machine_mail_names_the_sign_that_told(sample: Path) -> None:
    assert _read(sample.read_bytes()).because


@pytest.mark.parametrize(
    ("sender", "subject", "text", "kind"),
    [
        ("Ada Ardent <ada@x.example>", "AUTO: Ada Ardent is out of the office (returning 23.11.2026)",
         "I am out of the office until 23.11.2026.", "automatic"),
        ("Ada Ardent <ada@x.example>", "Ada Ardent ist außer Haus", "Ich bin abwesend.", "automatic"),
        ("Bo Berg <bo@x.example>", "Ada Ardent ist außer Haus", "Sie ist abwesend, was nun?", "message"),
        ("Ada Ardent <ada@x.example>", "Ada Ardent ist außer Haus", "Wer nimmt das Paket an?", "message"),
        ("Kim <kim@x.example>", "[자동응답] Re: 배송", "돌아오면 회신하겠습니다.", "automatic"),
        ("Kim <kim@x.example>", "[Auto lift] it is broken", "Please come.", "message"),
    ],
)  # fmt: skip
def test_absence_is_told_from_talk_about_it(sender: str, subject: str, text: str, kind: str) -> None:
    message = email.message.Message()
    message["From"], message["Subject"] = sender, subject
    assert reports.examine(message, text).kind.value == kind


def test_server_that_blocks_our_address_is_said_to_block() -> None:
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n<bo@haulier.example>: "
        "host mx.haulier.example said: 554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster)\n"
    )
    assert [one.reason for one in _read(raw.encode()).bounces] == ["blocked"]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Message non remis", "<bo@haulier.example>: 550 5.1.1 Adresse invalide. Invalid recipient. OFR_416"),
        ("系统退信", "收件人：bo@haulier.example\n退信代码：550 5.1.1 User not found"),
    ],
)
def test_failure_is_told_in_other_languages_too(subject: str, said: str) -> None:
    head = f"Return-Path: <>\nFrom: postmaster@mx.example\nSubject: {Header(subject, 'utf-8').encode()}\n"
    verdict = _read(f"{head}Content-Type: text/plain; charset=utf-8\n\n{said}".encode())
    told = [(one.recipient, one.reason) for one in verdict.bounces]
    assert (verdict.kind.value, told) == ("bounce", [("bo@haulier.example", "userunknown")])


@pytest.mark.parametrize(
    "body",
    [
        LINES,
        "<" * 50_000,
        "a@" * 30_000,
        "The following recipient " * 3_000,
        ">>> DATA <<< " * 5_000,
        "message " * 20_000,
        "\n".join(["Final-Recipient: x"] * 5_000),
        "not " * 20_000,
        "<bo@haulier.example>\n" * 3_000,
    ],
    ids=lambda body: body[:12],
)
def test_no_text_makes_reading_slow(body: str) -> None:
    head = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n"
    started = time.process_time()
    assert _read((head + body).encode()).kind.value == "bounce"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Content-Type: multipart/report\n\n",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--",
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n\n--x--",
        b"From: \xff\xfe <>\nSubject: =?utf-8?B?broken\n\n\xff",
        b'Content-Type: text/plain\n\n{"notificationType": "Bounce", "bounce": 7, "mail": []}',
        b"Content-Type: text/plain\n\n" + b"{" * 100_000,
    ],
)
def test_broken_mail_is_read_without_an_accident(raw: bytes) -> None:
    assert reports.examine(email.message_from_bytes(raw), raw.decode(errors="replace")).kind
