"""Deadlines on the desk, business hours and policies in the settings, notices; inside their workspace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import clocks
from threadwell.interfaces.web.policy_forms import span_of
from threadwell.interfaces.web.templatetags.timed import owed_by
from threadwell.kit import clock, tenancy
from threadwell.record.clocks.models import Clock, SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar, CalendarUse, Closure, ClosureFeed
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Team, Workspace
from threadwell.record.workplace.roles import Role

WEEK = {f"day{number}": "9-17" for number in range(5)}
HOURS = {"name": "Copenhagen", "zone": "Europe/Copenhagen", "country": "", "region": "", **WEEK}
LADDER = {f"{name}{number}": "" for name in ("span", "deed", "team") for number in range(6)}
LADDER |= {f"way{number}": "at" for number in range(6)}
POLICY = {
    "name": "Ours",
    "is_on": "on",
    "counts": "customer",
    "reopening": "goes-on",
    "first_response": "2 h",
    **LADDER,
}


@pytest.fixture
def chief(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN, name="Cleo"))


def made(client: Client, firm: Workspace, **facts: Any) -> Calendar:
    assert client.post(f"/w/{firm.slug}/settings/hours/", {**HOURS, **facts}).status_code == 303
    calendar: Calendar = Calendar.objects.of(firm).get(name=facts.get("name", "Copenhagen"))
    return calendar


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("9-17", [["09:00", "17:00"]]),
        ("9:00–12:30, 13.30-17", [["09:00", "12:30"], ["13:30", "17:00"]]),
        ("13-17; 8 to 12", [["08:00", "12:00"], ["13:00", "17:00"]]),
        ("22-6", [["22:00", "06:00"]]),
        ("0-24", [["00:00", "24:00"]]),
        ("", []),
    ],
)
def test_hours_are_kept_as_people_write_them(
    firm: Workspace, chief: Client, typed: str, kept: list[list[str]]
) -> None:
    assert made(chief, firm, day0=typed).week[0] == kept


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day0": "nine to five"}, "is not a span of time"),
        ({"day0": "9-25"}, "from 0:00 to 24:00"),
        ({"day0": "9-12, 11-15"}, "overlap"),
        ({"day0": ", ".join(["9-10"] * 9)}, "Eight spans"),
        ({"zone": "Mars/Olympus"}, "valid choice"),
        ({"country": "DE", "region": "ZZ"}, "Regions of this country: BB, BE"),
        ({"name": ""}, "required"),
    ],
)
def test_what_cannot_be_hours_is_said_at_its_field(
    firm: Workspace, chief: Client, wrong: dict[str, str], said: str
) -> None:
    answer = chief.post(f"/w/{firm.slug}/settings/hours/", {**HOURS, **wrong})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_a_calendar_is_changed_given_closed_and_removed(firm: Workspace, chief: Client) -> None:
    calendar = made(chief, firm)
    here = f"/w/{firm.slug}/settings/hours/{calendar.pk}/"
    assert chief.post(here, {**HOURS, "country": "DE", "region": "be", "day5": "10-14"}).status_code == 303
    calendar.refresh_from_db()
    assert (calendar.region, calendar.week[5]) == ("BE", [["10:00", "14:00"]])
    closed = {"first_day": "2026-12-24", "last_day": "2026-12-31", "kind": "closed", "reason": "Company"}
    assert chief.post(f"{here}closures/", closed).status_code == 303
    Session.objects.update(expire_date=datetime(2027, 1, 1, tzinfo=UTC))
    with clock.stopped_at(datetime(2026, 12, 20, tzinfo=UTC)):
        shown = chief.get(here).content.decode()
    assert "Company" in shown
    assert "Christmas Day" not in shown  # one's own reason is the nearer
    assert "New Year" in shown
    assert chief.post(f"{here}closures/", {**closed, "kind": "special"}).status_code == 422
    assert chief.post(f"{here}closures/", {**closed, "last_day": "2026-12-01"}).status_code == 422
    team = Team.objects.create(workspace=firm, name="North")
    Organisation.objects.create(workspace=firm, name="Lumen")
    given = {"teams": [str(team.pk)], "tiers": "gold, Gold, silver", "organisations": "lumen\n"}
    assert chief.post(f"{here}uses/", given).status_code == 303
    assert CalendarUse.objects.of(firm).count() == 4
    assert chief.post(f"{here}uses/", {**given, "organisations": "nobody"}).status_code == 422
    [closure] = Closure.objects.of(firm)
    gone = {"_method": "DELETE"}
    assert chief.post(f"/w/{firm.slug}/settings/closures/{closure.pk}/", gone).status_code == 303
    assert chief.post(here, gone).status_code == 303
    assert chief.get(here).status_code == 404


def test_the_workspaces_own_calendar_stays(firm: Workspace, chief: Client) -> None:
    chief.get(f"/w/{firm.slug}/settings/hours/")
    calendar = Calendar.objects.of(firm).get(is_default=True)
    answer = chief.post(f"/w/{firm.slug}/settings/hours/{calendar.pk}/", {"_method": "DELETE"})
    assert answer.status_code >= 400
    assert "cannot be removed" in answer.content.decode()


def test_zone_that_vanished_is_said_on_the_page(firm: Workspace, chief: Client) -> None:
    calendar = made(chief, firm)
    Calendar.objects.of(firm).filter(pk=calendar.pk).update(zone="Mars/Olympus", week=[[]] * 7)
    shown = chief.get(f"/w/{firm.slug}/settings/hours/{calendar.pk}/").content.decode()
    assert "There is no time zone “Mars/Olympus” any more" in shown
    assert "It never opens" in shown


def test_a_policy_is_made_changed_moved_and_removed(firm: Workspace, chief: Client) -> None:
    policies = f"/w/{firm.slug}/settings/deadlines/"
    assert "Support" in chief.get(policies).content.decode()
    ladder = {"deed0": "notify", "way0": "before", "span0": "30 m", "deed1": "supervisors"}
    answer = chief.post(
        policies, {**POLICY, **ladder, "types": ["sales"], "priorities": ["4"], "tiers": "Gold"}
    )
    assert answer.status_code == 303
    policy = SlaPolicy.objects.of(firm).get(name="Ours")
    assert (policy.first_response, policy.priorities, policy.tiers) == (120, [4], ["Gold"])
    assert [(one.minutes, one.deed) for one in policy.rungs] == [(-30, "notify"), (0, "supervisors")]
    here = f"{policies}{policy.pk}/"
    assert "30 m" in chief.get(here).content.decode()
    assert chief.post(here, {**POLICY, "first_response": "1 d 2 h", "counts": "all"}).status_code == 303
    policy.refresh_from_db()
    assert (policy.first_response, policy.is_open_time, policy.ladder) == (1560, False, [])
    chief.post(f"{here}place/", {"way": "up"})
    names = list(SlaPolicy.objects.of(firm).in_order().values_list("name", flat=True))
    assert names == ["Sales", "Support", "Ours", "Customer success"]
    assert chief.post(here, {"_method": "DELETE"}).status_code == 303
    assert chief.get(here).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first_response": "soon"}, "Write it like"),
        ({"first_response": "3 weeks"}, "Write it like"),
        ({"first_response": "999999 h"}, "A year is the most"),
        ({"first_response": "0"}, "At least a minute"),
        ({"first_response": ""}, "Say at least one time"),
        ({"deed0": "team"}, "Say to which team"),
        ({"deed0": "notify", "way0": "before"}, "Say how long"),
        ({"deed0": "notify", "deed1": "notify"}, "stands in the ladder twice"),
        ({"name": "support"}, "already"),
    ],
)
def test_what_cannot_be_agreed_is_said_at_its_field(
    firm: Workspace, chief: Client, wrong: dict[str, str], said: str
) -> None:
    policies = f"/w/{firm.slug}/settings/deadlines/"
    chief.get(policies)
    answer = chief.post(policies, {**POLICY, **wrong})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("minutes", [1, 59, 60, 61, 1440, 1500, 1561])
def test_span_is_read_as_it_is_written(firm: Workspace, chief: Client, minutes: int) -> None:
    chief.post(f"/w/{firm.slug}/settings/deadlines/", {**POLICY, "first_response": span_of(minutes)})
    assert SlaPolicy.objects.of(firm).get(name="Ours").first_response == minutes


def test_what_was_removed_is_brought_back_as_it_was(firm: Workspace, chief: Client) -> None:
    base = f"/w/{firm.slug}/settings/"
    calendar, team = made(chief, firm), Team.objects.create(workspace=firm, name="Desk")
    kept = {"calendar": calendar, "workspace": firm}
    CalendarUse.objects.create(**kept, team=team)
    CalendarUse.objects.create(**kept, tier="gold")
    policy = SlaPolicy.objects.create(workspace=firm, name="Ours", first_response=5)
    for what, row in (("hours", calendar), ("deadlines", policy)):
        page = f"{base}{what}/{row.pk}/"
        gone = chief.post(page, {"_method": "DELETE"}, follow=True).content.decode()
        assert f'action="{page}return/"' in gone
        assert chief.get(page).status_code == 404
        assert chief.post(f"{page}return/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == (
            f"{base}{what}/"
        )
        assert chief.get(page).status_code == 200
        assert chief.post(f"{page}return/").status_code == 303  # once more does no harm
    uses = CalendarUse.objects.of(firm).filter(calendar=calendar)
    assert set(uses.values_list("team__name", "tier")) == {("Desk", ""), (None, "gold")}


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.AUDITOR])
def test_others_only_look(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    client = browser(seat(role))
    for place, what in (("hours", HOURS), ("deadlines", POLICY)):
        assert client.get(f"/w/{firm.slug}/settings/{place}/").status_code == 200
        assert client.post(f"/w/{firm.slug}/settings/{place}/", what).status_code == 403
    calendar = Calendar.objects.of(firm).get()
    assert client.get(f"/w/{firm.slug}/settings/hours/{calendar.pk}/").status_code == 200


def test_hours_and_policies_of_another_workspace_are_out_of_reach(firm: Workspace, chief: Client) -> None:
    other = cast.a_workspace()
    with tenancy.entered(other.pk):
        theirs = Calendar.default_of(other)
        days = {"first_day": "2026-12-24", "last_day": "2026-12-24", "reason": "Theirs"}
        closure = Closure.objects.create(workspace=other, calendar=theirs, **days)
        feed = ClosureFeed.objects.create(
            workspace=other, calendar=theirs, name="x", url="https://x.example/"
        )
        policy = SlaPolicy.objects.create(workspace=other, name="Theirs", first_response=5)
    for path in (
        f"hours/{theirs.pk}/",
        f"hours/{theirs.pk}/closures/",
        f"hours/{theirs.pk}/feeds/",
        f"hours/{theirs.pk}/uses/",
        f"deadlines/{policy.pk}/",
        f"deadlines/{policy.pk}/place/",
        f"deadlines/{policy.pk}/return/",
        f"hours/{theirs.pk}/return/",
    ):
        assert chief.post(f"/w/{firm.slug}/settings/{path}", {}).status_code == 404
    for path in (f"closures/{closure.pk}/", f"feeds/{feed.pk}/"):
        gone = {"_method": "DELETE"}
        assert chief.post(f"/w/{firm.slug}/settings/{path}", gone).status_code == 404


def test_due_soon_stands_in_the_order_of_deadlines(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    client, now = browser(seat()), clock.now()
    for subject, minutes in (("Third", 90), ("Late", -5), ("First", 10), ("Far", 60 * 25)):
        talk(subject, due_at=now + timedelta(minutes=minutes), due_for="first_response")
    talk("Free")
    shown = client.get(f"/w/{firm.slug}/desk/due/").content.decode()
    places = [
        shown.index(f">{name}<") if f">{name}<" in shown else shown.find(name)
        for name in ("Late", "First", "Third")
    ]
    assert places == sorted(places)
    assert places[0] > 0
    assert "Far" not in shown
    assert "Free" not in shown
    assert "overdue 5 m" in shown
    assert "due in 9 m" in shown or "due in 10 m" in shown
    assert 'data-count="due">3<' in shown


def test_deadline_in_words_has_its_time_its_span_and_whether_it_is_late() -> None:
    now = datetime(2026, 11, 23, 14, 48, tzinfo=UTC)
    with clock.stopped_at(now):
        ahead = owed_by(now + timedelta(hours=1, minutes=12), "first_response")
        late = owed_by(now - timedelta(minutes=48), "next_response")
    assert (ahead.text, ahead.level) == ("first answer due 16:00, in 1 h 12 m", "")
    assert (late.text, late.level) == ("answer overdue since 14:00, 48 m", "late")


def test_clocks_of_a_conversation_show_their_arithmetic(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    client, opened = browser(seat()), talk()
    page = f"/w/{firm.slug}/conversations/{opened.number}/clocks/"
    assert "Nothing is owed" in client.get(page).content.decode()
    policy = SlaPolicy.objects.create(workspace=firm, name="Ours", first_response=60)
    start = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    stretches = [(0, 30, "open", ""), (30, 990, "exception", "Rebuilding"), (990, 1020, "open", "")]
    Clock.objects.create(
        workspace=firm,
        conversation=opened,
        policy=policy,
        calendar=Calendar.default_of(firm),
        target="first_response",
        minutes=60,
        started_at=start,
        due_at=start + timedelta(minutes=1020),
        fault=clocks.NEVER_OPEN,
        arithmetic=[
            {
                "since": (start + timedelta(minutes=since)).isoformat(),
                "until": (start + timedelta(minutes=until)).isoformat(),
                "why": why,
                "note": note,
            }
            for since, until, why, note in stretches
        ],
    )
    shown = client.get(page).content.decode()
    for words in ("Rebuilding", "30 m", "1 h 00 m", "“Ours” gives 1 h", "never opens"):
        assert words in shown
    assert client.get(f"/w/{firm.slug}/conversations/4711/clocks/").status_code == 404


def test_notices_are_ones_own_and_are_seen(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    bo, dana, opened = seat(), seat(name="Dana"), talk("Gate code")
    due = clock.now().isoformat()
    for _again in range(2):
        Notice.give(
            [bo], kind="due", key="one", at=clock.now(), conversation=opened, due_at=due, policy="Ours"
        )
    client = browser(bo)
    shown = client.get(f"/w/{firm.slug}/notices/").content.decode()
    assert shown.count("says “Ours”") == 1
    assert 'data-count="notices">1<' in shown
    assert client.post(f"/w/{firm.slug}/notices/seen/").status_code == 303
    assert 'data-count="notices"><' in client.get(f"/w/{firm.slug}/notices/").content.decode()
    assert "Gate code" not in browser(dana).get(f"/w/{firm.slug}/notices/").content.decode()


def test_overdue_row_says_so_without_colour(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    due = clock.now() - timedelta(minutes=3)
    opened: Conversation = talk("Late", due_at=due, due_for="resolution")
    shown = browser(seat()).get(f"/w/{firm.slug}/conversations/{opened.number}/").content.decode()
    assert "overdue 3 m" in shown
    assert "Solution due" in shown
