"""Profile, tokens and the workspace's own page."""

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import secrets
from threadwell.record.workplace.models import ApiToken, Workspace
from threadwell.record.workplace.roles import Role

ME = {"name": "Bo Berg", "signature": "Bo\nNordhavn", "zone": "Asia/Tokyo", "language": "", "theme": "dark"}


@pytest.mark.parametrize("role", Role)
def test_everybody_has_a_profile(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    agent = seat(role)
    client, address = browser(agent), f"/w/{firm.slug}/settings/profile/"
    assert client.get(address).status_code == 200
    assert client.post(address, ME)["Location"] == address
    agent.refresh_from_db()
    agent.user.refresh_from_db()
    assert (agent.name, agent.signature, agent.user.zone) == ("Bo Berg", "Bo\nNordhavn", "Asia/Tokyo")
    assert 'data-theme="dark"' in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("zone", "Atlantis"), ("language", "xx"), ("theme", "pink")]
)
def test_what_does_not_exist_is_refused(
    firm: Workspace, seat: Seat, browser: Browser, field: str, value: str
) -> None:
    answer = browser(seat()).post(f"/w/{firm.slug}/settings/profile/", {**ME, field: value})
    assert answer.status_code == 422


def test_a_token_is_shown_once_and_revoked(firm: Workspace, seat: Seat, browser: Browser) -> None:
    agent = seat()
    client, tokens = browser(agent), f"/w/{firm.slug}/settings/tokens/"
    given = {"name": "reports", "scopes": ["read", "note"], "days": "30"}
    answer = client.post(tokens, given)
    shown = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    text = shown.partition('<code id="token">')[2].partition("<")[0]
    token = ApiToken.objects.of(firm).get()
    assert token.mark == secrets.mark_of(text)
    assert (token.scopes, token.agent) == (["read", "note"], agent)
    assert token.expires_at is not None
    listed = client.get(tokens).content.decode()
    assert "reports" in listed
    assert text not in listed
    client.post(f"{tokens}{token.pk}/", {"_method": "delete"})
    token.refresh_from_db()
    assert token.revoked_at
    assert client.post(f"{tokens}{token.pk}/", {"_method": "delete"}).status_code == 404


@pytest.mark.parametrize("scopes", [[], ["manage"], ["own"], ["everything"]])
def test_a_token_gets_no_more_than_its_maker_has(
    firm: Workspace, seat: Seat, browser: Browser, scopes: list[str]
) -> None:
    answer = browser(seat()).post(f"/w/{firm.slug}/settings/tokens/", {"name": "x", "scopes": scopes})
    assert answer.status_code == 422
    assert not ApiToken.objects.of(firm).exists()


def test_tokens_of_others_are_seen_by_managers_alone(firm: Workspace, seat: Seat, browser: Browser) -> None:
    token, _text = ApiToken.issue(seat(name="Dana"), name="Dana's script", scopes=["read"], expires_at=None)
    address = f"/w/{firm.slug}/settings/tokens/"
    assert "Dana&#x27;s script" not in browser(seat()).get(address).content.decode()
    assert browser(seat()).delete(f"{address}{token.pk}/").status_code == 404
    stranger = cast.an_agent(cast.a_workspace(), role=Role.OWNER)
    theirs = f"/w/{stranger.workspace.slug}/settings/tokens/{token.pk}/"
    assert browser(stranger).delete(theirs).status_code == 404
    manager = browser(seat(Role.ADMIN))
    assert "Dana&#x27;s script" in manager.get(address).content.decode()
    assert manager.delete(f"{address}{token.pk}/").status_code == 303


def test_a_workspace_changes_its_name_and_address(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client, address = browser(seat(Role.ADMIN)), f"/w/{firm.slug}/settings/workspace/"
    taken = cast.a_workspace("Taken")
    given = {"name": "Nordhavn North", "slug": "north", "zone": "Europe/Oslo"}
    assert client.get(address).status_code == 200
    assert client.post(address, {**given, "slug": taken.slug}).status_code == 422
    assert client.post(address, {**given, "slug": "a/b"}).status_code == 422
    assert client.post(address, given)["Location"] == "/w/north/settings/workspace/"
    firm.refresh_from_db()
    assert (firm.name, firm.slug, firm.zone) == ("Nordhavn North", "north", "Europe/Oslo")
    assert browser(seat(Role.SUPERVISOR)).get("/w/north/settings/workspace/").status_code == 403


def test_settings_list_what_one_may(firm: Workspace, seat: Seat, browser: Browser) -> None:
    shown = {
        role: browser(seat(role)).get(f"/w/{firm.slug}/settings/").content.decode()
        for role in (Role.ADMIN, Role.AUDITOR)
    }
    address = f'href="/w/{firm.slug}/settings/workspace/"'
    assert address in shown[Role.ADMIN]
    assert address not in shown[Role.AUDITOR]
