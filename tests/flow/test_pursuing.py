"""Pursuing: steps are done once at their moments, until the customer answers; nobody is written to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zstandard

from tests import cast
from threadwell.channels.email import read
from threadwell.flow import outbound, pursuing, surgery
from threadwell.flow.reply import compose
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.followups.ladder import Rung
from threadwell.record.followups.models import FollowUp, FollowUpLadder, FollowUpStep
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Identity
from threadwell.record.workplace.models import Agent, Workspace

#: A Friday afternoon, in UTC; the workspace's hours are nine to five on weekdays.
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def rung(amount: int, unit: str, deed: str, text: str = "Hello {first_name}, any news of {number}?") -> Rung:
    return Rung(amount=amount, unit=unit, deed=deed, text=text)


SHIPPED = (
    rung(3, "days", "write"),
    rung(2, "days", "task", "Ring {name}"),
    rung(1, "days", "notify", "Still nothing from {name}"),
    rung(4, "hours", "close", ""),
)


class Desk:
    """A conversation in which we wait for the customer, and a ladder."""

    def __init__(self, *rungs: Rung, is_open_time: bool = False) -> None:
        self.firm: Workspace = cast.a_workspace()
        self.inbox: Inbox = cast.an_inbox(self.firm)
        self.bo: Agent = cast.an_agent(self.firm)
        with clock.stopped_at(FRIDAY - timedelta(hours=1)):
            cast.arrives(self.inbox, cast.a_mail(message_id="<1@customer.example>"))
            cast.all_read(self.firm)
        with tenancy.entered(self.firm.pk):
            self.ladder: FollowUpLadder = pursuing.agree(
                by=self.bo, name="Quote", rungs=rungs or SHIPPED, is_open_time=is_open_time
            )

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.of(self.firm).get(number=1)

    def begins(self, at: datetime = FRIDAY) -> FollowUp:
        with clock.stopped_at(at), tenancy.entered(self.firm.pk):
            return pursuing.start(self.conversation, self.ladder, by=self.bo)

    def passes(self, **much: int) -> datetime:
        now = FRIDAY + timedelta(**much)
        with clock.stopped_at(now):
            pursuing.pursue(self.firm.pk, now=now)
        return now

    def answers(self, at: datetime, **headers: Any) -> None:
        with clock.stopped_at(at):
            cast.arrives(self.inbox, cast.a_mail("Yes!", answers="<1@customer.example>", **headers))
            cast.all_read(self.firm)

    def letters(self) -> list[Message]:
        with tenancy.entered(self.firm.pk):
            return list(Message.objects.of(self.firm).filter(direction="out").order_by("pk"))

    def ending(self) -> str:
        with tenancy.entered(self.firm.pk):
            return str(FollowUp.objects.of(self.firm).order_by("-pk")[0].ended_because)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_each_step_is_done_once_at_its_moment(desk: Desk) -> None:
    desk.begins()
    desk.passes(days=2, hours=23)
    assert desk.letters() == []
    desk.passes(days=3)
    desk.passes(days=3)
    [letter] = desk.letters()
    assert letter.text == "Hello Ada, any news of C-1?"
    assert letter.recipients["to"][0]["email"] == "ada@customer.example"
    desk.passes(days=5)
    desk.passes(days=6, hours=4)
    desk.passes(days=9)
    with tenancy.entered(desk.firm.pk):
        assert Task.objects.of(desk.firm).get().title == "Ring Ada Customer"
        assert Notice.objects.of(desk.firm).get().facts["text"] == "Still nothing from Ada Customer"
        assert desk.conversation.status == "closed"
        assert not FollowUpStep.objects.of(desk.firm).filter(done_at=None).exists()
        told = Event.objects.of(desk.firm).filter(about=desk.conversation.pk, name__contains="follow_up")
        assert sorted(told.values_list("name", flat=True)) == [
            "conversation.follow_up_ended",
            "conversation.follow_up_started",
            *["conversation.follow_up_step"] * 4,
        ]
    assert desk.ending() == "done"
    assert len(desk.letters()) == 1


def test_after_an_outage_all_that_is_due_is_done_in_its_order(desk: Desk) -> None:
    desk.begins()
    desk.passes(days=30)
    assert len(desk.letters()) == 1
    with tenancy.entered(desk.firm.pk):
        assert Task.objects.of(desk.firm).count() == 1
        assert desk.conversation.status == "closed"


def test_what_is_sent_says_that_no_person_pressed_send_and_stands_in_the_thread(desk: Desk) -> None:
    desk.begins()
    desk.passes(days=3)
    with tenancy.entered(desk.firm.pk):
        way = Outgoing.objects.of(desk.firm).select_related("message__conversation", "inbox").get()
        letter = read.letter(zstandard.ZstdDecompressor().decompress(compose.mail_of(way)))
        assert letter.auto_submitted == "auto-generated"
        assert letter.in_reply_to == ("1@customer.example",)
        assert way.message.conversation_id == desk.conversation.pk


def test_an_answer_stops_it_at_once(desk: Desk) -> None:
    desk.begins()
    desk.answers(FRIDAY + timedelta(days=1))
    assert desk.ending() == "answered"
    desk.passes(days=3)
    assert desk.letters() == []


def test_an_absence_note_stops_nothing(desk: Desk) -> None:
    desk.begins()
    desk.answers(FRIDAY + timedelta(days=1), Auto_Submitted="auto-replied")
    assert desk.ending() == ""
    desk.passes(days=3)
    assert len(desk.letters()) == 1


def test_an_answer_to_what_was_merged_stops_it_too(desk: Desk) -> None:
    with clock.stopped_at(FRIDAY - timedelta(minutes=30)):
        cast.arrives(desk.inbox, cast.a_mail(subject="Door", message_id="<2@customer.example>"))
        cast.all_read(desk.firm)
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        other = Conversation.objects.of(desk.firm).get(number=2)
        undo = surgery.unite([desk.conversation.pk], into=other.pk, by=desk.bo)
        assert FollowUp.objects.of(desk.firm).get().conversation_id == other.pk
    desk.answers(FRIDAY + timedelta(days=1))
    assert desk.ending() == "answered"
    with tenancy.entered(desk.firm.pk):
        surgery.put_back(undo, by=desk.bo)
        assert FollowUp.objects.of(desk.firm).get().conversation_id == desk.conversation.pk


def test_closing_and_stopping_end_it(desk: Desk) -> None:
    running = desk.begins()
    with tenancy.entered(desk.firm.pk):
        assert pursuing.stop(running, by=desk.bo)
        assert not pursuing.stop(running, by=desk.bo)
    assert desk.ending() == "stopped"
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        desk.conversation.close(by=desk.bo)
    desk.passes(minutes=1)
    assert desk.ending() == "closed"
    desk.passes(days=30)
    assert desk.letters() == []


def test_days_are_business_days_when_so_agreed(db: None) -> None:
    desk = Desk(rung(1, "days", "write"), rung(4, "hours", "notify"), is_open_time=True)
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        first, second = FollowUpStep.objects.of(desk.firm).order_by("place").values_list("at", flat=True)
    monday = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert (first, second) == (monday, monday + timedelta(hours=20))


def test_nobody_who_bounced_meanwhile_is_written_to(desk: Desk) -> None:
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        Identity.objects.of(desk.firm).update(unreachable_since=FRIDAY)
    desk.passes(days=3)
    assert desk.letters() == []
    assert desk.ending() == "unreachable"


def test_more_than_the_cap_an_hour_waits_for_the_next(db: None) -> None:
    desk = Desk(*[rung(1, "hours", "write")] * 6)
    desk.begins()
    desk.passes(days=1)
    assert len(desk.letters()) == 4
    desk.passes(days=1, hours=1, minutes=1)
    assert len(desk.letters()) == 6


def test_two_workers_do_a_step_once(desk: Desk) -> None:
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        step = FollowUpStep.objects.of(desk.firm).get(place=0)
        now = FRIDAY + timedelta(days=3)
        assert pursuing._do(desk.firm.pk, now, step.pk)
        assert not pursuing._do(desk.firm.pk, now, step.pk)
    assert len(desk.letters()) == 1


def test_one_at_a_time_and_only_where_somebody_can_be_reached(desk: Desk) -> None:
    desk.begins()
    with pytest.raises(pursuing.AlreadyPursued):
        desk.begins()
    with tenancy.entered(desk.firm.pk):
        spoken = Conversation.objects.create(workspace=desk.firm, number=7, inbox=desk.inbox)
        with pytest.raises(Invalid):
            pursuing.start(spoken, desk.ladder, by=desk.bo)
        desk.conversation.close(by=desk.bo)
        with pytest.raises(Invalid):
            pursuing.start(desk.conversation, desk.ladder, by=desk.bo)


def test_a_ladder_that_changes_changes_nothing_of_what_runs(desk: Desk) -> None:
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        assert pursuing.change(desk.ladder, by=desk.bo, name="Quote", rungs=[rung(9, "days", "write")])
        assert not pursuing.change(desk.ladder, by=desk.bo, name="Quote", rungs=[rung(9, "days", "write")])
        pursuing.archive(desk.ladder, by=desk.bo)
    desk.passes(days=3)
    assert len(desk.letters()) == 1


def test_it_writes_in_the_name_of_the_inbox_when_who_began_it_has_left(desk: Desk) -> None:
    desk.begins()
    with tenancy.entered(desk.firm.pk):
        desk.bo.left_at = FRIDAY
        desk.bo.save(update_fields=["left_at"])
    desk.passes(days=3)
    assert [one.from_name for one in desk.letters()] == ["Support"]


def test_an_answer_cancels_a_planned_letter_and_tells_its_author(desk: Desk) -> None:
    with clock.stopped_at(FRIDAY), tenancy.entered(desk.firm.pk):
        draft = outbound.begin(desk.conversation, "reply", by=desk.bo)
        outbound.save(draft, text="Are you there?")
        draft.begun_at = datetime.now(UTC) + timedelta(minutes=1)
        draft.save(update_fields=["begun_at"])
        outbound.send(draft, by=desk.bo, at=FRIDAY + timedelta(days=2), cancel_on_reply=True)
    desk.answers(FRIDAY + timedelta(days=1))
    with tenancy.entered(desk.firm.pk):
        told = Notice.objects.of(desk.firm).get(key__startswith="not-sent")
        assert "was not sent" in told.facts["text"]
    assert desk.letters() == []


REFUSED: dict[str, Callable[[Desk], object]] = {
    "no name": lambda desk: pursuing.agree(by=desk.bo, name=" ", rungs=SHIPPED),
    "a name that is taken": lambda desk: pursuing.agree(by=desk.bo, name="quote", rungs=SHIPPED),
    "no steps": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[]),
    "too many steps": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[*SHIPPED] * 4),
    "no text": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[rung(1, "days", "write", " ")]),
    "never": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[rung(0, "days", "write")]),
    "in two years": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[rung(700, "days", "write")]),
    "an unknown deed": lambda desk: pursuing.agree(by=desk.bo, name="x", rungs=[rung(1, "days", "shout")]),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_ladders_that_make_no_sense_are_refused(desk: Desk, refused: Callable[[Desk], object]) -> None:
    with tenancy.entered(desk.firm.pk), pytest.raises(Invalid):
        refused(desk)
