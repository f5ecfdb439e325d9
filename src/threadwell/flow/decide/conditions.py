"""Conditions: groups of questions over facts, and whether they hold.

In:    conditions as rows keep them, facts as values
Out:   the conditions read; the first of them that does not hold
Touch: nothing (pure)

A group is "all", "any" or "none" of its parts, and a part is a question or another group. Every question and
every group has a number, counted from the top, by which a decision says later what failed. Reading refuses
what is too deep or too much, and asking counts its steps: no conditions, however they were made, hold up the
mail. Words are looked for as whole words in text that was cut up before; there are no patterns to run wild.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from django.utils.translation import gettext as _

from threadwell.kit.errors import Invalid

DEEPEST = 6
MOST_PARTS = 120
MOST_VALUES = 200
LONGEST = 200
GROUPS = ("all", "any", "none")
#: What can be asked of a fact.
WAYS = ("is", "is_not", "known", "unknown", "has", "has_all", "has_not", "at_least", "at_most", "yes", "no")
_BARE = frozenset({"known", "unknown", "yes", "no"})
_NUMERIC = frozenset({"at_least", "at_most"})
_WORDY = frozenset({"has", "has_all", "has_not"})

_WORD = re.compile(r"\w+\*?")
#: Scripts that put no spaces between their words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")

type Facts = Mapping[str, Any]
type Part = "Ask | Group"


class BadConditions(Invalid):
    """Conditions that cannot be understood."""

    code = "bad-conditions"


class TooMuch(Exception):
    """More steps were needed than there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question about one fact."""

    number: int
    fact: str
    way: str
    values: tuple[str, ...] = ()
    amount: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some parts, of which all, any or none must hold."""

    number: int
    kind: Literal["all", "any", "none"]
    parts: tuple[Part, ...]


