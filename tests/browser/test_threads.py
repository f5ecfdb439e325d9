"""Conversations become one and several again, a ladder follows up: by keyboard, and every page passes axe."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import people, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import BO, CLEO, DESKTOP, PHONE, Firm

pytestmark = JOURNEY


def number_of(page: Page, subject: str) -> str:
    steps.open_row(page, subject)
    return page.locator(".conv-head__sub .nums").inner_text().removeprefix("C-")


def test_two_are_merged_from_the_list_and_taken_apart(firm: Firm, sit: Sit) -> None:
    for subject in ("Lamp of the yard", "Lamp of the hall"):
        steps.a_conversation(firm, subject)
    page = sit(BO, "desk/open/").page
    for subject in ("Lamp of the yard", "Lamp of the hall"):
        steps.settled(page, subject)
        page.get_by_role("checkbox", name=f"Select {subject}").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="More", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Merge into one").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Merge conversations")).to_be_visible()
    expect(page.get_by_text("Together 2 messages")).to_be_visible()
    expect(page.get_by_text("An answer would go to")).to_be_visible()
    page.get_by_role("button", name="Merge", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lamp of the yard", level=1)).to_be_visible()
    expect(page.get_by_text("Lamp of the hall").first).to_be_visible()
    expect(page.locator("article.message__card")).to_have_count(2)
    expect(page.get_by_text("from C-")).to_be_visible()
    page.get_by_role("button", name="Undo").first.click()
    page.goto(firm.place("desk/open/"))
    expect(steps.row(page, "Lamp of the hall")).to_be_visible()


def test_who_writes_in_one_that_is_merged_is_led_on_with_their_words(firm: Firm, sit: Sit) -> None:
    for subject in ("Pump of the cellar", "Pump of the roof"):
        steps.a_conversation(firm, subject)
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    cellar = number_of(cleo, "Pump of the cellar")
    roof = number_of(bo, "Pump of the roof")
    bo.keyboard.press("r")
    steps.field(bo).press_sequentially("Please switch it")

    cleo.goto(firm.place(f"conversations/{cellar}/merge/?chosen={roof}&into={cellar}"))
    cleo.get_by_role("button", name="Merge", exact=True).click()
    expect(cleo.get_by_role("heading", name="Pump of the cellar", level=1)).to_be_visible()

    expect(bo.get_by_text(f"This conversation goes on in C-{cellar}")).to_be_visible()
    steps.field(bo).press_sequentially(" off")
    expect(bo.get_by_role("heading", name="Pump of the cellar", level=1)).to_be_visible()
    expect(bo.get_by_text(f"C-{roof} goes on here, in C-{cellar}")).to_be_visible()
    expect(steps.field(bo)).to_be_focused()
    bo.keyboard.type(" and on.")
    expect(steps.field(bo)).to_have_value("Please switch it off and on.")
    assert bo.url.partition("?")[0] == firm.place(f"conversations/{cellar}/")
    expect(bo.locator("a.convo[aria-current]")).to_contain_text("Pump of the cellar")
    assert people.wrong_with(bo) == []
    expect(bo.get_by_text("Draft kept")).to_be_visible()
    bo.reload()
    expect(steps.field(bo)).to_have_value("Please switch it off and on.")


def test_two_drafts_of_merged_conversations_come_together_and_apart_again(firm: Firm, sit: Sit) -> None:
    for subject in ("Tap of the kitchen", "Tap of the bath"):
        steps.a_conversation(firm, subject)
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    kitchen, bath = number_of(bo, "Tap of the kitchen"), number_of(bo, "Tap of the bath")
    for number, words in ((kitchen, "About the kitchen"), (bath, "About the bath")):
        bo.goto(firm.place(f"conversations/{number}/"))
        bo.keyboard.press("r")
        steps.field(bo).press_sequentially(words)
        expect(bo.get_by_text("Draft kept")).to_be_visible()
    cleo.goto(firm.place(f"conversations/{kitchen}/merge/?chosen={bath}&into={kitchen}"))
    cleo.get_by_role("button", name="Merge", exact=True).click()
    expect(cleo.get_by_text("Merged", exact=False).first).to_be_visible()

    bo.goto(firm.place(f"conversations/{kitchen}/"))
    expect(bo.get_by_text(f"Another draft of yours, from C-{bath}: About the bath")).to_be_visible()
    assert people.wrong_with(bo) == []
    bo.keyboard.press("r")
    bo.keyboard.press("Control+End")
    bo.keyboard.type(" sink")
    bo.get_by_role("button", name="Put it in here").press("Enter")
    expect(steps.field(bo)).to_have_value("About the kitchen sink\n\nAbout the bath")
    expect(bo.get_by_text("Another draft of yours")).to_have_count(0)

    cleo.goto(firm.place(f"conversations/{kitchen}/merge/"))
    cleo.get_by_role("button", name="Take apart").first.click()
    expect(cleo.get_by_text("stands by itself", exact=False).first).to_be_visible()
    bo.goto(firm.place(f"conversations/{bath}/"))
    expect(steps.field(bo)).to_have_value("About the bath")
    bo.goto(firm.place(f"conversations/{kitchen}/"))
    expect(steps.field(bo)).to_have_value("About the kitchen sink")


def test_words_that_come_along_while_one_writes_are_offered_no_second_time(firm: Firm, sit: Sit) -> None:
    for subject in ("Bulb of the hall", "Bulb of the stairs"):
        steps.a_conversation(firm, subject)
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    hall, stairs = number_of(cleo, "Bulb of the hall"), number_of(cleo, "Bulb of the stairs")
    bo.goto(firm.place(f"conversations/{hall}/"))
    bo.keyboard.press("r")
    steps.field(bo).press_sequentially("About the hall")
    expect(bo.get_by_text("Draft kept")).to_be_visible()
    bo.goto(firm.place(f"conversations/{stairs}/"))
    bo.keyboard.press("r")
    steps.field(bo).press_sequentially("About the stairs")
    expect(bo.get_by_text("Draft kept")).to_be_visible()
    cleo.goto(firm.place(f"conversations/{hall}/merge/?chosen={stairs}&into={hall}"))
    cleo.get_by_role("button", name="Merge", exact=True).click()
    expect(bo.get_by_role("heading", name="Bulb of the hall", level=1)).to_be_visible()
    expect(steps.field(bo)).to_have_value("About the hall\n\nAbout the stairs")
    expect(bo.get_by_text("Another draft of yours")).to_have_count(0)
    bo.reload()
    expect(steps.field(bo)).to_have_value("About the hall\n\nAbout the stairs")
    expect(bo.get_by_text("Another draft of yours")).to_have_count(0)


def test_messages_are_ticked_and_split_off(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Fence and gate")
    page = sit(BO, "desk/open/").page
    steps.open_row(page, "Fence and gate")
    page.get_by_role("button", name="With this message").first.click()
    page.get_by_role("link", name="Split off").click()
    expect(page.get_by_role("heading", name="Split messages off")).to_be_visible()
    expect(page.get_by_role("checkbox").first).to_be_checked()


def test_a_ladder_is_set_up_and_runs_until_it_is_stopped(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Offer for a roof")
    lead = sit(CLEO, "settings/follow-ups/new/").page
    lead.get_by_label("Name").fill("After an offer")
    lead.get_by_label("Step 1: after").fill("3")
    lead.get_by_label("What").first.select_option(label="Write to the customer")
    lead.get_by_label("Text").first.fill("Any news, {first_name}?")
    lead.get_by_role("button", name="Save").click()
    expect(lead.get_by_text("3 days: write to the customer")).to_be_visible()

    page = sit(BO, "desk/open/").page
    number = number_of(page, "Offer for a roof")
    page.goto(firm.place(f"conversations/{number}/follow-up/"))
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("runs", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("somebody stopped it")).to_be_visible()
    page.goto(firm.place(f"conversations/{number}/"))
    expect(page.get_by_text("follow-up “After an offer” ended")).to_be_visible()


def test_s_and_a_key_put_off_until_the_customer_answers(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Key of the cellar")
    page = sit(BO, "desk/open/").page
    steps.open_row(page, "Key of the cellar")
    page.keyboard.press("s")
    page.get_by_role("button", name="Until the customer answers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Snoozed until it happens").first).to_be_visible()


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_every_page_passes_axe_and_fits(firm: Firm, sit: Sit, viewport: object, scheme: str) -> None:
    steps.a_conversation(firm, f"Axe {scheme}")
    page = sit(CLEO, "desk/open/").page
    number = number_of(page, f"Axe {scheme}")
    message = str(page.locator("li.message").first.get_attribute("id")).removeprefix("message-")
    screen = sit(CLEO, viewport=viewport, color_scheme=scheme)
    for path in (
        f"conversations/{number}/merge/?chosen=1",
        f"conversations/{number}/snooze/",
        f"conversations/{number}/follow-up/",
        f"messages/{message}/splitting/",
        f"follow-ups/?chosen={number}",
        "settings/follow-ups/",
        "settings/follow-ups/new/",
    ):
        screen.page.goto(firm.place(path))
        assert people.wrong_with(screen.page) == [], path
