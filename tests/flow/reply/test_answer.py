"""What an answer begins with: a table of messages, and what comes of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadwell.channels.email import subjects
from threadwell.flow.reply import answer
from threadwell.record.conversations.models import Message

OURS = {"support@firm.example", "sales@firm.example"}
DESK = "support@firm.example"
ADA, EVE, FOE = "ada@customer.example", "eve@customer.example", "foe@y.example"


def a_message(direction: str = "in", *, to: list[str], cc: list[str] = (), **facts: Any) -> Message:  # type: ignore[assignment]
    return Message(
        direction=direction,
        from_name="Ada",
        from_address=ADA if direction == "in" else DESK,
        recipients={"to": people(to), "cc": people(cc), "bcc": []},
        facts=facts,
        subject="Gate code",
        text="It is wrong.",
        at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    )


def people(addresses: Any) -> list[dict[str, str]]:
    return [{"name": "", "email": address} for address in addresses]


@pytest.mark.parametrize(
    ("message", "kind", "to", "cc"),
    [
        (a_message(to=[DESK]), "reply", [ADA], []),
        (a_message(to=[DESK, EVE], cc=[FOE]), "reply", [ADA], []),
        (a_message(to=[DESK, EVE], cc=[FOE]), "reply_all", [ADA], [EVE, FOE]),
        (a_message(to=["Support+x@Firm.example", "SALES@firm.example"], cc=[EVE]), "reply_all", [ADA], [EVE]),
        (a_message(to=[ADA, DESK], cc=[EVE, EVE.upper()]), "reply_all", [ADA], [EVE]),
        (a_message(to=[DESK], reply_to=people([EVE])), "reply", [EVE], []),
        (a_message(to=[DESK], reply_to=people([EVE])), "reply_all", [EVE], []),
        (a_message(to=[ADA], reply_to=people([DESK])), "reply", [ADA], []),
        (a_message(to=[DESK], reply_to=people([EVE, FOE])), "reply", [EVE, FOE], []),
        (a_message("out", to=[ADA], cc=[EVE]), "reply", [ADA], []),
        (a_message("out", to=[ADA], cc=[EVE, "sales@firm.example"]), "reply_all", [ADA], [EVE]),
        (a_message(to=[DESK], cc=[EVE]), "forward", [], []),
        (a_message(to=[DESK]), "note", [], []),
    ],
)  # fmt: skip
def test_recipients_are_those_of_the_message_and_never_ourselves(
    message: Message, kind: str, to: list[str], cc: list[str]
) -> None:
    recipients = answer.recipients_of(message, kind, OURS)
    assert [person.email for person in recipients.to] == to
    assert [person.email for person in recipients.cc] == cc


@pytest.mark.parametrize(
    ("subject", "answered", "passed_on"),
    [
        ("Gate code", "Re: Gate code", "Fwd: Gate code"),
        ("Re: Gate code", "Re: Gate code", "Fwd: Gate code"),
        ("RE: AW: Re[2]: SV: Gate code", "Re: Gate code", "Fwd: Gate code"),
        ("Fwd: WG: Gate code", "Re: Gate code", "Fwd: Gate code"),
        ("回复：门禁", "Re: 门禁", "Fwd: 门禁"),
        ("Auto: Kaufvertrag", "Re: Auto: Kaufvertrag", "Fwd: Auto: Kaufvertrag"),
        ("Report: Q3", "Re: Report: Q3", "Fwd: Report: Q3"),
        ("Re:", "Re: Re:", "Fwd: Re:"),
        ("", "Re:", "Fwd:"),
    ],
)
def test_marks_of_a_subject_do_not_pile_up(subject: str, answered: str, passed_on: str) -> None:
    assert subjects.answering(subject) == answered
    assert subjects.passing_on(subject) == passed_on


@given(st.text(max_size=60))
def test_an_answer_to_an_answer_has_the_same_subject(subject: str) -> None:
    once = subjects.answering(" ".join(subject.split()))
    twice = subjects.answering(once)
    assert twice == once or once in {"Re:", "Re: Re:"} or not subjects.read(subject).base


def test_a_quote_says_who_wrote_what_and_when_in_the_zone_of_the_firm() -> None:
    quote = answer.quote_of(a_message(to=[]), "reply", zone="Europe/Berlin")
    assert quote.text.startswith("On Nov. 22, 2026, 10:30 a.m., Ada wrote:\n> It is wrong.")
    assert '<blockquote type="cite">It is wrong.</blockquote>' in quote.html


def test_a_hostile_name_in_a_quote_stays_text() -> None:
    message = a_message(to=[])
    message.from_name = "<script>alert(1)</script>"
    for kind in ("reply", "forward"):
        assert "<script" not in answer.quote_of(message, kind, zone="UTC").html


def test_pictures_of_a_quote_stay_behind_and_those_of_a_letter_passed_on_go_along() -> None:
    message = a_message(to=[])
    message.html = '<p>Look <img data-remote-src="https://x.example/p.png" alt="plan"> <img src="cid:1"></p>'
    replied = answer.quote_of(message, "reply", zone="UTC").html
    assert "<img" not in replied
    assert "[plan]" in replied
    passed_on = answer.quote_of(message, "forward", zone="UTC").html
    assert 'src="https://x.example/p.png"' in passed_on
    assert 'src="cid:1"' in passed_on
    assert "data-remote-src" not in passed_on
