"""Two records are told to be one by what they share, as far as that is rare in their base."""

from collections.abc import Sequence

import pytest

from threadwell.record.people.likeness import meeting
from threadwell.record.people.likeness.comparing import (
    ALIKE,
    DIFFERENT,
    NEARLY,
    SAME,
    SWAPPED,
    UNKNOWN,
    compare,
)
from threadwell.record.people.likeness.families import families
from threadwell.record.people.likeness.finding import duplicates
from threadwell.record.people.likeness.records import Base, Columns, Record, base_of

RARE = SAME + 3
PLACES = Columns(texts=("street", "town"), codes=("postcode",), marks=("email",))


def a_base(*records: Record) -> Base:
    return base_of(PLACES, records)


def a_record(
    name: str = "",
    *,
    key: str = "",
    street: str = "",
    town: str = "",
    code: str = "",
    mail: Sequence[str] = (),
) -> Record:
    return Record(key=key or name, name=name, texts=[street, town], codes=[code], marks=[mail])


@pytest.mark.parametrize(
    ("mine", "theirs", "levels"),
    [
        ("Ada Lovelace", "ada LOVELACE", (SAME + 2, SAME + 2, UNKNOWN)),
        ("Ada Lovelace", "Lovelace, Ada", (SAME + 2, SAME + 2, UNKNOWN)),
        ("Ada Lovelace", "Ada Lovelcae", (SAME + 2, NEARLY, UNKNOWN)),
        ("Ada Lovelace", "Ada Byron", (SAME + 2, DIFFERENT, UNKNOWN)),
        ("Ada Lovelace", "Lovelace", (SAME + 2, UNKNOWN, UNKNOWN)),
        ("José Núñez", "Jose Nunez", (SAME + 2, SAME + 2, UNKNOWN)),
        ("王小明", "王小明", (SAME + 2, UNKNOWN, UNKNOWN)),
        ("Анна Каренина", "Каренина Анна", (SAME + 2, SAME + 2, UNKNOWN)),
        ("Pieter van de Water", "Water Pieter", (SAME + 2, DIFFERENT, UNKNOWN)),
        ("Jean Luc", "Jeanluc", (RARE, RARE, UNKNOWN)),
        ("D'Arcy O’Neill", "Darcy Oneill", (SAME + 2, SAME + 2, UNKNOWN)),
        ("Ada", "", (UNKNOWN, UNKNOWN, UNKNOWN)),
    ],
)
def test_names_are_compared_in_any_order_and_script(mine: str, theirs: str, levels: tuple[int, ...]) -> None:
    one, other = a_base(a_record(mine), a_record(theirs)).profiles
    told = tuple(min(level, SAME + 2) if level != RARE else RARE for level in compare(one, other)[:3])
    wanted = tuple(RARE if level >= SAME else level for level in levels)
    assert tuple(RARE if level >= SAME else level for level in told) == wanted
    assert compare(one, other) == compare(other, one)


@pytest.mark.parametrize(
    ("mine", "theirs", "levels"),
    [
        (("42 Kongens gate", "Oslo"), ("42 Kongens gate", "Oslo"), (SAME, SAME)),
        (("42 Kongens gate", "Oslo"), ("Oslo", "42 Kongens gate"), (SWAPPED, SWAPPED)),
        (("42 Kongensgate", "Oslo"), ("42 Kongens gate", "Oslo"), (SAME, SAME)),
        (("42 Kongens gaet", "Bergen"), ("42 Kongens gate", "Oslo"), (NEARLY, DIFFERENT)),
        (("", "Oslo"), ("42 Kongens gate", "Oslo"), (UNKNOWN, SAME)),
    ],
)
def test_lines_of_an_address_may_change_places(
    mine: tuple[str, str], theirs: tuple[str, str], levels: tuple[int, int]
) -> None:
    both = [a_record("A", street=street, town=town) for street, town in (mine, theirs)]
    one, other = a_base(*both).profiles
    told = compare(one, other)[3:5]
    assert tuple(min(level, SAME) for level in told) == levels


