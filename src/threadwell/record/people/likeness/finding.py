"""Finding: all duplicates of a base.

In:    a base of records
Out:   Found: groups that are likely one, pairs with their odds, and the weights they were found with
Touch: nothing
"""

import random
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from threadwell.record.people.likeness import meeting, weights
from threadwell.record.people.likeness.comparing import Pattern, compare
from threadwell.record.people.likeness.families import families
from threadwell.record.people.likeness.records import Base
from threadwell.record.people.likeness.weights import Weights

BY_CHANCE = 20_000  #: pairs that show what strangers have in common
TOLD_EVERY = 20_000  #: pairs
HOPELESS = 3.0  #: patterns without this much in common are counted, and forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records, and the logarithm of the odds that they are one."""

    one: str
    other: str
    odds: float
    pattern: Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search came to."""

    families: list[list[str]]
    pairs: list[Pair]  #: inside families, the likeliest first
    weights: Weights
    compared: int


def duplicates(base: Base, *, tell: Callable[[int], None] = lambda _compared: None) -> Found:
    """Compare all that is worth a look, learn the weights, and group; ``tell`` hears how many so far."""
    profiles = base.profiles
    before = weights.expected(len(base.columns.names), records=len(profiles))
    patterns: Counter[Pattern] = Counter()
    # Of a pattern that promises something: the pairs that have it, two places after each other.
    promising: dict[Pattern, array[int]] = {}
    compared = 0
    for one, other in meeting.pairs(base):
        pattern = compare(profiles[one], profiles[other])
        patterns[pattern] += 1
        compared += 1
        if patterns[pattern] == 1 and before.of(pattern) - before.prior > HOPELESS:
            promising[pattern] = array("l")
        if pattern in promising:
            promising[pattern].extend((one, other))
        if compared % TOLD_EVERY == 0:
            tell(compared)
    tell(compared)
    if not compared:
        return Found(families=[], pairs=[], weights=before, compared=0)
    known = weights.learned(patterns, _by_chance(base), records=len(profiles))

    def odds(one: int, other: int) -> float:
        return known.of(compare(profiles[one], profiles[other]))

    groups = families(_likely(promising, known), odds)
    return Found(
        families=[[profiles[place].key for place in group] for group in groups],
        pairs=_pairs_in(base, groups, known),
        weights=known,
        compared=compared,
    )


def _likely(promising: "dict[Pattern, array[int]]", known: Weights) -> Iterator[tuple[float, int, int]]:
    for pattern, pairs in promising.items():
        if (odds := known.of(pattern)) > 0:
            for one, other in zip(pairs[::2], pairs[1::2], strict=True):
                yield odds, one, other


def _by_chance(base: Base) -> Counter[Pattern]:
    chance = random.Random(len(base.profiles))  # noqa: S311  # the same base gives the same weights
    profiles = base.profiles
    most = min(BY_CHANCE, len(profiles) * (len(profiles) - 1) // 2)
    return Counter(compare(*chance.sample(profiles, 2)) for _time in range(most))


def _pairs_in(base: Base, groups: list[list[int]], known: Weights) -> list[Pair]:
    found = []
    for group in groups:
        for at, one in enumerate(group):
            for other in group[at + 1 :]:
                pattern = compare(base.profiles[one], base.profiles[other])
                one_key, other_key = base.profiles[one].key, base.profiles[other].key
                found.append(Pair(one=one_key, other=other_key, odds=known.of(pattern), pattern=pattern))
    return sorted(found, key=lambda pair: -pair.odds)
