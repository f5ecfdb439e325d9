"""People: roles change by the rules, seats are taken away and given back."""

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent, ApiToken, Workspace
from threadwell.record.workplace.roles import Role


def address(agent: Agent, what: str = "") -> str:
    return f"/w/{agent.workspace.slug}/settings/people/{agent.pk}/{what}"


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_who_works_here_and_only_some_may_change_it(
    firm: Workspace, seat: Seat, browser: Browser, role: Role
) -> None:
    client, other = browser(seat(role)), seat(name="Dana")
    may_manage = role in {Role.OWNER, Role.ADMIN}
    shown = client.get(f"/w/{firm.slug}/settings/people/").content.decode()
    assert "Dana" in shown
    assert (address(other) in shown) == may_manage
    assert client.get(address(other)).status_code == (200 if may_manage else 403)
    changed = client.put(
        address(other, "role/"), "role=auditor", content_type="application/x-www-form-urlencoded"
    )
    assert changed.status_code == 403 or may_manage


@pytest.mark.parametrize(
    ("by", "before", "after", "status"),
    [
        (Role.ADMIN, Role.AGENT, Role.SUPERVISOR, 303),
        (Role.ADMIN, Role.AGENT, Role.OWNER, 404),
        (Role.ADMIN, Role.OWNER, Role.AGENT, 403),
        (Role.OWNER, Role.AGENT, Role.OWNER, 303),
        (Role.OWNER, Role.OWNER, Role.AGENT, 303),
        (Role.SUPERVISOR, Role.AGENT, Role.AUDITOR, 403),
        (Role.OWNER, Role.AGENT, "emperor", 404),
    ],
)
def test_roles_change_by_the_rules(
    seat: Seat, browser: Browser, by: Role, before: Role, after: str, status: int
) -> None:
    agent = seat(before, name="Dana")
    answer = browser(seat(by)).post(address(agent, "role/"), {"_method": "put", "role": after})
    assert answer.status_code == status
    agent.refresh_from_db()
    assert agent.role == (after if status == 303 else before)
    told = Event.objects.of(agent.workspace).filter(name="agent.role_changed", about=agent.pk)
    assert told.exists() == (status == 303)


def test_the_last_owner_stays(seat: Seat, browser: Browser) -> None:
    owner = seat(Role.OWNER)
    gone = seat(Role.OWNER, name="Gone")
    gone.left_at = clock.now()
    gone.save()
    client = browser(owner)
    assert client.post(address(owner, "role/"), {"_method": "put", "role": "admin"}).status_code == 409
    assert client.delete(address(owner, "seat/")).status_code == 409
    owner.refresh_from_db()
    assert (owner.role, owner.left_at) == (Role.OWNER, None)


def test_a_seat_is_taken_away_and_given_back(firm: Workspace, seat: Seat, browser: Browser) -> None:
    admin, agent = seat(Role.ADMIN), seat(name="Dana")
    inbox = cast.an_inbox(firm)
    facts = {"workspace": firm, "inbox": inbox, "owner": agent}
    open_one = Conversation.objects.create(number=1, **facts)
    closed_one = Conversation.objects.create(number=2, status="closed", **facts)
    token, _text = ApiToken.issue(agent, name="script", scopes=["read"], expires_at=None)
    theirs = browser(agent)

    browser(admin).post(address(agent, "seat/"), {"_method": "delete"})
    assert theirs.get(f"/w/{firm.slug}/settings/").status_code == 404
    for row in (open_one, closed_one, token):
        row.refresh_from_db()
    assert (open_one.owner_id, closed_one.owner_id) == (None, agent.pk)
    assert token.revoked_at

    assert browser(admin).get(address(agent)).status_code == 200
    browser(admin).post(address(agent, "seat/"))
    assert theirs.get(f"/w/{firm.slug}/settings/").status_code == 200


def test_admins_do_not_touch_owners(seat: Seat, browser: Browser) -> None:
    owner, admin = seat(Role.OWNER, name="Olga"), seat(Role.ADMIN)
    assert browser(admin).delete(address(owner, "seat/")).status_code == 403
    assert address(owner, "seat/") not in browser(admin).get(address(owner)).content.decode()


def test_people_of_another_workspace_do_not_exist(firm: Workspace, seat: Seat, browser: Browser) -> None:
    stranger = cast.an_agent(cast.a_workspace(), name="Stranger")
    client = browser(seat(Role.OWNER))
    here = f"/w/{firm.slug}/settings/people/{stranger.pk}/"
    assert "Stranger" not in client.get(f"/w/{firm.slug}/settings/people/").content.decode()
    assert client.get(here).status_code == 404
    assert client.post(here + "role/", {"_method": "put", "role": "auditor"}).status_code == 404
    assert client.delete(here + "seat/").status_code == 404
    assert client.post(here + "seat/").status_code == 404
