"""A simulated week: shifts, an absence, the night the clocks go back, a holiday, an outage; counted by hand.

`SIMULATED=5000` makes it as large as the issue asks; the suite runs a small one. Who was there, and what was
due when, is reckoned here once more, minute by minute, and with nothing of ours.
"""

import os
import random
import time as stopwatch
from collections import Counter, deque
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.cast import a_workspace, an_agent, an_inbox
from threadwell.flow import assigning, clocks, clockwork, reasoning, redistributing, rostering, routing
from threadwell.kit import clock, tenancy
from threadwell.record.clocks.models import Clock, ClockStep, SlaPolicy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.hours.models import Calendar, Closure
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.models import (
    Absence,
    Availability,
    Distribution,
    QueuePlace,
    Redistribution,
    Workload,
)
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

MANY = int(os.environ.get("SIMULATED", "30"))
BERLIN = ZoneInfo("Europe/Berlin")
#: Friday to Friday; on the 25th of October at three the clocks go back.
BEGIN = datetime(2026, 10, 23, 6, tzinfo=UTC)
HOLIDAY = date(2026, 10, 27)
TICK = timedelta(minutes=30)
TICKS = 7 * 24 * 2
OUTAGE = range(4 * 24 * 2 + 10, 4 * 24 * 2 + 12)  #: an hour in which nothing is heard and nothing strikes
LADDER = [{"minutes": -30, "deed": "notify"}, {"minutes": 0, "deed": "supervisors"}]
URGENT, USUAL = 60, 240
#: Who works when: from the hour, to the hour, on weekdays; and who has the night of the change.
SHIFTS = {"Bo": (8, 13, False), "Dag": (12, 18, True), "Eva": (8, 18, False)}
#: Eva is away from Monday to the end of Tuesday; what she has open goes to the team.
AWAY = (datetime(2026, 10, 26, 7, tzinfo=UTC), datetime(2026, 10, 27, 23, tzinfo=UTC))

#: When it happens, to which conversation, what: "ask", "say", "nap", "wake", "close", "hurry".
type Deed = tuple[datetime, int, str]


def is_there(moment: datetime) -> bool:
    here = moment.astimezone(BERLIN)
    if here.date() == HOLIDAY:
        return False
    if here.weekday() == 5:  # Saturday night's shift runs into the night of the change
        return here.time() >= time(22)
    if here.weekday() == 6:
        return here.time() < time(6)
    return time(8) <= here.time() < time(12) or time(13) <= here.time() < time(18)


def who_is_there(moment: datetime) -> set[str]:
    here = moment.astimezone(BERLIN)
    return {
        name
        for name, (begins, ends, has_night) in SHIFTS.items()
        if here.date() != HOLIDAY
        and not (name == "Eva" and AWAY[0] <= moment < AWAY[1])
        and (
            (here.weekday() < 5 and begins <= here.hour < ends)
            or (has_night and here.weekday() == 5 and here.hour >= 22)
            or (has_night and here.weekday() == 6 and here.hour < 6)
        )
    }


@cache
def there() -> list[int]:
    """For each minute from the beginning on: how many minutes somebody was there before it."""
    counted = [0]
    for minute in range(30 * 24 * 60):
        counted.append(counted[-1] + is_there(BEGIN + timedelta(minutes=minute)))
    return counted


def by_hand(deeds: list[Deed]) -> datetime:
    """The deadline of the first answer, from the deeds of one conversation."""
    [start] = [at for at, _number, what in deeds if what == "ask"]
    minutes = URGENT if any(what == "hurry" for _at, _number, what in deeds) else USUAL
    asleep = [at for at, _number, what in deeds if what in {"nap", "wake"}]
    moment = start
    while minutes:
        stands_still = any(nap <= moment < wake for nap, wake in zip(asleep[::2], asleep[1::2], strict=True))
        index = (moment - BEGIN) // timedelta(minutes=1)
        minutes -= not stands_still and there()[index + 1] > there()[index]
        moment += timedelta(minutes=1)
    return moment


def a_plot() -> list[Deed]:
    rng = random.Random(60)
    deeds: list[Deed] = []
    for number in range(MANY):
        at = BEGIN + timedelta(minutes=rng.randrange(6 * 24 * 60))
        deeds.append((at, number, "ask"))
        for what, odds, longest in (
            ("hurry", 0.15, 20),
            ("nap", 0.3, 200),
            ("say", 0.6, 900),
            ("close", 0.3, 900),
        ):
            if rng.random() > odds:
                continue
            at += timedelta(minutes=1 + rng.randrange(longest))
            deeds.append((at, number, what))
            if what == "nap":
                at += timedelta(minutes=1 + rng.randrange(600))
                deeds.append((at, number, "wake"))
    return sorted(deeds)


