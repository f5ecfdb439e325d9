"""Open time is reckoned to the second, over nights, holidays, breaks and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadwell.kit.opening_hours import BadHours, NeverOpen, OpeningHours, Span, Why

LISBON = ZoneInfo("Europe/Lisbon")
HOUR = timedelta(hours=1)
OFFICE = (Span.of("09:00", "12:30"), Span.of("13:30", "18:00"))
NIGHT = (Span.of("22:00", "06:00"),)


def office(**more: object) -> OpeningHours:
    return OpeningHours(zone=LISBON, week=(OFFICE,) * 5 + ((),) * 2, **more)  # type: ignore[arg-type]


def at(text: str, zone: str = "Europe/Lisbon") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "hours", "deadline"),
    [
        ("2026-11-20T16:00", 4, "2026-11-23T11:00"),  # over a weekend
        ("2026-11-20T12:00", 1, "2026-11-20T14:00"),  # over lunch
        ("2026-11-21T03:00", 0, "2026-11-23T09:00"),
        ("2026-11-23T09:30", -1, "2026-11-20T17:30"),
        ("2026-11-30T17:00", 2, "2026-12-02T10:00"),  # over the holiday on 1 December
    ],
)
def test_a_deadline_lies_so_much_open_time_away(start: str, hours: int, deadline: str) -> None:
    hours_of = office(closed={date(2026, 12, 1): "Restoration of Independence"})
    assert hours_of.after(at(start), hours * HOUR) == at(deadline)


def test_a_night_shift_belongs_to_the_evening_it_began_in_and_ends_where_a_closed_day_begins() -> None:
    nights = OpeningHours(zone=LISBON, week=(NIGHT,) * 7, closed={date(2026, 12, 25): "Christmas"})
    assert nights.is_open(at("2026-11-21T05:59"))
    assert not nights.is_open(at("2026-11-21T06:00"))
    assert nights.between(at("2026-12-24T12:00"), at("2026-12-26T12:00")) == 2 * HOUR
    assert nights.next_open(at("2026-12-25T00:30")) == at("2026-12-26T22:00")


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28T12:00", 7), ("2026-10-24T12:00", 9), ("2026-06-01T12:00", 8)],
)
def test_the_night_on_which_the_clock_changes_counts_what_passes(day: str, hours: int) -> None:
    nights = OpeningHours(zone=LISBON, week=(NIGHT,) * 7)
    start = at(day)
    assert nights.between(start, start + timedelta(days=1)) == hours * HOUR


def test_breaks_and_special_hours_replace_what_the_week_says() -> None:
    hours = office(
        special={date(2026, 12, 24): (Span.of("09:00", "12:00"),)},
        breaks={date(2026, 12, 24): (Span.of("10:00", "10:30"),)},
    )
    assert hours.between(at("2026-12-24T00:00"), at("2026-12-25T00:00")) == 2.5 * HOUR


def test_a_reckoning_names_every_stretch_and_its_reason() -> None:
    hours = office(closed={date(2026, 12, 1): "Restoration of Independence"})
    pause = (at("2026-11-30T17:30"), at("2026-11-30T17:45"))
    reckoned = hours.reckon(at("2026-11-30T17:00"), HOUR, [pause])
    assert reckoned.at == at("2026-12-02T09:15")
    assert [(one.why, one.note, one.until - one.since) for one in reckoned.stretches] == [
        (Why.OPEN, "", HOUR / 2),
        (Why.PAUSED, "", HOUR / 4),
        (Why.OPEN, "", HOUR / 4),
        (Why.CLOSED, "", 6 * HOUR),
        (Why.EXCEPTION, "Restoration of Independence", 24 * HOUR),
        (Why.CLOSED, "", 9 * HOUR),
        (Why.OPEN, "", HOUR / 4),
    ]


@pytest.mark.parametrize("clock", ["18:60", "25:00", "24:01", "nine", "", "-1:00", "9"])
def test_a_time_that_no_clock_shows_is_refused(clock: str) -> None:
    with pytest.raises(BadHours, match="no time of the day"):
        Span.of("00:00", clock)


@pytest.mark.parametrize("hours", [1, 0, -1])
def test_who_never_opens_is_not_waited_for(hours: int) -> None:
    with pytest.raises(NeverOpen):
        OpeningHours(zone=LISBON, week=((),) * 7).after(at("2026-11-20T16:00"), hours * HOUR)


ZONES = st.sampled_from(
    ["UTC", "Europe/Lisbon", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
).map(ZoneInfo)
MINUTES = st.integers(0, 24 * 60 - 1)
SPANS = st.lists(st.tuples(MINUTES, MINUTES), max_size=3).map(
    lambda pairs: tuple(Span.of(_clock(opens), _clock(closes)) for opens, closes in pairs)
)
MOMENTS = st.builds(
    lambda passed, zone: (datetime(2009, 1, 1, tzinfo=UTC) + passed).astimezone(zone),
    st.timedeltas(timedelta(0), timedelta(days=8000)),
    ZONES,
)
SOME_TIME = st.timedeltas(timedelta(seconds=1), timedelta(days=20)).map(
    lambda much: timedelta(seconds=int(much.total_seconds()))
)


@st.composite
def opening_hours(draw: st.DrawFn) -> OpeningHours:
    week = draw(st.lists(SPANS, min_size=6, max_size=6))
    days = st.dates(date(2009, 1, 1), date(2031, 1, 1))
    return OpeningHours(
        zone=draw(ZONES),
        week=((Span.of("08:00", "17:00"),), *week),  # some time is open
        closed=draw(st.dictionaries(days, st.just("closed"), max_size=5)),
        special=draw(st.dictionaries(days, SPANS, max_size=5)),
        breaks=draw(st.dictionaries(days, SPANS, max_size=5)),
    )


@given(hours=opening_hours(), start=MOMENTS, much=SOME_TIME)
def test_what_was_added_lies_between_and_comes_off_again(
    hours: OpeningHours, start: datetime, much: timedelta
) -> None:
    deadline = hours.after(start, much)
    assert hours.between(start, deadline) == much
    back = hours.after(deadline, -much)
    assert back >= start
    assert hours.between(start, back) == timedelta(0)
    assert sum((one.counted for one in hours.reckon(start, much).stretches), timedelta(0)) == much


@given(hours=opening_hours(), start=MOMENTS, much=SOME_TIME, more=SOME_TIME)
def test_more_time_never_ends_sooner_and_none_is_counted_twice(
    hours: OpeningHours, start: datetime, much: timedelta, more: timedelta
) -> None:
    first, second = hours.after(start, much), hours.after(start, much + more)
    assert start < first < second
    assert hours.after(first, more) == second
    assert hours.between(start, second) == hours.between(start, first) + hours.between(first, second)
    assert hours.between(start, second) <= second.astimezone(UTC) - start.astimezone(UTC)


@given(hours=opening_hours(), start=MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: OpeningHours, start: datetime) -> None:
    opening = hours.next_open(start)
    assert hours.is_open(opening)
    assert hours.between(start, opening) == timedelta(0)
    assert (opening == start) == hours.is_open(start)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
