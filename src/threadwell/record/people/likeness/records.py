"""Records: what is compared of a contact or an organisation, folded, and how rare each value is in its base.

In:    Columns (what the fields are), Records (what they hold)
Out:   a Base of Profiles
Touch: nothing
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from threadwell.kit.words import folded

#: Words that say nothing about which organisation it is.
LEGAL_FORMS = frozenset(
    {"gmbh", "mbh", "ag", "kg", "ohg", "ug", "ev", "se", "ltd", "limited", "plc", "llc", "llp", "inc", "corp"}
    | {"incorporated", "corporation", "co", "company", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy"}
    | {"oyj", "ab", "as", "aps", "sp", "zoo", "kft", "doo", "pty"}
)
#: Words of a name that belong to the next one.
PARTICLES = frozenset(
    {"van", "von", "zu", "de", "den", "der", "ter", "ten", "da", "di", "do", "du", "das", "dos", "del"}
    | {"della", "la", "le", "el", "al", "bin", "ben", "ibn", "mac", "mc", "o", "st", "san"}
)
#: Parts before the @ that many share: machines, and desks of organisations.
MACHINES = frozenset(
    {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "bounce"}
)
ROLES = (
    MACHINES
    | {"accounts", "billing", "contact", "hello", "help", "info", "kontakt", "mail", "office"}
    | {"orders", "reception", "sales", "service", "support", "team", "webmaster"}
)
COMMON = 0.01  #: of all records: words of a text in more of them ("street") are compared apart
FEWEST = 100  #: records before a base says what is common in it
#: a value in more than this share of the records is as good as ..., the rest is rare
STEPS = (1 / 50, 1 / 400, 1 / 3000)

_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(r"['’`´]")  #: of a name: what is left out now and then


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The fields of a base, by what they hold."""

    texts: tuple[
        str, ...
    ] = ()  #: words, such as lines of an address, that also stand in another line's place
    codes: tuple[str, ...] = ()  #: numbers, dates, choices
    marks: tuple[
        str, ...
    ] = ()  #: several values each, every one of them one record's alone: addresses, numbers

    @property
    def names(self) -> tuple[str, ...]:
        """The places of a pattern."""
        return ("name", "name too", "rest of the name", *self.texts, *self.codes, *self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one contact or organisation; empty is unknown."""

    key: str
    name: str = ""
    texts: Sequence[str] = ()
    codes: Sequence[str] = ()
    marks: Sequence[Sequence[str]] = ()
    source: str = ""  #: of two lists that are compared with each other: which one


@dataclass(frozen=True, slots=True)
class Mark:
    """An address or a number as it is compared."""

    value: str
    local: str  #: of an address that has enough before the @: that, bare
    is_shared: bool  #: a machine's, or a desk's: it says nothing about a person but when it is the same


@dataclass(slots=True, kw_only=True)
class Profile:
    """A record as it is compared. Beside each value how rare it is: 0 common to 3 rare."""

    key: str
    source: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    codes: tuple[str, ...]
    marks: tuple[tuple[Mark, ...], ...]
    name_rarity: tuple[int, ...] = ()
    text_rarity: tuple[int, ...] = ()
    code_rarity: tuple[int, ...] = ()
    rests: tuple[str, ...] = ()  #: texts without the words that are common there
    common: tuple[tuple[str, ...], ...] = ()  #: those words
    words: tuple[tuple[str, ...], ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Base:
    """Records that are compared with each other, and what is common among them."""

    columns: Columns
    profiles: list[Profile] = field(default_factory=list)


def base_of(columns: Columns, records: Iterable[Record]) -> Base:
    """Fold the records, and see how often each value comes. What is equal in many is kept once."""
    held: dict[Any, Any] = {}
    base = Base(columns, [_profile(one, held) for one in records])
    count = max(len(base.profiles), FEWEST)
    names = Counter(name for one in base.profiles for name in set(one.names))
    texts = [Counter(one.texts[place] for one in base.profiles) for place in range(len(columns.texts))]
    codes = [Counter(one.codes[place] for one in base.profiles) for place in range(len(columns.codes))]
    frequent = [_frequent_words(base.profiles, place, count) for place in range(len(columns.texts))]
    for one in base.profiles:
        one.name_rarity = _once(held, (rarity(names[name] / count) for name in one.names))
        one.text_rarity = _once(held, (rarity(texts[at][text] / count) for at, text in enumerate(one.texts)))
        one.code_rarity = _once(held, (rarity(codes[at][code] / count) for at, code in enumerate(one.codes)))
        _part_texts(one, frequent, held)
    return base


def rarity(share: float) -> int:
    """How much it says that two records share a value that this share of all has."""
    return sum(share <= step for step in STEPS)


def _once[One](held: dict[Any, Any], values: Iterable[One]) -> tuple[One, ...]:
    """These, each of them and all together as they are held already where they are."""
    told = tuple(held.setdefault(one, one) for one in values)
    found: tuple[One, ...] = held.setdefault(told, told)
    return found


def _profile(record: Record, held: dict[Any, Any]) -> Profile:
    words = tuple(tuple(_WORD.findall(folded(text))) for text in record.texts)
    return Profile(
        key=record.key,
        source=record.source,
        names=_once(held, _names(record.name)),
        texts=_once(held, ("".join(one) for one in words)),
        codes=_once(held, ("".join(_WORD.findall(folded(code))) for code in record.codes)),
        marks=tuple(tuple(_mark(folded(value)) for value in values) for values in record.marks),
        words=words,
    )


def bare(address: str) -> str:
    """The part before the @ without what providers ignore. Alike is not the same: it only speaks for it."""
    return address.partition("@")[0].partition("+")[0].replace(".", "")


def _mark(value: str) -> Mark:
    local, at, _host = value.partition("@")
    return Mark(value, bare(value) if at and len(local) >= 5 else "", local in ROLES)


def _names(name: str) -> tuple[str, ...]:
    names: list[str] = []
    before = ""
    for word in _WORD.findall(_INSIDE.sub("", folded(name))):
        before += word
        if word not in PARTICLES:
            names.append(before)
            before = ""
    return tuple([*names, before] if before else names)[:6]


def _frequent_words(profiles: list[Profile], place: int, count: int) -> frozenset[str]:
    seen = Counter(word for one in profiles for word in set(one.words[place]))
    return LEGAL_FORMS | {word for word, times in seen.items() if times > count * COMMON}


def _part_texts(profile: Profile, frequent: list[frozenset[str]], held: dict[Any, Any]) -> None:
    rests, common = [], []
    for place, words in enumerate(profile.words):
        rest = "".join(word for word in words if word not in frequent[place])
        rests.append(rest or profile.texts[place])
        common.append(tuple(word for word in words if word in frequent[place]) if rest else ())
    profile.rests, profile.common, profile.words = _once(held, rests), _once(held, common), ()
