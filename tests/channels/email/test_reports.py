"""Reports: machine mail is recognised for what it is, and a person's mail never taken for a machine's."""

import email
import time
import tomllib
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