class Week:
    """A firm in Berlin, what happens there, and the clocks that follow."""

    def __init__(self) -> None:
        self.firm = a_workspace()
        self.crew = {name: an_agent(self.firm, name=name) for name in SHIFTS}
        self.bo = self.crew["Bo"]
        self.cleo = an_agent(self.firm, name="Cleo", role=Role.SUPERVISOR)
        self.inbox = an_inbox(self.firm)
        self.keys: dict[int, UUID] = {}
        self.waiting: set[UUID] = set()
        self.fresh: list[reasoning.Call] = []
        self.spent = Counter[str]()
        day, night = [["08:00", "12:00"], ["13:00", "18:00"]], [["22:00", "06:00"]]
        with tenancy.entered(self.firm.pk):
            calendar = Calendar.default_of(self.firm)
            Calendar.objects.of(self.firm).update(zone="Europe/Berlin", week=[day] * 5 + [night, []])
            days = {"first_day": HOLIDAY, "last_day": HOLIDAY, "reason": "Holiday"}
            Closure.objects.create(workspace=self.firm, calendar=calendar, **days)
            for name, place, priorities, minutes in (("Urgent", 1, [4], URGENT), ("Usual", 2, [], USUAL)):
                SlaPolicy.objects.create(
                    workspace=self.firm,
                    name=name,
                    place=place,
                    priorities=priorities,
                    first_response=minutes,
                    pauses=["snoozed"],
                    ladder=LADDER,
                )
            self.team = Team.objects.create(workspace=self.firm, name="Front")
            Distribution.objects.create(workspace=self.firm, team=self.team, method="round-robin")
            for name, agent in self.crew.items():
                self.works(name, agent)
            Workload.objects.create(workspace=self.firm, capacity=None)
            begins, ends = AWAY
            facts = {"begins_at": begins, "ends_at": ends, "open_work": OpenWork.TEAM}
            Absence.objects.create(workspace=self.firm, agent=self.crew["Eva"], **facts)
        self.inbox.team = self.team

    def works(self, name: str, agent: Agent) -> None:
        begins, ends, has_night = SHIFTS[name]
        day = [[f"{begins:02}:00", f"{ends:02}:00"]]
        night = [["22:00", "06:00"]] if has_night else []
        week = [day] * 5 + [night, []]
        calendar = Calendar.objects.create(
            workspace=self.firm, name=f"Shift of {name}", zone="Europe/Berlin", week=week
        )
        days = {"first_day": HOLIDAY, "last_day": HOLIDAY, "reason": "Holiday"}
        Closure.objects.create(workspace=self.firm, calendar=calendar, **days)
        TeamSeat.objects.create(workspace=self.firm, team=self.team, agent=agent)
        Availability.objects.create(workspace=self.firm, agent=agent, calendar=calendar, seen_at=BEGIN)

    def passes(self, plot: list[Deed]) -> None:
        ahead = deque(plot)
        for tick in range(TICKS):
            now = BEGIN + tick * TICK
            while ahead and ahead[0][0] <= now:
                self.happens(*ahead.popleft())
            if tick not in OUTAGE:
                self.follows(now)

    def happens(self, at: datetime, number: int, what: str) -> None:
        with clock.stopped_at(at), tenancy.entered(self.firm.pk):
            if what == "ask":
                conversation = Conversation.objects.create(
                    workspace=self.firm, number=number + 1, inbox=self.inbox, team=self.team, made_at=at
                )
                self.keys[number] = conversation.pk
                self.comes(conversation, reasoning.Cause.ARRIVED)
            else:
                conversation = Conversation.objects.of(self.firm).get(pk=self.keys[number])
                if what == "wake" and conversation.owner_id is None:
                    self.comes(conversation, reasoning.Cause.REOPENED)
            _do(conversation, what, at)
        self.waiting.add(self.keys[number])

    def comes(self, conversation: Conversation, cause: str) -> None:
        self.fresh.append(reasoning.Call(conversation_id=conversation.pk, cause=cause))

    def follows(self, now: datetime) -> None:
        with clock.stopped_at(now):
            begun = stopwatch.perf_counter()
            self.routes(now)
            self.spent["routing ms"] += int((stopwatch.perf_counter() - begun) * 1000)
            begun = stopwatch.perf_counter()
            if self.waiting:
                clocks.keep(self.firm.pk, self.waiting)
            self.spent["kept"] += len(self.waiting)
            self.spent["keeping ms"] += int((stopwatch.perf_counter() - begun) * 1000)
            begun = stopwatch.perf_counter()
            self.spent["struck"] += clockwork.strike(self.firm.pk, now=now)
            self.spent["striking ms"] += int((stopwatch.perf_counter() - begun) * 1000)
        self.waiting.clear()

    def routes(self, now: datetime) -> None:
        """Absences begin and end, what came is given out, and then what waits."""
        rostering.keep_absences(self.firm.pk, now=now)
        with tenancy.entered(self.firm.pk):
            going_on = list(Redistribution.objects.of(self.firm).filter(ended_at=None))
        for row in going_on:
            while row.ended_at is None:
                redistributing.next_batch(workspace_id=str(self.firm.pk), redistribution_id=str(row.pk))
                with tenancy.entered(self.firm.pk):
                    row.refresh_from_db()
        calls, self.fresh = self.fresh, []
        for first in range(0, len(calls), 200):
            self.spent["routed"] += routing.route_all(self.firm.pk, calls[first : first + 200])
        self.spent["refilled"] += assigning.refill(self.firm.pk)
        if AWAY[0] <= now < AWAY[1]:
            with tenancy.entered(self.firm.pk):
                left = Conversation.objects.of(self.firm).exclude(status="closed")
                assert not left.filter(owner=self.crew["Eva"]).exists(), now


