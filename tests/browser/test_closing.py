"""A conversation is closed when what must be filled in is; of many it is said which stay open."""

from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import Firm
from tests.browser.test_pages import wrong_everywhere

pytestmark = JOURNEY


def test_closing_asks_for_what_must_be_filled_in(firm: Firm, sit: Sit) -> None:
    lead = sit(CLEO, "settings/fields/conversation/new/").page
    lead.get_by_label("Name", exact=True).fill("Cause")
    lead.get_by_label("Kind").select_option("choice")
    lead.get_by_label("Choices").fill("Ours\nTheirs")
    lead.get_by_label("must be filled in", exact=False).check()
    lead.get_by_role("button", name="Save").click()
    for subject in ("Gate at the north", "Gate at the south"):
        steps.a_conversation(firm, subject)
    page = sit(path="desk/open/").page
    steps.open_row(page, "Gate at the north")
    page.locator("#subject").click()
    page.keyboard.press("e")
    dialog = page.locator("dialog#sheet")
    expect(dialog.get_by_role("heading", name="Before it is closed")).to_be_visible()
    expect(dialog.get_by_label("Cause")).to_be_focused()
    wrong = wrong_everywhere(page, "what is asked before closing", within="#sheet")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".conv-head").get_by_role("button", name="Close")).to_be_visible()
    page.keyboard.press("e")
    expect(dialog.get_by_label("Cause")).to_be_focused()
    dialog.get_by_label("Cause").select_option("Ours")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".conv-head").get_by_role("button", name="Open again")).to_be_visible()

    page.goto(firm.place("desk/open/"))
    steps.settled(page, "Gate at the south")
    page.locator(".convo-row", has_text="Gate at the south").locator("input[name=chosen]").check()
    page.locator("button[name=deed][value=close]").first.click()
    expect(page.get_by_text("1 conversation stays open until this is filled in")).to_be_visible()
    expect(steps.row(page, "Gate at the south")).to_be_visible()
    assert "\n".join(wrong) == ""
