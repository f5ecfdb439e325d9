"""Rostering: who is there, when they come back, and what becomes of what they have open."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests import cast
from tests.crews import Crew, a_crew
from tests.house import pages
from threadwell.flow import assigning, handling, redistributing, replenishing, rostering, staffing
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid, NotAllowed
from threadwell.record.journal.models import Event
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.models import Absence, QueuePlace, Redistribution, Skill, Workload
from threadwell.record.workplace.models import Agent, TeamSeat
from threadwell.record.workplace.roles import Role


@pytest.fixture
def crew(db: None) -> Iterator[Crew]:
    made = a_crew("Bo", "Cleo", "Dag")
    with tenancy.entered(made.workspace.pk):
        yield made


@pytest.fixture
def lead(crew: Crew) -> Agent:
    return cast.an_agent(crew.workspace, name="Lea", role=Role.ADMIN)


def told(crew: Crew, name: str) -> list[dict[str, Any]]:
    return list(
        Event.objects.of(crew.workspace).filter(name=name).order_by("pk").values_list("facts", flat=True)
    )


def goes_out(agent: Agent, *, by: Agent | None = None, **facts: Any) -> Absence:
    now = clock.now()
    usual: dict[str, Any] = {
        "begins_at": now,
        "ends_at": now + timedelta(days=7),
        "deputy": None,
        "reason": "Holiday",
        "open_work": OpenWork.KEEP,
    }
    return rostering.go_out(agent, **{**usual, **facts}, by=by or agent)


def test_a_state_is_said_once(crew: Crew) -> None:
    bo = crew.agents[0]
    assert rostering.say_state(bo, "busy", by=bo)
    assert not rostering.say_state(bo, "busy", by=bo)
    assert rostering.availability_of(bo).standing == "busy"
    assert told(crew, "availability.changed") == [{"state": "busy", "before": "online"}]


def test_only_oneself_and_supervisors_set_a_state(crew: Crew, lead: Agent) -> None:
    bo, cleo, _dag = crew.agents
    with pytest.raises(NotAllowed):
        rostering.say_state(bo, "away", by=cleo)
    with pytest.raises(Invalid):
        rostering.say_state(bo, "asleep", by=bo)
    assert rostering.say_state(bo, "away", by=lead)


@pytest.mark.parametrize(
    ("state", "goes", "comes_back_as"),
    [("online", 1, "online"), ("busy", 1, "busy"), ("away", 0, "away"), ("offline", 0, "offline")],
)
def test_whoever_goes_silent_is_away_until_they_are_seen(
    crew: Crew, state: str, goes: int, comes_back_as: str
) -> None:
    bo = crew.agents[0]
    now = clock.now()
    with clock.stopped_at(now):
        rostering.say_state(bo, state, by=bo)
    assert rostering.notice_silence(crew.workspace.pk, now=now + timedelta(minutes=14)) == 0
    assert rostering.notice_silence(crew.workspace.pk, now=now + timedelta(minutes=16)) == goes
    if goes:
        assert rostering.availability_of(bo).standing == "away"
    with clock.stopped_at(now + timedelta(hours=1)):
        assert rostering.was_seen(bo) is bool(goes)
    assert rostering.availability_of(bo).standing == comes_back_as


def test_a_clock_that_jumps_back_makes_nobody_away_for_ever(crew: Crew) -> None:
    bo = crew.agents[0]
    now = clock.now()
    with clock.stopped_at(now + timedelta(days=30)):
        rostering.say_state(bo, "online", by=bo)
    assert rostering.notice_silence(crew.workspace.pk, now=now) == 0
    assert rostering.availability_of(bo).seen_at == now
    assert rostering.notice_silence(crew.workspace.pk, now=now + timedelta(minutes=16)) == 1


def test_a_clock_that_jumps_ahead_makes_them_away_and_back_with_the_next_key(crew: Crew) -> None:
    bo = crew.agents[0]
    rostering.say_state(bo, "online", by=bo)
    ahead = clock.now() + timedelta(days=300)
    assert rostering.notice_silence(crew.workspace.pk, now=ahead) == 1
    assert rostering.was_seen(bo)
    assert rostering.availability_of(bo).standing == "online"


def test_open_work_stays_goes_to_the_deputy_or_to_the_team(crew: Crew) -> None:
    bo, cleo, dag = crew.agents
    for open_work, owners in (
        (OpenWork.KEEP, {bo.pk}),
        (OpenWork.DEPUTY, {cleo.pk}),
        (OpenWork.TEAM, {cleo.pk, dag.pk}),
    ):
        mine = [crew.conversation(owner=bo, team=crew.team) for _ in range(4)]
        absence = goes_out(bo, deputy=cleo, open_work=open_work)
        for one in mine:
            one.refresh_from_db()
        assert {one.owner_id for one in mine} == owners
        rostering.come_in(absence, by=bo)


def test_open_work_of_a_team_without_anybody_there_stands_in_its_queue(crew: Crew) -> None:
    bo = crew.agents[0]
    TeamSeat.objects.of(crew.workspace).exclude(agent=bo).delete()
    one = crew.conversation(owner=bo, team=crew.team)
    goes_out(bo, open_work=OpenWork.TEAM)
    one.refresh_from_db()
    assert (one.owner_id, one.team_id) == (None, crew.team.pk)
    assert QueuePlace.objects.of(crew.workspace).waiting().get().conversation_id == one.pk


def test_an_absence_begins_and_ends_with_time_and_what_waits_is_given_out(crew: Crew) -> None:
    bo = crew.agents[0]
    TeamSeat.objects.of(crew.workspace).exclude(agent=bo).delete()
    now = clock.now()
    goes_out(bo, begins_at=now + timedelta(days=1), ends_at=now + timedelta(days=2), open_work=OpenWork.TEAM)
    one = crew.conversation(owner=bo, team=crew.team)
    for days, owner in ((0, bo), (1, None), (1, None), (2, bo)):
        with clock.stopped_at(now + timedelta(days=days, minutes=1)):
            replenishing.look_around(crew.workspace.pk)
        one.refresh_from_db()
        assert one.owner_id == (owner.pk if owner else None)
    names = ["absence.made", "absence.begun", "absence.ended"]
    assert [len(told(crew, name)) for name in names] == [1, 1, 1]
    assert not QueuePlace.objects.of(crew.workspace).exists()


def test_an_absence_is_withdrawn_before_it_begins_and_ended_after(crew: Crew) -> None:
    bo = crew.agents[0]
    now = clock.now()
    to_come = goes_out(bo, begins_at=now + timedelta(days=30), ends_at=now + timedelta(days=31))
    running = goes_out(bo)
    assert rostering.come_in(to_come, by=bo)
    assert rostering.come_in(running, by=bo)
    assert not rostering.come_in(running, by=bo)
    again = goes_out(bo, begins_at=now - timedelta(hours=1))
    assert rostering.come_in(again, by=bo)
    running.refresh_from_db()
    assert running.ends_at <= clock.now()
    assert [len(told(crew, name)) for name in ("absence.withdrawn", "absence.ended")] == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": clock.now() - timedelta(days=2)},
        {"begins_at": clock.now() - timedelta(days=9), "ends_at": clock.now() - timedelta(days=8)},
        {"ends_at": clock.now() + timedelta(days=5000)},
        {"open_work": "burn"},
        {"open_work": OpenWork.DEPUTY},
        {"deputy": "oneself"},
        {"deputy": "auditor"},
    ],
    ids=["backwards", "over", "for-ever", "unknown", "no-deputy", "oneself", "auditor"],
)
def test_an_absence_that_makes_no_sense_is_refused(crew: Crew, wrong: dict[str, Any]) -> None:
    bo = crew.agents[0]
    people = {"oneself": bo, "auditor": cast.an_agent(crew.workspace, name="Au", role=Role.AUDITOR)}
    if isinstance(wrong.get("deputy"), str):
        wrong = {**wrong, "deputy": people[wrong["deputy"]]}
    with pytest.raises(Invalid):
        goes_out(bo, **wrong)
    assert not Absence.objects.of(crew.workspace).exists()


def test_nobody_is_out_twice_at_once_and_nobody_sends_others_out(crew: Crew, lead: Agent) -> None:
    bo, cleo, _dag = crew.agents
    goes_out(bo)
    with pytest.raises(rostering.Overlapping):
        goes_out(bo)
    with pytest.raises(NotAllowed):
        goes_out(cleo, by=bo)
    assert goes_out(cleo, by=lead).made_by == lead


def test_whoever_leaves_hands_on_to_an_heir_or_to_the_team(crew: Crew, lead: Agent) -> None:
    bo, cleo, dag = crew.agents
    theirs = [crew.conversation(owner=bo, team=crew.team) for _ in range(3)]
    asleep = crew.conversation(
        owner=bo, team=crew.team, status="snoozed", snoozed_until=clock.now() + timedelta(days=1)
    )
    done = crew.conversation(owner=bo, status="closed")
    staffing.leave(bo, by=lead, heir=dag)
    for one in (*theirs, asleep, done):
        one.refresh_from_db()
    assert {one.owner_id for one in (*theirs, asleep)} == {dag.pk}
    assert done.owner_id == bo.pk
    staffing.leave(dag, by=lead)
    for one in theirs:
        one.refresh_from_db()
    assert {one.owner_id for one in theirs} == {cleo.pk}
    with pytest.raises(Invalid):
        staffing.leave(cleo, by=lead, heir=bo)


def test_many_go_in_batches_that_tell_how_far_they_are(crew: Crew, lead: Agent, monkeypatch: Any) -> None:
    bo = crew.agents[0]
    monkeypatch.setattr("threadwell.flow.redistributing.TOGETHER", 20)
    every = crew.conversations(50)
    type(every[0]).objects.of(crew.workspace).update(owner=bo, team=crew.team)
    staffing.leave(bo, by=lead)
    row = Redistribution.objects.of(crew.workspace).get()
    assert (row.total, row.done, row.ended_at) == (50, 20, None)
    for _ in range(3):
        redistribution = {"workspace_id": str(row.workspace_id), "redistribution_id": str(row.pk)}
        redistributing.next_batch(**redistribution)
    row.refresh_from_db()
    assert (row.done, row.given, row.queued) == (50, 50, 0)
    assert row.ended_at
    assert crew.carries() == {"Bo": 0, "Cleo": 25, "Dag": 25}


def test_two_who_give_it_at_once_one_wins_and_the_other_is_told(crew: Crew, lead: Agent) -> None:
    bo, cleo, _dag = crew.agents
    one = crew.conversation()
    assert handling.handle([one], handling.Assign(owner=bo, was=""), by=lead)
    with pytest.raises(handling.Overtaken, match="Meanwhile it was given to Bo"):
        handling.handle([one], handling.Assign(owner=cleo, was=""), by=lead)
    assert handling.handle([one], handling.Assign(owner=bo, was=""), by=lead) is None
    assert handling.handle([one], handling.Assign(owner=cleo, was=str(bo.pk)), by=lead)


def test_skills_are_given_with_levels_and_vanish_with_the_skill(crew: Crew, lead: Agent) -> None:
    bo = crew.agents[0]
    danish = rostering.make_skill("  Danish ", by=lead)
    with pytest.raises(DomainError):
        rostering.make_skill("danish", by=lead)
    with pytest.raises(Invalid):
        rostering.give_skills(bo, {danish.pk: 6}, by=lead)
    assert rostering.give_skills(bo, {danish.pk: 4}, by=lead)
    assert not rostering.give_skills(bo, {danish.pk: 4}, by=lead)
    need = crew.need(skills=((danish.pk, 4),))
    assert assigning.assign(crew.conversation(), need, cause="x").owner_id == bo.pk
    rostering.remove_skill(danish, by=lead)
    assert not Skill.objects.of(crew.workspace).exists()
    gone = assigning.assign(crew.conversation(), need, cause="x")
    assert (gone.is_waiting, gone.because) == (True, "nobody of the team has the skills")


def test_a_raised_capacity_empties_the_queue(crew: Crew, lead: Agent) -> None:
    Workload.objects.of(crew.workspace).update(capacity=0)
    assigning.assign_all([(one, crew.need()) for one in crew.conversations(6)], cause="x")
    rostering.weigh_work(crew.workspace.pk, capacity=1, channels={}, priorities={}, idle_minutes=15, by=lead)
    assert assigning.refill(crew.workspace.pk) == 3
    rostering.give_capacity(crew.agents[0], 3, by=lead)
    assert assigning.refill(crew.workspace.pk) == 2
    assert crew.carries() == {"Bo": 3, "Cleo": 1, "Dag": 1}
    for capacity in (-1, 5000):
        with pytest.raises(Invalid):
            rostering.give_capacity(crew.agents[0], capacity, by=lead)


def test_what_freed_somebody_is_heard(crew: Crew) -> None:
    """Every event after which somebody may have room is one that is told somewhere."""
    documented = (pages.FOLDER / "events.md").read_text(encoding="utf-8")
    assert [name for name in replenishing.FREEING if f"`{name}`" not in documented] == []
