"""Promises and calls without a mouse: what is marked stands on its line, what is logged in its thread."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm

pytestmark = JOURNEY
SELECT = """text => {
    const walker = document.createTreeWalker(document.getElementById("thread"), NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(text)
        if (at < 0 || !walker.currentNode.parentElement.closest(".message__text")) continue
        getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + text.length)
        return
    }
}"""


def opened(firm: Firm, sit: Sit, subject: str, text: str, **how: object) -> Page:
    steps.a_conversation(firm, subject, text=text)
    page = sit(path="desk/open/", **how).page
    steps.open_row(page, subject)
    return page


def test_promise_is_marked_and_kept_by_keyboard(firm: Firm, sit: Sit) -> None:
    page = opened(firm, sit, "Frames on Friday", "Fine. We send the photos by Friday. Regards")
    page.evaluate(SELECT, "We send the photos by Friday.")
    expect(page.get_by_role("group", name="The selected words are")).to_be_visible()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="This is a promise")
    expect(dialog.get_by_label("What was promised")).to_have_value("We send the photos by Friday.")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    card = steps.said(page, "We send the photos by Friday.")
    expect(card.get_by_role("link", name="promise: We send the photos")).to_be_visible()
    page.goto(firm.place("promises/"))
    row = page.get_by_role("link", name="We send the photos by Friday.")
    expect(row).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 640})
    row.click()
    assert page.get_by_role("button", name="Cancel").bounding_box()["x"] > 0
    page.get_by_role("button", name="Cancel").click()
    row.focus()
    page.keyboard.press("d")
    expect(row).to_be_hidden()
    page.keyboard.press("z")
    expect(row).to_be_visible()


def test_call_is_logged_by_keyboard_in_a_few_seconds(
    firm: Firm, sit: Sit, record_property: Callable[[str, object], None]
) -> None:
    page = opened(firm, sit, "Ring me back", "Please ring me back about the gate.")
    began = time.monotonic()
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog", name="Log a call or a visit")
    expect(dialog.get_by_label("What was said")).to_be_focused()
    page.keyboard.type("Wednesday suits both.")
    page.keyboard.press("Tab")
    page.keyboard.type("Book the crew")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(steps.said(page, "Wednesday suits both.")).to_be_visible()
    expect(page.locator("#commitments").get_by_role("link", name="Book the crew")).to_be_visible()
    record_property("seconds for a call by keyboard", round(time.monotonic() - began, 1))


def test_call_is_logged_on_a_phone(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "On the road", text="Are you near?")
    page = sit(path="calls/new/?q=ada", viewport={"width": 375, "height": 740}).page
    page.locator("a[data-sheet][data-row]").first.click()
    dialog = page.get_by_role("dialog", name="Log a call or a visit")
    dialog.get_by_text("visit", exact=True).click()
    dialog.get_by_label("What was said").fill("Frames stacked in the yard.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    dialog.get_by_role("button", name="Write down").dblclick()
    expect(steps.said(page, "Frames stacked in the yard.")).to_be_visible()
    page.goto(firm.place("search/?q=stacked+yard"))
    expect(page.locator("#hits .found")).to_have_count(1)
