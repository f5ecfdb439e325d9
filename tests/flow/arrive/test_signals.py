"""Which conversation a letter belongs to: the signals, their order, and what they must not do."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from threadwell.channels.email import outlook, subjects
from threadwell.channels.email.clues import Clues, Signal, token_key
from threadwell.flow.arrive.signals import decide
from threadwell.interfaces.commands.evaluations.threading import Shelf

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUOTED = "The parcel lies at the depot in Riga and waits for a call from you"


def a_letter(
    own_id: str, subject: str = "Parcel", *, sender: str = "ada@home.example", **clues: object
) -> Clues:
    """A letter to us; our own address is left out of `people`, as the clues of a letter leave it out."""
    plain = Clues(
        own_id=own_id,
        in_reply_to=(),
        references=(),
        thread_index=None,
        token="",
        subject=subjects.read(subject),
        sender=sender,
        people=frozenset((sender,)),
        at=MONDAY,
        name="",
        text="",
        visible_text="",
    )
    return replace(plain, **clues)  # type: ignore[arg-type]


def after(**span: float) -> datetime:
    return MONDAY + timedelta(**span)


@pytest.mark.parametrize(
    ("first", "second", "signal"),
    [
        (a_letter("1@x"), a_letter("2@x", "Re: Parcel", in_reply_to=("1@x",)), Signal.IN_REPLY_TO),
        (a_letter("1@x"), a_letter("3@x", "Re: Parcel", references=("1@x", "2@x")), Signal.REFERENCES),
        (a_letter("2@x", "Re: Parcel", references=("1@x",)), a_letter("1@x"), Signal.NAMED_BEFORE),
        (a_letter("2@x", references=("1@x",)), a_letter("3@x", references=("1@x",)), Signal.REFERENCES),
        (a_letter("1@x"), a_letter("1@x"), Signal.SAME_LETTER),
        (
            a_letter("1@x", thread_index=outlook.ThreadIndex(conversation="ab", is_beginning=True)),
            a_letter("2@x", "Hello", thread_index=outlook.ThreadIndex(conversation="ab", is_beginning=False)),
            Signal.THREAD_INDEX,
        ),
        (
            a_letter("1@x", "Photos (1/3)"),
            a_letter("2@x", "Photos (3/3)", at=after(minutes=4)),
            Signal.SERIES,
        ),
        (a_letter("1@x"), a_letter("2@x", "AW: Parcel", at=after(days=2)), Signal.PARTICIPANTS),
        (a_letter("2@x", "AW: Parcel", at=after(days=2)), a_letter("1@x"), Signal.PARTICIPANTS),
        (
            a_letter("1@x", people=frozenset(("ada@home.example", "cy@home.example")), visible_text=QUOTED),
            a_letter("2@x", "Re: Parcel", text=f"Yes.\n> {QUOTED}\n> Bo\n> Depot", at=after(hours=2)),
            Signal.QUOTE,
        ),
    ],
)
def test_the_second_letter_joins_the_first(first: Clues, second: Clues, signal: Signal) -> None:
    shelf = Shelf()
    conversation = shelf.take(first)
    verdict = decide(second, shelf)
    assert (verdict.conversation, verdict.signal) == (conversation, signal)
    assert verdict.because


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            a_letter("1@x", "Invoice"),
            a_letter("2@y", "Re: Invoice", sender="dan@elsewhere.example"),
            id="another customer, the same subject",
        ),
        pytest.param(
            a_letter("1@x", "Invoice", visible_text=QUOTED),
            a_letter("2@y", "Re: Invoice", sender="dan@elsewhere.example", text=f"> {QUOTED}\n> x\n> y\n"),
            id="another customer, who quotes the same words of ours",
        ),
        pytest.param(
            a_letter("1@x", "Invoice"),
            a_letter("2@x", "Invoice", at=after(hours=3)),
            id="the same customer asks anew under the same subject",
        ),
        pytest.param(
            a_letter("1@x"),
            a_letter("2@x", "Re: Parcel", at=after(days=45)),
            id="too long after the question",
        ),
        pytest.param(a_letter("1@x"), a_letter("2@x", "Fwd: Parcel"), id="passed on, not answered"),
        pytest.param(a_letter("1@x", "Re:"), a_letter("2@x", "Re:"), id="no subject at all"),
        pytest.param(
            a_letter("1@x"),
            a_letter("1@x", "Other", sender="dan@elsewhere.example"),
            id="a program that gives every letter the same Message-ID",
        ),
        pytest.param(
            a_letter("1@x", in_reply_to=("null",)),
            a_letter("2@y", in_reply_to=("null",)),
            id="an id that is none",
        ),
        pytest.param(
            a_letter("1@x", "Report 1/3", sender="shop@x"),
            a_letter("2@x", "Bill 2/3", sender="shop@x"),
            id="other series",
        ),
    ],
)
def test_the_second_letter_opens_its_own_conversation(first: Clues, second: Clues) -> None:
    shelf = Shelf()
    shelf.take(first)
    assert decide(second, shelf).conversation is None


def test_our_reply_token_is_trusted_most() -> None:
    shelf = Shelf()
    ours = shelf.take(a_letter("1@x"))
    other = shelf.take(a_letter("2@x", "Other"))
    shelf.keys[token_key("t0k3n")] = (ours, "")
    verdict = decide(a_letter("3@x", "Re: Parcel", in_reply_to=("2@x",), token="t0k3n"), shelf)
    assert (verdict.conversation, verdict.signal) == (ours, Signal.TOKEN)
    assert [tie.conversation for tie in verdict.also] == [other]


def test_the_nearest_letter_wins_and_the_farther_conversation_is_told() -> None:
    shelf = Shelf()
    far, near = shelf.take(a_letter("1@x")), shelf.take(a_letter("2@x", "Other"))
    verdict = decide(a_letter("3@x", "Re: Other", references=("1@x", "2@x")), shelf)
    assert verdict.conversation == near
    assert [(tie.conversation, tie.is_certain) for tie in verdict.also] == [(far, True)]


def test_what_people_set_apart_is_not_joined_again() -> None:
    shelf = Shelf()
    far = shelf.take(a_letter("1@x"))
    shelf.take(a_letter("2@x", "Other"))
    shelf.conversations[far].is_apart = True
    verdict = decide(a_letter("3@x", "Re: Other", references=("1@x", "2@x")), shelf)
    assert [(tie.conversation, tie.is_certain) for tie in verdict.also] == [(far, False)]


@pytest.mark.parametrize(
    ("subject", "is_closed", "at", "signal"),
    [
        ("Re: Something new", True, after(days=3), Signal.CHANGED_SUBJECT),
        ("Re: Something new", False, after(days=120), Signal.CHANGED_SUBJECT),
        ("Re: Something new", False, after(days=3), Signal.IN_REPLY_TO),
        ("Re: Parcel", True, after(days=200), Signal.IN_REPLY_TO),
        ("Re: Parcel (damaged)", True, after(days=3), Signal.IN_REPLY_TO),
    ],
)
def test_new_subject_on_what_is_over_opens_a_linked_conversation(
    subject: str, is_closed: bool, at: datetime, signal: Signal
) -> None:
    shelf = Shelf()
    old = shelf.take(a_letter("1@x"))
    shelf.conversations[old].is_closed = is_closed
    verdict = decide(a_letter("2@x", subject, in_reply_to=("1@x",), at=at), shelf)
    assert verdict.signal is signal
    assert (verdict.conversation, verdict.follows) == (
        (None, old) if signal is Signal.CHANGED_SUBJECT else (old, None)
    )


def test_answer_that_outlook_calls_a_beginning_is_proposed_not_joined() -> None:
    shelf = Shelf()
    old = shelf.take(a_letter("1@x"))
    index = outlook.ThreadIndex(conversation="cd", is_beginning=True)
    verdict = decide(a_letter("2@x", "Re: Parcel", thread_index=index, at=after(hours=1)), shelf)
    assert verdict.conversation is None
    assert [(tie.conversation, tie.is_certain) for tie in verdict.also] == [(old, False)]


def test_arrival_order_does_not_matter() -> None:
    letters = [
        a_letter("1@x"),
        a_letter("2@x", "Re: Parcel", in_reply_to=("1@x",), at=after(hours=1)),
        a_letter("3@x", "Re: Parcel", references=("2@x",), at=after(hours=2)),
        a_letter("4@x", "Re: Parcel", references=("3@x",), at=after(hours=3)),
        a_letter("5@x", "AW: Parcel", at=after(hours=4)),
        a_letter("6@x", "Re: Parcel", in_reply_to=("5@x",), at=after(hours=5)),
        a_letter("7@y", sender="dan@elsewhere.example", at=after(hours=1)),
        a_letter("8@y", "Re: Parcel", sender="dan@elsewhere.example", at=after(hours=6)),
    ]
    for seed in range(200):
        order = [*range(len(letters))]
        random.Random(seed).shuffle(order)
        shelf = Shelf()
        placed: dict[int, UUID] = {at: shelf.take(letters[at]) for at in order}
        homes = [shelf.now(placed[at]) for at in range(len(letters))]
        assert len(set(homes[:6])) == 1
        assert len(set(homes[6:])) == 1
        assert homes[0] != homes[6]
