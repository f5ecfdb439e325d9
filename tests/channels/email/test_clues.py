"""What a letter says about its place among others, and the keys by which it is found."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from threadwell.channels.email import outlook, prints, read
from threadwell.channels.email.clues import Clues, Signal, asked_of, clues_of, keys_of, own_key, token_key

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def clues_from(*headers: str, body: str = "Hello", token: str = "") -> Clues:
    raw = "\r\n".join((*headers, "", body)).encode()
    return clues_of(read.letter(raw), ours=("help@depot.example",), token=token, arrived_at=NOW)


def test_our_own_addresses_are_no_participants() -> None:
    clues = clues_from("From: Ada <Ada@Home.example>", "To: HELP@depot.example, cy@home.example")
    assert clues.people == {"ada@home.example", "cy@home.example"}
    assert clues.sender == "ada@home.example"


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Mon, 02 Mar 2026 11:00:00 +0000", NOW - timedelta(hours=1)),
        ("Fri, 02 Mar 2046 11:00:00 +0000", NOW),
        ("yesterday", NOW),
    ],
)
def test_a_date_counts_unless_it_lies_in_the_future(date: str, at: datetime) -> None:
    assert clues_from("From: ada@home.example", f"Date: {date}").at == at


def test_keys_are_asked_in_the_order_of_trust() -> None:
    clues = clues_from(
        "From: ada@home.example",
        "Message-ID: <4@x.example>",
        "In-Reply-To: <3@x.example>",
        "References: <1@x.example> <2@x.example> <3@x.example>",
        "Subject: Re: Parcel",
        token="t0k3n",
    )
    assert [*asked_of(clues).items()] == [
        (token_key("t0k3n"), Signal.TOKEN),
        ("id:4@x.example", Signal.NAMED_BEFORE),
        ("id:3@x.example", Signal.IN_REPLY_TO),
        ("id:2@x.example", Signal.REFERENCES),
        ("id:1@x.example", Signal.REFERENCES),
    ]
    assert own_key(clues) == "id:4@x.example"
    assert set(keys_of(clues)) == {f"id:{number}@x.example" for number in "1234"}


def test_a_thousand_references_are_asked_for_a_hundred() -> None:
    names = " ".join(f"<{number}@x.example>" for number in range(1000))
    keys = keys_of(clues_from("From: a@x.example", "Message-ID: <m@x.example>", f"References: {names}"))
    assert len(keys) == 101
    assert "id:999@x.example" in keys
    assert "id:0@x.example" in keys


def test_a_key_is_never_longer_than_an_index_bears() -> None:
    keys = keys_of(clues_from("From: a@x.example", f"Message-ID: <{'m' * 900}@x.example>"))
    assert max(len(key) for key in keys) <= 200


@pytest.mark.parametrize(
    ("subject", "is_adrift"),
    [("Re: Parcel", True), ("Parcel", False), ("Fwd: Parcel", False), ("Re:", False)],
)
def test_only_an_answer_that_names_nothing_is_adrift(subject: str, is_adrift: bool) -> None:
    assert clues_from("From: a@x.example", f"Subject: {subject}").is_adrift is is_adrift
    named = clues_from("From: a@x.example", f"Subject: {subject}", "In-Reply-To: <1@x.example>")
    assert named.is_adrift is False


@pytest.mark.parametrize(
    ("references", "in_reply_to", "parent"),
    [
        (("1", "2"), ("2",), "2"),
        (("1", "9"), ("2",), "2"),
        ((), ("2",), "2"),
        (("1", "9"), (), ""),
        ((), (), ""),
    ],
)
def test_the_parent_is_the_nearest_letter_that_is_held(
    references: tuple[str, ...], in_reply_to: tuple[str, ...], parent: str
) -> None:
    headers = ["From: a@x.example"]
    headers += [f"References: {' '.join(f'<{name}@x>' for name in references)}"] if references else []
    headers += [f"In-Reply-To: <{in_reply_to[0]}@x>"] if in_reply_to else []
    held = {"1@x", "2@x"}
    assert clues_from(*headers).parent_among(held) == (f"{parent}@x" if parent else "")


@pytest.mark.parametrize(
    ("value", "index"),
    [
        (
            base64.b64encode(bytes(22)).decode(),
            outlook.ThreadIndex(conversation="00" * 22, is_beginning=True),
        ),
        (
            base64.b64encode(bytes(27)).decode(),
            outlook.ThreadIndex(conversation="00" * 22, is_beginning=False),
        ),
        (base64.b64encode(bytes(21)).decode(), None),
        ("not base64!", None),
        ("", None),
    ],
)
def test_thread_index(value: str, index: outlook.ThreadIndex | None) -> None:
    assert outlook.thread_index(value) == index


def test_a_quote_is_known_by_its_words_though_it_was_wrapped_anew() -> None:
    words = "The parcel lies at the depot in Riga and waits for a call from you until Friday noon"
    first = prints.of(words, visible=words, name="Bo Berg")
    quote = "> The parcel lies at the depot in Riga\n> and waits for a call from you\n> until Friday noon"
    answer = prints.of(f"Yes.\n\n{quote}", visible="Yes.", name="Ada")
    assert len({*first.said} & {*answer.quoted}) > 8


def test_who_is_quoted_is_known_by_the_name() -> None:
    first = prints.of("Short.", visible="Short.", name="Bo Berg")
    text = "Yes.\n\nOn 15/01/2024 14:30, Bo Berg wrote:\n> Short."
    assert len({*first.said} & {*prints.of(text, visible="Yes.", name="Ada").quoted}) == 2
    other = prints.of("Short.", visible="Short.", name="Bo Dahl")
    assert not {*other.said} & {*prints.of(text, visible="Yes.", name="Ada").quoted}
