"""Many go to others in one go: for each it is said what became of it, and none is lost.

`MANY=10000` makes it as many as the issue asks; the suite hands on a few.
"""

import os
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests import cast
from tests.crews import Crew, a_crew
from threadwell.flow import assigning, reasoning, redistributing, staffing
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.rota.models import QueuePlace, Redistribution
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

MANY = int(os.environ.get("MANY", "90"))
HEIRS = 3


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Crew:
    if MANY < 1000:
        monkeypatch.setattr(redistributing, "TOGETHER", 20)  # so that a few are several batches
    # Three of four find room with the others.
    return a_crew("Bo", "Cleo", "Dag", "Eva", method="least-loaded", capacity=MANY // (HEIRS + 1))


@pytest.fixture
def lead(crew: Crew) -> Agent:
    return cast.an_agent(crew.workspace, name="Lea", role=Role.ADMIN)


def owned_by_bo(crew: Crew) -> list[Conversation]:
    """Some asleep, some without a team; and some that are none of them."""
    every = crew.conversations(MANY)
    rows = Conversation.objects.of(crew.workspace)
    rows.update(owner=crew.agents[0], team=crew.team)
    rows.filter(pk__in=[one.pk for one in every[::10]]).update(
        status="snoozed", snoozed_until=clock.now() + timedelta(days=1)
    )
    done = crew.conversations(5)
    rows.filter(pk__in=[one.pk for one in done]).update(owner=crew.agents[0], status="closed")
    return every


def leaves(crew: Crew, lead: Agent) -> Redistribution:
    staffing.leave(crew.agents[0], by=lead)
    row: Redistribution = Redistribution.objects.of(crew.workspace).get()
    return row


def carried_to_the_end(crew: Crew, row: Redistribution) -> int:
    """As the worker does it; how many batches."""
    batches = 1
    while not row.ended_at:
        redistributing.next_batch(workspace_id=str(row.workspace_id), redistribution_id=str(row.pk))
        batches += 1
        with tenancy.entered(crew.workspace.pk):
            row.refresh_from_db()
    return batches


def test_each_has_an_outcome_and_none_is_lost(crew: Crew, lead: Agent) -> None:
    with tenancy.entered(crew.workspace.pk):
        every = owned_by_bo(crew)
        began = time.perf_counter()
        row = leaves(crew, lead)
    batches = carried_to_the_end(crew, row)
    took = time.perf_counter() - began
    assert (row.total, row.done, row.given + row.queued) == (MANY, MANY, MANY)
    with tenancy.entered(crew.workspace.pk):
        now = {one.pk: one for one in Conversation.objects.of(crew.workspace).exclude(status="closed")}
        waiting = set(QueuePlace.objects.of(crew.workspace).values_list("conversation_id", flat=True))
        decisions = list(RoutingDecision.objects.of(crew.workspace))
        told = Event.objects.of(crew.workspace).filter(name__in=[f"conversation.{x}" for x in _LEFT])
        assert set(now) == {one.pk for one in every}
        owned = {key for key, one in now.items() if one.owner_id}
        # Nobody's and nowhere is none of them; nothing is both somebody's and waits.
        assert owned | waiting == set(now)
        assert owned & waiting == set()
        assert (len(owned), len(waiting)) == (row.given, row.queued)
        assert {one.team_id for one in now.values()} == {crew.team.pk}
        assert Counter(told.values_list("about", flat=True)) == dict.fromkeys(now, 1)
        assert Counter(one.conversation_id for one in decisions) == dict.fromkeys(now, 1)
        assert {one.conversation_id for one in decisions if one.is_waiting} == waiting
        assert all(reasoning.comes_out_the_same(one) for one in decisions[:2000])
        # Those who are asleep take no room: the others are filled up, and evenly.
        carried = _carried(crew)
        assert set(carried) == {agent.pk for agent in crew.agents[1:]}
        assert set(carried.values()) == {MANY // (HEIRS + 1)}
    print(f"{MANY} handed on in {batches} batches: {row.given} given, {row.queued} wait; {MANY / took:.0f}/s")


def test_a_batch_that_dies_is_done_again_and_none_goes_twice(
    crew: Crew, lead: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenancy.entered(crew.workspace.pk):
        owned_by_bo(crew)
        row = leaves(crew, lead)

    def dies(*_args: Any, **_facts: Any) -> None:
        raise RuntimeError("the worker was killed")

    with monkeypatch.context() as killed:
        killed.setattr(assigning, "_keep_turns", dies)
        with pytest.raises(RuntimeError, match="killed"):
            redistributing.next_batch(workspace_id=str(row.workspace_id), redistribution_id=str(row.pk))
    carried_to_the_end(crew, row)
    assert (row.done, row.given + row.queued) == (MANY, MANY)
    with tenancy.entered(crew.workspace.pk):
        counted = Counter(
            RoutingDecision.objects.of(crew.workspace).values_list("conversation_id", flat=True)
        )
        assert set(counted.values()) == {1}
        assert len(counted) == MANY


_LEFT = ("assigned", "unassigned")


def _carried(crew: Crew) -> Counter[Any]:
    rows = Conversation.objects.of(crew.workspace).open().exclude(owner=None)
    return Counter(rows.values_list("owner_id", flat=True))
