"""Quarantine: looked through as text, released as if it came now."""

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import releasing
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Block, Delivery, Inbox
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role


@pytest.fixture
def cleo(seat: Seat) -> Agent:
    return seat(Role.ADMIN, name="Cleo")


@pytest.fixture
def inbox(firm: Workspace, cleo: Agent) -> Inbox:
    with tenancy.entered(firm.pk):
        releasing.block("@spam.example", reason="sells watches", by=cleo)
    return cast.an_inbox(firm)


def held_back(firm: Workspace, inbox: Inbox, subject: str = "Cheap watches") -> Delivery:
    key = cast.arrives(inbox, cast.a_mail("Buy <img src=x> now", sender="joe@spam.example", subject=subject))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        found: Delivery = Delivery.objects.of(firm).get(pk=key)
    assert found.state == Delivery.State.QUARANTINED
    return found


def test_it_is_read_as_text_and_released_as_if_it_came_now(
    firm: Workspace, inbox: Inbox, browser: Browser, cleo: Agent
) -> None:
    client, delivery = browser(cleo), held_back(firm, inbox)
    quarantine = f"/w/{firm.slug}/quarantine/"
    page = client.get(quarantine).content.decode()
    assert "Cheap watches" in page
    assert "sells watches" in page
    preview = client.get(f"/w/{firm.slug}/deliveries/{delivery.pk}/").content.decode()
    assert "Buy &lt;img src=x&gt; now" in preview
    assert not Contact.objects.of(firm).exists()
    told = client.post(f"/w/{firm.slug}/deliveries/{delivery.pk}/release/")
    assert told["Location"] == quarantine
    cast.all_read(firm)
    assert Conversation.objects.of(firm).get().subject == "Cheap watches"
    assert "Cheap watches" not in client.get(quarantine).content.decode()
    event = Event.objects.of(firm).get(name="delivery.released")
    assert (event.by_id, event.facts["was"]) == (cleo.pk, "quarantined")


@pytest.mark.parametrize(("what", "pattern"), [("", "joe@spam.example"), ("domain", "@spam.example")])
def test_its_sender_or_the_whole_domain_is_blocked(
    firm: Workspace, inbox: Inbox, browser: Browser, cleo: Agent, what: str, pattern: str
) -> None:
    delivery = held_back(firm, inbox)
    told = browser(cleo).post(f"/w/{firm.slug}/deliveries/{delivery.pk}/block/", {"what": what})
    assert told.status_code == 303
    assert Block.objects.of(firm).filter(pattern=pattern).count() == 1


def test_the_list_goes_on_on_further_pages(
    firm: Workspace, inbox: Inbox, browser: Browser, cleo: Agent
) -> None:
    for number in range(52):
        cast.arrives(inbox, cast.a_mail(sender="joe@spam.example", subject=f"Watch {number}"))
    cast.all_read(firm)
    client: Client = browser(cleo)
    first = client.get(f"/w/{firm.slug}/quarantine/").content.decode()
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert first.count("/release/") == 50
    assert client.get(older).content.decode().count("/release/") == 2


@pytest.mark.parametrize(
    ("role", "looks", "releases", "blocks"),
    [
        (Role.SUPERVISOR, 200, 303, 403),
        (Role.AUDITOR, 200, 403, 403),
        (Role.AGENT, 403, 403, 403),
        (Role.COLLABORATOR, 403, 403, 403),
    ],
)
def test_who_may_look_release_and_block(
    firm: Workspace,
    inbox: Inbox,
    seat: Seat,
    browser: Browser,
    role: Role,
    looks: int,
    releases: int,
    blocks: int,
) -> None:
    delivery, client = held_back(firm, inbox), browser(seat(role))
    assert client.get(f"/w/{firm.slug}/quarantine/").status_code == looks
    assert client.post(f"/w/{firm.slug}/deliveries/{delivery.pk}/block/").status_code == blocks
    assert client.post(f"/w/{firm.slug}/deliveries/{delivery.pk}/release/").status_code == releases


def test_the_quarantine_of_another_workspace_is_out_of_reach(
    firm: Workspace, inbox: Inbox, browser: Browser
) -> None:
    delivery = held_back(firm, inbox)
    other = cast.a_workspace()
    client = browser(cast.an_agent(other, name="Stranger", role=Role.OWNER))
    assert "Cheap watches" not in client.get(f"/w/{other.slug}/quarantine/").content.decode()
    for deed in ("release", "block"):
        assert client.post(f"/w/{other.slug}/deliveries/{delivery.pk}/{deed}/").status_code == 404
    assert client.get(f"/w/{firm.slug}/quarantine/").status_code == 404
