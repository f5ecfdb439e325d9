"""Weights: how much each level of likeness speaks for two records being one, learned from the base itself.

In:    how often each pattern occurs among pairs worth a look, and among pairs taken by chance
Out:   Weights
Touch: nothing

The model is Fellegi and Sunter's: a level's weight is the logarithm of how much more often it occurs among
pairs that are one than among pairs that are not. How often it occurs among those that are not is counted
over pairs taken by chance; among those that are one it is found by expectation and maximisation over the
pairs worth a look. No pair needs to be known; in a base with few duplicates what we expect beforehand counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any, Self

from threadwell.record.people.likeness.comparing import ALIKE, NEARLY, SAME, SWAPPED, UNKNOWN, Pattern

LEVELS = (0, ALIKE, NEARLY, SWAPPED, SAME, SAME + 1, SAME + 2, SAME + 3)
#: What we expect among pairs that are one, and among others, before we have seen any.
AMONG_SAME = (0.1, 0.03, 0.12, 0.05, 0.1, 0.15, 0.2, 0.25)
AMONG_OTHERS = (0.93, 0.04, 0.01, 0.003, 0.012, 0.004, 0.0008, 0.0002)
SEEN_SAME = 3.0  #: pairs that this expectation weighs as much as
SEEN_OTHERS = 200.0
ROUNDS = 25
PER_RECORD = 0.05  #: duplicates that we expect for each record


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Logarithms of likelihood ratios, by place and level; and what holds before anything is compared."""

    prior: float
    levels: tuple[Mapping[int, float], ...]

    def of(self, pattern: Pattern) -> float:
        """The logarithm of the odds that a pair with this pattern is one."""
        total = self.prior
        for weights, level in zip(self.levels, pattern, strict=True):
            if level != UNKNOWN:
                total += weights[level]
        return total

    def as_facts(self) -> dict[str, Any]:
        return {"prior": self.prior, "levels": [dict(one) for one in self.levels]}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        levels = tuple({int(level): weight for level, weight in one.items()} for one in facts["levels"])
        return cls(prior=facts["prior"], levels=levels)


def chance(odds: float) -> float:
    """A logarithm of odds as a probability."""
    return 1 / (1 + exp(-max(-50.0, min(50.0, odds))))


def expected(places: int, *, records: int) -> Weights:
    """What holds for a base of which nothing was learned yet."""
    same = [dict(zip(LEVELS, AMONG_SAME, strict=True))] * places
    others = [dict(zip(LEVELS, AMONG_OTHERS, strict=True))] * places
    return _weights(_prior(records), same, others)


def learned(found: Counter[Pattern], by_chance: Counter[Pattern], *, records: int) -> Weights:
    """What the base itself says; ``found`` are patterns of the pairs worth a look."""
    places = len(next(iter(found), ()))
    others = [_shares(_levels_at(by_chance, place), AMONG_OTHERS, SEEN_OTHERS) for place in range(places)]
    same = [dict(zip(LEVELS, AMONG_SAME, strict=True)) for _place in range(places)]
    pairs = max(1.0, records * (records - 1) / 2)
    expected_pairs = PER_RECORD * records
    prior = _prior(records)
    for _round in range(ROUNDS):
        weights = _weights(prior, same, others)
        seen: list[Counter[int]] = [Counter() for _place in range(places)]
        total = 0.0
        for pattern, count in found.items():
            share = chance(weights.of(pattern)) * count
            total += share
            for at, level in enumerate(pattern):
                seen[at][level] += share  # type: ignore[assignment]  # a share of a pair
        same = [_shares(levels, AMONG_SAME, SEEN_SAME) for levels in seen]
        prior = _odds(min(0.5, (total + expected_pairs / records) / pairs))
    return _weights(prior, same, others)


def _prior(records: int) -> float:
    return _odds(min(0.5, 2 * PER_RECORD / max(records - 1, 1)))


def _odds(probability: float) -> float:
    return log(probability / (1 - probability))


def _weights(
    prior: float, same: Sequence[Mapping[int, float]], others: Sequence[Mapping[int, float]]
) -> Weights:
    levels = tuple(
        {level: log(ours[level] / theirs[level]) for level in LEVELS}
        for ours, theirs in zip(same, others, strict=True)
    )
    return Weights(prior=prior, levels=levels)


def _levels_at(patterns: Counter[Pattern], place: int) -> Counter[int]:
    levels: Counter[int] = Counter()
    for pattern, count in patterns.items():
        levels[pattern[place]] += count
    return levels


def _shares(seen: Mapping[int, float], before: Sequence[float], strength: float) -> dict[int, float]:
    total = sum(count for level, count in seen.items() if level != UNKNOWN) + strength
    return {
        level: (seen.get(level, 0.0) + strength * share) / total
        for level, share in zip(LEVELS, before, strict=True)
    }
