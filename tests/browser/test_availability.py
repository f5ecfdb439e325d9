"""Somebody says by keyboard that they are busy, goes out of office, and a lead sees how the team stands."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import PHONE, Firm, is_too_wide, wrong_with

pytestmark = JOURNEY


def test_a_state_is_said_by_keyboard_and_shown_beside_what_one_carries(firm: Firm, sit: Sit) -> None:
    page = sit(path="settings/rota/").page
    switch = page.locator("working-state")
    expect(switch.get_by_role("button", name="Online")).to_be_visible()
    for element in ("keyboard-map", "working-state"):
        page.locator(f"{element}:defined").wait_for(state="attached")
    page.keyboard.press("Shift+A")
    expect(switch.get_by_role("button", name="Online chosen")).to_be_focused()
    assert wrong_with(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(switch.get_by_role("button", name="Busy").first).to_be_visible()
    expect(page.get_by_text("You are now: Busy.")).to_be_visible()
    page.reload()
    expect(page.locator("working-state .state")).to_have_text("Busy")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    expect(page.locator("working-state .state")).to_have_text("Online")


def test_an_absence_is_entered_and_ended(firm: Firm, sit: Sit) -> None:
    page = sit(path="settings/rota/", viewport=PHONE, color_scheme="dark").page
    assert wrong_with(page) == []
    assert not is_too_wide(page)
    today = datetime.now(UTC).date()
    page.get_by_label("From").fill(today.isoformat())
    page.get_by_label("Last day").fill((today + timedelta(days=2)).isoformat())
    page.get_by_label("Reason").fill("Walking")
    page.get_by_role("button", name="Enter the absence").click()
    expect(page.get_by_text("Walking.")).to_be_visible()
    expect(page.get_by_role("region", name="Now").get_by_text("Out of office")).to_be_visible()
    assert wrong_with(page) == []
    assert not is_too_wide(page)
    page.get_by_role("button", name="Back already").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    expect(page.get_by_text("No absence is entered.")).to_be_visible()


def test_a_lead_sees_how_a_team_stands_and_what_waits(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO, "settings/teams/new/").page
    page.get_by_label("Name").fill("Night shift")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="How it works Night shift").click()
    expect(page.get_by_text("Nobody is on this team")).to_be_visible()
    page.get_by_label("One after another").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("One after another")).to_be_checked()
    assert wrong_with(page) == []
    for place in ("settings/skills/", "settings/workload/", "waiting/"):
        page.goto(firm.place(place))
        assert wrong_with(page) == [], place
        assert not is_too_wide(page), place
