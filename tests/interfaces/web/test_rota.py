"""The pages of the rota: the switch, one's own page, skills, workload, teams, what waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import assigning, rostering
from threadwell.flow.decide.need import Need
from threadwell.kit import clock, tenancy
from threadwell.record.hours.models import Calendar
from threadwell.record.rota.models import (
    Absence,
    AgentSkill,
    Availability,
    Distribution,
    QueuePlace,
    Redistribution,
    Skill,
    Workload,
)
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role


def a_team(firm: Workspace, *members: Agent, method: str = "round-robin") -> Team:
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Front")
        for member in members:
            TeamSeat.objects.create(workspace=firm, team=team, agent=member)
        Distribution.objects.create(workspace=firm, team=team, method=method)
    return team


def test_the_switch_shows_the_state_and_what_one_carries(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    client = browser(bo)
    for _ in range(3):
        talk(owner=bo)
    headers = {"HX-Request": "true"}
    shown = client.post(f"/w/{firm.slug}/availability/beat/", headers=headers).content.decode()
    assert "Online" in shown
    assert "3 of 20" in shown
    shown = client.post(f"/w/{firm.slug}/availability/", {"state": "busy"}, headers=headers).content.decode()
    assert "state--late" in shown
    assert client.get(f"/w/{firm.slug}/availability/").status_code == 200
    plain = client.post(f"/w/{firm.slug}/availability/", {"state": "away"})
    assert plain.status_code == 303
    assert rostering.availability_of(bo).standing == "away"
    assert client.post(f"/w/{firm.slug}/availability/", {"state": "asleep"}).status_code == 422


def test_a_page_asks_for_its_switch_by_itself(firm: Workspace, seat: Seat, browser: Browser) -> None:
    page = browser(seat()).get(f"/w/{firm.slug}/settings/rota/").content.decode()
    assert f'<working-state data-url="/w/{firm.slug}/availability/beat/">' in page


def test_an_absence_is_entered_shown_and_withdrawn(firm: Workspace, seat: Seat, browser: Browser) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    client = browser(bo)
    today = timezone.localdate()
    given = {
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=3)).isoformat(),
        "deputy": str(cleo.pk),
        "open_work": "keep",
        "reason": "Walking",
    }
    there = f"/w/{firm.slug}/settings/people/{bo.pk}/absences/"
    assert client.post(there, given).status_code == 303
    absence = Absence.objects.of(firm).get()
    assert (absence.ends_at - absence.begins_at) == timedelta(days=4)
    assert absence.begun_at
    page = client.get(f"/w/{firm.slug}/settings/rota/").content.decode()
    assert "Walking" in page
    assert "Cleo stands in." in page
    assert "Out of office" in client.get(f"/w/{firm.slug}/availability/").content.decode()
    again = client.post(there, given)
    assert again.status_code == 422
    assert "out of office then already" in again.content.decode()
    gone = client.post(f"/w/{firm.slug}/settings/absences/{absence.pk}/", {"_method": "delete"})
    assert gone.status_code == 303
    absence.refresh_from_db()
    assert not absence.is_on(clock.now())


@pytest.mark.parametrize(
    "wrong",
    [{"first_day": ""}, {"last_day": "2001-01-01"}, {"open_work": "deputy", "deputy": ""}, {"deputy": "x"}],
    ids=["no-day", "backwards", "no-deputy", "nobody"],
)
def test_an_absence_that_makes_no_sense_is_asked_for_again(
    firm: Workspace, seat: Seat, browser: Browser, wrong: dict[str, str]
) -> None:
    bo = seat()
    today = timezone.localdate().isoformat()
    given = {"first_day": today, "last_day": today, "open_work": "keep", **wrong}
    there = f"/w/{firm.slug}/settings/people/{bo.pk}/absences/"
    assert browser(bo).post(there, given).status_code == 422
    assert not Absence.objects.of(firm).exists()


def test_a_supervisor_sets_the_state_limits_and_skills_of_others(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    bo, client = seat(), browser(seat(Role.SUPERVISOR, name="Sue"))
    with tenancy.entered(firm.pk):
        calendar = Calendar.objects.create(workspace=firm, name="Early shift")
        danish = Skill.objects.create(workspace=firm, name="Danish")
    there = f"/w/{firm.slug}/settings/people/{bo.pk}"
    assert "Early shift" in client.get(f"{there}/rota/").content.decode()
    client.post(f"{there}/state/", {"state": "offline"})
    client.post(f"{there}/limits/", {"capacity": "7", "calendar": str(calendar.pk)})
    client.post(f"{there}/skills/", {f"skill-{danish.pk}": "4"})
    row = Availability.objects.of(firm).get(agent=bo)
    assert (row.state, row.capacity, row.calendar_id) == ("offline", 7, calendar.pk)
    assert AgentSkill.objects.of(firm).get(agent=bo).level == 4
    assert client.post(f"{there}/limits/", {"capacity": "-1"}).status_code == 422
    assert client.post(f"{there}/skills/", {f"skill-{danish.pk}": "9"}).status_code == 422


def test_agents_change_nothing_of_others(firm: Workspace, seat: Seat, browser: Browser) -> None:
    bo, client = seat(), browser(seat(name="Dana"))
    there = f"/w/{firm.slug}/settings/people/{bo.pk}"
    assert client.get(f"{there}/rota/").status_code == 403
    today = timezone.localdate().isoformat()
    given = {"first_day": today, "last_day": today, "open_work": "keep"}
    assert client.post(f"{there}/absences/", given).status_code == 403
    for what in ("state", "limits", "skills"):
        assert client.post(f"{there}/{what}/", {"state": "away"}).status_code == 403


def test_skills_are_named_renamed_and_removed(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client, skills = browser(seat(Role.SUPERVISOR)), f"/w/{firm.slug}/settings/skills/"
    assert "No skills yet" in client.get(skills).content.decode()
    assert client.post(skills, {"name": "Danish"}).status_code == 303
    assert client.post(skills, {"name": "DANISH"}).status_code == 422
    skill = Skill.objects.of(firm).get()
    assert client.get(f"{skills}{skill.pk}/").status_code == 200
    client.post(f"{skills}{skill.pk}/", {"name": "Metering"})
    skill.refresh_from_db()
    assert skill.name == "Metering"
    assert client.post(f"{skills}{skill.pk}/", {"_method": "delete"}).status_code == 303
    assert not Skill.objects.of(firm).exists()


def test_the_workload_is_weighed_by_administrators(firm: Workspace, seat: Seat, browser: Browser) -> None:
    workload = f"/w/{firm.slug}/settings/workload/"
    client = browser(seat(Role.ADMIN, name="Adm"))
    given = {"capacity": "", "idle_minutes": "30", "channel-email": "2", "channel-hand": "1"}
    given |= {f"priority-{n}": str(n - 1) for n in range(1, 5)}
    assert client.get(workload).status_code == 200
    assert client.post(workload, given).status_code == 303
    row = Workload.objects.of(firm).get()
    assert (row.capacity, row.idle_minutes, row.points_of("email", 4)) == (None, 30, 5)
    assert client.post(workload, {**given, "idle_minutes": "0"}).status_code == 422
    assert browser(seat(Role.AGENT)).post(workload, given).status_code == 403


def test_a_team_says_how_it_hands_out_and_shows_its_members(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    bo, client = seat(), browser(seat(Role.SUPERVISOR, name="Sue"))
    team = a_team(firm, bo, method="by-hand")
    there = f"/w/{firm.slug}/settings/teams/{team.pk}/rota/"
    shown = client.get(there).content.decode()
    assert "0 of 20" in shown
    assert client.post(there, {"method": "least-loaded"}).status_code == 303
    assert Distribution.objects.of(firm).get(team=team).method == "least-loaded"
    assert client.post(there, {"method": "by-dice"}).status_code == 422
    assert browser(bo).get(there).status_code == 200
    assert browser(bo).post(there, {"method": "by-hand"}).status_code == 403
    with tenancy.entered(firm.pk):
        TeamSeat.objects.of(firm).delete()
    assert "Nobody is on this team" in client.get(there).content.decode()


def test_what_waits_is_shown_with_its_reason_and_handed_out(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, client = seat(), browser(seat(Role.SUPERVISOR, name="Sue"))
    team = a_team(firm, bo)
    waiting = f"/w/{firm.slug}/waiting/"
    assert "Nothing waits" in client.get(waiting).content.decode()
    one = talk("Broken gate", team=team)
    with tenancy.entered(firm.pk):
        rostering.say_state(bo, "away", by=bo)
        assigning.assign(one, Need(team_id=team.pk), cause="arrived")
        rostering.say_state(bo, "online", by=bo)
    assert "1 waits" in client.get(waiting).content.decode()
    shown = client.get(f"{waiting}{team.pk}/").content.decode()
    assert "Broken gate" in shown
    assert "nobody of the team is there" in shown
    response = client.post(f"{waiting}{team.pk}/handing-out/")
    row = Redistribution.objects.of(firm).get()
    assert response.headers["Location"].endswith(f"/redistributions/{row.pk}/")
    assert "1 has a new owner." in client.get(response.headers["Location"]).content.decode()
    one.refresh_from_db()
    assert one.owner_id == bo.pk
    assert not QueuePlace.objects.of(firm).exists()


def test_a_seat_is_taken_away_and_its_work_handed_on(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, dana, client = seat(), seat(name="Dana"), browser(seat(Role.ADMIN, name="Adm"))
    one = talk(owner=bo)
    there = f"/w/{firm.slug}/settings/people/{bo.pk}/"
    assert "Dana" in client.get(there).content.decode()
    client.post(f"{there}seat/", {"_method": "delete", "heir": str(dana.pk)})
    one.refresh_from_db()
    assert one.owner_id == dana.pk


def test_two_supervisors_at_once_and_the_second_is_told(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, dana = seat(), seat(name="Dana")
    one = talk()
    owner = f"/w/{firm.slug}/conversations/{one.number}/owner/"
    first, second = (browser(seat(Role.SUPERVISOR, name=name)) for name in ("Sue", "Sam"))
    assert first.post(owner, {"owner": str(bo.pk), "was": ""}).status_code == 303
    told = second.post(owner, {"owner": str(dana.pk), "was": ""})
    assert told.status_code == 409
    assert "Meanwhile it was given to Bo" in told.content.decode()
    one.refresh_from_db()
    assert one.owner_id == bo.pk


def test_nothing_of_another_workspace_is_in_reach(firm: Workspace, seat: Seat, browser: Browser) -> None:
    other = cast.a_workspace()
    stranger = cast.an_agent(other, name="Stranger")
    team = a_team(other, stranger)
    with tenancy.entered(other.pk):
        skill = Skill.objects.create(workspace=other, name="Secret")
    client, home = browser(seat(Role.OWNER)), f"/w/{firm.slug}"
    for path in (
        f"/settings/people/{stranger.pk}/rota/",
        f"/settings/skills/{skill.pk}/",
        f"/settings/teams/{team.pk}/rota/",
        f"/waiting/{team.pk}/",
        f"/redistributions/{team.pk}/",
    ):
        assert client.get(home + path).status_code == 404, path
