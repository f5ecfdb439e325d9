"""Conditions of routing: whatever is written there, the answer is that of somebody who is slow and sure."""

import math
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.conftest import Budget
from threadwell.flow.decide import conditions, rules
from threadwell.flow.decide.conditions import BadConditions, Steps, TooMuch
from threadwell.kit import ids

type Records = Callable[[str, Any], None]
WORD = st.sampled_from(
    ["gate", "Gate code", "code", "co*", "refund*", "VIP", "1", "2", "x", "gate-code", "no"]
)
SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3, width=16), WORD)
VALUES = st.one_of(SIMPLE, st.floats(), st.integers(), st.text(max_size=8))
FACTS = st.sampled_from(["channel", "words", "priority", "custom.x", "load"])
NUMBERS = st.one_of(st.integers(-3, 3), st.floats(-3, 3, width=16))
WORDS = st.one_of(WORD, NUMBERS, st.lists(WORD, min_size=1, max_size=3))
SOUND = st.one_of(
    *(
        st.fixed_dictionaries({"fact": FACTS, "is": st.sampled_from(ways), **value})
        for ways, value in (
            (("known", "unknown", "yes", "no"), {}),
            (("at_least", "at_most"), {"value": NUMBERS}),
            (("is", "is_not", "has", "has_all", "has_not"), {"value": WORDS}),
        )
    )
)
ODD = st.fixed_dictionaries(
    {"fact": FACTS, "is": st.sampled_from(conditions.WAYS)},
    optional={"value": st.one_of(SIMPLE, VALUES, st.lists(SIMPLE, max_size=3))},
)


def trees(asks: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Groups in groups."""
    kinds = st.sampled_from(conditions.GROUPS)
    return st.recursive(
        asks,
        lambda parts: st.dictionaries(kinds, st.lists(parts, max_size=5), min_size=1, max_size=1),
        max_leaves=12,
    )


TREES = st.one_of(trees(SOUND), trees(SOUND), trees(st.one_of(SOUND, SOUND, ODD)))
KNOWN = st.dictionaries(FACTS, st.one_of(SIMPLE, VALUES, st.lists(WORD, max_size=4)), max_size=5)


def test_conditions_hold_when_somebody_slow_says_so(budget: Budget, record_property: Records) -> None:
    told = {"understood": 0, "refused": 0}

    def asked(drawn: tuple[Any, dict[str, Any]]) -> None:
        tree, facts = drawn
        try:
            root = conditions.read({"all": [tree]})
        except BadConditions:
            told["refused"] += 1
            return
        told["understood"] += 1
        failed = conditions.fails_at(root, facts, Steps(100_000))
        assert (failed is None) is slowly(tree, facts), (tree, facts)
        if failed is not None:
            assert conditions.numbered(root, failed) is not None

    budget.spend(st.tuples(TREES, KNOWN), asked, examples=500)
    record_property("conditions understood", told["understood"])
    record_property("conditions refused", told["refused"])
    assert told["understood"] > 10


def test_any_json_at_all_is_understood_or_refused(budget: Budget, record_property: Records) -> None:
    count = 0
    keys = st.one_of(st.sampled_from(["all", "any", "none", "fact", "is", "value"]), st.text(max_size=5))
    anything = st.recursive(
        VALUES, lambda parts: st.one_of(st.lists(parts, max_size=4), st.dictionaries(keys, parts, max_size=4))
    )

    def asked(drawn: tuple[Any, dict[str, Any]]) -> None:
        nonlocal count
        count += 1
        tree, facts = drawn
        said = {"moments": ["arrived"], "conditions": tree, "results": {"priority": 3}, "stops": False}
        rule = rules.Rule.of(id=ids.new(), version=ids.new(), name="x", said=said)
        assert len(rules.match([rule], facts, moment="arrived").tried) == 1

    budget.spend(st.tuples(anything, KNOWN), asked, examples=500)
    record_property("anything as conditions", count)
    assert count > 10


def test_the_largest_conditions_end_in_time(budget: Budget) -> None:
    ask = {
        "fact": "words",
        "is": "has",
        "value": [f"word {number}" for number in range(conditions.MOST_VALUES)],
    }
    tree = {"none": [ask] * (conditions.MOST_PARTS - 1)}
    root = conditions.read(tree)
    steps = Steps(rules.BUDGET)
    text, cuts = "other words " * 1000, conditions._padded.cache_info().misses
    assert conditions.fails_at(root, {"words": text}, steps) is None
    assert steps.left < rules.BUDGET
    assert conditions._padded.cache_info().misses - cuts == 1, "the text was cut for each word"
    try:
        conditions.fails_at(root, {"words": "x"}, Steps(1000))
    except TooMuch:
        return
    raise AssertionError("steps were not counted")


def slowly(tree: dict[str, Any], facts: dict[str, Any]) -> bool:  # noqa: PLR0911 - one way a line
    """The same question, asked without numbers, limits and folding beforehand."""
    for kind, judge in (("all", all), ("any", any), ("none", lambda held: not any(held))):
        if kind in tree:
            held = [slowly(one, facts) for one in tree[kind]]
            # An empty "any" asks for something that nobody has.
            return bool(judge(held))
    fact, value = facts.get(tree["fact"]), tree.get("value")
    values = value if isinstance(value, list) else [value]
    match tree["is"]:
        case "yes" | "no" as way:
            return (fact is True) is (way == "yes")
        case "known" | "unknown" as way:
            return (fact is None or fact in ("", [])) is (way == "unknown")
        case "at_least" | "at_most" as way:
            if isinstance(fact, bool) or not isinstance(fact, int | float):
                return False
            return bool(fact >= value if way == "at_least" else fact <= value)
        case "is" | "is_not" as way:
            have = {_text(one) for one in (fact if isinstance(fact, list) else [fact]) if one is not None}
            return bool(have & {_text(one).strip() for one in values}) is (way == "is")
        case way:
            found = [_stands(_words(_text(one)), fact) for one in values if _words(_text(one))]
            return {"has": any(found), "has_all": all(found), "has_not": not any(found)}[way]


def _text(value: object) -> str:
    is_whole = isinstance(value, float) and math.isfinite(value) and value == int(value)
    return str(int(value) if is_whole else value).casefold()  # type: ignore[call-overload]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+\*?", text)


def _stands(words: list[str], fact: object) -> bool:
    """One after the other, whole; after the last there may be anything when a star says so."""
    if isinstance(fact, list):
        return " ".join(words) in fact
    if not isinstance(fact, str):
        return False
    there = [word.rstrip("*") for word in _words(fact.casefold())]
    wanted = [word.rstrip("*") for word in words]
    is_open = words[-1].endswith("*")
    for place in range(len(there) - len(wanted) + 1):
        piece = there[place : place + len(wanted)]
        if piece[:-1] == wanted[:-1] and (
            piece[-1] == wanted[-1] or (is_open and piece[-1].startswith(wanted[-1]))
        ):
            return True
    return False
