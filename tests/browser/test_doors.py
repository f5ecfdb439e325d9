"""Coming and going: a wrong password, the right one, and out again."""

from playwright.sync_api import Browser, expect

from tests.browser import people
from tests.browser.conftest import JOURNEY
from tests.browser.people import BO, PASSWORD, Firm

pytestmark = JOURNEY


def test_wrong_password_then_right_one_then_out(firm: Firm, chromium: Browser) -> None:
    screen = people.opened(chromium, firm)
    page = screen.page
    page.goto(firm.place("desk/"))
    page.get_by_label("E-mail address").fill(BO)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert PASSWORD not in page.content()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(firm.place("desk/**"))  # where they wanted to go
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/accounts/login/**")
    page.goto(firm.place("desk/"))
    page.wait_for_url("**/accounts/login/**")
    assert screen.complaints == []
    page.context.close()
