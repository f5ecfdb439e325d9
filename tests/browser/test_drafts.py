"""Words that nobody has sent yet: they survive whatever happens to the page right after they were typed."""

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import BO, CLEO, JOURNEY, Sit
from tests.browser.people import PASSWORD, Firm

pytestmark = JOURNEY
DRAFTS = "**/draft/"


def writing(page: Page, subject: str, words: str) -> None:
    steps.open_row(page, subject)
    page.keyboard.press("r")
    steps.field(page).press_sequentially(words)


def test_words_typed_right_before_the_page_goes_are_there_again(firm: Firm, sit: Sit) -> None:
    for subject in ("Roof tiles", "Garden gate"):
        steps.a_conversation(firm, subject)
    page = sit(BO, "desk/open/").page
    writing(page, "Roof tiles", "We come on Monday")
    page.reload()
    expect(steps.field(page)).to_have_value("We come on Monday")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.press("Control+End")
    page.keyboard.type(" at nine")
    steps.row(page, "Garden gate").first.click()
    expect(page.get_by_role("heading", name="Garden gate", level=1)).to_be_visible()
    expect(steps.field(page)).to_have_value("")
    steps.row(page, "Roof tiles").first.click()
    expect(steps.field(page)).to_have_value("We come on Monday at nine")
    elsewhere = sit(BO, "desk/open/").page
    steps.open_row(elsewhere, "Roof tiles")
    expect(steps.field(elsewhere)).to_have_value("We come on Monday at nine")


def test_words_the_server_never_got_stay_on_the_device_beside_others(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Cellar door")
    screen = sit(CLEO, "desk/open/")
    screen.forgiven = "ERR_FAILED"
    page = screen.page
    page.route(DRAFTS, lambda route: route.abort())
    writing(page, "Cellar door", "Written in the cellar")
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    elsewhere = sit(CLEO, "desk/open/").page
    writing(elsewhere, "Cellar door", "Written upstairs")
    expect(elsewhere.get_by_text("Draft kept")).to_be_visible()
    page.unroute(DRAFTS)
    page.reload()
    expect(steps.field(page)).to_have_value("Written upstairs\n\nWritten in the cellar")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.reload()
    expect(steps.field(page)).to_have_value("Written upstairs\n\nWritten in the cellar")


def test_what_was_sent_does_not_come_back_as_a_draft(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Attic window")
    page = sit(BO, "desk/open/").page
    writing(page, "Attic window", "The window is mended")
    page.keyboard.press("Control+Enter")
    expect(steps.said(page, "The window is mended")).to_be_visible()
    page.reload()
    expect(steps.said(page, "The window is mended")).to_be_visible()
    expect(steps.field(page)).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_who_signs_out_leaves_no_words_on_the_device_and_finds_them_again(firm: Firm, sit: Sit) -> None:
    for subject in ("Stair carpet", "Hall mirror"):
        steps.a_conversation(firm, subject)
    screen = sit("", "desk/open/")
    screen.forgiven = "Failed to load resource"  # what was cut off, and what is somebody else's
    page = screen.page
    page.get_by_label("E-mail address").fill(CLEO)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/desk/open/**")
    page.route(DRAFTS, lambda route: route.abort())
    writing(page, "Stair carpet", "Written without a line")
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    page.unroute(DRAFTS)
    page.evaluate(
        "localStorage.setItem('draft:somebody:' + location.pathname + 'draft/', '{\"text\": \"Theirs\"}')"
    )
    writing(page, "Hall mirror", "Written right before going")
    page.get_by_role("button", name="Sign out").first.press("Enter")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    kept = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('draft:'))")
    assert [words for _key, words in kept] == ['{"text": "Theirs"}']
    elsewhere = sit(CLEO, "desk/open/").page
    steps.open_row(elsewhere, "Stair carpet")
    expect(steps.field(elsewhere)).to_have_value("Written without a line")
    steps.row(elsewhere, "Hall mirror").first.click()
    expect(steps.field(elsewhere)).to_have_value("Written right before going")
