"""Blocks: made with a reason and an end, lifted again, and never against ourselves."""

from datetime import timedelta

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import clock, tenancy
from threadwell.record.inboxes.models import Block
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role


@pytest.fixture
def admin(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN, name="Cleo"))


def test_a_block_is_made_listed_and_lifted(firm: Workspace, admin: Client) -> None:
    blocks = f"/w/{firm.slug}/settings/blocks/"
    told = admin.post(blocks, {"pattern": "Joe@Spam.example", "reason": "sells watches", "days": "30"})
    assert told.status_code == 303
    block = Block.objects.of(firm).get()
    assert block.pattern == "joe@spam.example"
    assert timedelta(days=29) < block.expires_at - clock.now() <= timedelta(days=30)
    page = admin.get(blocks).content.decode()
    assert "joe@spam.example" in page
    assert "sells watches" in page
    # The same again writes over the first: the reason and the end may change.
    admin.post(blocks, {"pattern": "joe@spam.example", "reason": "still", "days": ""})
    assert [(one.reason, one.expires_at) for one in Block.objects.of(firm)] == [("still", None)]
    admin.post(f"{blocks}{block.pk}/", {"_method": "DELETE"})
    assert not Block.objects.of(firm).exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a@b.example", "a@b.example"),
        ("@B.example", "@b.example"),
        ("b.example", "@b.example"),
        ("two words", None),
        ("a@", None),
        ("@", None),
        ("help@firm.example", None),
        ("@firm.example", None),
    ],
)
def test_only_addresses_and_domains_of_others_are_blocked(
    firm: Workspace, admin: Client, given: str, kept: str | None
) -> None:
    cast.an_inbox(firm, address="help@firm.example")
    told = admin.post(f"/w/{firm.slug}/settings/blocks/", {"pattern": given, "reason": "noise"})
    assert told.status_code == (303 if kept else 422)
    assert [block.pattern for block in Block.objects.of(firm)] == ([kept] if kept else [])


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR, Role.AUDITOR])
def test_the_list_is_for_those_who_manage(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    client = browser(seat(role))
    blocks = f"/w/{firm.slug}/settings/blocks/"
    assert client.get(blocks).status_code == 403
    assert client.post(blocks, {"pattern": "a@b.example", "reason": "x"}).status_code == 403


def test_blocks_of_another_workspace_are_out_of_reach(firm: Workspace, admin: Client) -> None:
    other = cast.a_workspace()
    stranger = cast.an_agent(other, name="Stranger")
    with tenancy.entered(other.pk):
        theirs = Block.objects.create(workspace=other, pattern="@theirs.example", reason="x", by=stranger)
    blocks = f"/w/{firm.slug}/settings/blocks/"
    assert "theirs.example" not in admin.get(blocks).content.decode()
    assert admin.post(f"{blocks}{theirs.pk}/", {"_method": "DELETE"}).status_code == 404
