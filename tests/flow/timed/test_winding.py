"""Winding: the clocks of a story, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from threadwell.flow.timed.winding import (
    CLOSED,
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    OPEN,
    RESOLUTION,
    SNOOZED,
    Said,
    Story,
    Terms,
    Turned,
    Wound,
    overlaid,
    wind,
)

EVERY = frozenset({FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION})
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def asks(minute: int) -> Said:
    return Said(at=at(minute), is_ours=False)


def says(minute: int) -> Said:
    return Said(at=at(minute), is_ours=True)


def turns(minute: int, status: str) -> Turned:
    return Turned(at=at(minute), status=status)


def clocks(*steps: Said | Turned, **terms: bool) -> list[str]:
    """Each clock in a word: target from-to (how) [pauses]."""
    story = Story(
        said=[one for one in steps if isinstance(one, Said)],
        turned=[one for one in steps if isinstance(one, Turned)],
    )
    return [in_a_word(one) for one in wind(story, Terms(targets=EVERY, **terms))]


def in_a_word(one: Wound) -> str:
    def minute(moment: datetime | None) -> str:
        return "" if moment is None else str(int((moment - START).total_seconds() // 60))

    pauses = "".join(f" [{minute(begins)}-{minute(ends)}]" for begins, ends in one.pauses)
    return f"{one.target} {minute(one.started_at)}-{minute(one.ended_at)} {one.ended_by}".rstrip() + pauses


@pytest.mark.parametrize(
    ("steps", "terms", "wanted"),
    [
        ([], {}, []),
        ([asks(0)], {}, ["first_response 0-", "resolution 0-"]),
        ([asks(0), asks(5)], {}, ["first_response 0-", "resolution 0-"]),
        ([asks(0), says(7)], {}, ["first_response 0-7 answered", "resolution 0-"]),
        (
            [asks(0), says(7), asks(20)],
            {},
            ["first_response 0-7 answered", "resolution 0-", "next_response 20-"],
        ),
        ([says(0)], {}, []),
        ([says(0), asks(9)], {}, ["next_response 9-", "resolution 9-"]),
        (
            [asks(0), turns(4, CLOSED)],
            {},
            ["first_response 0-4 closed", "resolution 0-4 closed"],
        ),
        (  # a slip of the hand, taken back
            [asks(0), turns(4, CLOSED), turns(6, OPEN)],
            {},
            ["first_response 0- [4-6]", "resolution 0- [4-6]"],
        ),
        (  # the customer writes again: a new question, and the same solution
            [asks(0), turns(4, CLOSED), asks(30), turns(30, OPEN)],
            {},
            ["first_response 0-4 closed", "resolution 0- [4-30]", "first_response 30-"],
        ),
        (
            [asks(0), says(3), turns(4, CLOSED), asks(30), turns(30, OPEN)],
            {"begins_anew": True},
            [
                "first_response 0-3 answered",
                "resolution 0-4 closed",
                "next_response 30-",
                "resolution 30-",
            ],
        ),
        (
            [asks(0), turns(2, SNOOZED), turns(9, OPEN), says(10)],
            {},
            ["first_response 0-10 answered [2-9]", "resolution 0- [2-9]"],
        ),
        (
            [asks(0), turns(2, SNOOZED)],
            {"is_paused_when_snoozed": False},
            ["first_response 0-", "resolution 0-"],
        ),
        ([asks(0), turns(2, SNOOZED)], {}, ["first_response 0- [2-]", "resolution 0- [2-]"]),
        (
            [asks(0), says(5), asks(20), says(25)],
            {"is_paused_when_waiting": True},
            [
                "first_response 0-5 answered",
                "resolution 0- [5-20] [25-]",
                "next_response 20-25 answered",
            ],
        ),
        (  # an answer after it was closed: the question it answers is over already
            [asks(0), turns(4, CLOSED), says(5), turns(6, OPEN)],
            {},
            ["first_response 0-4 closed", "resolution 0- [4-6]"],
        ),
    ],
)
def test_story_winds_clocks(steps: list[Said | Turned], terms: dict[str, bool], wanted: list[str]) -> None:
    assert clocks(*steps, **terms) == wanted


def test_same_story_told_in_another_order_winds_the_same() -> None:
    steps = [asks(0), says(5), turns(6, CLOSED), asks(9), turns(9, OPEN), turns(11, SNOOZED)]
    assert clocks(*steps) == clocks(*reversed(steps))


def test_pauses_that_touch_are_one_and_end_with_the_clock() -> None:
    pauses = [(at(5), at(9)), (at(2), at(5)), (at(8), None), (at(-9), at(1))]
    assert overlaid(pauses, at(0), at(20)) == ((at(0), at(1)), (at(2), at(20)))
    assert overlaid(pauses, at(0), None) == ((at(0), at(1)), (at(2), None))
