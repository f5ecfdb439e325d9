"""In a real browser: the mail rooms pass axe, fit a phone, and a test of a connection tells itself."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests import cast
from tests.interfaces.web.test_rooms_browser import (
    DESKTOP,
    PHONE,
    chromium,
    opened,
    owner,
    sign_in,
    wrong_with,
)
from threadwell.flow import connecting, importing, releasing, trying
from threadwell.kit import clock, tenancy
from threadwell.record.inboxes.models import Delivery, Folder, Inbox, MailImport
from threadwell.record.workplace.models import Agent

__all__ = ["chromium", "owner"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAILBOX = {
    "kind": "imap",
    "host": "127.0.0.1",
    "port": 1,
    "tls": "none",
    "user": "help",
    "auth": "password",
}


def quiet(page: Page) -> None:
    """The live stream wants another server than this one; it has its own tests."""
    page.route(
        "**/live/**", lambda route: route.fulfill(status=200, content_type="text/event-stream", body="")
    )


def furnished(owner: Agent) -> dict[str, UUID]:
    """One of everything the pages show."""
    firm = owner.workspace
    with tenancy.entered(firm.pk):
        broken = connecting.open_inbox(address="support@firm.example", name="Support", by=owner)
        connecting.receive_by(broken, MAILBOX, secrets={"incoming_password": "x"}, by=owner)
        connecting.begin(broken, history="new", by=owner)
        broken.health, broken.health_because = Inbox.Health.BROKEN, "The password is wrong."
        broken.save()
        planned = connecting.open_inbox(address="sales@firm.example", name="Sales", by=owner)
        connecting.receive_by(planned, MAILBOX, secrets={"incoming_password": "x"}, by=owner)
        forwarded = connecting.open_inbox(address="orders@firm.example", name="Orders", by=owner)
        connecting.receive_by(forwarded, {"kind": "gateway"}, by=owner)
        skipped = [{"uid": 9, "why": "It is 80 MiB.", "at": clock.now().isoformat()}]
        Folder.objects.create(
            workspace=firm,
            inbox=broken,
            name="INBOX",
            seen_at_source=214,
            held=213,
            looked_at=clock.now(),
            uids_skipped=skipped,
        )
        releasing.block(
            "@spam.example", reason="sells watches", expires_at=clock.now() + timedelta(days=9), by=owner
        )
        done = importing.begin(broken, "old.mbox, letters.mbox.gz", by=owner)
        done.total, done.held, done.already_held = 12, 9, 2
        done.refused, done.done_at = [{"name": "mail.zip", "why": "Archives are not unpacked."}], clock.now()
        done.save()
        MailImport.objects.create(workspace=firm, inbox=broken, name="running.mbox", total=900, held=400)
    cast.arrives(broken, cast.a_mail("Buy now", sender="joe@spam.example", subject="Cheap watches"))
    cast.arrives(broken, cast.a_mail())
    cast.all_read(firm)
    failed = cast.arrives(broken, cast.a_mail())
    with tenancy.entered(firm.pk):
        Delivery.objects.of(firm).filter(pk=failed).update(
            state=Delivery.State.FAILED, because="KeyError: 'boundary'", subject="Odd one"
        )
        held_back = Delivery.objects.of(firm).quarantined().get()
    trying.try_connection(workspace_id=str(firm.pk), inbox_id=str(planned.pk), language="en")
    return {
        "broken": broken.pk,
        "planned": planned.pk,
        "forwarded": forwarded.pk,
        "failed": failed,
        "held_back": held_back.pk,
    }


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def test_the_mail_rooms_pass_axe(
    owner: Agent, live_server: LiveServer, request: pytest.FixtureRequest, scheme: str, size: dict[str, int]
) -> None:
    key = furnished(owner)
    chromium: Browser = request.getfixturevalue("chromium")
    page, complaints = opened(chromium, live_server, color_scheme=scheme, viewport=size)
    quiet(page)
    sign_in(page, owner.user.email)
    pages = [
        "inboxes/",
        "inboxes/new/",
        f"inboxes/{key['broken']}/",
        f"inboxes/{key['planned']}/",
        f"inboxes/{key['planned']}/receiving/",
        f"inboxes/{key['planned']}/receiving/?way=imap",
        f"inboxes/{key['planned']}/receiving/?way=google",
        f"inboxes/{key['planned']}/test/",
        f"inboxes/{key['forwarded']}/sending/",
        f"inboxes/{key['forwarded']}/sending/?way=smtp",
        f"inboxes/{key['forwarded']}/test/",
        "ledger/",
        f"ledger/{key['broken']}/",
        f"deliveries/{key['failed']}/",
        f"deliveries/{key['held_back']}/",
        "quarantine/",
        "settings/blocks/",
        "settings/imports/",
    ]
    wrong = {
        address: found
        for address in pages
        if (found := wrong_with(page, f"/w/{owner.workspace.slug}/{address}"))
    }
    assert wrong == {}
    assert complaints == []


def test_a_test_tells_itself_while_it_runs(
    owner: Agent, live_server: LiveServer, request: pytest.FixtureRequest
) -> None:
    key = furnished(owner)["planned"]
    chromium: Browser = request.getfixturevalue("chromium")
    page, complaints = opened(chromium, live_server, viewport=DESKTOP)
    quiet(page)
    sign_in(page, owner.user.email)
    page.goto(f"/w/{owner.workspace.slug}/inboxes/{key}/test/")
    page.get_by_role("button", name="Test again").click()
    page.get_by_text("Waiting for a worker").wait_for()
    assert page.url.endswith("/test/")
    assert complaints == []
