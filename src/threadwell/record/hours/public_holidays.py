"""Public holidays: days on which a country or a part of it rests, by the `holidays` library.

In:    a country, a region of it, a range of days
Out:   names by day; which countries and regions are known
Touch: nothing
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import ModuleType


def public_holidays(country: str, region: str, first: date, last: date) -> dict[date, str]:
    """Those from one day to another; none for a country that is not known."""
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        found |= {day: name for day, name in _of_year(country, region, year).items() if first <= day <= last}
    return found


def is_known(country: str) -> bool:
    """Whether the library has a country, by its ISO code; asked without loading any."""
    return country in _codes()


@cache
def countries() -> dict[str, tuple[str, ...]]:
    """ISO codes of the countries that are known, with their regions. Loads all of them."""
    supported = _library().list_supported_countries(include_aliases=False)
    return {code: tuple(regions) for code, regions in sorted(supported.items())}


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for _name, code, *_others in _registry().values())


@cache
def _of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    if not is_known(country):
        return {}
    whole = _library().country_holidays(country)
    part = region if region in whole.subdivisions else None
    language = "en_US" if "en_US" in whole.supported_languages else None
    days = _library().country_holidays(country, subdiv=part, years=year, language=language)
    return {day: name for day, name in days.items() if day.year == year}


@cache
def country_names() -> tuple[tuple[str, str], ...]:
    """Code and English name of each country that is known, by name."""
    called = {codes[0]: _spaced(name) for name, *codes in _registry().values()}
    named = ((code, called.get(code, code)) for code in countries())
    return tuple(sorted(named, key=lambda one: one[1]))


def _registry() -> Mapping[str, tuple[str, ...]]:
    from holidays.registry import COUNTRIES

    return COUNTRIES


def _library() -> ModuleType:
    # Eight megabytes, which a process needs when it reckons with holidays, and not before.
    import holidays

    return holidays


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
