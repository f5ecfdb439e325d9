"""Programs read how it stands, and what nobody answers for."""

import pytest

from tests import cast
from tests.interfaces.api.conftest import Firm, a_program
from threadwell.flow import orphans
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Counter
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import Role


def a_talk(firm: Firm, **facts: object) -> Conversation:
    inbox = cast.an_inbox(firm.workspace, address="lost@firm.example")
    with tenancy.entered(firm.workspace.pk):
        [number] = Counter.reserve(firm.workspace.pk, "conversation")
        return Conversation.objects.create(
            workspace=firm.workspace, number=number, inbox=inbox, waiting_since=clock.now(), **facts
        )


def test_the_overview_tells_the_figures_of_everybody_and_of_a_team(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=["read", "supervise"])
    with tenancy.entered(firm.workspace.pk):
        team = Team.objects.create(workspace=firm.workspace, name="Nobody's yet")
    before = program.get("/overview")["whole"]
    a_talk(firm, team=team)
    told = program.get("/overview")
    assert told["whole"]["unowned"] == before["unowned"] + 1
    assert {"online"} <= {one["state"] for one in told["agents"]}
    of_team = program.get(f"/overview?team={team.pk}")
    assert of_team["whole"]["open"] == of_team["whole"]["waiting"] == 1
    assert of_team["teams"][0]["members"] == 0


def test_orphans_are_listed_by_kind(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=["read", "supervise"])
    lost = a_talk(firm)
    orphans.look(firm.workspace.pk, now=clock.now())
    told = program.get("/orphans?kind=conversation")
    assert str(lost.pk) in {one["about"] for one in told["items"]}
    assert program.get("/orphans?kind=task")["items"] == []
    assert program.call("GET", "/orphans?kind=cat").status_code == 422


@pytest.mark.parametrize("place", ["/overview", "/orphans"])
def test_only_who_leads_may_read_them(firm: Firm, place: str) -> None:
    program = a_program(firm.workspace, role=Role.AGENT, scopes=["read", "handle"])
    assert program.call("GET", place).status_code == 403


def test_another_firms_team_is_not_there(firm: Firm) -> None:
    other = cast.a_workspace("Elsewhere")
    with tenancy.entered(other.pk):
        theirs = Team.objects.create(workspace=other, name="Theirs")
    program = a_program(firm.workspace, role=Role.SUPERVISOR, scopes=["read", "supervise"])
    assert program.call("GET", f"/overview?team={theirs.pk}").status_code == 404