@pytest.mark.parametrize(
    ("mine", "theirs", "level"),
    [
        ("ada@x.example", "ada@x.example", RARE),
        ("ada.lovelace@x.example", "adalovelace+news@y.example", NEARLY),
        ("ada@custmer.example", "ada@customer.example", NEARLY),
        ("info@firm.example", "info@firn.example", DIFFERENT),
        ("info@nordhavn.example", "info@sorhavn.example", DIFFERENT),
    ],
)
def test_a_tag_or_a_dot_in_an_address_speaks_for_it_and_is_no_proof(
    mine: str, theirs: str, level: int
) -> None:
    one, other = a_base(a_record("A", mail=[mine]), a_record("B", mail=[theirs])).profiles
    assert compare(one, other)[-1] == level


def test_figures_mistyped_or_exchanged_are_near() -> None:
    levels = [
        compare(*a_base(a_record("A", code=mine), a_record("B", code=theirs)).profiles)[5]
        for mine, theirs in (("2126", "2162"), ("2126", "2127"), ("2126", "9931"), ("19890420", "19890240"))
    ]
    assert levels == [NEARLY, NEARLY, DIFFERENT, NEARLY]
    assert compare(*a_base(a_record("A", code="7"), a_record("B", code="9")).profiles)[5] == ALIKE


def test_who_shares_something_rare_meets_and_nobody_meets_twice() -> None:
    base = a_base(
        a_record("Ada Lovelace", street="12 St James", town="London"),
        a_record("A. Lovelace", key="2", street="12 St James", town="London"),
        a_record("Bo Berg", town="Bergen"),
    )
    met = list(meeting.pairs(base))
    assert (0, 1) in met
    assert (0, 2) not in met
    assert len(met) == len(set(met))


def test_two_lists_are_only_compared_with_each_other() -> None:
    lists = [Record(key=f"{n}", name="Ada Lovelace", source=source) for n, source in enumerate("aab")]
    met = set(meeting.pairs(base_of(Columns(), lists)))
    assert met == {(0, 2), (1, 2)}


def test_a_family_is_not_joined_by_a_single_weak_link() -> None:
    odds = {(0, 1): 9.0, (2, 3): 9.0, (1, 2): 1.0, (0, 2): -7.0, (0, 3): -7.0, (1, 3): -7.0}

    def of(one: int, other: int) -> float:
        return odds[min(one, other), max(one, other)]

    edges = [(value, one, other) for (one, other), value in odds.items() if value > 0]
    assert sorted(map(sorted, families(edges, of))) == [[0, 1], [2, 3]]


def test_a_family_of_three_holds_when_two_of_them_speak_for_it() -> None:
    odds = {(0, 1): 6.0, (1, 2): 6.0, (0, 2): -2.0}
    edges = [(6.0, 0, 1), (6.0, 1, 2)]
    [family] = families(edges, lambda one, other: odds[min(one, other), max(one, other)])
    assert sorted(family) == [0, 1, 2]


def test_a_small_base_finds_what_is_plain_and_leaves_namesakes() -> None:
    base = a_base(
        a_record("Ada Lovelace", key="1", street="12 St James Square", town="London", code="SW1Y"),
        a_record("Lovelace Ada", key="2", street="12 St James Sqare", town="London", code="SW1Y"),
        a_record("Ada Olsen", key="3", street="4 Storgata", town="Oslo", code="0155"),
        a_record("Bo Berg", key="4", town="London"),
        a_record("Cleo Carlsen", key="5", town="London"),
    )
    found = duplicates(base)
    assert [sorted(family) for family in found.families] == [["1", "2"]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_records_are_no_trouble(count: int) -> None:
    assert duplicates(a_base(*[a_record("", key=str(n)) for n in range(count)])).families == []
