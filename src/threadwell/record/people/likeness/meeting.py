"""Meeting: which pairs of a base are worth a look, without comparing everybody with everybody.

In:    a base
Out:   pairs of places in it, each once
Touch: nothing

Two records meet when they share something that few have: one value, or two at once, or the beginnings of two.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import combinations

from threadwell.record.people.likeness.records import Base, Profile, bare

CROWD = 50  #: records that share something: it is too common to bring them together
PASSES = 16  #: the keys are gone through in so many parts, so that a large base fits into memory


def pairs(base: Base) -> Iterator[tuple[int, int]]:
    """Each pair once, the smaller place first, in order."""
    count = len(base.profiles)
    known = [_alone(profile) for profile in base.profiles]
    done = array("l", [0]) * count  # of each the keys that have had their turn
    runs = [_run(base, known, done, part) for part in range(PASSES)]
    del known
    before = -1
    for pair in merge(*runs):
        if pair != before:
            before = pair
            yield divmod(pair, count)


def _run(base: Base, known: "Sequence[array[int]]", done: "array[int]", part: int) -> "array[int]":
    """The pairs that the keys of one pass bring together, sorted."""
    count = len(known)
    first: dict[int, int] = {}
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for place, alone in enumerate(known):
        at = done[place]
        if at == len(alone) or alone[at] % PASSES != part:
            continue
        for key in _keys(alone, at, part):
            if key in blocks:
                blocks[key].append(place)
            elif (other := first.setdefault(key, place)) != place:
                blocks[key] += [other, place]
        while at < len(alone) and alone[at] % PASSES == part:
            at += 1
        done[place] = at
    met = {
        one * count + other
        for block in blocks.values()
        if len(block) <= CROWD
        for one, other in combinations(block, 2)
        if not base.profiles[one].source or base.profiles[one].source != base.profiles[other].source
    }
    return array("q", sorted(met))


def _keys(alone: "array[int]", begin: int, part: int) -> Iterator[int]:
    """Those whose turn it is, alone and two at once: a key of two has the turn of its first one."""
    for at in range(begin, len(alone)):
        one = alone[at]
        if one % PASSES != part:
            return
        yield one
        for other in alone[at + 1 :]:
            yield hash((one, other))


def _alone(profile: Profile) -> "array[int]":
    """What it may share with others, each as a number."""
    names = {hash(("name", name)) for name in profile.names}
    begun = {hash(("name begun", name[:4])) for name in profile.names if len(name) > 4}
    texts = {hash(("text", text)) for text in profile.texts if text}
    texts_begun = {hash(("text begun", text[:5])) for text in profile.texts if len(text) > 5}
    codes = {hash((place, code)) for place, code in enumerate(profile.codes) if code}
    marks = {hash(("mark", place, one.value)) for place, many in enumerate(profile.marks) for one in many}
    local = {hash(("local", bare(one.value))) for many in profile.marks for one in many if "@" in one.value}
    found = names | begun | texts | texts_begun | codes | marks | local
    return array("q", sorted(found, key=lambda key: (key % PASSES, key)))
