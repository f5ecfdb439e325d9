"""Invitations: asked by mail or by a link that is handed over, answered once, within seven days."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import joining
from threadwell.kit import clock, secrets, tenancy
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent, Invitation, Team, TeamSeat, User, Workspace
from threadwell.record.workplace.roles import Role

NEW = {"name": "Dana", "password": "seven green lorries"}


def asked(by: Agent, email: str = "dana@firm.example", role: Role = Role.AGENT) -> joining.Asked:
    with tenancy.entered(by.workspace_id):
        return joining.invite(email, role=role, teams=[], by=by)


def path_of(one: joining.Asked) -> str:
    return f"/join/{one.token}/"


def test_inviting_shows_the_link_and_the_link_makes_a_seat(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    client = browser(seat(Role.ADMIN, name="Cleo"))
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Claims")
    given = {"email": "Dana@Firm.example", "role": "supervisor", "teams": [str(team.pk)]}
    shown = client.post(f"/w/{firm.slug}/settings/invitations/", given).content.decode()
    link = shown.partition("http://localhost:8000")[2].partition("<")[0]

    dana = Client()
    assert "Dana" not in dana.get(link).content.decode()
    answer = dana.post(link, NEW)
    assert answer["Location"] == f"/w/{firm.slug}/desk/"
    agent = Agent.objects.of(firm).get(name="Dana")
    assert (agent.role, agent.user.email) == (Role.SUPERVISOR, "dana@firm.example")
    assert TeamSeat.objects.of(firm).filter(team=team, agent=agent).exists()
    assert dana.get(f"/w/{firm.slug}/settings/").status_code == 200
    assert Client().post(link, NEW).status_code == 410


def test_somebody_with_an_account_signs_in_and_joins(firm: Workspace, seat: Seat, browser: Browser) -> None:
    elsewhere = cast.an_agent(cast.a_workspace("Elsewhere"), name="Dana")
    one = asked(seat(Role.ADMIN), email=elsewhere.user.email)
    assert Client().get(path_of(one))["Location"].startswith("/accounts/login/?next=/join/")
    client = browser(elsewhere)
    assert client.get(path_of(one)).status_code == 200
    assert client.post(path_of(one))["Location"] == f"/w/{firm.slug}/desk/"
    assert Agent.objects.of(firm).filter(user=elsewhere.user, left_at=None).exists()


def test_a_new_password_must_be_good(firm: Workspace, seat: Seat) -> None:
    one = asked(seat(Role.ADMIN))
    assert Client().post(path_of(one), {"name": "Dana", "password": "dana"}).status_code == 422
    assert not User.objects.filter(email="dana@firm.example").exists()


@pytest.mark.parametrize("why", ["too old", "withdrawn", "renewed", "not ours", "no token at all"])
def test_a_link_that_does_not_work_says_why(firm: Workspace, seat: Seat, why: str) -> None:
    admin = seat(Role.ADMIN)
    one = asked(admin)
    path = path_of(one)
    with tenancy.entered(firm.pk):
        match why:
            case "too old":
                Invitation.objects.of(firm).update(expires_at=clock.now() - timedelta(seconds=1))
            case "withdrawn":
                joining.withdraw(one.invitation, by=admin)
            case "renewed":
                joining.invite_again(one.invitation, by=admin)
            case "not ours":
                path = f"/join/{cast.a_workspace().pk.hex}_{one.token.partition('_')[2]}/"
            case _:
                path = "/join/anything/"
    answer = Client().get(path)
    assert answer.status_code == (410 if why in {"too old", "withdrawn"} else 404)
    assert Client().post(path, NEW).status_code == answer.status_code
    assert not User.objects.filter(email="dana@firm.example").exists()


def test_the_second_invitation_takes_the_place_of_the_first(firm: Workspace, seat: Seat) -> None:
    admin = seat(Role.ADMIN)
    first, second = asked(admin), asked(admin, role=Role.AUDITOR)
    assert Client().get(path_of(first)).status_code == 410
    assert Client().get(path_of(second)).status_code == 200
    assert [one.role for one in joining.waiting(firm.pk)] == [Role.AUDITOR]


def test_colleagues_cannot_be_invited_again(firm: Workspace, seat: Seat, browser: Browser) -> None:
    colleague = seat(name="Bo")
    given = {"email": colleague.user.email, "role": "agent"}
    answer = browser(seat(Role.ADMIN)).post(f"/w/{firm.slug}/settings/invitations/", given)
    assert answer.status_code == 422
    assert "works here already" in answer.content.decode()


def test_an_invitation_brings_back_somebody_who_left(firm: Workspace, seat: Seat, browser: Browser) -> None:
    gone = seat(name="Dana")
    gone.left_at = clock.now()
    gone.save()
    one = asked(seat(Role.ADMIN), email=gone.user.email, role=Role.AUDITOR)
    browser(gone).post(path_of(one))
    gone.refresh_from_db()
    assert (gone.left_at, gone.role) == (None, Role.AUDITOR)


def test_only_owners_invite_owners(firm: Workspace, seat: Seat, browser: Browser) -> None:
    address = f"/w/{firm.slug}/settings/invitations/"
    given = {"email": "dana@firm.example", "role": "owner"}
    assert browser(seat(Role.ADMIN)).post(address, given).status_code == 422
    assert browser(seat(Role.OWNER)).post(address, given).status_code == 200


def test_invitations_are_renewed_and_withdrawn_by_their_own_workspace_alone(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    admin = seat(Role.ADMIN)
    one = asked(admin).invitation
    address = f"/w/{firm.slug}/settings/invitations/{one.pk}/"
    stranger = cast.an_agent(cast.a_workspace(), role=Role.OWNER)
    theirs = f"/w/{stranger.workspace.slug}/settings/invitations/{one.pk}/"
    assert browser(stranger).post(theirs).status_code == 404
    assert browser(stranger).delete(theirs).status_code == 404
    assert browser(admin).post(address).status_code == 200
    assert browser(admin).post(address, {"_method": "delete"}).status_code == 303
    assert browser(admin).post(address).status_code == 410
    told = Event.objects.of(firm).filter(about=one.pk).order_by("at").values_list("name", flat=True)
    assert list(told) == ["invitation.sent", "invitation.sent", "invitation.withdrawn"]


def test_the_mail_carries_the_link_unless_it_stopped_working(firm: Workspace, seat: Seat) -> None:
    admin = seat(Role.ADMIN, name="Cleo\nBcc: everybody@example.com")
    one = asked(admin)
    facts = {"workspace_id": str(firm.pk), "invitation_id": str(one.invitation.pk), "language": "en"}
    joining.mail_invitation(**facts, box=secrets.sealed(one.token).decode())
    joining.mail_invitation(**facts, box=secrets.sealed("an older token").decode())
    [letter] = mail.outbox
    assert letter.to == ["dana@firm.example"]
    assert "\n" not in letter.subject
    assert one.link in letter.body