def test_every_deadline_is_as_counted_by_hand_and_every_step_is_done_once() -> None:
    week, plot = Week(), a_plot()
    week.passes(plot)
    every_one_went_to_somebody_who_was_there(week)
    last = BEGIN + (TICKS - 1) * TICK
    with tenancy.entered(week.firm.pk):
        found = {one.conversation_id: one for one in Clock.objects.of(week.firm)}
        steps = list(ClockStep.objects.of(week.firm))
        told = list(Event.objects.of(week.firm).filter(name="conversation.escalated"))
        late = Event.objects.of(week.firm).filter(name="conversation.overdue").count()
        called = Notice.objects.of(week.firm).filter(agent=week.cleo, kind="called").count()
    stories: dict[int, list[Deed]] = {}
    for deed in plot:
        stories.setdefault(deed[1], []).append(deed)
    settled = {number: story for number, story in stories.items() if story[-1][0] < last}
    wrong = [
        (number, found[week.keys[number]].due_at, by_hand(story))
        for number, story in settled.items()
        if found[week.keys[number]].due_at != by_hand(story)
    ]
    assert wrong == []
    assert len(settled) > MANY * 0.8
    assert [one for one in steps if one.done_at is None and one.at <= last] == []
    assert max(Counter((one.clock_id, one.key) for one in steps).values()) == 1
    assert max(Counter((one.about, one.facts["deed"]) for one in told).values()) == 1
    breached = [one for one in found.values() if one.due_at and one.due_at <= min(one.ended_at or last, last)]
    assert late == len([one for one in steps if one.key == "breach" and one.done_at])
    assert late >= len(breached) > 0
    assert called == len([one for one in told if one.facts["deed"] == "supervisors"]) > 0
    print(f"{MANY} conversations, {len(plot)} deeds, {len(told)} steps, {late} late: {dict(week.spent)}")


def every_one_went_to_somebody_who_was_there(week: Week) -> None:
    """By the record of each decision, against the shifts as they were agreed."""
    names = {agent.pk: name for name, agent in week.crew.items()} | {week.cleo.pk: "Cleo"}
    with tenancy.entered(week.firm.pk):
        decisions = list(RoutingDecision.objects.of(week.firm))
        waiting = set(QueuePlace.objects.of(week.firm).waiting().values_list("conversation_id", flat=True))
        nobodys = set(
            Conversation.objects.of(week.firm).open().filter(owner=None).values_list("pk", flat=True)
        )
        assert [one for one in decisions if not reasoning.comes_out_the_same(one)] == []
    arrived = [one.conversation_id for one in decisions if one.cause == "arrived"]
    # What was closed before anybody could look at it asks for nobody.
    assert len(arrived) == len(set(arrived)) > MANY * 0.9
    for one in decisions:
        present = who_is_there(one.at)
        if one.owner_id:
            # What is urgent goes to the manager, who keeps no hours.
            assert names[one.owner_id] in {*present, "Cleo"}, (one.at, one.cause)
        elif one.is_waiting:
            assert present == set(), (one.at, one.cause)
    assert nobodys == waiting  # none of them is lost
    blind = [BEGIN + tick * TICK for tick in OUTAGE]
    assert [one for one in decisions if one.at in blind] == []
    carried = Counter(names[one.owner_id] for one in decisions if one.owner_id)
    told = Counter(one.cause for one in decisions)
    print(f"{len(decisions)} decisions {dict(told)}, {dict(carried)}, {len(waiting)} wait at the end")


def _do(conversation: Conversation, what: str, at: datetime) -> None:
    match what:
        case "ask" | "say":
            direction = Message.Direction.IN if what == "ask" else Message.Direction.OUT
            Message.objects.create(
                workspace_id=conversation.workspace_id, conversation=conversation, direction=direction, at=at
            )
        case "nap":
            conversation.snooze(until=at + timedelta(days=9), by=None)
        case "wake":
            conversation.reopen(by=None)
        case "hurry":
            conversation.weigh(Conversation.Priority.URGENT, by=None)
        case _:
            conversation.close(by=None)
