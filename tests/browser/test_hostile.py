"""Letters that want to run, fetch and lead astray get a reader, and nothing else."""

from itertools import batched

from playwright.sync_api import expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm
from tests.interfaces.web.hostile import HOSTILE

pytestmark = JOURNEY


def test_nothing_runs_and_nobody_outside_is_asked(firm: Firm, sit: Sit) -> None:
    sender = "Mallory <mallory@customer.example>"
    first = mails.a_mail("Free watches", "See the letter.", sender=sender)
    firm.product.receive(first)
    for some in batched(HOSTILE.values(), 10):
        letter = mails.a_mail("Re: Free watches", "See it.", sender=sender, html="<hr>".join(some))
        letter["In-Reply-To"] = first["Message-ID"]
        firm.product.receive(letter)
    screen = sit(path="desk/open/")
    page = screen.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    steps.open_row(page, "Free watches")
    address = page.url
    frames = page.locator("iframe.message__frame")
    expect(frames).to_have_count(-(-len(HOSTILE) // 10))
    for frame in frames.all():
        steps.into_view(frame)
        expect(frame.content_frame.locator("body")).not_to_be_empty()
        # Nothing that could run stands in there, and a click leads nowhere but to a page of its own.
        expect(
            frame.content_frame.locator("script, form, input, object, embed, iframe, [onerror]")
        ).to_have_count(0)
    page.wait_for_timeout(500)
    assert page.url == address
    assert asked == []
    assert len(page.context.pages) == 1
