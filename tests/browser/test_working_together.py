"""Two people and a supplier at one conversation: who answers, what is asked aside, who takes it over."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser import mails, people, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import BO, CLEO, PHONE, Firm

pytestmark = JOURNEY

SHOTS = os.environ.get("TOGETHER_SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def beside(page: Page) -> None:
    """The panel of who works on it together, open."""
    panel = page.locator("details.together")
    if not panel.evaluate("one => one.open"):
        panel.locator("summary").click()
    expect(panel.get_by_role("heading", name="Side conversations")).to_be_visible()


def test_who_opens_the_composer_is_answering_until_they_leave(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Who answers this")
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    steps.open_row(bo, "Who answers this")
    steps.open_row(cleo, "Who answers this")
    bo.keyboard.press("r")
    warning = cleo.locator(".claim")
    expect(warning).to_contain_text("Bo Agent is answering")
    expect(steps.row(cleo, "Who answers this").get_by_label("Bo Agent is answering")).to_be_visible()
    assert people.wrong_with(cleo) == []
    shot(cleo, "claim")

    steps.field(cleo).press_sequentially("I do as well")
    expect(bo.locator(".viewers")).to_contain_text("Cleo Lead is writing a reply")
    expect(bo.locator(".claim")).to_be_hidden()
    bo.goto(firm.place("notices/"))
    expect(warning).to_be_hidden()


def test_a_supplier_is_asked_aside_and_answers_into_the_page(firm: Firm, sit: Sit) -> None:
    subject = "A gate that does not open"
    steps.a_conversation(firm, subject, sender="Gerda Gate <gerda@customer.example>")
    screen = sit(BO, "desk/open/")
    screen.forgiven = "status of 422"  # the customer is refused on purpose
    bo = screen.page
    steps.open_row(bo, subject)
    bo.keyboard.press("Shift+S")
    sheet = bo.locator("#sheet")
    expect(sheet.get_by_label("To", exact=True)).to_be_focused()
    bo.keyboard.type("gerda@customer.example")
    sheet.get_by_label("Subject").fill("Which code opens gate 4?")
    sheet.get_by_label("Message").fill("Please tell us.")
    bo.keyboard.press("Control+Enter")
    expect(sheet.get_by_role("alert")).to_contain_text("is not written to aside")
    assert people.wrong_with(bo) == []
    shot(bo, "ask")
    sheet.get_by_label("To", exact=True).fill("Gil <gil@supplier.example>")
    sheet.get_by_label("Message").focus()
    bo.keyboard.press("Control+Enter")
    expect(sheet.get_by_text("waits for them")).to_be_visible()
    [asked] = firm.product.caught("Which code opens gate 4?")
    assert asked["To"] == "Gil <gil@supplier.example>"
    assert "gate code is wrong" not in mails.plain(asked)

    firm.product.receive(mails.the_reply(asked, "It is 4711."))
    expect(sheet.get_by_text("It is 4711.")).to_be_visible()
    assert people.wrong_with(bo) == []
    shot(bo, "aside")
    bo.keyboard.press("Escape")
    expect(
        bo.locator("ol.thread").get_by_text("Gil has answered aside: Which code opens gate 4?")
    ).to_be_visible()
    beside(bo)
    expect(bo.locator(".together").get_by_text("has answered")).to_be_visible()
    expect(bo.locator("article.message__card", has_text="4711")).to_have_count(0)
    assert people.wrong_with(bo) == []
    shot(bo, "beside")
    assert "gil@supplier.example" not in bo.locator("[data-composer]").inner_html()


def test_a_hand_over_is_asked_for_read_and_taken(firm: Firm, sit: Sit) -> None:
    subject = "Needs somebody who knows cranes"
    steps.a_conversation(firm, subject, text="The crane stands still since Monday.")
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "notices/").page
    steps.open_row(bo, subject)
    bo.keyboard.press("Shift+O")
    sheet = bo.locator("#sheet")
    expect(sheet.get_by_label("How it stands")).to_have_value(
        "Ada Customer: The crane stands still since Monday."
    )
    sheet.get_by_label("Hand over to").select_option(label="Cleo Lead")
    sheet.get_by_label("Why", exact=True).fill("You know cranes.")
    assert people.wrong_with(bo) == []
    shot(bo, "handing")
    bo.keyboard.press("Control+Enter")
    expect(bo.locator(".conv-head").get_by_text("Cleo Lead?")).to_be_visible()

    cleo.goto(firm.place("handovers/"))
    expect(cleo.get_by_role("link", name=subject)).to_be_visible()
    assert people.wrong_with(cleo) == []
    shot(cleo, "list")
    cleo.get_by_role("link", name=subject).click()
    cleo.set_viewport_size(PHONE)
    assert people.wrong_with(cleo) == []
    shot(cleo, "packet-phone")
    cleo.get_by_role("button", name="Take it").click()
    expect(cleo.get_by_role("heading", name=subject, level=1)).to_be_visible()
    expect(bo.locator(".conv-head [popovertarget=owner]")).to_contain_text("Cleo Lead")
    expect(bo.locator("ol.thread").get_by_text("took it over from Bo Agent")).to_be_visible()


def test_a_reaction_moves_on_the_others_page(firm: Firm, sit: Sit) -> None:
    subject = "Thanks for everything"
    steps.a_conversation(firm, subject, text="You were so quick.")
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    steps.open_row(bo, subject)
    steps.open_row(cleo, subject)
    card = steps.said(bo, "You were so quick.")
    card.get_by_role("button", name="With this message").click()
    bo.get_by_role("button", name="hooray").first.click()
    expect(
        steps.said(cleo, "You were so quick.").get_by_role("button", name="hooray: Bo Agent")
    ).to_be_visible()
    assert people.wrong_with(cleo) == []
    shot(cleo, "reaction")
    beside(cleo)
    cleo.get_by_role("button", name="Follow", exact=True).click()
    expect(cleo.get_by_role("button", name="Stop following")).to_be_visible()


@pytest.mark.parametrize("path", ["handovers/", "handovers/?show=settled"])
def test_the_lists_fit_a_phone(sit: Sit, path: str) -> None:
    page = sit(BO, path, viewport=PHONE, color_scheme="dark").page
    assert people.wrong_with(page) == []
