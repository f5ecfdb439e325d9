"""Boards: a card is dragged, sent on with keys, refused with the reason, and taken back."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import PHONE, Firm, wrong_with

pytestmark = JOURNEY


def begun(page: Page, firm: Firm, title: str, *, kind: str) -> None:
    page.goto(firm.place(f"work/new/?type={kind}"))
    page.get_by_label("Title").fill(title)
    page.get_by_label("Amount").fill("1200")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def column(page: Page, name: str) -> Locator:
    return page.locator(".board__column", has=page.get_by_role("heading", name=name, exact=True))


def test_a_card_is_dragged_sent_on_with_keys_and_taken_back(firm: Firm, sit: Sit) -> None:
    page = sit().page
    begun(page, firm, "Depot in Porto", kind="deal")
    page.goto(firm.place("work/boards/deal/"))
    assert wrong_with(page) == []
    card = page.locator(".board__card", has_text="Depot in Porto")
    card.drag_to(column(page, "Qualified"))
    expect(column(page, "Qualified").locator(".board__card", has_text="Depot in Porto")).to_be_visible()
    expect(column(page, "Qualified").get_by_text("1,200.00 EUR").first).to_be_visible()
    expect(page.get_by_role("link", name="Depot in Porto")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    expect(column(page, "Offer sent").locator(".board__card", has_text="Depot in Porto")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(column(page, "Qualified").locator(".board__card", has_text="Depot in Porto")).to_be_visible()
    card.get_by_role("button", name="Move DEAL-").click()
    page.get_by_role("button", name="Won").click()
    expect(column(page, "Won").locator(".board__card", has_text="Depot in Porto")).to_be_visible()


def test_a_move_that_is_not_allowed_says_which_are(firm: Firm, sit: Sit) -> None:
    screen = sit(CLEO, "settings/work-types/")
    # The browser tells of every answer that is a refusal.
    screen.forgiven = "409"
    page = screen.page
    page.get_by_role("link", name="Claim").click()
    page.get_by_role("link", name="Reported").click()
    page.get_by_label("only these:").check()
    page.get_by_label("Being checked").check()
    page.get_by_role("button", name="Save").click()
    begun(page, firm, "A dented crate", kind="claim")
    page.goto(firm.place("work/boards/claim/"))
    card = page.locator(".board__card", has_text="A dented crate")
    card.drag_to(column(page, "Accepted"))
    expect(page.get_by_text("It can go to “Being checked”.")).to_be_visible()
    expect(column(page, "Reported").locator(".board__card", has_text="A dented crate")).to_be_visible()


def test_work_fits_a_phone(firm: Firm, sit: Sit) -> None:
    page = sit(viewport=PHONE).page
    begun(page, firm, "A gate that does not open", kind="case")
    assert wrong_with(page) == []
    for path in ("work/", "work/new/", "work/new/?type=order", "work/boards/case/"):
        page.goto(firm.place(path))
        assert wrong_with(page) == [], path
