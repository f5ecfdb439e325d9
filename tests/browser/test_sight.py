"""A customer is restricted; somebody stands before the wall, asks, is let in; all of it is written down."""

from playwright.sync_api import expect

from tests.browser import mails, steps
from tests.browser.conftest import BO, CLEO, JOURNEY, Sit
from tests.browser.people import Firm
from tests.browser.test_pages import wrong_everywhere

pytestmark = JOURNEY

SUBJECT = "Between us"
WALLS = "settings/restrictions/"


def test_a_wall_says_why_and_whoever_can_lets_somebody_in(firm: Firm, sit: Sit) -> None:
    firm.product.receive(mails.a_mail(SUBJECT, "For the board.", sender="Vera Quill <vera@quill.example>"))
    page = sit(BO, "desk/open/").page
    steps.row(page, SUBJECT).click()
    expect(page.get_by_role("heading", name=SUBJECT)).to_be_visible()
    link = page.url
    lead = sit(CLEO, f"{WALLS}new/").page
    wrong = wrong_everywhere(lead, "the form of a restriction")
    lead.get_by_label("Name").fill("Board matters")
    lead.get_by_label("Reason").fill("Only the board deals with this customer.")
    lead.get_by_label("Customers").fill("vera@quill.example")
    lead.get_by_role("button", name="Restrict", exact=True).click()
    expect(lead.get_by_text("1 customer")).to_be_visible()
    wrong += wrong_everywhere(lead, "the restrictions")

    screen = sit(BO, "desk/open/")
    screen.forgiven = "403 (Forbidden)"
    outside = screen.page
    expect(steps.row(outside, SUBJECT)).to_have_count(0)
    outside.goto(link)
    expect(outside.get_by_text("Only the board deals with this customer.")).to_be_visible()
    expect(outside.get_by_text("Vera")).to_have_count(0)
    wrong += wrong_everywhere(outside, "a wall")
    outside.get_by_label("What do you need it for?").fill("Her boiler is cold.")
    outside.get_by_role("button", name="Ask to be let in").click()
    expect(outside.get_by_text("not answered yet")).to_be_visible()

    lead.goto(firm.place(WALLS))
    expect(lead.get_by_text("Her boiler is cold.")).to_be_visible()
    wrong += wrong_everywhere(lead, "a request")
    lead.get_by_role("button", name="Let in Bo Agent").click()
    outside.goto(link)
    expect(outside.get_by_role("heading", name=SUBJECT)).to_be_visible()

    lead.goto(firm.place("settings/audit/"))
    expect(lead.get_by_text("Bo Agent was refused: conversation").first).to_be_visible()
    expect(lead.get_by_text("Bo Agent saw it: conversation").first).to_be_visible()
    wrong += wrong_everywhere(lead, "the audit")
    lead.goto(firm.place(WALLS))
    lead.get_by_role("button", name="Dissolve Board matters").click()
    lead.locator("#confirm [data-yes]").click()
    expect(lead.get_by_text("open to everybody now")).to_be_visible()
    lead.get_by_role("button", name="Undo").last.click()
    expect(lead.get_by_role("button", name="Dissolve Board matters")).to_be_visible()
    assert wrong == []
