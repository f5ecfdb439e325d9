"""A word that was given is owed like an answer: its date is a deadline, warned of and escalated once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flow.test_clocks import Desk, on
from threadwell.flow import committing, reactions
from threadwell.flow.committing import About
from threadwell.kit import clock
from threadwell.record.clocks.models import ClockStep, SlaPolicy
from threadwell.record.commitments.models import Promise
from threadwell.record.conversations.models import Conversation
from threadwell.record.work import shipped
from threadwell.record.work.item import WorkItem
from threadwell.record.work.links import link, unlink
from threadwell.record.work.models import WorkItemType

pytestmark = pytest.mark.django_db(transaction=True)

LADDER = [{"minutes": -60, "deed": "notify"}, {"minutes": 30, "deed": "supervisors"}]


class Office(Desk):
    """A desk at which somebody gives their word."""

    def promises(self, moment: datetime, *, due_at: datetime | None = None, **facts: Any) -> Promise:
        with clock.stopped_at(moment.astimezone(UTC)):
            with self.inside():
                about = About(conversation=self.conversation)
                word = committing.mark_promise(
                    about, by=self.bo, text="The papers by Thursday", due_at=due_at, **facts
                )
            self.keeps()
        return word

    def settles(self, moment: datetime, deed: Any) -> None:
        with clock.stopped_at(moment.astimezone(UTC)):
            with self.inside():
                deed()
            self.keeps()

    def steps(self) -> list[tuple[str, datetime, bool]]:
        with self.inside():
            rows = ClockStep.objects.of(self.firm).filter(clock__target="promise").order_by("at", "pk")
            return [(one.deed, one.at, bool(one.done_at)) for one in rows]


def test_the_date_of_a_promise_is_a_deadline_with_its_warning_and_its_escalation() -> None:
    desk = Office(first_response=60, ladder=LADDER)
    desk.hears(on(23, 9))
    desk.answers(on(23, 9, 30))
    word = desk.promises(on(23, 10), due_at=on(26, 12))
    [found] = desk.clocks("promise")
    assert (found.due_at, found.promise_id, found.minutes) == (on(26, 12), word.pk, 0)
    assert [(one["why"], one["until"]) for one in found.arithmetic] == [
        ("promised", on(26, 12).astimezone(UTC).isoformat())
    ]
    assert (desk.conversation.due_at, desk.conversation.due_for) == (on(26, 12), "promise")
    desk.strikes(on(23, 10))  # what was planned for the answer
    assert desk.strikes(on(26, 10, 59)) == 0
    assert [desk.strikes(on(26, 11)), desk.strikes(on(26, 11))] == [1, 0]
    assert desk.notices() == [("due", "Bo")]
    # An hour without a worker: what was due then is done afterwards, each once.
    assert [desk.strikes(on(26, 13)), desk.strikes(on(26, 13))] == [2, 0]
    assert desk.notices() == [("due", "Bo"), ("called", "Cleo")]
    [found] = desk.clocks("promise")
    assert found.breached_at == on(26, 12)
    assert [event.facts["target"] for event in desk.told("conversation.overdue")] == ["promise"]
    desk.settles(on(26, 14), lambda: word.keep(by=desk.bo))
    [found] = desk.clocks("promise")
    assert (found.ended_by, found.ended_at, found.breached_at) == ("kept", on(26, 14), on(26, 12))
    assert desk.conversation.due_at is None


def test_put_off_it_is_warned_of_anew_and_what_was_done_stays_done() -> None:
    desk = Office(first_response=60, ladder=LADDER)
    desk.hears(on(23, 9))
    desk.answers(on(23, 9, 30))
    word = desk.promises(on(23, 10), due_at=on(24, 12))
    desk.strikes(on(24, 11))
    later = {"due_at": on(26, 12).astimezone(UTC), "zone": "UTC", "by": desk.bo}
    desk.settles(on(24, 11, 30), lambda: committing.put_off(word, **later))
    assert desk.steps() == [
        ("notify", on(24, 11), True),
        ("notify", on(26, 11), False),
        ("breach", on(26, 12), False),
        ("supervisors", on(26, 12, 30), False),
    ]
    desk.strikes(on(26, 11))
    assert desk.notices() == [("due", "Bo"), ("due", "Bo")]


def test_a_promise_without_a_date_has_what_the_policy_gives_in_business_hours() -> None:
    desk = Office(first_response=60, promise=480)
    desk.hears(on(23, 9))
    desk.promises(on(23, 13))
    [found] = desk.clocks("promise")
    assert (found.due_at, found.minutes) == (on(24, 13), 480)
    assert [one["why"] for one in found.arithmetic] == ["open", "closed", "open"]


def test_without_a_date_and_without_a_policy_for_it_nothing_is_owed() -> None:
    desk = Office(first_response=60)
    desk.hears(on(23, 9))
    desk.promises(on(23, 13))
    desk.promises(on(23, 13), side="customer", due_at=on(24, 13))  # theirs is no debt of ours
    assert desk.clocks("promise") == []


def test_a_word_stands_while_the_conversation_sleeps_and_when_it_is_closed() -> None:
    desk = Office(first_response=60, pauses=["snoozed"], ladder=LADDER)
    desk.hears(on(23, 9))
    words = [desk.promises(on(23, 10), due_at=on(24, 10 + more)) for more in (2, 3)]
    with clock.stopped_at(on(23, 11).astimezone(UTC)), desk.inside():
        desk.conversation.close(by=desk.bo)
    desk.keeps()
    assert [one.due_at for one in desk.clocks("promise")] == [on(24, 12), on(24, 13)]
    assert desk.conversation.due_at == on(24, 12)
    desk.settles(on(23, 12), lambda: words[0].withdraw(by=desk.bo))
    desk.settles(on(23, 12), lambda: words[1].break_(by=desk.bo))
    [left] = desk.clocks("promise")
    assert (left.promise_id, left.ended_by, desk.conversation.due_at) == (words[1].pk, "broken", None)
    desk.settles(on(23, 13), lambda: words[1].reopen(by=desk.bo))
    assert desk.conversation.due_at == on(24, 13)


def test_the_worker_hears_of_promises() -> None:
    desk = Office(first_response=60)
    desk.hears(on(23, 9))
    now = clock.now()
    with desk.inside():
        about = About(conversation=desk.conversation)
        committing.mark_promise(about, by=desk.bo, text="x", due_at=now + timedelta(days=1))
    reactions.catch_up(desk.firm.pk)
    assert [one.due_at for one in desk.clocks("promise")] == [now + timedelta(days=1)]


def test_a_policy_for_a_kind_of_work_counts_while_a_conversation_is_about_it() -> None:
    desk = Office(first_response=240, place=20)
    with desk.inside():
        shipped.make(desk.firm.pk)
        kinds = list(WorkItemType.objects.of(desk.firm).order_by("position")[:2])
        item = WorkItem.open_one(kinds[0], "A claim", by=desk.bo)
        SlaPolicy.objects.create(
            workspace=desk.firm, name="Claims", place=10, work_types=[kinds[0].pk], first_response=15
        )
        SlaPolicy.objects.create(
            workspace=desk.firm, name="Others", place=5, work_types=[kinds[1].pk], first_response=5
        )
    desk.hears(on(23, 10))
    assert desk.conversation.due_at == on(23, 14)
    for deed, due_at in ((link, on(23, 10, 15)), (unlink, on(23, 14))):
        with clock.stopped_at(on(23, 10, 1).astimezone(UTC)):
            with desk.inside():
                deed(item, Conversation.objects.of(desk.firm).get(), by=desk.bo)
            desk.keeps()
        assert desk.conversation.due_at == due_at
