"""A customer who was helped says how it was, without scripts, on a phone; whoever looks sees it come."""

import re

from playwright.sync_api import Browser, expect

from tests.browser import mails, people, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import CLEO, PHONE, Firm
from tests.browser.test_pages import wrong_everywhere

pytestmark = JOURNEY
SUBJECT = "Meter in the cellar"
LINK = re.compile(r"(/rate/[\w.-]+/\?score=(\d))")


def ask_at_once(firm: Firm, sit: Sit) -> list[str]:
    """Cleo lets the inbox ask, without waiting."""
    page = sit(CLEO, "inboxes/").page
    page.get_by_role("link", name=mails.SUPPORT).first.click()
    page.get_by_role("link", name="Change how customers are asked").click()
    page.get_by_label("Ask after a conversation was closed").check()
    page.get_by_label("Hours to wait").fill("0")
    wrong = wrong_everywhere(page, "how customers are asked")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("asked after a conversation was closed")).to_be_visible()
    return wrong


def test_who_was_helped_says_how_it_was(firm: Firm, sit: Sit, chromium: Browser) -> None:
    wrong = ask_at_once(firm, sit)
    steps.a_conversation(firm, SUBJECT, text="It shows nothing.")
    desk = sit(path="desk/open/").page
    steps.open_row(desk, SUBJECT)
    desk.keyboard.press("r")
    steps.field(desk).click()
    desk.keyboard.type("We swap it tomorrow.")
    desk.keyboard.press("Control+Enter")
    expect(steps.said(desk, "We swap it tomorrow.")).to_be_visible()
    desk.locator(".conv-head").get_by_role("button", name="Close").click()
    expect(desk.locator(".conv-head").get_by_role("button", name="Open again")).to_be_visible()

    asked = next(mail for mail in firm.product.caught(SUBJECT, at_least=2) if "/rate/" in mails.plain(mail))
    assert asked["Auto-Submitted"] == "auto-generated"
    links = {score: path for path, score in LINK.findall(mails.plain(asked))}
    assert sorted(links) == ["1", "2", "3", "4", "5"]

    customer = people.opened(chromium, firm, viewport=PHONE, java_script_enabled=False)
    page = customer.page
    page.goto(links["4"])
    expect(page.get_by_label("4 – good")).to_be_checked()
    page.get_by_label("Do you want to add something?").fill("The crew was on time.")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert customer.complaints == customer.outside == []
    page.context.close()

    # Bo still has it open, and sees it come.
    expect(desk.get_by_text("Ada Customer rated it 4 of 5: “The crew was on time.”")).to_be_visible()
    desk.reload()
    expect(desk.get_by_role("heading", name="How it was for them")).to_be_visible()
    wrong += wrong_everywhere(desk, "a conversation that was rated")
    desk.get_by_role("link", name="The whole story").click()
    expect(desk.locator(".satisfaction")).to_have_text("Satisfaction 4.0 of 5 (1 answer).")
    expect(desk.locator("[data-kind=survey]")).to_contain_text("The crew was on time.")
    wrong += wrong_everywhere(desk, "a customer who rated")

    with_scripts = people.opened(chromium, firm)
    with_scripts.forgiven = "404 (Not Found)"
    for name, path in (("how it was", f"{links['2']}&thanks=yes"), ("no such link", "/rate/nothing/")):
        with_scripts.page.goto(path)
        wrong += wrong_everywhere(with_scripts.page, name)
    assert with_scripts.complaints == with_scripts.outside == []
    with_scripts.page.context.close()
    assert "\n".join(wrong) == ""
