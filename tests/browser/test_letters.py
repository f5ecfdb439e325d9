"""Letters that are vectors wherever they are shown: in lists, in search, in the ledger, raw, as files."""

import smtplib
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import mails, steps
from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import Firm
from tests.browser.trap import Guard, Trap, trap
from tests.patience import eventually
from tests.security.vectors import letters
from threadwell.kit import ids

__all__ = ["trap"]  # a fixture

pytestmark = JOURNEY


def test_no_letter_runs_or_phones_home_anywhere_it_is_shown(
    firm: Firm, sit: Sit, trap: Trap, record_property: Callable[[str, object], None]
) -> None:
    """Subjects, names, files and invitations: in lists, in search, in the ledger, raw, opened, in notices."""
    written = letters.letters(trap.url)
    screen = sit(CLEO, "desk/open/")
    screen.forgiven = "404 (Not Found)"  # a letter's number that a neighbour took in, a file that is none
    guard, page, looked = Guard(screen, trap), screen.page, 0
    before = _number_of(firm, page, "Before the letters")
    with smtplib.SMTP("127.0.0.1", firm.product.smtp_port, timeout=60) as line:
        for raw in written.values():
            line.sendmail("mallory@customer.example", ["support@firm.example"], raw)
    after = before + len(written) + 1
    last = firm.place(f"conversations/{after - 1}/")
    eventually(lambda: bool(page.context.request.get(last).status == 200), "the last letter")
    places = [
        *("desk/open/", "desk/unassigned/", "search/?q=vectors", "search/?q=script"),
        *("search/?q=onerror", "goto/?q=img", "customers/", "customers/?q=script", "ledger/", "quarantine/"),
        *(
            "notices/",
            "overview/",
            "duplicates/",
            "data-quality/",
            "settings/audit/",
            "exports/contacts.json",
        ),
    ]
    for place in places:
        looked += _looked_at(guard, firm.place(place))
    for number in range(before + 1, after):
        looked += _looked_at(guard, firm.place(f"conversations/{number}/"))
        for frame in page.locator("iframe.message__frame").all():
            steps.into_view(frame)
        looked += _files_and_sources(guard, firm)
    page.goto(firm.place("ledger/"))
    [inbox, *_others] = _links(page, "/ledger/")
    page.goto(f"{firm.product.url}{inbox}")
    for address in _links(page, "/deliveries/"):
        looked += _looked_at(guard, f"{firm.product.url}{address}")
    record_property("letters shown", len(written))
    record_property("pages that show letters looked at", looked)
    record_property("vectors that ran", len(guard.ran))
    record_property("vectors that phoned home", len(trap.visits))
    assert (guard.ran, trap.visits, screen.outside) == ([], [], [])
    assert looked > len(written)


def _number_of(firm: Firm, page: Page, subject: str) -> int:
    """The number of a conversation that begins now: whatever was sent before it has been read."""
    firm.product.receive(mails.a_mail(subject, sender=f"{subject} <{ids.new().hex}@customer.example>"))
    page.goto(firm.place("desk/open/"))
    address = steps.settled(page, subject).get_attribute("href") or ""
    return int(address.rstrip("/").rpartition("/")[2].partition("?")[0])


def _links(page: Page, part: str) -> list[str]:
    found = page.locator(f"main a[href*='{part}']").all()
    return sorted({link.get_attribute("href") or "" for link in found})


def _looked_at(guard: Guard, address: str) -> int:
    page = guard.screen.page
    answer = page.context.request.get(address)
    kind = answer.headers.get("content-type", "")
    if "attachment" in answer.headers.get("content-disposition", "") or "html" not in kind:
        assert answer.headers.get("x-content-type-options") == "nosniff", address
    if "attachment" in answer.headers.get("content-disposition", ""):
        return 1
    page.goto(address)
    page.wait_for_timeout(80)
    guard.look(address)
    return 1


def _files_and_sources(guard: Guard, firm: Firm) -> int:
    """Each file as a browser opens it, and each letter's source."""
    page = guard.screen.page
    found = page.locator("a[href*='/attachments/'], a[href*='/source/'], img[src*='/attachments/']").all()
    addresses = {one.get_attribute("href") or one.get_attribute("src") or "" for one in found}
    looked = 0
    for address in sorted(addresses):
        answer = page.context.request.get(f"{firm.product.url}{address}")
        kind = answer.headers["content-type"].partition(";")[0]
        if "/attachments/" in address:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert kind not in {"text/html", "image/svg+xml", "text/javascript", "application/xhtml+xml"}
        if "attachment" not in answer.headers.get("content-disposition", "") and kind != "application/pdf":
            looked += _looked_at(guard, f"{firm.product.url}{address}")
    return looked
