"""Notifications: what is chosen is kept; what is pushed is shown by the browser and leads to its matter."""

import json

from playwright.sync_api import expect

from tests.browser import people
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import BO, PHONE, Firm

pytestmark = JOURNEY

PLACE = "settings/notifications/"


def test_one_chooses_by_keyboard_what_comes_and_when_not(sit: Sit) -> None:
    screen = sit(BO, PLACE)
    screen.forgiven = "status of 422"  # half of a night is refused on purpose
    page = screen.page
    expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    assert people.wrong_with(page) == []
    choice = page.get_by_label("a note calls them, by e-mail")
    choice.focus()
    page.keyboard.press("o")  # "once a day, together"
    page.get_by_label("Quiet from").fill("20:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be saved")
    expect(page.get_by_text("Quiet hours need a beginning and an end.")).to_be_visible()
    assert people.wrong_with(page) == []
    page.get_by_label("until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("a note calls them, by e-mail")).to_have_value("daily")


def test_the_page_fits_a_phone_in_the_dark(sit: Sit) -> None:
    page = sit(BO, PLACE, viewport=PHONE, color_scheme="dark").page
    assert people.wrong_with(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_is_pushed_is_shown_and_leads_there(firm: Firm, sit: Sit) -> None:
    page = sit(BO, PLACE, permissions=["notifications"]).page
    page.evaluate("navigator.serviceWorker.register('/push-worker.js')")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wire = page.context.new_cdp_session(page)
    found: list[str] = []
    wire.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    wire.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    told = {"title": "a note calls them in #1", "body": "", "link": firm.place("notices/"), "tag": "one"}
    wire.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": page.evaluate("location.origin"), "registrationId": found[0], "data": json.dumps(told)},
    )
    shown = """async () => {
        const worker = await navigator.serviceWorker.ready
        for (let tries = 0; tries < 50; tries++) {
            const [first] = await worker.getNotifications()
            if (first) return [first.title, first.tag, first.data.link]
            await new Promise(later => setTimeout(later, 100))
        }
    }"""
    assert page.evaluate(shown) == [told["title"], "one", told["link"]]
