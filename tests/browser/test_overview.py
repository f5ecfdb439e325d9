"""The board of whoever leads: drawn anew by itself, given with mouse and keys; fits a phone by night."""

import re

from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import PHONE, Firm, wrong_with

pytestmark = JOURNEY


def test_the_board_grows_by_itself_and_a_conversation_is_dragged_to_an_agent_and_taken_back(
    firm: Firm, sit: Sit
) -> None:
    page = sit(CLEO, "overview/").page
    assert wrong_with(page) == []
    page.evaluate("window.stays = true")
    steps.a_conversation(firm, "Bent barrier")
    held = page.locator(".list__link", has_text="Bent barrier")
    expect(held).to_be_visible()  # it came by itself
    assert page.evaluate("window.stays")
    row = page.locator("tr[data-agent]", has_text="Bo Agent")
    held.drag_to(row)
    expect(held).to_contain_text("Bo Agent")
    page.get_by_role("button", name="Undo").last.click()
    expect(held).to_contain_text("nobody's")


def test_work_is_given_with_the_keyboard_alone_and_figures_open_their_lists(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Loose cable")
    page = sit(CLEO, "overview/").page
    page.locator(".list__link", has_text="Loose cable").get_by_role("link", name=re.compile("^Give")).focus()
    page.keyboard.press("Enter")
    page.locator("main").get_by_label("To").select_option("Bo Agent")
    page.get_by_role("button", name="Give").press("Enter")
    expect(page.locator(".list__link", has_text="Loose cable")).to_contain_text("Bo Agent")
    page.locator("tr[data-agent]", has_text="Bo Agent").get_by_role(
        "link", name=re.compile("Waiting")
    ).click()
    expect(steps.row(page, "Loose cable")).to_be_visible()


def test_both_pages_fit_a_phone_by_night(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO, "overview/", viewport=PHONE, color_scheme="dark").page
    assert wrong_with(page) == []
    page.goto(firm.place("orphans/"))
    assert wrong_with(page) == []
