"""Programs say who is there, enter absences, give skills, and see what waits."""

import json
from datetime import timedelta
from typing import Any

from tests import cast
from tests.interfaces.api.conftest import Firm, a_program
from threadwell.flow import assigning, rostering
from threadwell.flow.decide.need import Need
from threadwell.kit import clock, tenancy
from threadwell.record.rota.models import Absence
from threadwell.record.workplace.models import Team, TeamSeat
from threadwell.record.workplace.roles import Role

EVERY = ["read", "handle", "supervise"]


def test_availability_is_told_and_said(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.AGENT, scopes=["read", "handle"])
    me, other = program.agent, cast.an_agent(firm.workspace, name="Dana")
    there = f"/agents/{me.pk}/availability"
    before = program.get(there)
    assert (before["state"], before["load"], before["capacity"]) == ("online", 0, 20)
    assert program.call("PUT", there, {"state": "busy"}).status_code == 200
    assert program.get(there)["state"] == "busy"
    assert program.call("PUT", there, {"state": "asleep"}).status_code == 422
    theirs = program.call("PUT", f"/agents/{other.pk}/availability", {"state": "away"})
    assert theirs.status_code == 403


def test_limits_and_skills_are_given_by_supervisors(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=EVERY)
    dana = cast.an_agent(firm.workspace, name="Dana")
    told = json.loads(program.call("PUT", f"/agents/{dana.pk}/limits", {"capacity": 3}).content)
    assert (told["capacity"], told["own_capacity"]) == (3, 3)
    skill = json.loads(program.call("POST", "/skills", {"name": "Danish"}).content)
    assert program.call("POST", "/skills", {"name": "danish"}).status_code == 422
    levels = {"levels": [{"skill": skill["id"], "level": 4}]}
    assert program.call("PUT", f"/agents/{dana.pk}/skills", levels).status_code == 200
    assert program.get(f"/agents/{dana.pk}/skills") == levels
    assert program.get("/skills")["items"][0]["name"] == "Danish"
    renamed = program.call("PATCH", f"/skills/{skill['id']}", {"name": "Dansk"})
    assert json.loads(renamed.content)["name"] == "Dansk"
    assert program.call("DELETE", f"/skills/{skill['id']}").status_code == 200
    assert program.get(f"/agents/{dana.pk}/skills") == {"levels": []}


def test_an_absence_is_entered_listed_and_withdrawn(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=EVERY)
    dana = cast.an_agent(firm.workspace, name="Dana")
    now = clock.now()
    given: dict[str, Any] = {
        "agent": str(dana.pk),
        "begins_at": now.isoformat(),
        "ends_at": (now + timedelta(days=2)).isoformat(),
        "deputy": str(program.agent.pk),
        "reason": "Walking",
    }
    made = program.call("POST", "/absences", given)
    assert made.status_code == 201
    assert program.get("/absences")["items"][0]["reason"] == "Walking"
    assert program.get(f"/agents/{dana.pk}/availability")["is_out_of_office"]
    again = program.call("POST", "/absences", given)
    assert (again.status_code, json.loads(again.content)["code"]) == (409, "absence-overlaps")
    key = json.loads(made.content)["id"]
    assert program.call("DELETE", f"/absences/{key}").status_code == 200
    with tenancy.entered(firm.workspace.pk):
        assert not Absence.objects.of(firm.workspace).at(clock.now()).exists()


def test_a_queue_is_seen_and_handed_out(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=EVERY)
    dana = cast.an_agent(firm.workspace, name="Dana")
    with tenancy.entered(firm.workspace.pk):
        team = Team.objects.create(workspace=firm.workspace, name="Front")
        TeamSeat.objects.create(workspace=firm.workspace, team=team, agent=dana)
    there = f"/teams/{team.pk}"
    assert program.get(f"{there}/distribution") == {"method": "by-hand"}
    assert program.call("PUT", f"{there}/distribution", {"method": "round-robin"}).status_code == 200
    with tenancy.entered(firm.workspace.pk):
        rostering.say_state(dana, "offline", by=dana)
        one = firm.conversation
        type(one).objects.of(firm.workspace).filter(pk=one.pk).update(owner=None, status="open")
        one.refresh_from_db()
        assigning.assign(one, Need(team_id=team.pk), cause="arrived")
    queue = program.get(f"{there}/queue")
    assert (queue["count"], queue["items"][0]["number"]) == (1, one.number)
    assert queue["items"][0]["because"] == "nobody of the team is there"
    with tenancy.entered(firm.workspace.pk):
        rostering.say_state(dana, "online", by=dana)
    begun = program.call("POST", f"{there}/redistribution")
    assert begun.status_code == 201
    row = program.get(f"/redistributions/{json.loads(begun.content)['id']}")
    assert (row["done"], row["given"]) == (1, 1)
    assert program.get(f"{there}/queue")["count"] == 0


def test_the_second_of_two_who_give_it_is_told(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=EVERY)
    dana = cast.an_agent(firm.workspace, name="Dana")
    one = firm.conversation
    with tenancy.entered(firm.workspace.pk):
        type(one).objects.of(firm.workspace).filter(pk=one.pk).update(owner=None, status="open")
    there = f"/conversations/{one.number}/owner"
    assert program.call("PUT", there, {"owner": str(dana.pk), "was": None}).status_code == 200
    late = program.call("PUT", there, {"owner": str(program.agent.pk), "was": None})
    assert (late.status_code, json.loads(late.content)["code"]) == (409, "overtaken")
    assert program.call("PUT", there, {"owner": str(program.agent.pk)}).status_code == 200
