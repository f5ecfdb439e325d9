"""Pick: of the same values always the same one, never one who cannot, whatever is asked."""

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from threadwell.flow.decide import pick
from threadwell.flow.decide.need import Need
from threadwell.flow.decide.pick import CHOSEN, HINDERED, Colleague, Setting

TEAM, DANISH = UUID(int=1), UUID(int=2)
KEYS = [UUID(int=100 + n) for n in range(40)]


def colleagues() -> some.SearchStrategy[list[Colleague]]:
    one = some.builds(
        Colleague,
        agent_id=some.sampled_from(KEYS),
        name=some.just("Bo"),
        hinder=some.sampled_from(["", "", "", "away", "offline", "out-of-office", "has-left"]),
        deputy_id=some.none() | some.sampled_from(KEYS),
        capacity=some.none() | some.integers(0, 9),
        load=some.integers(0, 9),
        taken=some.integers(0, 99),
        is_member=some.booleans(),
        is_busy=some.booleans(),
        levels=some.dictionaries(some.just(str(DANISH)), some.integers(1, 5)),
        may_see=some.booleans(),
    )
    return some.lists(one, max_size=40, unique_by=lambda one: one.agent_id)


def needs() -> some.SearchStrategy[Need]:
    return some.builds(
        Need,
        team_id=some.just(TEAM),
        wanted=some.lists(some.tuples(some.sampled_from(KEYS), some.just("owner")), max_size=4).map(tuple),
        method=some.just("none"),
        skills=some.sampled_from([(), ((DANISH, 3),)]),
    )


def settings() -> some.SearchStrategy[Setting]:
    return some.builds(
        Setting,
        method=some.sampled_from(["by-hand", "round-robin", "least-loaded"]),
        points=some.integers(1, 4),
        did_well=some.none() | some.sampled_from(KEYS),
    )


@given(needs(), colleagues(), settings())
def test_the_order_of_looking_does_not_matter(need: Need, people: list[Colleague], setting: Setting) -> None:
    found = pick.pick(need, people, setting)
    assert pick.pick(need, people[::-1], setting).owner_id == found.owner_id


@given(needs(), colleagues(), settings())
def test_what_was_kept_gives_the_same_answer(need: Need, people: list[Colleague], setting: Setting) -> None:
    found = pick.pick(need, people, setting)
    kept = json.loads(json.dumps(pick.facts_of(people, setting, found)))
    again = pick.again(need, kept)
    assert (again.owner_id, again.because) == (found.owner_id, found.because)


@given(needs(), colleagues(), settings())
def test_nobody_gets_it_who_cannot_take_it(need: Need, people: list[Colleague], setting: Setting) -> None:
    found = pick.pick(need, people, setting)
    outcomes = {one.agent_id: one.outcome for one in found.candidates}
    assert len(outcomes) == len(found.candidates)
    assert all(outcome == CHOSEN or outcome in HINDERED for outcome in outcomes.values())
    assert [key for key, outcome in outcomes.items() if outcome == CHOSEN] == (
        [found.owner_id] if found.owner_id else []
    )
    assert found.because
    for one in people:
        if one.agent_id == found.owner_id:
            assert not one.hinder
            assert one.may_see
            assert one.capacity is None or one.load + setting.points <= one.capacity
            assert all(one.levels.get(str(skill), 0) >= level for skill, level in need.skills)


@given(colleagues(), settings())
def test_of_a_team_the_next_in_turn_or_the_least_loaded(people: list[Colleague], setting: Setting) -> None:
    found = pick.pick(Need(team_id=TEAM), people, setting)
    if not found.is_turn:
        return
    free = [
        one
        for one in people
        if one.is_member
        and one.may_see
        and not (one.hinder or one.is_busy)
        and (one.capacity is None or one.load + setting.points <= one.capacity)
    ]
    chosen = next(one for one in people if one.agent_id == found.owner_id)
    if setting.method == "round-robin":
        assert chosen.taken == min(one.taken for one in free)
    else:
        assert chosen.load == min(one.load for one in free)
