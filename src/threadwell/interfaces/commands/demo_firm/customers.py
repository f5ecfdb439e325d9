"""Customers: who writes to Nordhavn, drawn with a seed.

In:    words/customers.toml, a source of chance
Out:   Customer, each with an address, a mail program and a place
Touch: nothing
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from threadwell.interfaces.commands.demo_firm import wordbook

PROGRAMS = {"outlook": 34, "gmail": 22, "apple": 14, "iphone": 12, "thunderbird": 10, "webmail": 8}
_ALONE = 12  #: of a hundred customers, people without a firm
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "đ": "d"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A customer's organisation."""

    name: str
    host: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who writes to us."""

    first: str
    last: str
    address: str
    language: str
    zone: str
    program: str
    role: str
    firm: Firm | None
    sites: tuple[str, ...]
    is_known: bool  #: we had them in our books before they wrote
    phone: str = field(default="")

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def drawn(chance: Random) -> list[Customer]:
    """Everybody, some per firm, and some alone."""
    told = wordbook.read("customers")
    return [one for code, country in told.items() for one in _of_country(code, country, chance)]


def _of_country(code: str, country: dict[str, Any], chance: Random) -> Iterator[Customer]:
    firsts, lasts = (_names(country[part]) for part in ("first", "last"))
    seen: set[str] = set()
    for firm in (_firm(line, code) for line in country["firms"]):
        sites = tuple(_site(country, chance) for _ in range(chance.randint(1, 4)))
        for _ in range(chance.choices([1, 2, 3, 4, 5], [16, 30, 26, 18, 10])[0]):
            yield _customer(code, country, chance, _unseen(firsts, lasts, seen, chance), firm, sites)
    for _ in range(len(country["firms"]) * _ALONE // 40):
        name = _unseen(firsts, lasts, seen, chance)
        yield _customer(code, country, chance, name, None, (_site(country, chance),))


def _customer(
    code: str,
    country: dict[str, Any],
    chance: Random,
    name: tuple[str, str],
    firm: Firm | None,
    sites: tuple[str, ...],
) -> Customer:
    first, last = name
    plain = f"{_plain(first)}.{_plain(last)}"
    host = firm.host if firm else chance.choice(["post.example", "mail.example", "letterbox.example"])
    program = chance.choices(list(PROGRAMS), list(PROGRAMS.values()))[0]
    return Customer(
        first=first,
        last=last,
        address=f"{plain}@{host}",
        language=code,
        zone=country["zone"],
        program=program if firm else chance.choice(["gmail", "iphone", "webmail", "thunderbird"]),
        role=chance.choice(country["roles"]) if firm else "",
        firm=firm,
        sites=sites,
        is_known=bool(firm) and chance.random() < 0.8,
        phone=f"+00 {chance.randint(10, 99)} 555 {chance.randint(1000, 9999)}",
    )


def _names(told: str | list[str]) -> list[str]:
    return told.split() if isinstance(told, str) else told


def _firm(line: str, code: str) -> Firm:
    name, _, host = line.partition("=")
    return Firm(name=name, host=f"{host}.example", language=code)


def _site(country: dict[str, Any], chance: Random) -> str:
    street = chance.choice(country["streets"])
    number = chance.randint(1, 120)
    return (
        f"{number} {street}" if country["zone"] in {"Europe/London", "Europe/Paris"} else f"{street} {number}"
    )


def _unseen(firsts: list[str], lasts: list[str], seen: set[str], chance: Random) -> tuple[str, str]:
    while True:
        name = chance.choice(firsts), chance.choice(lasts)
        if " ".join(name) not in seen:
            seen.add(" ".join(name))
            return name


def _plain(name: str) -> str:
    split = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return "".join(letter for letter in split if letter.isascii() and letter.isalnum())
