"""Routing on the desk: a rule is built by keyboard, tried, put first; a mail follows it, and it says why."""

from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import PHONE, Firm, wrong_with

pytestmark = JOURNEY


def rules(page: Page) -> Locator:
    return page.locator(".rule")


def by_keyboard(page: Page, button: Locator) -> None:
    """Pressed where it stands, without a mouse."""
    button.focus()
    page.keyboard.press("Enter")


def build(page: Page, firm: Firm, name: str, words: str) -> None:
    page.goto(firm.place("settings/routing/new/"))
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type(name)
    by_keyboard(page, page.get_by_role("button", name="Condition", exact=True))
    fact = page.get_by_label("What is asked about")
    expect(fact).to_have_count(1)
    fact.select_option("words")
    expect(page.get_by_label("How it is compared")).to_have_value("has")
    page.get_by_label("Values, with commas between").fill(words)
    page.get_by_label("Labels (optional)").fill("doors")
    page.get_by_label("Priority", exact=True).select_option("High")


def test_a_rule_is_built_tried_switched_on_and_followed(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO).page
    build(page, firm, "Doors are urgent", "squeaking door, lock*")
    by_keyboard(page, page.get_by_role("button", name="Group", exact=True))
    expect(page.get_by_label("How many must hold")).to_have_count(2)
    expect(page.get_by_label("Values, with commas between")).to_have_value("squeaking door, lock*")
    assert wrong_with(page) == []
    by_keyboard(page, page.get_by_role("button", name="Remove this group"))
    expect(page.get_by_label("How many must hold")).to_have_count(1)
    by_keyboard(page, page.get_by_role("button", name="Save").last)
    expect(page.get_by_role("heading", name="Doors are urgent")).to_be_visible()
    page.get_by_role("button", name="Try on the last 1,000").click()
    expect(page.get_by_text("would go elsewhere.")).to_be_visible()
    assert wrong_with(page) == []
    page.get_by_role("link", name="Back to the rule").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("“Doors are urgent” counts from now on.")).to_be_visible()

    by_keyboard(page, page.get_by_role("button", name="Ask “Doors are urgent” earlier"))
    expect(rules(page).nth(3)).to_contain_text("Doors are urgent")
    with page.expect_response("**/order/"):
        rules(page).nth(3).drag_to(rules(page).nth(0))
    expect(rules(page).nth(0)).to_contain_text("Doors are urgent")
    page.reload()
    expect(rules(page).nth(0)).to_contain_text("Doors are urgent")
    assert wrong_with(page) == []

    steps.a_conversation(firm, "A squeaking door", text="It squeaks all night.")
    page.goto(firm.place("desk/open/"))
    steps.open_row(page, "A squeaking door")
    expect(page.get_by_role("button", name="Priority High")).to_be_visible()
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("link", name="Why is it here?").click()
    sheet = page.get_by_role("dialog", name="Why is it here?")
    expect(sheet.get_by_text("Rule “Doors are urgent”").first).to_be_visible()
    sheet.get_by_text("The rules, one after another").first.click()
    expect(sheet.get_by_text("it was not asked").first).to_be_visible()
    assert wrong_with(page) == []
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()


def test_rules_fit_a_phone_at_night(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO, "settings/routing/", viewport=PHONE, color_scheme="dark").page
    expect(page.get_by_text("New leads take turns")).to_be_visible()
    assert wrong_with(page) == []
    page.get_by_role("link", name="New leads take turns").click()
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    assert wrong_with(page) == []
