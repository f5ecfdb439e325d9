"""What cells mean: a table of dates, people, channels and directions."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from threadwell.flow.carry import values
from threadwell.flow.carry.values import Wrong

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "order", "said"),
    [
        ("2020-02-03", "", "2020-02-02 23:00"),
        ("2020-02-03T10:00:00Z", "", "2020-02-03 10:00"),
        ("2020-02-03 10:00 UTC", "", "2020-02-03 10:00"),
        ("2020-02-03 10:00:00+02:00", "", "2020-02-03 08:00"),
        ("03.02.2020 10:00", "dmy", "2020-02-03 09:00"),
        ("3/2/2020", "dmy", "2020-02-02 23:00"),
        ("3/2/2020", "mdy", "2020-03-01 23:00"),
        ("02/13/2020 1:05 PM", "mdy", "2020-02-13 12:05"),
        ("2020/02/03", "ymd", "2020-02-02 23:00"),
        ("03.02.99", "dmy", "1999-02-02 23:00"),
        ("1580720400", "unix", "2020-02-03 09:00"),
        (1580720400000, "unix", "2020-02-03 09:00"),
        (43864.5, "", "2020-02-03 11:00"),
        (date(2020, 2, 3), "", "2020-02-02 23:00"),
        (datetime(2020, 2, 3, 10, tzinfo=UTC), "", "2020-02-03 10:00"),
    ],
)
def test_a_moment_is_understood(cell: Any, order: str, said: str) -> None:
    assert f"{values.moment(cell, order=order, zone=BERLIN):%Y-%m-%d %H:%M}" == said


@pytest.mark.parametrize(
    "cell",
    ["31.02.2020", "yesterday", "13.13.2020", "01.01.1700", "01.01.2200", "0001-01-01", "12", "", 99999999],
)
def test_what_is_no_moment_is_wrong(cell: Any) -> None:
    with pytest.raises(Wrong):
        values.moment(cell, order="dmy", zone=BERLIN)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["01/02/2020", "13/02/2020"], "dmy"),
        (["01/02/2020", "02/13/2020"], "mdy"),
        (["2020/01/02"], "ymd"),
        (["01.02.2020"], "dmy"),
        (["01/02/2020"], ""),
        (["2020-01-02T10:00:00Z", "text", ""], ""),
    ],
)
def test_a_column_tells_the_order_of_its_dates(cells: list[str], order: str) -> None:
    assert values.order_of(cells) == order


@pytest.mark.parametrize(
    ("cell", "person"),
    [
        ("Ada <ada@x.example>", ("Ada", "ada@x.example")),
        ('"Lovelace, Ada" <ada@x.example>', ("Lovelace, Ada", "ada@x.example")),
        ("ada@x.example", ("", "ada@x.example")),
        ("+49 30 123", ("", "+49 30 123")),
        ("Bo", ("Bo", "")),
        ("", ("", "")),
    ],
)
def test_a_person_has_a_name_and_an_address(cell: str, person: tuple[str, str]) -> None:
    assert values.person(cell) == person


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (values.direction, "Eingehend", "in"),
        (values.direction, "OUTBOUND", "out"),
        (values.direction, "", "in"),
        (values.channel, "Telefon", "phone"),
        (values.channel, "Live chat", "chat"),
        (values.channel, "", "email"),
        (values.domain, "https://www.Engine.example/home?x", "engine.example"),
        (values.domain, "info@engine.example", "engine.example"),
    ],
)
def test_a_word_is_understood_in_several_languages(read: Any, cell: str, value: str) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell"), [(values.direction, "up"), (values.channel, "pigeon"), (values.domain, "no domain")]
)
def test_a_word_that_means_nothing_is_wrong(read: Any, cell: str) -> None:
    with pytest.raises(Wrong):
        read(cell)
