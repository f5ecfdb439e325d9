"""Reckoning: deadlines of random stories, against a count minute by minute that knows nothing of ours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as some

from threadwell.flow.timed.reckoning import moment_of, reckon, written
from threadwell.flow.timed.winding import (
    CLOSED,
    FIRST_RESPONSE,
    OPEN,
    RESOLUTION,
    SNOOZED,
    Said,
    Story,
    Terms,
    Turned,
    Wound,
    wind,
)
from threadwell.kit.opening_hours import OpeningHours, Span

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
#: A week before the clocks go back in Europe, so that many stories run over that night.
BEGIN = datetime(2026, 10, 20, tzinfo=UTC)
HOLIDAY = date(2026, 10, 26)
WEEK = ((Span.of("09:00", "12:30"), Span.of("13:00", "17:00")),) * 5 + ((Span.of("22:00", "02:00"),), ())


def hours_in(zone: str) -> OpeningHours:
    return OpeningHours(zone=ZoneInfo(zone), week=WEEK, closed={HOLIDAY: "Holiday"})


def is_there(moment: datetime, zone: str) -> bool:
    """The same week in words of its own."""
    here = moment.astimezone(ZoneInfo(zone))
    if here.date() == HOLIDAY:
        return False
    if here.weekday() < 5:
        return time(9) <= here.time() < time(12, 30) or time(13) <= here.time() < time(17)
    return (here.weekday() == 5 and here.time() >= time(22)) or (
        here.weekday() == 6 and here.time() < time(2)
    )


def by_hand(start: datetime, minutes: int, standing: list[tuple[datetime, datetime]], zone: str) -> datetime:
    moment = start
    while minutes:
        stands_still = any(begins <= moment < ends for begins, ends in standing)
        minutes -= not stands_still and is_there(moment, zone)
        moment += MINUTE
    return moment


moments = some.integers(0, 9 * 24 * 60).map(lambda minute: BEGIN + minute * MINUTE)


@settings(max_examples=60, deadline=None)
@given(
    zone=some.sampled_from(ZONES),
    start=moments,
    minutes=some.integers(1, 1500),
    naps=some.lists(some.tuples(some.integers(1, 3000), some.integers(1, 2000)), max_size=4),
)
def test_deadline_is_where_the_last_open_minute_is_used_up(
    zone: str, start: datetime, minutes: int, naps: list[tuple[int, int]]
) -> None:
    turned, at = [], start
    for awake, asleep in naps:
        turned += [Turned(at=at + awake * MINUTE, status=SNOOZED)]
        at += (awake + asleep) * MINUTE
        turned += [Turned(at=at, status=OPEN)]
    story = Story(said=[Said(at=start, is_ours=False)], turned=turned)
    [wound] = wind(story, Terms(targets=frozenset({FIRST_RESPONSE})))
    read = reckon(wound, minutes * MINUTE, hours_in(zone), now=at)
    standing = [(one.at, other.at) for one, other in zip(turned[::2], turned[1::2], strict=True)]
    assert read.due_at == by_hand(start, minutes, standing, zone)
    counted = sum((one.counted for one in read.stretches), timedelta(0))
    assert counted == minutes * MINUTE
    assert all(
        one.until == other.since for one, other in zip(read.stretches, read.stretches[1:], strict=False)
    )
    assert [one["why"] for one in written(read.stretches)] == [str(one.why) for one in read.stretches]


@settings(max_examples=60, deadline=None)
@given(
    steps=some.lists(
        some.tuples(some.integers(0, 5000), some.sampled_from(["ask", "say", CLOSED, OPEN, SNOOZED])),
        min_size=1,
        max_size=12,
    )
)
def test_clocks_of_any_story_are_sound(steps: list[tuple[int, str]]) -> None:
    said = [
        Said(at=BEGIN + at * MINUTE, is_ours=what == "say") for at, what in steps if what in {"ask", "say"}
    ]
    turned = [Turned(at=BEGIN + at * MINUTE, status=what) for at, what in steps if what not in {"ask", "say"}]
    targets = frozenset({FIRST_RESPONSE, "next_response", RESOLUTION})
    wounds = wind(Story(said=said, turned=turned), Terms(targets=targets, is_paused_when_waiting=True))
    for one in wounds:
        assert one.ended_at is None or one.ended_at >= one.started_at
        for begins, ends in one.pauses:
            assert one.started_at <= begins
            assert ends is None or begins < ends <= (one.ended_at or ends)
        assert all(
            before[1] is not None and before[1] < after[0]
            for before, after in zip(one.pauses, one.pauses[1:], strict=False)
        )
    running = [one.target for one in wounds if one.ended_at is None]
    assert len(running) == len(set(running)), "one clock of a kind runs at a time"
    keys = [(one.target, one.started_at) for one in wounds]
    assert len(keys) == len(set(keys)), "a row is known by its target and its beginning"


def test_clock_that_stands_still_after_its_deadline_is_late_all_the_same() -> None:
    start = BEGIN.replace(hour=8)
    wound = Wound(target=FIRST_RESPONSE, started_at=start, pauses=((start + 300 * MINUTE, None),))
    read = reckon(wound, 60 * MINUTE, hours_in("UTC"), now=start + 400 * MINUTE)
    assert read.due_at == start + 120 * MINUTE
    assert (read.breached_at, read.paused_at) == (read.due_at, None)


def test_step_before_the_deadline_is_taken_in_the_same_hours() -> None:
    monday = datetime(2026, 10, 27, 9, 10, tzinfo=UTC)  # a Tuesday, after the holiday
    assert moment_of(monday, -30, hours_in("UTC")) == datetime(2026, 10, 25, 1, 40, tzinfo=UTC)
    nobody = OpeningHours(zone=ZoneInfo("UTC"), week=((),) * 7)
    assert moment_of(monday, 30, nobody) == monday + 30 * MINUTE
