"""Inboxes: set up in steps, tested, changed, closed; their doors and their health are told truthfully."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from tests import cast
from tests.channels.email.test_oauth import Provider
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import following, trying
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery, Door, Inbox
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

MAILBOX = {"host": "127.0.0.1", "port": 1, "tls": "none", "user": "help", "password": "s3cret-word"}


@pytest.fixture(autouse=True)
def nothing_cached(db: None) -> None:
    cache.clear()


@pytest.fixture
def admin(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN, name="Cleo"))


@pytest.fixture
def inboxes(firm: Workspace) -> str:
    return f"/w/{firm.slug}/inboxes/"


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def the_inbox(firm: Workspace) -> Inbox:
    with tenancy.entered(firm.pk):
        found: Inbox = Inbox.objects.of(firm).get()
    return found


def opened(client: Client, inboxes: str, firm: Workspace, address: str = "help@firm.example") -> Inbox:
    told = client.post(f"{inboxes}new/", {"address": address, "name": "Help", "team": ""})
    inbox = the_inbox(firm)
    assert told["Location"] == f"{inboxes}{inbox.pk}/receiving/"
    return inbox


def tried(inbox: Inbox) -> None:
    trying.try_connection(workspace_id=str(inbox.workspace_id), inbox_id=str(inbox.pk), language="en")


def test_a_mailbox_is_set_up_tested_and_followed(firm: Workspace, admin: Client, inboxes: str) -> None:
    inbox = opened(admin, inboxes, firm)
    home = f"{inboxes}{inbox.pk}/"
    choices = admin.get(f"{home}receiving/").content.decode()
    assert 'value="imap" checked' in choices
    proposed = admin.get(f"{home}receiving/?way=imap").content.decode()
    assert "imap.firm.example" in proposed
    told = admin.post(f"{home}receiving/?way=imap", {**MAILBOX, "follow_sent": "on"})
    assert told["Location"] == f"{home}sending/"
    inbox = the_inbox(firm)
    assert list(following.inboxes()) == []  # not before somebody has said how much of the old mail comes
    assert inbox.secrets == {"incoming_password": "s3cret-word"}
    told = admin.post(
        f"{home}sending/?way=smtp", {**MAILBOX, "host": "smtp.firm.example", "password": "other"}
    )
    assert told["Location"] == f"{home}test/"
    assert "Waiting for a worker" in admin.get(f"{home}test/").content.decode()
    admin.post(f"{home}sending/?way=relay", {"provider": "relay"})
    tried(inbox)
    page = admin.get(f"{home}test/").content.decode()
    assert "Nothing listens at port 1 of 127.0.0.1." in page
    assert "s3cret-word" not in page
    admin.post(f"{home}receiving/?way=imap", {**MAILBOX, "follow_sent": "on"})
    assert "Nothing listens" not in admin.get(f"{home}test/").content.decode()  # that was another way in
    told = admin.post(f"{home}beginning/", {"history": "new"})
    assert told["Location"] == home
    inbox = the_inbox(firm)
    assert inbox.settings["incoming"]["history"] == "new"
    assert "planned" not in inbox.settings
    [key] = following.inboxes()
    assert (key.inbox_id, key.connected_at) == (inbox.pk, inbox.settings["connected_at"])
    assert admin.get(home).status_code == 200
    assert admin.post(f"{home}beginning/", {"history": "new"}).status_code == 409
    names = Event.objects.of(firm).filter(about=inbox.pk).order_by("pk").values_list("name", flat=True)
    assert names[0] == "inbox.opened"
    assert "inbox.begun" in names


def test_the_test_is_asked_for_again_only_while_it_runs(firm: Workspace, admin: Client, inboxes: str) -> None:
    inbox = opened(admin, inboxes, firm)
    home = f"{inboxes}{inbox.pk}/"
    admin.post(f"{home}receiving/?way=imap", MAILBOX)
    running = admin.post(f"{home}test/", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in running
    tried(inbox)
    over = admin.get(f"{home}test/", headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" not in over
    assert "Something does not work yet." in over


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"password": ""}, True),
        ({"password": "", "port": 143}, True),
        ({"password": "", "host": "evil.example"}, False),
        ({"password": "", "user": "other"}, False),
        ({"host": "mail.firm.example", "password": "new"}, True),
        ({"port": 99999}, False),
    ],
)
def test_a_stored_password_goes_to_no_other_server(
    firm: Workspace, admin: Client, inboxes: str, changes: dict[str, Any], is_taken: bool
) -> None:
    inbox = opened(admin, inboxes, firm)
    way = f"{inboxes}{inbox.pk}/receiving/?way=imap"
    admin.post(way, MAILBOX)
    told = admin.post(way, {**MAILBOX, **changes})
    assert told.status_code == (303 if is_taken else 422)
    assert "s3cret-word" not in told.content.decode()
    assert "s3cret-word" not in admin.get(way).content.decode()


def test_mail_that_is_forwarded_gets_a_door_and_exact_words(
    firm: Workspace, admin: Client, inboxes: str
) -> None:
    inbox = opened(admin, inboxes, firm)
    home = f"{inboxes}{inbox.pk}/"
    assert admin.post(f"{home}receiving/", {"provider": "gateway"}).status_code == 303
    forward_to = the_inbox(firm).settings["incoming"]["forward_to"]
    doors = set(Door.objects.filter(inbox_id=inbox.pk).values_list("pk", flat=True))
    assert doors == {"help@firm.example", forward_to}
    assert forward_to in admin.get(f"{home}sending/").content.decode()
    admin.post(f"{home}sending/", {"provider": "relay"})
    assert "Waiting for the first mail" in admin.get(f"{home}test/").content.decode()
    cast.arrives(inbox, cast.a_mail())
    assert "Mail has come in." in admin.get(f"{home}test/").content.decode()
    assert the_inbox(firm).health == Inbox.Health.GOOD
    # The address stays when the way is chosen again; changing the inbox's address moves its door.
    admin.post(f"{home}receiving/", {"provider": "gateway"})
    admin.post(home, {"address": "hello@firm.example", "name": "Help", "team": "", "signature": "Bye"})
    doors = set(Door.objects.filter(inbox_id=inbox.pk).values_list("pk", flat=True))
    assert doors == {"hello@firm.example", forward_to}
    admin.post(f"{home}receiving/", {"provider": "none"})
    assert not Door.objects.filter(inbox_id=inbox.pk).exists()


def test_a_closed_inbox_keeps_its_history_and_can_be_opened_again(
    firm: Workspace, admin: Client, inboxes: str
) -> None:
    inbox = opened(admin, inboxes, firm)
    home = f"{inboxes}{inbox.pk}/"
    admin.post(f"{home}receiving/", {"provider": "gateway"})
    cast.arrives(inbox, cast.a_mail())
    assert admin.post(f"{home}closing/").status_code == 303
    assert not Door.objects.filter(inbox_id=inbox.pk).exists()
    assert "This inbox is closed" in admin.get(home).content.decode()
    assert "Help" in admin.get(f"/w/{firm.slug}/ledger/").content.decode()
    admin.post(f"{home}closing/", {"_method": "DELETE"})
    assert Door.objects.filter(inbox_id=inbox.pk).count() == 2


def test_an_address_is_received_once(firm: Workspace, admin: Client, inboxes: str) -> None:
    opened(admin, inboxes, firm)
    again = {"address": "HELP@firm.example", "name": "Again", "team": ""}
    assert admin.post(f"{inboxes}new/", again).status_code == 422
    other = cast.a_workspace()
    theirs = cast.an_inbox(other, address="taken@firm.example")
    Door.objects.create(address="taken@firm.example", workspace=other, inbox_id=theirs.pk)
    admin.post(f"{inboxes}new/", {"address": "taken@firm.example", "name": "Taken", "team": ""})
    with tenancy.entered(firm.pk):
        ours = Inbox.objects.of(firm).get(address="taken@firm.example")
    told = admin.post(f"{inboxes}{ours.pk}/receiving/", {"provider": "gateway"})
    assert told.status_code == 422
    assert Door.objects.get(pk="taken@firm.example").inbox_id == theirs.pk


def signing_in(firm: Workspace, admin: Client, inboxes: str, provider: Provider) -> tuple[Inbox, str]:
    """On the way to the provider; the state it will send back."""
    inbox = opened(admin, inboxes, firm, "help@gmail.com")
    home = f"{inboxes}{inbox.pk}/"
    assert 'value="google" checked' in admin.get(f"{home}receiving/").content.decode()
    told = admin.post(f"{home}receiving/?way=google", {"client_id": "ours", "client_secret": "hush"})
    ready = admin.get(told["Location"]).content.decode()
    assert f"{home}reconnect/" in ready
    assert "hush" not in ready
    with tenancy.entered(firm.pk):
        inbox = the_inbox(firm)
        inbox.settings["oauth"] |= {"token_url": provider.token_url}
        inbox.save()
    asked = parse_qs(urlsplit(admin.get(f"{home}reconnect/")["Location"]).query)
    assert asked["redirect_uri"] == ["http://localhost:8000/oauth/back/"]
    provider.challenge = asked["code_challenge"][0]
    return inbox, asked["state"][0]


def test_a_person_signs_in_at_the_provider_and_comes_back(
    firm: Workspace, admin: Client, inboxes: str, provider: Provider
) -> None:
    inbox, state = signing_in(firm, admin, inboxes, provider)
    told = admin.get("/oauth/back/", {"state": state, "code": "good"})
    assert told["Location"] == f"{inboxes}{inbox.pk}/test/"
    inbox = the_inbox(firm)
    assert inbox.secrets["refresh_token"] == "refresh-1"
    assert inbox.settings["outgoing"]["auth"] == "oauth"
    # A way back is good once.
    assert admin.get("/oauth/back/", {"state": state, "code": "good"}).status_code == 409


def test_nobody_else_can_bring_a_permission_back(
    firm: Workspace, admin: Client, inboxes: str, provider: Provider, seat: Seat, browser: Browser
) -> None:
    inbox, state = signing_in(firm, admin, inboxes, provider)
    back = {"state": state, "code": "good"}
    assert Client().get("/oauth/back/", back).status_code == 302
    assert browser(seat(Role.ADMIN, name="Dana")).get("/oauth/back/", back).status_code == 409
    assert admin.get("/oauth/back/", {"state": "made-up", "code": "good"}).status_code == 409
    refused = admin.get("/oauth/back/", {"state": state, "error": "access_denied"})
    assert refused.status_code == 409
    assert "access_denied" in refused.content.decode()
    assert "refresh_token" not in the_inbox(firm).secrets
    assert provider.given == 0
    assert inbox.pk


def test_a_broken_inbox_and_unread_mail_alarm_those_who_can_mend_it(
    firm: Workspace, admin: Client, inboxes: str, seat: Seat, browser: Browser, settings: Any
) -> None:
    inbox = cast.an_inbox(firm, health=Inbox.Health.BROKEN, health_because="The password is wrong.")
    desk = f"/w/{firm.slug}/settings/"
    assert "The password is wrong." in admin.get(desk).content.decode()
    assert "The password is wrong." not in browser(seat(Role.AGENT)).get(desk).content.decode()
    key = cast.arrives(inbox, cast.a_mail())
    with tenancy.entered(firm.pk):
        Inbox.objects.of(firm).update(health=Inbox.Health.GOOD)
        Delivery.objects.of(firm).filter(pk=key).update(state=Delivery.State.FAILED)
    assert "some mail could not be read" in admin.get(desk).content.decode()
    with tenancy.entered(firm.pk):
        inbox.cannot_send("Nobody listens there.")
    for page in (desk, f"{inboxes}{inbox.pk}/"):
        assert "Nobody listens there." in admin.get(page).content.decode()
    settings.DISK_RESERVE = 1 << 60
    assert "The disk is full" in admin.get(desk).content.decode()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR, Role.AUDITOR])
def test_others_see_the_health_and_no_more(
    firm: Workspace, seat: Seat, browser: Browser, inboxes: str, role: Role
) -> None:
    way = {"kind": "imap", "host": "imap.inner.example"}
    inbox = cast.an_inbox(firm, settings={"incoming": way})
    client, home = browser(seat(role)), f"{inboxes}{inbox.pk}/"
    assert client.get(inboxes).status_code == 200
    page = client.get(home)
    assert page.status_code == 200
    assert "imap.inner.example" not in page.content.decode()
    for address in (f"{inboxes}new/", f"{home}receiving/", f"{home}sending/", f"{home}test/"):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    for address in (home, f"{home}closing/", f"{home}beginning/"):
        assert client.post(address).status_code == 403
    assert client.get(f"{home}reconnect/").status_code == 403


def test_an_inbox_of_another_workspace_is_out_of_reach(firm: Workspace, admin: Client, inboxes: str) -> None:
    theirs = cast.an_inbox(cast.a_workspace(), address="theirs@other.example")
    assert "theirs@other.example" not in admin.get(inboxes).content.decode()
    home = f"{inboxes}{theirs.pk}/"
    for place in ("", "receiving/", "sending/", "test/", "reconnect/"):
        assert admin.get(f"{home}{place}").status_code == 404
    for place in ("", "receiving/", "sending/", "test/", "closing/"):
        given = {"provider": "none", "address": "a@b.example", "name": "x", "team": ""}
        assert admin.post(f"{home}{place}", given).status_code == 404
    assert admin.post(f"{home}beginning/", {"history": "new"}).status_code == 404
