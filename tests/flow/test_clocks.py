"""Clocks, end to end: mails come, answers go, time passes; what is owed and what was done about it."""

import random
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from threadwell.flow import agreeing, clocks, clockwork, handling, opening, outbound, reactions
from threadwell.kit import clock, tenancy
from threadwell.record.clocks.models import Clock, ClockStep, SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar, CalendarUse, Closure
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

BERLIN = ZoneInfo("Europe/Berlin")


def on(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """2026 in Berlin; the 23rd of November is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


class Desk:
    """A firm in Berlin that is there from 9 to 17, with Bo on the desk and Cleo above."""

    def __init__(self, **agreed: Any) -> None:
        self.firm: Workspace = a_workspace()
        Workspace.objects.filter(pk=self.firm.pk).update(zone="Europe/Berlin")
        self.firm.refresh_from_db()
        self.bo: Agent = an_agent(self.firm)
        self.cleo: Agent = an_agent(self.firm, name="Cleo", role=Role.SUPERVISOR)
        with tenancy.entered(self.firm.pk):
            self.team = Team.objects.create(workspace=self.firm, name="Desk")
            for agent in (self.bo, self.cleo):
                TeamSeat.objects.create(workspace=self.firm, team=self.team, agent=agent)
            self.calendar = Calendar.default_of(self.firm)
            if agreed:
                SlaPolicy.objects.create(workspace=self.firm, **{"name": "Ours", **agreed})
        self.inbox = an_inbox(self.firm, team=self.team)

    def inside(self) -> AbstractContextManager[None]:
        return tenancy.entered(self.firm.pk)

    def hears(self, moment: datetime, subject: str = "Gate code", **facts: Any) -> None:
        with clock.stopped_at(moment.astimezone(UTC)):
            arrives(self.inbox, a_mail(subject=subject, **facts))
            all_read(self.firm)
            self.keeps()

    def keeps(self) -> None:
        with self.inside():
            keys = list(Conversation.objects.of(self.firm).values_list("pk", flat=True))
        clocks.keep(self.firm.pk, keys)

    def does(self, moment: datetime, deed: handling.Deed) -> None:
        with clock.stopped_at(moment.astimezone(UTC)):
            with self.inside():
                handling.handle([self.conversation], deed, by=self.bo)
            self.keeps()

    def answers(self, moment: datetime) -> None:
        with clock.stopped_at(moment.astimezone(UTC)):
            with self.inside():
                draft = outbound.begin(self.conversation, "reply", by=self.bo)
                outbound.save(draft, text="Try 4711.")
                outbound.send(draft, by=self.bo)
            self.keeps()

    def strikes(self, moment: datetime) -> int:
        with clock.stopped_at(moment.astimezone(UTC)):
            return clockwork.strike(self.firm.pk, now=moment.astimezone(UTC))

    @property
    def conversation(self) -> Conversation:
        with self.inside():
            found: Conversation = Conversation.objects.of(self.firm).order_by("pk")[0]
        return found

    def clocks(self, target: str = "first_response") -> list[Clock]:
        with self.inside():
            return list(Clock.objects.of(self.firm).filter(target=target).order_by("started_at"))

    def told(self, name: str) -> list[Event]:
        with self.inside():
            return list(Event.objects.of(self.firm).filter(name=name).order_by("pk"))

    def notices(self) -> list[tuple[str, str]]:
        with self.inside():
            rows = Notice.objects.of(self.firm).order_by("made_at", "pk")
            return list(rows.values_list("kind", "agent__name"))


def test_a_workspace_begins_with_what_is_shipped() -> None:
    desk = Desk()
    desk.hears(on(23, 16))
    [found] = desk.clocks()
    assert found.policy_id
    assert found.due_at == on(24, 12)  # four hours of nine to five
    assert [one["why"] for one in found.arithmetic] == ["open", "closed", "open"]
    assert desk.conversation.due_at == found.due_at
    assert desk.conversation.due_for == "first_response"


def test_first_policy_of_a_workspace_stands_behind_what_is_shipped() -> None:
    desk = Desk()
    with desk.inside():
        assert not SlaPolicy.objects.of(desk.firm).exists()
        agreeing.make(by=desk.bo, name="Ours", first_response=30)
        every = list(SlaPolicy.objects.of(desk.firm).in_order())
    assert [one.name for one in every] == ["Sales", "Support", "Customer success", "Ours"]
    desk.hears(on(23, 9))
    [found] = desk.clocks()
    assert found.minutes == 240  # of the shipped one, which comes before it


def test_first_policy_that_has_a_shipped_name_is_refused_with_a_sentence() -> None:
    desk = Desk()
    with desk.inside():
        with pytest.raises(agreeing.NameTaken):
            agreeing.make(by=desk.bo, name="support", first_response=30)
        assert SlaPolicy.objects.of(desk.firm).in_order().count() == 3


def test_last_policy_that_is_archived_brings_nothing_shipped_back() -> None:
    desk = Desk(first_response=60)
    with desk.inside():
        agreeing.archive(SlaPolicy.objects.of(desk.firm).get(), by=desk.bo)
        made = agreeing.make(by=desk.bo, name="Second", first_response=30)
        assert list(SlaPolicy.objects.of(desk.firm).in_order()) == [made]


def test_answer_meets_the_clock_and_a_new_question_starts_the_next() -> None:
    desk = Desk(first_response=60, next_response=120)
    desk.hears(on(23, 10), message_id="<1@customer.example>")
    desk.answers(on(23, 10, 40))
    [first] = desk.clocks()
    assert (first.ended_by, first.taken, first.breached_at) == ("answered", timedelta(minutes=40), None)
    assert desk.conversation.due_at is None
    desk.hears(on(23, 16), answers="<1@customer.example>")
    [following] = desk.clocks("next_response")
    assert following.due_at == on(24, 10)
    assert desk.conversation.due_for == "next_response"


def test_letter_taken_back_answers_nobody() -> None:
    desk = Desk(first_response=60)
    desk.hears(on(23, 10))
    desk.answers(on(23, 10, 40))
    with clock.stopped_at(on(23, 10, 41)):
        with desk.inside():
            letter = desk.conversation.messages.get(direction="out")
            outbound.take_back(letter, by=desk.bo)
        desk.keeps()
    [found] = desk.clocks()
    assert found.ended_at is None
    assert desk.conversation.due_at == on(23, 11)


def test_snooze_stops_the_clock_and_waking_moves_its_deadline() -> None:
    desk = Desk(first_response=60, pauses=["snoozed"])
    desk.hears(on(23, 10))
    desk.does(on(23, 10, 15), handling.Snooze(until=on(24, 12)))
    [found] = desk.clocks()
    assert (found.due_at, found.paused_at, found.taken) == (None, on(23, 10, 15), timedelta(minutes=15))
    assert desk.conversation.due_at is None
    desk.does(on(24, 12), handling.Reopen())
    [found] = desk.clocks()
    assert found.due_at == on(24, 12, 45)
    assert "paused" in {one["why"] for one in found.arithmetic}


def test_close_ends_and_a_slip_taken_back_goes_on() -> None:
    desk = Desk(first_response=60, resolution=120)
    desk.hears(on(23, 10))
    desk.does(on(23, 10, 5), handling.Close())
    assert {one.ended_by for one in (*desk.clocks(), *desk.clocks("resolution"))} == {"closed"}
    desk.does(on(23, 10, 35), handling.Reopen())
    [found] = desk.clocks()
    assert found.due_at == on(23, 11, 30)


def test_priority_chooses_another_policy_and_recomputes() -> None:
    desk = Desk(first_response=240, place=20)
    with desk.inside():
        SlaPolicy.objects.create(
            workspace=desk.firm, name="Urgent", place=10, priorities=[4], first_response=15
        )
    desk.hears(on(23, 10))
    assert desk.conversation.due_at == on(23, 14)
    desk.does(on(23, 10, 5), handling.Weigh(priority=4))
    assert desk.conversation.due_at == on(23, 10, 15)
    assert len(desk.clocks()) == 1


def test_policy_and_calendar_that_change_move_what_runs_and_leave_what_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clocks, "TOGETHER", 2)  # so that a few conversations are several batches
    desk = Desk(first_response=60)
    for number in range(5):
        desk.hears(on(23, 10, number), subject=f"Question {number}", sender=f"c{number}@customer.example")
    desk.answers(on(23, 10, 30))
    with clock.stopped_at(on(23, 10, 40)):
        with desk.inside():
            policy = SlaPolicy.objects.of(desk.firm).get()
            agreeing.change(policy, by=desk.cleo, first_response=120)
            opening.close(
                desk.calendar,
                by=desk.cleo,
                kind="break",
                first_day=date(2026, 11, 23),
                last_day=date(2026, 11, 23),
                hours=[["11:00", "12:00"]],
                reason="Drill",
            )
        after: str | None = None
        for _batch in range(3):
            clocks.read_anew(workspace_id=str(desk.firm.pk), after_key=after)
            with desk.inside():
                seen = Conversation.objects.of(desk.firm).filter(**({"pk__gt": after} if after else {}))
                after = str(seen.order_by("pk")[:2][len(seen[:2]) - 1].pk)
    found = desk.clocks()
    assert found[0].due_at == on(23, 11)  # met under what was agreed then
    assert [one.due_at for one in found[1:]] == [on(23, 13, number) for number in range(1, 5)]


def test_holiday_closure_and_the_customers_own_calendar_count() -> None:
    desk = Desk(first_response=60)
    with desk.inside():
        Calendar.objects.of(desk.firm).update(country="DE", region="BE")
        Closure.objects.create(
            workspace=desk.firm,
            calendar=desk.calendar,
            first_day=date(2026, 12, 24),
            last_day=date(2026, 12, 31),
            reason="Company holidays",
        )
    desk.hears(on(23, 16, 30, month=12))
    [found] = desk.clocks()
    # Christmas, the company's week, New Year's Day, a weekend: Monday the 4th of January.
    assert found.due_at == datetime(2027, 1, 4, 9, 30, tzinfo=BERLIN)
    notes = {one.get("note") for one in found.arithmetic}
    assert {"Company holidays", "New Year's Day"} <= notes
    with desk.inside():
        late = Calendar.objects.create(
            workspace=desk.firm, name="Round the clock", zone="UTC", week=[[["00:00", "24:00"]]] * 7
        )
        CalendarUse.objects.create(workspace=desk.firm, calendar=late, team=desk.team)
    desk.keeps()
    assert desk.conversation.due_at == on(23, 17, 30, month=12)


def test_calendar_that_never_opens_says_so_and_ends() -> None:
    desk = Desk(first_response=60)
    with desk.inside():
        Calendar.objects.of(desk.firm).update(week=[[]] * 7)
    desk.hears(on(23, 10))
    [found] = desk.clocks()
    assert (found.due_at, found.fault) == (None, clocks.NEVER_OPEN)
    assert desk.conversation.due_at is None


def test_closed_for_a_month_is_due_after_it() -> None:
    desk = Desk(first_response=60)
    with desk.inside():
        Closure.objects.create(
            workspace=desk.firm,
            calendar=desk.calendar,
            first_day=date(2026, 11, 23),
            last_day=date(2026, 12, 23),
            reason="Rebuilding",
        )
    desk.hears(on(23, 10))
    [found] = desk.clocks()
    assert found.due_at == on(24, 10, month=12)
    assert found.arithmetic[0]["note"] == "Rebuilding"


def test_zone_that_vanished_falls_back_to_the_workspaces() -> None:
    desk = Desk(first_response=60)
    with desk.inside():
        Calendar.objects.of(desk.firm).update(zone="Mars/Olympus")
    desk.hears(on(23, 10))
    [found] = desk.clocks()
    assert found.due_at == on(23, 11)
    assert "Mars/Olympus" in found.fault


LADDER = [
    {"minutes": -30, "deed": "notify"},
    {"minutes": 0, "deed": "raise"},
    {"minutes": 30, "deed": "supervisors"},
]


def test_each_step_of_the_ladder_is_done_once_also_after_an_outage() -> None:
    desk = Desk(first_response=60, ladder=LADDER)
    desk.hears(on(23, 10))
    desk.does(on(23, 10, 1), handling.Assign(owner=desk.bo))
    assert desk.strikes(on(23, 10, 29)) == 0
    assert desk.strikes(on(23, 10, 30)) == 1
    assert desk.strikes(on(23, 10, 31)) == 0
    assert desk.notices() == [("due", "Bo")]
    # Nobody strikes for an hour and more: what was due meanwhile is done then, once.
    assert desk.strikes(on(23, 12, 15)) == 3
    assert desk.strikes(on(23, 12, 15)) == 0
    assert desk.notices() == [("due", "Bo"), ("called", "Cleo")]
    assert desk.conversation.priority == Conversation.Priority.HIGH
    assert len(desk.told("conversation.overdue")) == 1
    assert [one.facts["deed"] for one in desk.told("conversation.escalated")] == [
        "notify",
        "raise",
        "supervisors",
    ]
    desk.keeps()
    assert desk.strikes(on(23, 13)) == 0


def test_clock_that_jumps_back_calls_nobody_twice() -> None:
    desk = Desk(first_response=60, ladder=LADDER)
    desk.hears(on(23, 10))
    desk.strikes(on(23, 11))
    before = desk.notices()
    with clock.stopped_at(on(23, 9).astimezone(UTC)):
        desk.keeps()
    for hour in (9, 10, 11):
        desk.strikes(on(23, hour))
    assert desk.notices() == before
    assert len(desk.told("conversation.overdue")) == 1


def test_late_answer_of_an_outage_is_overdue_and_calls_nobody() -> None:
    desk = Desk(first_response=60, ladder=LADDER)
    desk.hears(on(23, 10))
    desk.answers(on(23, 11, 10))
    [found] = desk.clocks()
    assert found.breached_at == on(23, 11)
    desk.strikes(on(23, 12))
    assert desk.notices() == []
    assert len(desk.told("conversation.overdue")) == 1


def test_passing_to_a_team_releases_an_owner_who_is_not_on_it() -> None:
    desk = Desk()
    with desk.inside():
        second = Team.objects.create(workspace=desk.firm, name="Second line")
        SlaPolicy.objects.create(
            workspace=desk.firm,
            name="Ours",
            place=1,
            first_response=60,
            ladder=[{"minutes": 0, "deed": "team", "team": str(second.pk)}],
        )
    desk.hears(on(23, 10))
    desk.does(on(23, 10, 1), handling.Assign(owner=desk.bo))
    desk.strikes(on(23, 11))
    assert (desk.conversation.team_id, desk.conversation.owner_id) == (second.pk, None)


def test_journal_is_read_from_the_bookmark_when_nobody_heard() -> None:
    desk = Desk(first_response=60)
    arrives(desk.inbox, a_mail())
    all_read(desk.firm)
    known = reactions.catch_up(desk.firm.pk)
    assert len(desk.clocks()) == 1
    assert known
    with desk.inside():
        Clock.objects.of(desk.firm).update(fault="untouched")
    reactions.catch_up(desk.firm.pk, frozenset(known))
    assert desk.clocks()[0].fault == "untouched"


def test_old_mail_that_is_taken_in_owes_nothing() -> None:
    desk = Desk(first_response=60)
    with clock.stopped_at(on(23, 10)):
        arrives(desk.inbox, a_mail(), imported=True)
        all_read(desk.firm)
        desk.keeps()
    assert desk.clocks() == []


def test_week_of_mails_and_answers_is_due_as_an_independent_count_says() -> None:
    """Minute by minute, by hand: a deadline is where the last open minute is used up."""
    rng = random.Random(4)
    desk = Desk(first_response=90, pauses=["snoozed"], ladder=LADDER)
    with desk.inside():
        Closure.objects.create(
            workspace=desk.firm,
            calendar=desk.calendar,
            first_day=date(2026, 11, 25),
            last_day=date(2026, 11, 25),
            reason="Holiday",
        )
    moments = sorted(on(22, 0) + timedelta(minutes=rng.randrange(7 * 24 * 60)) for _ in range(40))
    for number, moment in enumerate(moments):
        sender = f"c{number}@customer.example"
        desk.hears(moment, subject=f"Question {number}", sender=sender)
    found = desk.clocks()
    assert len(found) == 40
    assert [one.due_at for one in found] == [by_hand(one.started_at, 90) for one in found]
    # An outage of an hour each noon; each step of each clock is done once all the same.
    struck = 0
    for minutes in range(0, 9 * 24 * 60, 10):
        moment = on(22, 0) + timedelta(minutes=minutes)
        if moment.astimezone(BERLIN).hour != 12:
            struck += desk.strikes(moment)
    assert struck == 40 * 4
    assert len(desk.told("conversation.overdue")) == 40
    assert len(desk.told("conversation.escalated")) == 120
    with desk.inside():
        assert not ClockStep.objects.of(desk.firm).filter(done_at=None).exists()


def by_hand(start: datetime, minutes: int) -> datetime:
    """Walk on minute by minute and count those in which the firm is there."""
    moment = start.astimezone(UTC)
    while minutes:
        here = moment.astimezone(BERLIN)
        is_there = (
            here.weekday() < 5 and here.date() != date(2026, 11, 25) and time(9) <= here.time() < time(17)
        )
        minutes -= is_there
        moment += timedelta(minutes=1)
    return moment
