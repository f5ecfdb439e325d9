"""Lists: many at once, taken back; and everything is found again."""

from email.message import EmailMessage

from playwright.sync_api import expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm

pytestmark = JOURNEY


def test_many_are_closed_at_once_and_taken_back(firm: Firm, sit: Sit) -> None:
    subjects = [f"Bulk matter {number}" for number in (1, 2, 3)]
    firm.product.receive(*[mails.a_mail(subject) for subject in subjects])
    page = sit(path="desk/open/").page
    for subject in subjects:
        steps.settled(page, subject)
        page.get_by_role("checkbox", name=f"Select {subject}").check()
    page.locator(".bulk").get_by_role("button", name="Close").click()
    for subject in subjects:
        expect(steps.row(page, subject)).to_have_count(0)
    page.get_by_role("button", name="Undo").last.click()
    for subject in subjects:
        expect(steps.row(page, subject)).to_be_visible()


def with_file(mail: EmailMessage, name: str) -> EmailMessage:
    mail.add_attachment(b"plan", maintype="application", subtype="pdf", filename=name)
    return mail


def test_all_history_is_searched(firm: Firm, sit: Sit) -> None:
    firm.product.receive(
        with_file(mails.a_mail("Where is it?", "The order is ORD-97046 of Tuesday."), "quay-plan.pdf")
    )
    page = sit(path="desk/open/").page
    expect(steps.row(page, "Where is it?")).to_be_visible()
    page.goto(firm.place("search/"))
    for words in ("ORD-9704", '"order is"', "in:support from:ada@customer tuesday", "quay-plan"):
        page.get_by_role("searchbox", name="Search all messages").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**q=**")
        expect(page.locator("a.found", has_text="Where is it?")).to_be_visible()
    page.locator("a.found", has_text="Where is it?").click()
    expect(steps.said(page, "ORD-97046")).to_be_visible()
    page.goto(firm.place("search/?q=zzzunknownzzz"))
    expect(page.get_by_text("Nothing found.")).to_be_visible()
