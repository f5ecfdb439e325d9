"""On a phone: one pane at a time, all of them reachable, none wider than the screen."""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser import people, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import NARROW, PHONE, Firm

pytestmark = JOURNEY


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["375", "320"])
def test_list_thread_and_customer(firm: Firm, sit: Sit, size: ViewportSize) -> None:
    subject = f"Pallet of {size['width']} kilograms, which nobody ordered and nobody wants to carry"
    steps.a_conversation(firm, subject, text="https://customer.example/" + "x" * 300)
    page = sit(path="desk/open/", viewport=size, has_touch=True, is_mobile=True).page
    steps.settled(page, subject).tap()
    expect(page.get_by_role("heading", name=subject, level=1)).to_be_visible()
    expect(page.locator("#list")).not_to_be_visible()
    assert not people.is_too_wide(page)
    page.get_by_role("link", name="Customer", exact=True).tap()
    expect(page.get_by_role("heading", name="Ways to reach them")).to_be_in_viewport()
    assert not people.is_too_wide(page)
    page.get_by_role("link", name="Thread", exact=True).tap()
    expect(steps.field(page)).to_be_visible()
    steps.field(page).tap()
    page.keyboard.type("On our way.")
    page.get_by_role("button", name="Send", exact=False).first.tap()
    expect(steps.said(page, "On our way.")).to_be_visible()
    assert not people.is_too_wide(page)
    page.get_by_role("link", name="List", exact=True).tap()
    expect(steps.row(page, subject)).to_be_visible()
    assert not people.is_too_wide(page)
