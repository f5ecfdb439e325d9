"""Rules: which fit, what failed in the others, what they say together; whatever conditions somebody makes."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadwell.flow.decide import conditions, rules, settle
from threadwell.flow.decide.conditions import BadConditions, Steps, TooMuch
from threadwell.flow.decide.rules import FITTED, NOT_ASKED, UNREADABLE, Matched, Rule, match
from threadwell.kit import ids

SALES, SUPPORT, BO, CLEO, RUST = (UUID(int=number) for number in range(1, 6))
NOW = "arrived"


def a_rule(conditions_: Any = None, *, stops: bool = True, name: str = "", **results: Any) -> Rule:
    said = {
        "moments": [NOW],
        "conditions": conditions_ or {"all": []},
        "results": results or {"team": str(SALES)},
        "stops": stops,
    }
    return Rule.of(id=ids.new(), version=ids.new(), name=name, said=said)


def ask(fact: str, way: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": way} | ({} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        (ask("channel", "is", ["email", "chat"]), {"channel": "email"}, True),
        (ask("channel", "is", "email"), {"channel": "chat"}, False),
        (ask("channel", "is_not", "email"), {"channel": "chat"}, True),
        (ask("tier", "is", "GOLD"), {"tier": "Gold"}, True),
        (ask("tier", "is", "gold"), {}, False),
        (ask("tier", "is_not", "gold"), {}, True),
        (ask("tier", "known"), {"tier": ""}, False),
        (ask("tier", "unknown"), {}, True),
        (ask("labels", "is", ["vip"]), {"labels": ["VIP", "new"]}, True),
        (ask("priority", "at_least", 3), {"priority": 4}, True),
        (ask("priority", "at_most", 3), {"priority": 4}, False),
        (ask("load.x", "at_least", 1), {}, False),
        (ask("custom.contact.seats", "is", [5]), {"custom.contact.seats": 5.0}, True),
        (ask("new_lead", "yes"), {"new_lead": True}, True),
        (ask("new_lead", "yes"), {"new_lead": "yes"}, False),
        (ask("machine", "no"), {}, True),
        (ask("subject", "has", ["price"]), {"subject": ["price"]}, True),
        (ask("subject", "has_all", ["price", "demo"]), {"subject": ["price"]}, False),
        (ask("subject", "has_not", ["price"]), {"subject": ["price"]}, False),
        (ask("custom.contact.note", "has", ["roof"]), {"custom.contact.note": "The roof, leaks"}, True),
    ],
)
def test_a_question_holds_or_not(condition: dict[str, Any], facts: dict[str, Any], *, holds: bool) -> None:
    root = conditions.read({"all": [condition]})
    assert (conditions.fails_at(root, facts, Steps(100)) is None) is holds


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("price list", "Your PRICE   list, please", True),
        ("price", "priceless", False),
        ("price*", "priceless", True),
        ("angebot", "Ihr Angebot?", True),
        ("straße", "STRASSE 5", True),
        ("価格", "御社の価格表をください", True),
        ("price", "", False),
        ("*", "anything", False),
    ],
)
def test_words_are_found_whole_and_folded(phrase: str, text: str, *, stands: bool) -> None:
    assert conditions.is_in(conditions.phrase_of(phrase), conditions.cut(text)) is stands


def test_first_condition_that_failed_is_named_in_every_kind_of_group() -> None:
    root = conditions.read(
        {
            "all": [
                ask("channel", "is", "email"),
                {"any": [ask("tier", "is", "gold"), ask("tier", "is", "silver")]},
                {"none": [ask("machine", "yes")]},
            ]
        }
    )
    failed = [
        conditions.fails_at(root, facts, Steps(100))
        for facts in (
            {"channel": "chat"},
            {"channel": "email", "tier": "bronze"},
            {"channel": "email", "tier": "gold", "machine": True},
            {"channel": "email", "tier": "gold"},
        )
    ]
    assert failed == [1, 3, 6, None]
    assert conditions.numbered(root, 6) == conditions.Ask(number=6, fact="machine", way="yes")


def test_first_rule_counts_where_two_contradict_and_the_other_is_noted() -> None:
    first = a_rule(stops=False, team=str(SALES), priority=3, labels=["a"], skills=[[str(RUST), 2]])
    second = a_rule(stops=False, team=str(SUPPORT), priority=3, labels=["a", "b"], skills=[[str(RUST), 4]])
    third = a_rule(owner={"who": "agent", "agent": str(BO)})
    fourth = a_rule(owner={"who": "agent", "agent": str(CLEO)})
    found = match([first, second, third, fourth], {}, moment=NOW)
    assert found.tried == (FITTED, FITTED, FITTED, NOT_ASKED)
    assert found.results.team == SALES
    assert found.results.labels == ("a", "b")
    assert found.results.skills == ((RUST, 4),)
    assert found.results.owner is not None
    assert found.results.owner.agent == BO
    assert found.overruled == ((second.id, "team"),)


def test_rule_is_asked_only_at_its_moments_and_one_that_cannot_be_read_is_passed_over() -> None:
    broken = Rule.of(
        id=ids.new(),
        version=ids.new(),
        name="",
        said={"moments": [NOW], "conditions": {"any": 5}, "results": {"team": "?"}, "stops": True},
    )
    found = match([broken, a_rule()], {}, moment=NOW)
    assert found.tried == (UNREADABLE, FITTED)
    assert match([a_rule()], {}, moment="reopened").tried == (NOT_ASKED,)


def test_rules_that_take_too_long_leave_it_to_its_team() -> None:
    many = [a_rule({"any": [ask("tier", "is", ["x"] * 1)] * 50}) for _ in range(100)]
    found = match(many, {"tier": "y"}, moment=NOW, budget=500)
    assert found.fault == "too-much"
    settled = settle.settle(found, {"own_team": str(SUPPORT)})
    assert (settled.outcome, settled.team_id, settled.need) == ("fallback", SUPPORT, None)
    assert settled.because == "the rules took too many steps"


@pytest.mark.parametrize(
    "raw",
    [
        [],
        "all",
        {"fact": "channel", "is": "is", "value": "email"},
        {"all": {}},
        {"all": [], "any": []},
        {"all": [5]},
        {"all": [{"fact": "", "is": "yes"}]},
        {"all": [{"fact": "x" * 300, "is": "yes"}]},
        {"all": [{"fact": "tier", "is": "like", "value": ".*"}]},
        {"all": [{"fact": "tier", "is": "is"}]},
        {"all": [{"fact": "tier", "is": "is", "value": []}]},
        {"all": [{"fact": "tier", "is": "is", "value": ["x"] + [str(n) for n in range(300)]}]},
        {"all": [{"fact": "priority", "is": "at_least", "value": "3"}]},
        {"all": [{"fact": "priority", "is": "at_least", "value": True}]},
        {"all": [{"fact": "subject", "is": "has", "value": ["..."]}]},
        {"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]}]},
        {"all": [{"fact": "a", "is": "yes"}] * 200},
    ],
)
def test_conditions_that_mean_nothing_are_refused(raw: Any) -> None:
    with pytest.raises(BadConditions):
        conditions.read(raw)


@pytest.mark.parametrize(
    ("owner", "facts", "wanted", "outcome"),
    [
        ({"who": "agent", "agent": str(BO)}, {}, [BO], "routed"),
        ({"who": "agent", "agent": str(BO)}, {"gone": [str(BO)]}, [], "fallback"),
        ({"who": "account-owner"}, {"owner": str(CLEO)}, [CLEO], "routed"),
        ({"who": "account-owner"}, {"owner": ""}, [], "fallback"),
        ({"who": "deputy"}, {"deputy": str(BO)}, [BO], "routed"),
        ({"who": "manager"}, {"managers": [str(CLEO), str(BO)]}, [CLEO, BO], "routed"),
        ({"who": "manager"}, {"managers": []}, [], "fallback"),
        (
            {"who": "field", "field": "contact.keeper"},
            {"custom.contact.keeper": str(BO), "owner": str(CLEO)},
            [BO, CLEO],
            "routed",
        ),
        ({"who": "field", "field": "contact.keeper"}, {"custom.contact.keeper": "nobody"}, [], "fallback"),
        ({"who": "round-robin"}, {}, [], "routed"),
        ({"who": "account-owner"}, {"owner": str(CLEO), "kept_by": str(BO)}, [BO, CLEO], "routed"),
    ],
)
def test_whom_a_result_means(
    owner: dict[str, Any], facts: dict[str, Any], wanted: list[UUID], outcome: str
) -> None:
    found = match([a_rule(owner=owner)], facts, moment=NOW)
    settled = settle.settle(found, {"own_team": str(SUPPORT), **facts})
    assert settled.need is not None
    assert [who for who, _why in settled.need.wanted] == wanted
    assert (settled.outcome, settled.team_id) == (outcome, SUPPORT)


def test_team_that_is_gone_leaves_it_with_its_own() -> None:
    found = match([a_rule(team=str(SALES))], {}, moment=NOW)
    settled = settle.settle(found, {"own_team": str(SUPPORT), "gone": [str(SALES)]})
    assert (settled.team_id, settled.outcome) == (SUPPORT, "fallback")
    assert "not there any more" in settled.because


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
FACTS = st.sampled_from(["channel", "subject", "priority", "custom.contact.x", "load.y"])
ASKS = st.fixed_dictionaries(
    {"fact": FACTS, "is": st.sampled_from(conditions.WAYS)},
    optional={"value": st.one_of(VALUES, st.lists(VALUES, max_size=3))},
)
TREES = st.recursive(
    ASKS,
    lambda parts: st.one_of(
        st.dictionaries(
            st.sampled_from(conditions.GROUPS), st.lists(parts, max_size=4), min_size=1, max_size=1
        ),
        st.dictionaries(st.sampled_from([*conditions.GROUPS, "or"]), parts, max_size=2),
    ),
    max_leaves=25,
)
KNOWN = st.dictionaries(FACTS, st.one_of(VALUES, st.lists(st.text(max_size=5), max_size=3)), max_size=5)


@settings(max_examples=400, deadline=None)
@given(st.lists(TREES, max_size=4), KNOWN)
def test_whatever_somebody_writes_there_is_an_answer_and_it_is_always_the_same(
    trees: list[Any], facts: dict[str, Any]
) -> None:
    every = [a_rule(tree) for tree in trees]
    first, second = (match(every, facts, moment=NOW) for _ in range(2))
    assert first == second
    assert len(first.tried) == len(every)
    settled = settle.settle(first, {**facts, "own_team": str(SUPPORT)})
    assert settled.team_id in (SALES, SUPPORT)


@settings(max_examples=200, deadline=None)
@given(TREES, KNOWN)
def test_none_is_the_contrary_of_any_and_all_of_one_is_itself(tree: Any, facts: dict[str, Any]) -> None:
    try:
        group = conditions.read({"any": [tree]})
        contrary = conditions.read({"none": [tree]})
        every = conditions.read({"all": [tree]})
    except BadConditions:
        return
    held = [conditions.fails_at(one, facts, Steps(10_000)) is None for one in (group, contrary, every)]
    assert held in ([True, False, True], [False, True, False])


@given(st.text(max_size=3000), st.text(max_size=20))
def test_any_text_can_be_searched_for_any_words(text: str, words: str) -> None:
    found = conditions.is_in(conditions.phrase_of(words), conditions.cut(text))
    assert found in (True, False)


def test_steps_run_out() -> None:
    with pytest.raises(TooMuch):
        conditions.fails_at(conditions.read({"all": []}), {}, Steps(0))


def test_results_are_written_as_they_were_read() -> None:
    raw = {
        "team": str(SALES),
        "owner": {"who": "field", "field": "organisation.keeper"},
        "skills": [[str(RUST), 3]],
        "priority": 4,
        "labels": ["vip"],
        "policy": str(BO),
    }
    assert rules.Results.of(raw).written() == raw
    assert Matched().written() == {"rules": []}
