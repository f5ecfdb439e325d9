"""Without scripts the desk is plainer, and does its job."""

from playwright.sync_api import expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm
from tests.patience import eventually

pytestmark = JOURNEY


def test_read_reply_close(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Plain matter", text="Can you read this?")
    page = sit(path="desk/open/", java_script_enabled=False).page

    def is_listed() -> bool:
        page.reload()
        return steps.row(page, "Plain matter").count() == 1

    eventually(is_listed, "the mail in the list")
    steps.open_row(page, "Plain matter")
    expect(steps.said(page, "Can you read this?")).to_be_visible()
    steps.field(page).fill("We can.")
    page.set_input_files("[data-composer] input[name=files]", {
        "name": "note.txt", "mimeType": "text/plain", "buffer": b"as promised",
    })  # fmt: skip
    page.get_by_role("button", name="Send", exact=False).first.click()
    expect(steps.said(page, "We can.")).to_be_visible()
    page.locator(".conv-head").get_by_role("button", name="Close").click()
    expect(page.locator(".conv-head").get_by_role("button", name="Open again")).to_be_visible()
    [answer] = firm.product.caught("Plain matter")
    assert "We can." in mails.plain(answer)
    assert [part.get_filename() for part in answer.iter_attachments()] == ["note.txt"]