class Steps:
    """How much may still be asked."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooMuch


def read(raw: Any) -> Group:
    """Conditions as rows keep them; nothing at all holds always."""
    counted = iter(range(MOST_PARTS))
    if raw in ({}, None):
        return Group(number=0, kind="all", parts=())
    part = _part(raw, counted, depth=1)
    if isinstance(part, Ask):
        raise BadConditions(_("Conditions begin with a group: all, any or none."))
    return part


def fails_at(part: Part, facts: Facts, steps: Steps) -> int | None:
    """The number of the first part that kept it from holding; nothing: it holds."""
    if isinstance(part, Ask):
        steps.take(1 + len(part.values))
        return None if _holds(part, facts.get(part.fact)) else part.number
    steps.take(1)
    first: int | None = None
    for one in part.parts:
        number = fails_at(one, facts, steps)
        if part.kind == "none":
            if number is None:
                return one.number
        elif part.kind == "any":
            if number is None:
                return None
            first = number if first is None else first
        elif number is not None:
            return number
    if part.kind == "any":
        return part.number if first is None else first
    return None


def asks_of(part: Part) -> Iterator[Ask]:
    """Every question in it."""
    if isinstance(part, Ask):
        yield part
    else:
        for one in part.parts:
            yield from asks_of(one)


def numbered(part: Part, number: int) -> Part | None:
    """The part of that number."""
    if part.number == number:
        return part
    if isinstance(part, Group):
        return next((found for one in part.parts if (found := numbered(one, number))), None)
    return None


def cut(text: str) -> str:
    """A text as words are looked for in it: folded, one space between words."""
    return " ".join(word.rstrip("*") for word in _WORD.findall(text.casefold()))


def phrase_of(text: str) -> str:
    """Some words that are looked for; ``refund*`` stands for all words that begin so."""
    return " ".join(_WORD.findall(text.casefold()))


def is_in(phrase: str, text: str) -> bool:
    """Do these words stand in the text, in this order and whole?"""
    return bool(phrase) and _needle(phrase) in _padded(text)


@lru_cache(maxsize=16)
def _padded(text: str) -> str:
    """Cut once, not for each of the thousands of words that rules may look for in it."""
    return f" {cut(text)} "


def found_in(text: str, phrases: Sequence[str]) -> list[str]:
    """Which of these stand in the text."""
    return [phrase for phrase in phrases if is_in(phrase, text)]


@lru_cache(maxsize=20_000)
def _needle(phrase: str) -> str:
    if _UNSPACED.search(phrase):
        return phrase.rstrip("*")
    return f" {phrase.replace('*', '')}" + ("" if phrase.endswith("*") else " ")


def _part(raw: Any, counted: Iterator[int], *, depth: int) -> Part:
    if depth > DEEPEST:
        raise BadConditions(_("Groups can stand in each other %(count)d deep.") % {"count": DEEPEST})
    number = next(counted, None)
    if number is None:
        raise BadConditions(_("A rule can have %(count)d conditions.") % {"count": MOST_PARTS})
    if not isinstance(raw, dict):
        raise BadConditions(_("A condition is a group or a question."))
    kind = next((one for one in GROUPS if one in raw), None)
    if kind is None:
        return _ask(raw, number)
    parts = raw[kind]
    if len(raw) > 1 or not isinstance(parts, list):
        raise BadConditions(_("A group has one list of conditions."))
    read_parts = tuple(_part(one, counted, depth=depth + 1) for one in parts)
    return Group(number=number, kind=kind, parts=read_parts)  # type: ignore[arg-type]  # one of GROUPS


def _ask(raw: dict[str, Any], number: int) -> Ask:
    fact, way = raw.get("fact"), raw.get("is")
    if not isinstance(fact, str) or not 0 < len(fact) <= LONGEST or way not in WAYS:
        raise BadConditions(_("A condition names a fact and what is asked of it."))
    value = raw.get("value")
    if way in _BARE:
        return Ask(number=number, fact=fact, way=way)
    if way in _NUMERIC:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
            raise BadConditions(_("“%(fact)s” wants a number.") % {"fact": fact})
        return Ask(number=number, fact=fact, way=way, amount=float(value))
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float | bool) and 0 < len(str(one)) <= LONGEST for one in given):
        raise BadConditions(_("“%(fact)s” wants one or more values.") % {"fact": fact})
    texts = [_text(one) for one in given]
    values = [phrase_of(one) for one in texts] if way in _WORDY else [one.strip().casefold() for one in texts]
    values = [one for one in dict.fromkeys(values) if one]
    if not values or len(values) > MOST_VALUES:
        message = _("“%(fact)s” wants between one and %(count)d values.")
        raise BadConditions(message % {"fact": fact, "count": MOST_VALUES})
    return Ask(number=number, fact=fact, way=way, values=tuple(values))


def _holds(ask: Ask, fact: Any) -> bool:  # noqa: PLR0911 - one way a line
    match ask.way:
        case "yes":
            return fact is True
        case "no":
            return fact is not True
        case "known":
            return fact not in (None, "", [])
        case "unknown":
            return fact in (None, "", [])
        case "at_least" | "at_most":
            if isinstance(fact, bool) or not isinstance(fact, int | float):
                return False
            return fact >= ask.amount if ask.way == "at_least" else fact <= ask.amount
        case "has":
            return _has_any(ask.values, fact)
        case "has_all":
            return all(_stands(one, fact) for one in ask.values)
        case "has_not":
            return not _has_any(ask.values, fact)
    values = {
        _text(one).casefold() for one in (fact if isinstance(fact, list) else [fact]) if one is not None
    }
    is_one = not values.isdisjoint(ask.values)
    return is_one if ask.way == "is" else not is_one


def _has_any(phrases: Sequence[str], fact: Any) -> bool:
    if not fact:  # most rules look for words that stand nowhere
        return False
    return any(_stands(one, fact) for one in phrases)


def _stands(phrase: str, fact: Any) -> bool:
    """Of a letter we kept which of the words asked for it has; of a field, its text."""
    if isinstance(fact, list):
        return phrase in fact
    return isinstance(fact, str) and is_in(phrase, fact)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
