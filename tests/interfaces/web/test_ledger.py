"""The ledger: every source reconciled by count, every delivery shown so that nothing in it acts."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import intake
from threadwell.flow.arrive.capture import Arrival
from threadwell.kit import ids, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Delivery, Folder, Inbox
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

State = Delivery.State
NOTICE = cast.a_mail(
    "I am away.", sender="away@customer.example", subject="Away", Auto_Submitted="auto-replied"
)


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm, settings={"incoming": {"kind": "imap", "host": "imap.firm.example"}})


@pytest.fixture
def supervisor(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.SUPERVISOR))


def fetched(inbox: Inbox, *, count: int) -> None:
    intake.accept(
        [
            Arrival(
                workspace_id=inbox.workspace_id,
                inbox_id=inbox.pk,
                source=Delivery.Source.IMAP,
                source_id=ids.new().hex,
                raw=cast.a_mail(),
            )
            for _ in range(count)
        ]
    )


def turned(firm: Workspace, key: UUID, **facts: Any) -> Delivery:
    with tenancy.entered(firm.pk):
        Delivery.objects.of(firm).filter(pk=key).update(**facts)
        found: Delivery = Delivery.objects.of(firm).get(pk=key)
    return found


def page_of(client: Client, address: str) -> str:
    told = client.get(address)
    assert told.status_code == 200, told.content.decode()[:500]
    return told.content.decode()


def test_a_gap_between_source_and_held_stands_in_red(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    fetched(inbox, count=3)
    with tenancy.entered(firm.pk):
        folder = Folder.objects.create(workspace=firm, inbox=inbox, name="INBOX", seen_at_source=3, held=3)
    ledger = f"/w/{firm.slug}/ledger/"
    assert "missing" not in page_of(supervisor, ledger)
    with tenancy.entered(firm.pk):
        folder.seen_at_source = 5
        folder.uids_skipped = [{"uid": 9, "why": "It is 80 MiB.", "at": "2026-11-22T10:00:00+00:00"}]
        folder.save()
    page = page_of(supervisor, ledger)
    assert "2 missing" in page
    assert "state--late" in page
    detail = page_of(supervisor, f"{ledger}{inbox.pk}/")
    assert "It is 80 MiB." in detail
    assert "2 missing" in detail


def test_deliveries_are_found_by_state_source_and_words(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    cast.arrives(inbox, cast.a_mail(subject="Broken meter", sender="eva@customer.example"))
    cast.arrives(inbox, cast.a_mail(subject="Late lorry"))
    cast.arrives(inbox, NOTICE)
    cast.all_read(firm)
    ledger = f"/w/{firm.slug}/ledger/{inbox.pk}/"
    both = page_of(supervisor, ledger)
    assert "Broken meter" in both
    assert "Late lorry" in both
    one = page_of(supervisor, f"{ledger}?state=read&q=eva@cust")
    assert "Broken meter" in one
    assert "Late lorry" not in one
    assert "Broken meter" not in page_of(supervisor, f"{ledger}?state=read&source=imap")
    assert "Away" in page_of(supervisor, f"{ledger}?state=aside")


def test_a_letter_without_a_subject_is_not_called_unread(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    key = cast.arrives(inbox, b"From: ada@customer.example\r\n\r\nHello\r\n")
    listed = f"/w/{firm.slug}/ledger/{inbox.pk}/?state="
    assert "(not read)" in page_of(supervisor, f"{listed}waiting")
    cast.all_read(firm)
    assert turned(firm, key).state == State.READ
    assert "(no subject)" in page_of(supervisor, f"{listed}read")


def test_older_deliveries_stand_on_further_pages(firm: Workspace, inbox: Inbox, supervisor: Client) -> None:
    fetched(inbox, count=60)
    address = f"/w/{firm.slug}/ledger/{inbox.pk}/?state=waiting"
    first = supervisor.get(address)
    older = first.content.decode().split('rel="next"')[0].rsplit('href="', 1)[1]
    second = page_of(supervisor, older.split('"')[0].replace("&amp;", "&"))
    assert first.content.decode().count("/deliveries/") == 50
    assert second.count("/deliveries/") == 10


def test_a_delivery_is_shown_as_text_and_downloaded_as_a_file(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    raw = cast.a_mail("<script>alert(1)</script>", subject="<b>Bold</b>")
    key = cast.arrives(inbox, raw)
    cast.all_read(firm)
    address = f"/w/{firm.slug}/deliveries/{key}/"
    page = page_of(supervisor, address)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    conversation = Conversation.objects.of(firm).get()
    assert f"/conversations/{conversation.number}/" in page
    file = supervisor.get(f"{address}raw/")
    assert file.content == raw
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"].startswith("attachment")


def test_what_failed_is_read_again_one_or_all(firm: Workspace, inbox: Inbox, supervisor: Client) -> None:
    one, two, three = (cast.arrives(inbox, cast.a_mail()) for _ in range(3))
    for key in (one, two, three):
        turned(firm, key, state=State.FAILED, because="KeyError: boundary", attempts=3)
    base = f"/w/{firm.slug}"
    assert "KeyError: boundary" in page_of(supervisor, f"{base}/deliveries/{one}/")
    assert supervisor.post(f"{base}/deliveries/{one}/retry/").status_code == 303
    assert turned(firm, one).state == State.WAITING
    assert supervisor.post(f"{base}/ledger/{inbox.pk}/retry/").status_code == 303
    assert [turned(firm, key).attempts for key in (two, three)] == [0, 0]
    cast.all_read(firm)
    assert {turned(firm, key).state for key in (one, two, three)} == {State.READ}


def test_what_was_set_aside_is_opened_as_a_conversation(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    key = cast.arrives(inbox, NOTICE)
    cast.all_read(firm)
    address = f"/w/{firm.slug}/deliveries/{key}/"
    assert turned(firm, key).state == State.SET_ASIDE
    assert "Open as conversation" in page_of(supervisor, address)
    assert supervisor.post(f"{address}release/").status_code == 303
    cast.all_read(firm)
    assert turned(firm, key).state == State.READ
    assert Conversation.objects.of(firm).get().subject == "Away"
    assert supervisor.post(f"{address}release/").status_code == 409


def test_the_second_of_two_equal_letters_can_be_opened_too(
    firm: Workspace, inbox: Inbox, supervisor: Client
) -> None:
    raw = cast.a_mail(message_id="<same@customer.example>")
    cast.arrives(inbox, raw)
    cast.all_read(firm)
    key = cast.arrives(inbox, raw)
    cast.all_read(firm)
    assert turned(firm, key).state == State.SET_ASIDE
    supervisor.post(f"/w/{firm.slug}/deliveries/{key}/release/")
    cast.all_read(firm)
    assert turned(firm, key).state == State.READ


@pytest.mark.parametrize(
    ("role", "looks", "retries"),
    [
        (Role.AUDITOR, 200, 403),
        (Role.SUPERVISOR, 200, 303),
        (Role.AGENT, 403, 403),
        (Role.COLLABORATOR, 403, 403),
    ],
)
def test_who_may_look_and_who_may_retry(
    firm: Workspace, inbox: Inbox, seat: Seat, browser: Browser, role: Role, looks: int, retries: int
) -> None:
    key = cast.arrives(inbox, cast.a_mail())
    client, base = browser(seat(role)), f"/w/{firm.slug}"
    for place in ("ledger/", f"ledger/{inbox.pk}/", f"deliveries/{key}/", f"deliveries/{key}/raw/"):
        assert client.get(f"{base}/{place}").status_code == looks
    for place in (f"ledger/{inbox.pk}/retry/", f"deliveries/{key}/retry/"):
        assert client.post(f"{base}/{place}").status_code == retries


def test_deliveries_of_another_workspace_are_out_of_reach(firm: Workspace, supervisor: Client) -> None:
    theirs = cast.an_inbox(cast.a_workspace(), address="theirs@other.example")
    key = cast.arrives(theirs, cast.a_mail())
    base = f"/w/{firm.slug}"
    assert "theirs@other.example" not in page_of(supervisor, f"{base}/ledger/")
    for place in (f"ledger/{theirs.pk}/", f"deliveries/{key}/", f"deliveries/{key}/raw/"):
        assert supervisor.get(f"{base}/{place}").status_code == 404
    for place in (f"ledger/{theirs.pk}/retry/", f"deliveries/{key}/retry/", f"deliveries/{key}/release/"):
        assert supervisor.post(f"{base}/{place}").status_code == 404
