"""When a notice goes by which way: wishes, quiet hours, zones, the second way."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from threadwell.flow.notified.planning import GATHER, loud, trips
from threadwell.record.notices.models import By, Notice, NoticeWay, NoticeWishes

BERLIN = ZoneInfo("Europe/Berlin")
PHONE = NoticeWay(by=By.PUSH, label="phone")
ROOM = NoticeWay(by=By.CHAT, label="room", team_id=PHONE.pk)
NIGHT = {"quiet_from": time(20), "quiet_until": time(7)}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026 in Berlin; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


def plan(kind: str, made_at: datetime, *ways: NoticeWay, **wishes: Any) -> dict[str, datetime]:
    found = trips(kind, made_at.astimezone(UTC), NoticeWishes(**wishes), BERLIN, ways)
    return {f"{'second ' if one.is_second else ''}{one.by}": one.due_at for one in found}


@pytest.mark.parametrize(
    ("made_at", "wishes", "due_at"),
    [
        (at(23, 9, 30), {"mail": "at_once"}, at(23, 9, 30) + GATHER),
        (at(23, 9, 30), {"mail": "hourly"}, at(23, 10)),
        (at(23, 9, 30), {"mail": "daily"}, at(24, 8)),
        (at(23, 6, 30), {"mail": "daily"}, at(23, 8)),
        (at(23, 9, 30), {"mail": "never"}, None),
        (at(23, 9, 30), {"mail": "sometimes"}, at(23, 10)),  # no such wish: as shipped, each hour
    ],
    ids=["at once", "hourly", "daily", "daily, early", "never", "unknown"],
)
def test_each_wish_has_its_moment(made_at: datetime, wishes: dict[str, str], due_at: datetime | None) -> None:
    assert plan(Notice.Kind.MENTIONED, made_at, chosen={Notice.Kind.MENTIONED: wishes}).get("mail") == due_at


@pytest.mark.parametrize(
    ("moment", "wishes", "expected"),
    [
        (at(23, 21), NIGHT, at(24, 7)),
        (at(24, 3), NIGHT, at(24, 7)),
        (at(24, 7), NIGHT, at(24, 7)),
        (at(23, 12), NIGHT, at(23, 12)),
        (at(23, 12), {"quiet_from": time(11), "quiet_until": time(13)}, at(23, 13)),
        (at(21, 12), {"quiet_days": [5, 6]}, at(23, 0)),
        (at(20, 21), {**NIGHT, "quiet_days": [5, 6]}, at(23, 7)),
        (at(23, 12), {"quiet_from": time(9), "quiet_until": time(9)}, at(23, 12)),
    ],
    ids=["evening", "night", "its end", "day", "noon", "weekend", "night into weekend", "no span"],
)
def test_quiet_hours_put_it_off_to_their_end(
    moment: datetime, wishes: dict[str, Any], expected: datetime
) -> None:
    assert loud(moment, NoticeWishes(**wishes)) == expected


def test_who_is_quiet_all_week_is_told_all_the_same() -> None:
    assert loud(at(23, 12), NoticeWishes(quiet_days=list(range(7)))) > at(23, 12)


def test_who_is_called_in_is_called_at_night() -> None:
    assert plan(Notice.Kind.CALLED, at(23, 22), PHONE, **NIGHT)["push"] == at(23, 22) + GATHER
    assert plan(Notice.Kind.MENTIONED, at(23, 22), PHONE, **NIGHT)["push"] == at(24, 7)


def test_a_second_way_is_gone_when_the_first_was_not_seen() -> None:
    told = plan(
        Notice.Kind.REMINDER, at(23, 12), PHONE, second_by=By.MAIL, second_after=45, digest_at=time(8)
    )
    assert told == {"push": at(23, 12) + GATHER, "second mail": at(23, 12, 45) + GATHER}


def test_nothing_is_second_to_nothing() -> None:
    assert plan(Notice.Kind.REMINDER, at(23, 12), second_by=By.MAIL) == {}


def test_a_room_of_a_team_hears_of_deadlines_only() -> None:
    assert "chat" in plan(Notice.Kind.OVERDUE, at(23, 12), ROOM)
    assert "chat" not in plan(Notice.Kind.MENTIONED, at(23, 12), ROOM)


@given(
    moment=some.integers(0, 63_000_000).map(lambda seconds: at(1, 0) + timedelta(seconds=seconds)),
    begins=some.times(),
    ends=some.times(),
    days=some.lists(some.integers(0, 6), unique=True, max_size=6),
)
def test_nobody_waits_longer_than_their_quiet_week(
    moment: datetime, begins: time, ends: time, days: list[int]
) -> None:
    wishes = NoticeWishes(quiet_from=begins, quiet_until=ends, quiet_days=days)
    due = loud(moment, wishes)
    assert moment <= due <= moment + timedelta(days=8)
    assert loud(due, wishes) == due
