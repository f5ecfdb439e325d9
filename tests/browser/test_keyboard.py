"""A day at the keyboard: open, read, answer, close, next, and the mouse lies still."""

from playwright.sync_api import Page, expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm

pytestmark = JOURNEY


def press_until_focused(page: Page, key: str, subject: str) -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if subject in steps.in_focus(page):
            return
    raise AssertionError(f"{key} never came to {subject}")


def test_open_read_answer_close_next(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Keys, the first", text="Are you there?")
    steps.a_conversation(firm, "Keys, the second", text="And you?")
    page = sit(path="desk/open/").page
    expect(steps.row(page, "Keys, the second")).to_be_visible()
    press_until_focused(page, "j", "Keys, the ")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Keys, the ", level=1)).to_be_visible()
    first = page.locator("#subject").inner_text()
    second = "Keys, the second" if first == "Keys, the first" else "Keys, the first"
    page.keyboard.press("r")
    expect(steps.field(page)).to_be_focused()
    page.keyboard.type("Yes, we are.")
    page.keyboard.press("Control+Enter")
    expect(steps.said(page, "Yes, we are.")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("k")
    press_until_focused(page, "j", second)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=second, level=1)).to_be_visible()
    [answer] = firm.product.caught(first)
    assert "Yes, we are." in mails.plain(answer)


def test_keys_for_finding_and_going(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Findable by palette")
    page = sit(path="desk/open/").page
    expect(steps.row(page, "Findable by palette")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#goto-q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#goto")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#goto-q")).to_be_focused()
    page.locator("#goto-q").fill("Findable by")  # at once: letter by letter, the list would be drawn anew
    option = page.get_by_role("option", name="Findable by palette")
    expect(option).to_be_visible()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Findable by palette", level=1)).to_be_visible()
    page.wait_for_load_state()  # another page: its keys are there when all of it is
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/desk/mine/")
