"""Families: from pairs that are likely one to groups that are.

In:    pairs with the logarithm of their odds; how to ask for the odds of any pair
Out:   groups of places
Touch: nothing

That A is B and B is C says that A is C only when A and C do not speak against it. So groups grow while, on
average over all their pairs, more speaks for their being one than against it.
"""

from collections.abc import Callable, Iterable
from itertools import combinations

LOUDEST = 8.0  #: no single pair decides for all
LARGEST = 150  #: records in one chain: more are many strangers in a row, and only their nearest are looked at


def families(edges: Iterable[tuple[float, int, int]], odds: Callable[[int, int], float]) -> list[list[int]]:
    """The groups of more than one, among places joined by ``edges``."""
    return [family for chain in _chains(list(edges)) for family in _grown(chain, odds) if len(family) > 1]


def _chains(edges: list[tuple[float, int, int]]) -> list[list[int]]:
    """All that hang together by edges, the surest first, and none longer than can be looked at."""
    chain_of: dict[int, list[int]] = {}
    for _odds, one, other in sorted(edges, reverse=True):
        mine, theirs = chain_of.setdefault(one, [one]), chain_of.setdefault(other, [other])
        if mine is theirs or len(mine) + len(theirs) > LARGEST:
            continue
        if len(mine) < len(theirs):
            mine, theirs = theirs, mine
        mine += theirs
        chain_of.update(dict.fromkeys(theirs, mine))
    return list({id(chain): chain for chain in chain_of.values()}.values())


def _grown(chain: list[int], odds: Callable[[int, int], float]) -> list[list[int]]:
    if len(chain) == 2:
        return [chain]
    groups = {number: [place] for number, place in enumerate(chain)}
    sums = {
        (one, other): max(-LOUDEST, min(LOUDEST, odds(chain[one], chain[other])))
        for one, other in combinations(groups, 2)
    }
    while sums:
        (one, other), best = max(
            ((two, total / (len(groups[two[0]]) * len(groups[two[1]]))) for two, total in sums.items()),
            key=lambda found: found[1],
        )
        if best <= 0:
            break
        groups[one] += groups.pop(other)
        del sums[one, other]
        for third in groups:
            if third != one:
                sums[min(one, third), max(one, third)] += sums.pop((min(other, third), max(other, third)))
    return list(groups.values())
