"""Teams: made, renamed, staffed, inside their workspace."""

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.workplace.models import Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role


def members(team: Team) -> list[str]:
    seats = TeamSeat.objects.of(team.workspace_id).filter(team=team).select_related("agent")
    return sorted(seat.agent.name for seat in seats)


def test_a_team_is_made_renamed_and_staffed(firm: Workspace, seat: Seat, browser: Browser) -> None:
    bo, dana, client = seat(name="Bo"), seat(name="Dana"), browser(seat(Role.ADMIN, name="Cleo"))
    teams = f"/w/{firm.slug}/settings/teams/"
    assert client.get(f"{teams}new/").status_code == 200
    assert client.post(teams, {"name": "Claims", "members": [str(bo.pk)]}).status_code == 303
    team = Team.objects.of(firm).get()
    assert members(team) == ["Bo"]
    assert "checked" in client.get(f"{teams}{team.pk}/").content.decode()
    client.post(f"{teams}{team.pk}/", {"name": "Claims North", "members": [str(dana.pk)]})
    team.refresh_from_db()
    assert (team.name, members(team)) == ("Claims North", ["Dana"])
    assert "Claims North" in client.get(teams).content.decode()


def test_two_teams_cannot_share_a_name(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client = browser(seat(Role.ADMIN))
    teams = f"/w/{firm.slug}/settings/teams/"
    client.post(teams, {"name": "Claims"})
    client.post(teams, {"name": "Sales"})
    assert client.post(teams, {"name": "claims"}).status_code == 422
    sales = Team.objects.of(firm).get(name="Sales")
    assert client.post(f"{teams}{sales.pk}/", {"name": "CLAIMS"}).status_code == 422
    assert Team.objects.of(firm).count() == 2


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR, Role.AUDITOR])
def test_others_only_look(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    client = browser(seat(role))
    assert client.get(f"/w/{firm.slug}/settings/teams/").status_code == 200
    assert client.post(f"/w/{firm.slug}/settings/teams/", {"name": "Coup"}).status_code == 403
    assert client.get(f"/w/{firm.slug}/settings/teams/new/").status_code == 403


def test_teams_and_people_of_another_workspace_are_out_of_reach(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    other = cast.a_workspace()
    stranger = cast.an_agent(other, name="Stranger")
    with tenancy.entered(other.pk):
        theirs = Team.objects.create(workspace=other, name="Theirs")
    client, teams = browser(seat(Role.OWNER)), f"/w/{firm.slug}/settings/teams/"
    assert "Theirs" not in client.get(teams).content.decode()
    assert client.get(f"{teams}{theirs.pk}/").status_code == 404
    assert client.post(f"{teams}{theirs.pk}/", {"name": "Ours"}).status_code == 404
    assert client.post(teams, {"name": "Mixed", "members": [str(stranger.pk)]}).status_code == 422
