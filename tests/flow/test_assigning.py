"""Assigning: the right one gets it, nobody too much, nothing twice, and nothing is lost."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests import cast
from tests.crews import Crew, a_crew
from threadwell.flow import assigning, reasoning
from threadwell.flow.decide import pick
from threadwell.flow.decide.need import Assigned, Need
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Preference
from threadwell.record.rota.models import (
    AgentSkill,
    Distribution,
    QueuePlace,
    Skill,
    Workload,
)
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.sight.models import Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

WORKERS = 8
#: How many at once: few in the daily run, TRIES=10000 for the full number.
TRIES = int(os.environ.get("TRIES", "240"))


@pytest.fixture
def crew(db: None) -> Iterator[Crew]:
    made = a_crew("Bo", "Cleo", "Dag")
    with tenancy.entered(made.workspace.pk):
        yield made


def outcomes(assigned: Assigned, crew: Crew) -> dict[str, str]:
    names = {agent.pk: agent.name for agent in crew.agents}
    return {names[one.agent_id]: one.outcome for one in assigned.candidates}


def test_turns_go_round(crew: Crew) -> None:
    owners = [assigning.assign(crew.conversation(), crew.need(), cause="arrived").owner_id for _ in range(7)]
    every = [agent.pk for agent in sorted(crew.agents, key=lambda one: one.pk)]
    assert owners == [*every, *every, every[0]]


def test_who_carries_least_is_next(crew: Crew) -> None:
    bo, cleo, dag = crew.agents
    for owner in (bo, bo, cleo):
        crew.conversation(owner=owner)
    need = crew.need(method="least-loaded")
    owners = [assigning.assign(crew.conversation(), need, cause="arrived").owner_id for _ in range(3)]
    assert owners[0] == dag.pk
    assert set(owners[1:]) <= {cleo.pk, dag.pk}
    assert crew.carries() == {"Bo": 2, "Cleo": 2, "Dag": 2}


def test_a_team_that_takes_by_hand_gets_it_without_an_owner(crew: Crew) -> None:
    Distribution.objects.of(crew.workspace).update(method="by-hand")
    one = crew.conversation()
    assigned = assigning.assign(one, crew.need(), cause="arrived")
    assert (assigned.owner_id, assigned.is_waiting, one.team_id) == (None, False, crew.team.pk)


def test_whoever_is_wanted_gets_it_though_it_is_not_their_turn(crew: Crew) -> None:
    _bo, cleo, _dag = crew.agents
    need = crew.need(wanted=((cleo.pk, "account owner"),))
    for _ in range(2):
        assigned = assigning.assign(crew.conversation(), need, cause="arrived")
        assert (assigned.owner_id, assigned.because) == (cleo.pk, "account owner")
    # A turn is what the team gives: theirs is still to come.
    next_ones = {assigning.assign(crew.conversation(), crew.need(), cause="x").owner_id for _ in range(3)}
    assert next_ones == {agent.pk for agent in crew.agents}


def test_the_deputy_stands_in_and_then_the_team(crew: Crew) -> None:
    bo, cleo, dag = crew.agents
    crew.out(bo, deputy=cleo)
    need = crew.need(wanted=((bo.pk, "account owner"),))
    first = assigning.assign(crew.conversation(), need, cause="arrived")
    assert first.owner_id == cleo.pk
    assert outcomes(first, crew) == {"Bo": "out-of-office", "Cleo": "chosen"}
    assert first.because == "stands in for Bo (account owner)"
    crew.say(cleo, state="away")
    second = assigning.assign(crew.conversation(), need, cause="arrived")
    assert second.owner_id == dag.pk
    assert outcomes(second, crew) == {"Bo": "out-of-office", "Cleo": "away", "Dag": "chosen"}


def test_whom_the_customer_did_well_with_comes_before_the_turn(crew: Crew) -> None:
    dag = max(crew.agents, key=lambda one: one.pk)
    ada = Contact.objects.create(workspace=crew.workspace, name="Ada")
    twin = Contact.objects.create(workspace=crew.workspace, name="Ada C.", one_with=ada)
    Preference.objects.create(workspace=crew.workspace, contact=ada, kind="agent", value=str(dag.pk))
    for contact in (ada, twin):
        assigned = assigning.assign(crew.conversation(contact=contact), crew.need(), cause="arrived")
        assert assigned.owner_id == dag.pk


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"state": "busy"}, "busy"),
        ({"state": "away"}, "away"),
        ({"state": "offline"}, "offline"),
        ({"state": "online", "idle_since": clock.now()}, "away"),
        ({"state": "online", "capacity": 0}, "full"),
    ],
    ids=["busy", "away", "offline", "idle", "full"],
)
def test_who_cannot_take_more_is_passed_over(crew: Crew, said: dict[str, Any], outcome: str) -> None:
    bo, cleo, dag = crew.agents
    for agent in (bo, cleo):
        crew.say(agent, **said)
    assigned = assigning.assign(crew.conversation(), crew.need(), cause="arrived")
    assert assigned.owner_id == dag.pk
    assert outcomes(assigned, crew) == {"Bo": outcome, "Cleo": outcome, "Dag": "chosen"}


def test_whoever_is_busy_keeps_what_is_theirs_by_name(crew: Crew) -> None:
    bo = crew.agents[0]
    crew.say(bo, state="busy")
    need = crew.need(wanted=((bo.pk, "account owner"),))
    assert assigning.assign(crew.conversation(), need, cause="arrived").owner_id == bo.pk


def test_only_who_has_the_skill_on_that_level(crew: Crew) -> None:
    bo, cleo, _dag = crew.agents
    skill = Skill.objects.create(workspace=crew.workspace, name="Danish")
    for agent, level in ((bo, 2), (cleo, 4)):
        AgentSkill.objects.create(workspace=crew.workspace, agent=agent, skill=skill, level=level)
    need = crew.need(skills=((skill.pk, 3),))
    for _ in range(2):
        assigned = assigning.assign(crew.conversation(), need, cause="arrived")
        assert assigned.owner_id == cleo.pk
    assert outcomes(assigned, crew) == {"Bo": "lacks-skill", "Cleo": "chosen", "Dag": "lacks-skill"}


def test_urgent_conversations_weigh_more(crew: Crew) -> None:
    bo, cleo, dag = crew.agents
    Workload.objects.of(crew.workspace).update(priorities={"4": 4}, capacity=5)
    crew.conversation(owner=bo, priority=4)
    for owner in (cleo, cleo, dag):
        crew.conversation(owner=owner)
    urgent = assigning.assign(crew.conversation(priority=4), crew.need(), cause="arrived")
    assert urgent.is_waiting
    assert outcomes(urgent, crew) == {"Bo": "full", "Cleo": "full", "Dag": "full"}
    assert assigning.assign(crew.conversation(), crew.need(), cause="arrived").owner_id != bo.pk


def test_the_role_must_answer_customers(crew: Crew) -> None:
    Agent.objects.of(crew.workspace).exclude(name="Dag").update(role=Role.AUDITOR)
    assigned = assigning.assign(crew.conversation(), crew.need(), cause="arrived")
    assert outcomes(assigned, crew) == {"Bo": "may-not-own", "Cleo": "may-not-own", "Dag": "chosen"}


def test_nobody_gets_what_they_may_not_see(crew: Crew) -> None:
    _bo, cleo, _dag = crew.agents
    wall = Restriction.objects.create(workspace=crew.workspace, name="Board", reason="Private")
    Subject.objects.create(workspace=crew.workspace, restriction=wall, kind="inbox", key=crew.inbox.pk)
    Insider.objects.create(workspace=crew.workspace, restriction=wall, agent=cleo)
    Workspace.objects.filter(pk=crew.workspace.pk).update(is_restricted=True)
    for _ in range(2):
        assigned = assigning.assign(crew.conversation(), crew.need(), cause="arrived")
        assert outcomes(assigned, crew) == {"Bo": "may-not-see", "Cleo": "chosen", "Dag": "may-not-see"}


# What is bad or missing has a stated outcome: it waits in a queue that is shown, and says why.


def _empty_team(crew: Crew) -> None:
    TeamSeat.objects.of(crew.workspace).delete()


def _all_away(crew: Crew) -> None:
    for agent in crew.agents:
        crew.say(agent, state="away")


def _closed_for_a_month(crew: Crew) -> None:
    calendar = Calendar.objects.create(workspace=crew.workspace, name="Shut", week=[[]] * 7)
    for agent in crew.agents:
        crew.say(agent, calendar=calendar)


def _all_full(crew: Crew) -> None:
    Workload.objects.of(crew.workspace).update(capacity=0)


@pytest.mark.parametrize(
    ("spoil", "because"),
    [
        (_empty_team, "nobody is on the team"),
        (_all_away, "nobody of the team is there"),
        (_closed_for_a_month, "nobody of the team is there"),
        (_all_full, "everybody of the team carries as much as they can"),
    ],
    ids=["empty", "away", "closed", "full"],
)
def test_what_nobody_can_take_waits_and_says_why(
    crew: Crew, spoil: Callable[[Crew], None], because: str
) -> None:
    spoil(crew)
    one = crew.conversation()
    assigned = assigning.assign(one, crew.need(), cause="arrived")
    assert (assigned.owner_id, assigned.is_waiting) == (None, True)
    place = QueuePlace.objects.of(crew.workspace).get(conversation=one)
    assert (place.team_id, place.because) == (crew.team.pk, because)
    told = Event.objects.of(crew.workspace).get(name="conversation.queued", about=one.pk)
    assert told.facts["because"] == because


def test_working_hours_in_a_zone_that_is_gone_count_in_the_workspaces(crew: Crew) -> None:
    calendar = Calendar.objects.create(
        workspace=crew.workspace, name="Day", zone="Mars/Olympus", week=[[["00:00", "24:00"]]] * 7
    )
    for agent in crew.agents:
        crew.say(agent, calendar=calendar)
    assert assigning.assign(crew.conversation(), crew.need(), cause="arrived").owner_id


def test_a_team_that_is_gone_leaves_it_where_it_stands(crew: Crew) -> None:
    one = crew.conversation(team=crew.team)
    assigned = assigning.assign(one, Need(team_id=crew.inbox.pk), cause="arrived")
    one.refresh_from_db()
    assert (assigned.owner_id, one.team_id) == (None, crew.team.pk)


def test_what_was_closed_or_taken_meanwhile_is_left_alone(crew: Crew) -> None:
    bo = crew.agents[0]
    closed, taken = crew.conversation(status="closed"), crew.conversation()
    Conversation.objects.of(crew.workspace).filter(pk=taken.pk).update(owner=bo)
    assert assigning.assign(closed, crew.need(), cause="arrived").owner_id is None
    assert assigning.assign(taken, crew.need(), cause="arrived").owner_id == bo.pk
    assert not Event.objects.of(crew.workspace).filter(name="conversation.assigned").exists()


def test_a_decision_made_again_from_its_record_is_the_same(crew: Crew) -> None:
    bo, cleo, _dag = crew.agents
    crew.out(bo, deputy=cleo)
    crew.say(cleo, state="busy")
    for wanted in ((), ((bo.pk, "account owner"),), ((cleo.pk, "manager"),)):
        need = crew.need(wanted=wanted)
        assigned = assigning.assign(crew.conversation(), need, cause="arrived")
        again = pick.again(need, assigned.facts)
        assert (again.owner_id, again.candidates) == (assigned.owner_id, assigned.candidates)


def test_the_queue_is_given_out_by_urgency_and_then_by_waiting(crew: Crew) -> None:
    bo = crew.agents[0]
    _all_away(crew)
    names = [("early", 2), ("later", 2), ("urgent", 4)]
    for subject, priority in names:
        with clock.stopped_at(clock.now()):
            assigning.assign(crew.conversation(subject=subject, priority=priority), crew.need(), cause="x")
    assert assigning.refill(crew.workspace.pk) == 0
    crew.say(bo, state="online", capacity=1)
    owned = Conversation.objects.of(crew.workspace).owned_by(bo)
    got = []
    while assigning.refill(crew.workspace.pk):
        one = owned.open().get()
        got.append(one.subject)
        one.close(by=bo)
    assert got == ["urgent", "early", "later"]
    assert not QueuePlace.objects.of(crew.workspace).waiting().exists()


def test_a_long_queue_of_a_busy_team_hides_nobody_who_is_wanted(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "AT_ONCE", 3)
    _all_away(crew)
    eva = cast.an_agent(crew.workspace, name="Eva")
    crew.say(eva, state="offline")
    assigning.assign_all([(one, crew.need()) for one in crew.conversations(8)], cause="x")
    last = crew.conversation()
    assigning.assign(last, crew.need(wanted=((eva.pk, "account owner"),)), cause="x")
    crew.say(eva, state="online")
    assert assigning.refill(crew.workspace.pk) == 1
    last.refresh_from_db()
    assert last.owner_id == eva.pk
    crew.say(crew.agents[0], state="online")
    assert assigning.refill(crew.workspace.pk) == 8


def test_what_is_passed_to_a_team_that_hands_out_is_handed_out(crew: Crew) -> None:
    one, kept = crew.conversation(team=crew.team), crew.conversation()
    assigning.take_up(crew.workspace.pk, [one.pk, kept.pk])
    one.refresh_from_db()
    kept.refresh_from_db()
    assert (one.owner_id in {agent.pk for agent in crew.agents}, kept.owner_id) == (True, None)
    by_hand = crew.conversation(team=crew.team)
    Distribution.objects.of(crew.workspace).update(method="by-hand")
    assigning.take_up(crew.workspace.pk, [by_hand.pk])
    by_hand.refresh_from_db()
    assert by_hand.owner_id is None


def test_what_is_given_out_of_a_queue_keeps_who_was_looked_at(crew: Crew) -> None:
    bo = crew.agents[0]
    _all_away(crew)
    one, need = crew.conversation(), crew.need()
    assigning.assign(one, need, cause="arrived")
    crew.say(bo, state="online")
    assigning.refill(crew.workspace.pk)
    facts = Event.objects.of(crew.workspace).get(name="conversation.assigned", about=one.pk).facts
    assert facts["cause"] == "refill"
    waited, given = RoutingDecision.objects.of(crew.workspace).order_by("at", "pk")
    assert (waited.is_waiting, waited.owner_id, waited.because) == (True, None, "nobody of the team is there")
    assert (given.cause, given.outcome, given.owner_id) == ("refill", "given", bo.pk)
    told = {each["name"]: each["outcome"] for each in given.candidates}
    assert told == {"Bo": "chosen", "Cleo": "away", "Dag": "away"}
    assert pick.again(need, given.pick).owner_id == bo.pk
    assert all(reasoning.comes_out_the_same(decision) for decision in (waited, given))
    given.owner_id = crew.agents[1].pk
    assert not reasoning.comes_out_the_same(given)


def test_whoever_is_free_but_lacks_the_skill_does_not_hold_up_others(crew: Crew) -> None:
    skill = Skill.objects.create(workspace=crew.workspace, name="Danish")
    hard, plain = crew.conversation(priority=4), crew.conversation()
    _all_away(crew)
    assigning.assign(hard, crew.need(skills=((skill.pk, 1),)), cause="x")
    assigning.assign(plain, crew.need(), cause="x")
    crew.say(crew.agents[0], state="online")
    assert assigning.refill(crew.workspace.pk) == 1
    plain.refresh_from_db()
    hard.refresh_from_db()
    assert (plain.owner_id, hard.owner_id) == (crew.agents[0].pk, None)
    assert QueuePlace.objects.of(crew.workspace).get().conversation_id == hard.pk


# Many at once.


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["round-robin", "least-loaded"])
def test_eight_workers_hand_out_fairly(method: str) -> None:
    crew = a_crew("Bo", "Cleo", "Dag", "Eva", "Finn", method=method)
    with tenancy.entered(crew.workspace.pk):
        waiting = crew.conversations(TRIES)

    def give(one: Conversation) -> None:
        with tenancy.entered(crew.workspace.pk):
            assigning.assign(one, crew.need(), cause="arrived")

    _at_once(give, waiting)
    with tenancy.entered(crew.workspace.pk):
        carried = crew.carries()
    assert sum(carried.values()) == TRIES
    assert max(carried.values()) - min(carried.values()) <= 1, carried


@pytest.mark.django_db(transaction=True)
def test_nothing_is_given_out_twice() -> None:
    crew = a_crew("Bo", "Cleo", "Dag")
    with tenancy.entered(crew.workspace.pk):
        waiting = crew.conversations(max(1, TRIES // WORKERS))
    tried = [one for one in waiting for _ in range(WORKERS)]

    def give(one: Conversation) -> None:
        with tenancy.entered(crew.workspace.pk):
            # As another process read it: nobody's.
            as_read = Conversation(pk=one.pk, workspace=crew.workspace, number=1)
            assigning.assign(as_read, crew.need(), cause="x")

    _at_once(give, tried)
    with tenancy.entered(crew.workspace.pk):
        told = Event.objects.of(crew.workspace).filter(name="conversation.assigned")
        assert Counter(told.values_list("about", flat=True)) == {one.pk: 1 for one in waiting}
        carried = crew.carries()
    assert max(carried.values()) - min(carried.values()) <= 1, carried


@pytest.mark.django_db(transaction=True)
def test_workers_that_fill_up_together_give_nobody_too_much() -> None:
    crew = a_crew("Bo", "Cleo", "Dag", capacity=7, method="least-loaded")
    with tenancy.entered(crew.workspace.pk):
        for agent in crew.agents:
            crew.say(agent, state="away")
        waiting = crew.conversations(40)
        assigning.assign_all([(one, crew.need()) for one in waiting], cause="arrived")
        for agent in crew.agents:
            crew.say(agent, state="online")
    _at_once(lambda _n: assigning.refill(crew.workspace.pk), list(range(WORKERS)))
    with tenancy.entered(crew.workspace.pk):
        assert set(crew.carries().values()) == {7}
        assert QueuePlace.objects.of(crew.workspace).waiting().count() == 40 - 21


def _at_once(do: Callable[[Any], object], every: list[Any]) -> None:
    start = threading.Barrier(WORKERS)

    def work(mine: list[Any]) -> None:
        try:
            start.wait()
            for one in mine:
                do(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, every[n::WORKERS]) for n in range(WORKERS)]:
            done.result()
