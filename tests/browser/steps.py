"""What people do again and again on the desk, in their words."""

from playwright.sync_api import Error, Locator, Page, TimeoutError, expect

from tests.browser import mails
from tests.browser.people import Firm


def open_row(page: Page, subject: str) -> None:
    settled(page, subject).click()
    expect(page.get_by_role("heading", name=subject, level=1)).to_be_visible()


def row(page: Page, subject: str) -> Locator:
    return page.locator("a.convo", has_text=subject)


def settled(page: Page, subject: str) -> Locator:
    """The row, once the news that brought it is through: a click on a row that is drawn anew is lost.

    That news comes at all is what the journeys of two people at once look at; here a page is asked again.
    """
    try:
        row(page, subject).wait_for(timeout=10_000)
    except TimeoutError:
        page.reload()
    expect(row(page, subject)).to_be_visible()
    page.wait_for_timeout(400)
    return row(page, subject)


def into_view(part: Locator) -> None:
    """Scrolled to, even when news draws it anew at that moment."""
    for is_last in (False, False, True):
        try:
            part.scroll_into_view_if_needed()
        except Error:
            if is_last:
                raise
        else:
            return


def in_focus(page: Page) -> str:
    """The words of what has the focus now; nothing when nothing has it."""
    return str(page.evaluate("document.activeElement?.innerText ?? ''"))


def said(page: Page, text: str) -> Locator:
    """The message in the thread that holds these words."""
    return page.locator("article.message__card", has_text=text)


def field(page: Page) -> Locator:
    """Where the answer is written, rich or plain."""
    return page.locator("[data-composer]").locator("trix-editor, textarea[name=text]").filter(visible=True)


def a_conversation(firm: Firm, subject: str, **how: str) -> None:
    """A mail comes in; whoever looks at a list will see it come."""
    firm.product.receive(mails.a_mail(subject, **how))
