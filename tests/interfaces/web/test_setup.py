"""The first start: one link, one workspace, one owner."""

import pytest
from django.test import Client

from tests import cast
from threadwell.kit import tenancy
from threadwell.kit.setup_token import setup_token
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import Role

GOOD = {
    "workspace": "Nordhavn Logistics",
    "slug": "",
    "zone": "Europe/Copenhagen",
    "name": "Cleo",
    "email": "Cleo@Nordhavn.example",
    "password": "seven green lorries",
}
LINK = f"/setup/{setup_token()}/"


@pytest.mark.django_db
def test_the_link_makes_a_workspace_with_its_owner_signed_in() -> None:
    client = Client()
    assert client.get(LINK).status_code == 200
    answer = client.post(LINK, GOOD)
    assert answer["Location"] == "/w/nordhavn-logistics/inboxes/new/"
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.zone) == ("Nordhavn Logistics", "Europe/Copenhagen")
    with tenancy.entered(workspace.pk):
        owner = Agent.objects.of(workspace).get()
    assert (owner.name, owner.role, owner.user.email) == ("Cleo", Role.OWNER, "cleo@nordhavn.example")
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workspace", ""),
        ("slug", "café & co"),
        ("zone", "Atlantis"),
        ("name", ""),
        ("email", "cleo"),
        ("password", "short"),
        ("password", "password123"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_made(field: str, value: str) -> None:
    answer = Client().post(LINK, {**GOOD, field: value})
    if field == "slug":
        assert Workspace.objects.get().slug == "cafe-co"
        return
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_wrong_token_finds_nothing() -> None:
    assert Client().get("/setup/0123456789abcdef/").status_code == 404


@pytest.mark.django_db
def test_the_link_works_once() -> None:
    assert Client().post(LINK, GOOD).status_code == 303
    for answer in (Client().get(LINK), Client().post(LINK, {**GOOD, "email": "mallory@example.com"})):
        assert answer.status_code == 410
    assert Workspace.objects.count() == 1


@pytest.mark.django_db
def test_start_page_says_how_to_set_up_then_how_to_sign_in() -> None:
    assert "/setup/" in Client().get("/").content.decode()
    cast.a_workspace()
    assert Client().get("/")["Location"] == "/accounts/login/?next=/"


@pytest.mark.django_db
def test_start_page_leads_to_the_only_desk_or_to_the_last_used_or_asks() -> None:
    first, second = cast.a_workspace("First"), cast.a_workspace("Second")
    agent = cast.an_agent(first)
    client = Client()
    client.force_login(agent.user)
    assert client.get("/")["Location"] == f"/w/{first.slug}/desk/"
    with tenancy.entered(second.pk):
        Agent.objects.create(workspace=second, user=agent.user, name="Bo")
    asked = client.get("/").content.decode()
    assert "First" in asked
    assert "Second" in asked
    client.get(f"/w/{second.slug}/settings/")
    assert client.get("/")["Location"] == f"/w/{second.slug}/desk/"
    assert "First" in client.get("/workspaces/").content.decode()
