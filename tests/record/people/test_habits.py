"""Habits: a preference is said when enough speaks for it, with the counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from threadwell.record.people.habits import Learned, Talk, habits_in

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def talks(hours: list[int], *, channel: str = "email", language: str = "de") -> list[Talk]:
    return [
        Talk(at=MONDAY + timedelta(days=day, hours=hour), channel=channel, language=language)
        for day, hour in enumerate(hours)
    ]


def test_hours_are_those_of_where_they_are() -> None:
    found = habits_in(talks([7, 8, 8, 9, 20]), [], zone=BERLIN)
    assert found["hours"] == Learned(value=[8, 12], count=4, of=5, more={"zone": "Europe/Berlin"})


def test_hours_all_over_the_day_are_no_preference() -> None:
    assert "hours" not in habits_in(talks([1, 6, 11, 16, 21]), [], zone=BERLIN)


@pytest.mark.parametrize(
    ("emails", "calls", "value"), [(3, 0, None), (4, 0, "email"), (3, 2, "email"), (3, 3, None)]
)
def test_channel_is_said_when_most_came_by_it(emails: int, calls: int, value: str | None) -> None:
    every = [*talks([9] * emails), *talks([9] * calls, channel="phone")]
    found = habits_in(every, [], zone=BERLIN).get("channel")
    assert (found.value if found else None) == value


def test_texts_that_do_not_say_their_language_do_not_count() -> None:
    every = [*talks([9] * 4), *talks([9] * 9, language="")]
    assert habits_in(every, [], zone=BERLIN)["language"].evidence == {"count": 4, "of": 4}


@pytest.mark.parametrize(
    ("solved_by", "agent"),
    [
        ([], None),
        (["bo"], None),
        (["bo", "bo"], "bo"),
        (["bo", "bo", None, "cleo", "cleo"], None),
        (["bo", "bo", "cleo"], "bo"),
    ],
)
def test_colleague_is_named_who_brought_most_to_their_end(
    solved_by: list[str | None], agent: str | None
) -> None:
    found = habits_in([], solved_by, zone=BERLIN).get("agent")
    assert (found.value if found else None) == agent
