"""Comparing: how alike two profiles are, field by field.

In:    two profiles of one base
Out:   a pattern: one level for each place of `Columns.names`
Touch: nothing
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from rapidfuzz.distance import OSA, JaroWinkler

from threadwell.record.people.likeness.records import LEGAL_FORMS, Mark, Profile

#: Levels. From SAME on, the value's rarity is added: SAME is a common one, SAME + 3 a rare one.
UNKNOWN = -1
DIFFERENT = 0
ALIKE = 1
NEARLY = 2
SWAPPED = 3
SAME = 4

type Pattern = tuple[int, ...]


def compare(one: Profile, other: Profile) -> Pattern:
    """The same whichever comes first."""
    return (*_names(one, other), *_texts(one, other), *_codes(one, other), *_marks(one, other))


def _names(one: Profile, other: Profile) -> tuple[int, int, int]:
    """The three parts of the names that fit best, in whatever order they stand."""
    mine, theirs = one.names, other.names
    if not mine or not theirs:
        return (UNKNOWN, UNKNOWN, UNKNOWN)
    if len(mine) != len(theirs) and "".join(mine) == "".join(theirs):
        return (SAME + 3, SAME + 3, UNKNOWN)
    if len(mine) == 2 == len(theirs):
        return (*_two(one, mine, theirs), UNKNOWN)
    places = range(len(theirs))
    found = [(_name_level(one, i, name, theirs[j]), i, j) for i, name in enumerate(mine) for j in places]
    found.sort(key=lambda fit: -fit[0])
    levels: list[int] = []
    while found and len(levels) < 3:
        level, i, j = found[0]
        levels.append(level)
        found = [fit for fit in found if fit[1] != i and fit[2] != j]
    first, second, third = (*levels, UNKNOWN, UNKNOWN)[:3]
    return (first, second, third)


def _two(one: Profile, mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[int, int]:
    """The same for names of two words, as nearly all are: the best fit, and what is left for the others."""
    (first, last), (their_first, their_last) = mine, theirs
    best = _name_level(one, 0, first, their_first), _name_level(one, 1, last, their_last)
    # Where one is the same and neither has a word twice, nothing fits better crosswise.
    if max(best) < SAME or first == last or their_first == their_last:
        crossed = _name_level(one, 0, first, their_last), _name_level(one, 1, last, their_first)
        best = crossed if best[0] < max(*best, *crossed) == max(crossed) else best
    return best if best[0] >= best[1] else (best[1], best[0])


def _name_level(one: Profile, at: int, mine: str, theirs: str) -> int:
    return SAME + one.name_rarity[at] if mine == theirs else nearness(mine, theirs)


def _texts(one: Profile, other: Profile) -> Sequence[int]:
    count = len(one.texts)
    if count == 1:
        return (_text_level(one, 0, other, 0),)
    levels = [_text_level(one, place, other, place) for place in range(count)]
    for i in range(count):
        for j in range(i + 1, count):
            if levels[i] >= NEARLY or levels[j] >= NEARLY:
                continue
            crossed = (_text_level(one, i, other, j), _text_level(one, j, other, i))
            if max(crossed) >= NEARLY and _sum(crossed) > _sum((levels[i], levels[j])):
                levels[i], levels[j] = (SWAPPED if level >= NEARLY else level for level in crossed)
    return levels


def _text_level(one: Profile, i: int, other: Profile, j: int) -> int:
    mine, theirs = one.texts[i], other.texts[j]
    if not mine or not theirs:
        return UNKNOWN
    if mine == theirs:
        return SAME + one.text_rarity[i]
    if one.common[i] and one.common[i] == other.common[j]:
        mine, theirs = one.rests[i], other.rests[j]
    elif one.rests[i] == other.rests[j] and LEGAL_FORMS.issuperset(one.common[i] + other.common[j]):
        return SAME + one.text_rarity[i]
    return nearness(mine, theirs)


def _sum(levels: tuple[int, int]) -> int:
    return sum(level for level in levels if level > 0)


def _codes(one: Profile, other: Profile) -> Sequence[int]:
    if not one.codes:
        return ()
    levels = []
    for at, (mine, theirs) in enumerate(zip(one.codes, other.codes, strict=True)):
        if not mine or not theirs:
            levels.append(UNKNOWN)
        elif mine == theirs:
            levels.append(SAME + one.code_rarity[at])
        else:
            levels.append(_slip(mine, theirs))
    return levels


def _marks(one: Profile, other: Profile) -> list[int]:
    levels = []
    for mine, theirs in zip(one.marks, other.marks, strict=True):
        if not mine or not theirs:
            levels.append(UNKNOWN)
        elif len(mine) == 1 == len(theirs):  # as nearly all
            levels.append(_mark_level(mine[0], theirs[0]))
        else:
            levels.append(max(_mark_level(a, b) for a, b in product(mine, theirs)))
    return levels


def _mark_level(mine: Mark, theirs: Mark) -> int:
    value, other = mine.value, theirs.value
    if value == other:
        return SAME + 3
    if mine.is_shared or theirs.is_shared:
        return DIFFERENT
    if mine.local and mine.local == theirs.local:
        return NEARLY
    is_near = len(value) >= 7 and -2 < len(value) - len(other) < 2
    return NEARLY if is_near and OSA.distance(value, other, score_cutoff=1) == 1 else DIFFERENT


@lru_cache(maxsize=2**17)
def nearness(mine: str, theirs: str) -> int:
    """How near two different words are: slips of the pen, and shared beginnings."""
    kept = OSA.normalized_similarity(mine, theirs, score_cutoff=0.5)
    if kept >= 0.8:
        return NEARLY
    begun = JaroWinkler.similarity(mine, theirs, score_cutoff=0.75)
    if begun >= 0.88:
        return NEARLY
    return ALIKE if kept >= 0.6 or begun >= 0.8 else DIFFERENT


def _slip(mine: str, theirs: str) -> int:
    """How near two different codes are: figures left out, exchanged or mistyped."""
    slips = OSA.distance(mine, theirs, score_cutoff=2)
    if slips == 1:
        return NEARLY if len(mine) >= 3 else ALIKE
    return ALIKE if slips == 2 and len(mine) >= 6 else DIFFERENT
