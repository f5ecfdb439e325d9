"""What is owed goes to another conversation: its clock goes along, and no step is done twice."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flow.test_clocks import Desk, on
from threadwell.flow import clocks, committing, surgery
from threadwell.flow.committing import About
from threadwell.kit import clock
from threadwell.record.clocks.models import ClockStep
from threadwell.record.conversations.models import Conversation

pytestmark = pytest.mark.django_db(transaction=True)

LADDER = [{"minutes": -30, "deed": "notify"}, {"minutes": 0, "deed": "supervisors"}]


class Two(Desk):
    """Ada asks about the gate, and then about the lamp; Cleo finds that it is one question."""

    def __init__(self, **agreed: Any) -> None:
        super().__init__(**{"first_response": 60, "next_response": 60, "ladder": LADDER, **agreed})

    def of(self, subject: str) -> Conversation:
        with self.inside():
            found: Conversation = Conversation.objects.of(self.firm).get(subject=subject)
        return found

    def joins(self, moment: datetime, source: str, into: str, **told: Any) -> Any:
        with clock.stopped_at(moment.astimezone(UTC)):
            with self.inside():
                undo = surgery.unite([self.of(source).pk], into=self.of(into).pk, by=self.cleo)
            self.told_one_by_one(**told)
        return undo

    def told_one_by_one(self, *, is_backwards: bool = False) -> None:
        """As events are heard: each conversation by itself, in whatever order."""
        with self.inside():
            keys = list(Conversation.objects.of(self.firm).order_by("pk").values_list("pk", flat=True))
        for key in reversed(keys) if is_backwards else keys:
            clocks.keep(self.firm.pk, [key])

    def done(self) -> Counter[str]:
        """How often each deed was told of."""
        return Counter(one.facts.get("deed", "overdue") for one in self.escalations())

    def escalations(self) -> list[Any]:
        return self.told("conversation.escalated") + self.told("conversation.overdue")


ONCE = Counter({"notify": 1, "supervisors": 1, "overdue": 1})


@pytest.mark.parametrize("is_backwards", [False, True], ids=["in-order", "backwards"])
def test_joined_into_another_what_was_done_is_done(is_backwards: bool) -> None:
    two = Two()
    two.hears(on(23, 9), "Lamp")
    two.strikes(on(23, 11))
    assert two.done() == ONCE
    two.hears(on(23, 11), "Gate")
    two.joins(on(23, 11, 5), "Lamp", "Gate", is_backwards=is_backwards)
    assert two.strikes(on(23, 11, 10)) == 0
    assert two.done() == ONCE
    [found] = two.clocks()
    assert (found.conversation_id, found.started_at) == (two.of("Gate").pk, on(23, 9))
    with two.inside():
        assert {one.conversation_id for one in ClockStep.objects.of(two.firm)} == {two.of("Gate").pk}


def test_what_is_not_done_yet_is_done_once_where_it_went() -> None:
    two = Two()
    two.hears(on(23, 9), "Lamp")
    two.hears(on(23, 9, 20), "Gate")
    two.strikes(on(23, 9, 40))
    assert two.done() == Counter({"notify": 1})
    two.joins(on(23, 9, 45), "Lamp", "Gate")
    two.strikes(on(23, 11))
    assert two.done() == ONCE


def test_parted_again_nothing_is_done_twice() -> None:
    two = Two()
    two.hears(on(23, 9), "Lamp")
    two.hears(on(23, 9, 20), "Gate")
    undo = two.joins(on(23, 9, 25), "Lamp", "Gate")
    two.strikes(on(23, 11))
    assert two.done() == ONCE
    with clock.stopped_at(on(23, 12).astimezone(UTC)):
        with two.inside():
            surgery.put_back(undo, by=two.cleo)
        two.told_one_by_one()
    assert {one.conversation_id for one in two.clocks()} == {two.of("Lamp").pk, two.of("Gate").pk}
    two.strikes(on(23, 12, 5))
    # The gate's own deadline stands again, and was missed meanwhile; the lamp's steps are done.
    assert two.done() == ONCE + ONCE
    with two.inside():
        steps = ClockStep.objects.of(two.firm).exclude(done_at=None)
        assert Counter(steps.values_list("conversation__subject", flat=True)) == {"Lamp": 3, "Gate": 3}


def test_the_second_question_of_a_customer_is_the_same_debt_when_it_is_no_longer_the_first() -> None:
    two = Two()
    two.hears(on(23, 9), "Gate")
    two.answers(on(23, 9, 10))
    two.hears(on(23, 9, 30), "Lamp")
    two.strikes(on(23, 11))
    assert two.done() == ONCE
    two.joins(on(23, 11, 5), "Lamp", "Gate")
    assert [one.started_at for one in two.clocks("next_response")] == [on(23, 9, 30)]
    two.strikes(on(23, 12))
    assert two.done() == ONCE


def test_split_off_and_put_back_nothing_is_done_twice() -> None:
    two = Two()
    two.hears(on(23, 9), "Gate", message_id="<1@customer.example>")
    two.answers(on(23, 9, 10))
    two.hears(on(23, 9, 30), "Re: Gate", answers="<1@customer.example>")
    two.strikes(on(23, 11))
    assert two.done() == ONCE
    with clock.stopped_at(on(23, 11, 5).astimezone(UTC)):
        with two.inside():
            gate = two.of("Gate")
            last = gate.messages.order_by("-at")[0]
            _opened, undo = surgery.split(gate, [last.pk], by=two.cleo)
        two.told_one_by_one()
        assert two.strikes(on(23, 11, 10)) == 0
        with two.inside():
            surgery.put_back(undo, by=two.cleo)
        two.told_one_by_one()
    assert two.strikes(on(23, 11, 20)) == 0
    assert two.done() == ONCE


def test_promise_that_went_along_is_warned_of_once() -> None:
    two = Two(ladder=[{"minutes": -30, "deed": "notify"}])
    two.hears(on(23, 9), "Gate")
    two.hears(on(23, 9, 1), "Lamp")
    with clock.stopped_at(on(23, 9, 2).astimezone(UTC)):
        with two.inside():
            about = About(conversation=two.of("Lamp"))
            due = on(23, 15).astimezone(UTC)
            committing.mark_promise(about, by=two.bo, text="The lamp", due_at=due)
        two.keeps()
    two.strikes(on(23, 14, 40))
    before = two.done()
    two.joins(on(23, 14, 45), "Lamp", "Gate")
    two.strikes(on(23, 14, 50))
    assert [one.conversation_id for one in two.clocks("promise")] == [two.of("Gate").pk]
    assert two.done()["notify"] == before["notify"]


def test_where_nothing_is_agreed_any_more_a_clock_that_went_along_is_gone() -> None:
    two = Two(priorities=[2])
    two.hears(on(23, 9), "Gate")
    with two.inside():
        two.of("Gate").weigh(Conversation.Priority.URGENT, by=None)
    two.hears(on(23, 9, 10), "Lamp")
    assert len(two.clocks()) == 1
    two.joins(on(23, 9, 20), "Lamp", "Gate")
    assert two.clocks() == []
    assert two.strikes(on(23, 12)) == 0
