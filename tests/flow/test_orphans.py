"""What nobody answers for: found, told once, and gone when somebody has mended it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from threadwell.flow import orphans
from threadwell.kit import clock, tenancy
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Counter
from threadwell.record.hours.models import Calendar, CalendarUse
from threadwell.record.inboxes.models import Inbox
from threadwell.record.notices.models import Notice
from threadwell.record.notices.saying import said
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.rota.models import Orphan
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db

NOW = clock.now()
LONG_AGO = NOW - timedelta(hours=3)


class House:
    """A firm with an agent and a supervisor."""

    def __init__(self) -> None:
        self.firm: Workspace = cast.a_workspace()
        self.bo: Agent = cast.an_agent(self.firm)
        self.cleo: Agent = cast.an_agent(self.firm, name="Cleo", role=Role.SUPERVISOR)
        self.inbox: Inbox = cast.an_inbox(self.firm)
        with tenancy.entered(self.firm.pk):
            self.team = Team.objects.create(workspace=self.firm, name="Front")
            orphans.watch_by(self.firm.pk, counts_open_time=False)

    def talk(self, *, at: datetime = LONG_AGO, **facts: Any) -> Conversation:
        known = {"inbox": self.inbox, "made_at": at, "last_message_at": at, "waiting_since": at, **facts}
        with tenancy.entered(self.firm.pk):
            [number] = Counter.reserve(self.firm.pk, "conversation")
            return Conversation.objects.create(workspace=self.firm, number=number, **known)

    def look(self, *, now: datetime = NOW) -> set[tuple[str, Any]]:
        orphans.look(self.firm.pk, now=now)
        with tenancy.entered(self.firm.pk):
            return set(Orphan.objects.of(self.firm).values_list("kind", "about"))

    def told(self) -> list[Notice]:
        with tenancy.entered(self.firm.pk):
            return list(Notice.objects.of(self.firm).filter(kind="orphan").order_by("pk"))


@pytest.fixture
def house() -> House:
    return House()


def test_an_open_conversation_that_is_nobodys_is_found_at_once_and_in_a_teams_queue_in_time(
    house: House,
) -> None:
    fresh = NOW - timedelta(minutes=5)
    loose = house.talk(at=fresh)
    house.talk(at=fresh, team=house.team)
    left = house.talk(team=house.team)
    house.talk(owner=house.bo)
    house.talk(status="closed")
    assert house.look() == {("conversation", loose.pk), ("conversation", left.pk)}


def test_it_counts_from_when_it_became_nobodys(house: House) -> None:
    talk = house.talk(team=house.team, owner=house.bo)
    with tenancy.entered(house.firm.pk):
        talk.assign(None, by=house.bo)
    assert house.look(now=clock.now()) == set()
    assert house.look(now=clock.now() + timedelta(minutes=31)) == {("conversation", talk.pk)}


def test_an_overdue_task_without_an_owner_is_found(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        common = {"workspace": house.firm, "made_by": house.bo, "title": "Call Ada"}
        lost = Task.objects.create(**common, due_at=LONG_AGO)
        Task.objects.create(**common, due_at=LONG_AGO, owner=house.bo)
        Task.objects.create(**common, due_at=NOW + timedelta(days=1))
        Task.objects.create(**common, due_at=LONG_AGO, done_at=NOW)
    assert house.look() == {("task", lost.pk)}


def test_customers_are_looked_for_only_where_they_need_an_owner(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        ada = Contact.objects.create(workspace=house.firm, name="Ada")
        Contact.objects.create(workspace=house.firm, name="Eve", owner=house.bo)
        acme = Organisation.objects.create(workspace=house.firm, name="Acme")
    assert house.look() == set()
    Workspace.objects.filter(pk=house.firm.pk).update(is_owner_required=True)
    assert house.look() == {("contact", ada.pk), ("organisation", acme.pk)}


def test_a_next_step_is_looked_for_where_it_is_wanted_and_nobody_waits(house: House) -> None:
    idle = house.talk(owner=house.bo, waiting_since=None)
    planned = house.talk(owner=house.bo, waiting_since=None)
    house.talk(owner=house.bo)
    with tenancy.entered(house.firm.pk):
        Task.objects.create(workspace=house.firm, made_by=house.bo, title="Call", conversation=planned)
    assert house.look() == set()
    with tenancy.entered(house.firm.pk):
        orphans.watch_by(house.firm.pk, minutes=30, wants_next_step=True)
    assert house.look() == {("stepless", idle.pk)}


def test_customers_with_open_work_need_an_owner_and_a_next_step_where_that_is_wanted(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        acme = Organisation.objects.create(workspace=house.firm, name="Acme")
        idle = Organisation.objects.create(workspace=house.firm, name="Idle", owner=house.bo)
        busy = Organisation.objects.create(workspace=house.firm, name="Busy", owner=house.bo)
        Organisation.objects.create(workspace=house.firm, name="Silent")
        ada = Contact.objects.create(workspace=house.firm, name="Ada")
        twin = Contact.objects.create(workspace=house.firm, name="Ada C.", one_with=ada)
        eve = Contact.objects.create(workspace=house.firm, name="Eve", organisation=busy)
        Task.objects.create(workspace=house.firm, made_by=house.bo, title="Call", organisation=busy)
    mine = {"owner": house.bo, "waiting_since": None}
    house.talk(**mine, organisation=idle)
    house.talk(**mine, organisation=busy, contact=eve)
    house.talk(owner=house.bo, organisation=acme)  # she waits: the answer is the next step
    house.talk(**mine, contact=twin)
    assert house.look() == set()
    with tenancy.entered(house.firm.pk):
        orphans.watch_by(house.firm.pk, wants_accounts=True)
    assert house.look() == {
        ("organisation", acme.pk),
        ("contact", ada.pk),
        ("idle_firm", idle.pk),
        ("idle_contact", ada.pk),
    }
    assert {one.facts.get("organisation") for one in house.told()} == {str(acme.pk), str(idle.pk), None}
    assert "A customer with open work has no next step since" in " ".join(said(one) for one in house.told())


def test_patience_is_counted_in_business_hours(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        Calendar.default_of(house.firm)
        Calendar.objects.of(house.firm).update(zone="UTC", week=[[["09:00", "17:00"]]] * 5 + [[], []])
        orphans.watch_by(house.firm.pk, counts_open_time=True)
    friday = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)
    house.talk(at=friday)
    for later, told in (
        (timedelta(minutes=9), 0),
        (timedelta(days=2), 0),  # a Sunday
        (timedelta(days=2, hours=16, minutes=29), 0),  # Monday, 9:19
        (timedelta(days=2, hours=16, minutes=30), 1),
        (timedelta(days=3), 1),
    ):
        house.look(now=friday + later)
        assert len(house.told()) == told, later


def by_the_calendar_of(house: House, team: Any) -> dict[str, Any]:
    """For whom a calendar that is open at night was named, and a conversation of theirs."""
    with tenancy.entered(house.firm.pk):
        acme = Organisation.objects.create(workspace=house.firm, name="Acme")
        same = Organisation.objects.create(workspace=house.firm, name="Acme Inc.", one_with=acme)
        gold = Organisation.objects.create(workspace=house.firm, name="Gold", tier="Gold")
        silver = Contact.objects.create(workspace=house.firm, name="Eve", organisation=gold, tier="silver")
        ada = Contact.objects.create(workspace=house.firm, name="Ada", organisation=same)
        twin = Contact.objects.create(workspace=house.firm, name="Ada C.", one_with=ada)
        loyal = Contact.objects.create(workspace=house.firm, name="Ida", organisation=gold)
        night = Calendar.objects.create(
            workspace=house.firm, name="Night", zone="UTC", week=[[["20:00", "23:00"]]] * 7
        )
        for named in ({"team": team}, {"organisation": acme}, {"tier": "gold"}):
            CalendarUse.objects.create(workspace=house.firm, calendar=night, **named)
    return {
        "team": {"team": team},
        "organisation": {"organisation": acme},
        "merged organisation": {"organisation": same},
        "contact": {"contact": ada},
        "merged contact": {"contact": twin},
        "tier of the firm": {"contact": loyal},
        "tier of the contact": {"contact": silver, "by_day": True},
        "workspace": {"by_day": True},
    }


def test_patience_is_counted_by_the_calendar_of_the_customer_the_team_or_the_workspace(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        Calendar.default_of(house.firm)
        Calendar.objects.of(house.firm).update(zone="UTC", week=[[["09:00", "17:00"]]] * 7)
        orphans.watch_by(house.firm.pk, counts_open_time=True)
        night_shift = Team.objects.create(workspace=house.firm, name="Night shift")
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    by_day, by_night = set(), set()
    for facts in by_the_calendar_of(house, night_shift).values():
        is_by_day = facts.pop("by_day", False)
        talk = house.talk(at=noon, **{"team": house.team, **facts})
        (by_day if is_by_day else by_night).add(("conversation", talk.pk))
    assert house.look(now=noon + timedelta(hours=1)) == by_day
    assert len(house.told()) == len(by_day)
    assert house.look(now=noon + timedelta(hours=8, minutes=29)) == by_day
    assert house.look(now=noon + timedelta(hours=8, minutes=30)) == by_day | by_night
    assert house.told()[-1].facts["count"] == len(by_night)


def test_what_is_nobodys_is_told_of_by_the_calendar_of_its_customer(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        Calendar.default_of(house.firm)
        Calendar.objects.of(house.firm).update(zone="UTC", week=[[["09:00", "17:00"]]] * 7)
        orphans.watch_by(house.firm.pk, counts_open_time=True)
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    with tenancy.entered(house.firm.pk):
        team = Team.objects.create(workspace=house.firm, name="Night shift")
    facts = by_the_calendar_of(house, team)
    house.talk(at=noon, **facts["organisation"])
    house.talk(at=noon)
    with tenancy.entered(house.firm.pk):
        common = {"workspace": house.firm, "made_by": house.bo, "title": "Call", "due_at": noon}
        Task.objects.create(**common, **facts["merged contact"])
        Task.objects.create(**common, **facts["team"])
    for hours, told in ((1, 1), (9, 4)):
        house.look(now=noon + timedelta(hours=hours))
        assert len(house.told()) == told


def test_a_longer_list_asks_no_more_questions(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        Calendar.default_of(house.firm)
        orphans.watch_by(house.firm.pk, counts_open_time=True)
        team = Team.objects.create(workspace=house.firm, name="Night shift")
    facts = by_the_calendar_of(house, team)["team"]

    def asked(keys: list[Any]) -> int:
        with tenancy.entered(house.firm.pk), CaptureQueriesContext(connection) as captured:
            assert len(list(orphans.standing(house.firm, "conversation", keys))) == len(keys)
        return len(captured)

    keys = [house.talk(at=NOW - timedelta(days=9), **facts).pk]
    alone = asked(keys)
    keys += [house.talk(at=NOW - timedelta(days=9), **facts).pk for _one in range(9)]
    assert asked(keys) == alone


def test_a_calendar_that_never_opens_keeps_nobody_from_being_told(house: House) -> None:
    with tenancy.entered(house.firm.pk):
        Calendar.default_of(house.firm)
        Calendar.objects.of(house.firm).update(week=[[]] * 7)
        orphans.watch_by(house.firm.pk, counts_open_time=True)
    house.talk()
    house.look()
    assert len(house.told()) == 1


def test_one_broken_workspace_leaves_the_others_their_minute(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = House()
    house.talk()
    other.talk()
    whole = orphans.watch_of

    def broken(workspace_id: Any) -> Any:
        if workspace_id == min(house.firm.pk, other.firm.pk):
            raise RuntimeError("this workspace is broken")
        return whole(workspace_id)

    monkeypatch.setattr(orphans, "watch_of", broken)
    orphans.each_minute(0)
    counts = []
    for one in sorted((house, other), key=lambda each: each.firm.pk):
        with tenancy.entered(one.firm.pk):
            counts.append(Orphan.objects.of(one.firm).count())
    assert counts == [0, 1]


def test_supervisors_are_told_once_after_a_while(house: House) -> None:
    start = NOW - timedelta(minutes=10)
    talk = house.talk(at=start)
    house.look(now=NOW)
    assert house.told() == []
    for minutes in (25, 26, 90):
        house.look(now=NOW + timedelta(minutes=minutes))
    [notice] = house.told()
    assert (notice.agent_id, notice.conversation_id) == (house.cleo.pk, talk.pk)
    assert said(notice).startswith("Nobody owns it since")


def test_many_are_told_as_one(house: House) -> None:
    for _ in range(7):
        house.talk()
    house.look()
    house.look()
    [notice] = house.told()
    assert said(notice) == "7 things stand open that nobody answers for"


def test_what_is_mended_is_forgotten_and_told_again_when_it_is_lost_again(house: House) -> None:
    talk = house.talk()
    house.look()
    with tenancy.entered(house.firm.pk):
        talk.assign(house.bo, by=house.cleo)
    assert house.look(now=clock.now()) == set()
    with tenancy.entered(house.firm.pk):
        talk.assign(None, by=house.cleo)
    assert house.look(now=clock.now() + timedelta(hours=1)) == {("conversation", talk.pk)}
    assert len(house.told()) == 2


def test_each_firm_finds_its_own(house: House) -> None:
    house.talk()
    other = House()
    assert other.look() == set()
    assert other.told() == []
