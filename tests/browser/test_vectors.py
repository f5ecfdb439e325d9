"""Every vector in a letter of its own, shown in a real browser wherever letters are shown; a trap listens.

What counts: scripts that ran, requests that reached the trap, requests the browser made to outsiders.
"""

import smtplib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import batched
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import mails, product, steps
from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import Firm, Screen
from tests.security import vectors
from tests.security.vectors import letters
from threadwell.kit import ids

pytestmark = JOURNEY
TOGETHER = 20  #: letters of one conversation: a page shows them all
LEAST = 200


class Trap:
    """A server that nobody should ever come to."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_error(404)

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_said: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()


@pytest.fixture
def trap() -> Iterator[Trap]:
    set_up = Trap()
    yield set_up
    set_up.server.shutdown()
    set_up.server.server_close()
    set_up.thread.join()


class Guard:
    """Looks whether anything ran on a page, and what it asked of outsiders."""

    def __init__(self, screen: Screen, trap: Trap) -> None:
        self.screen, self.trap, self.ran = screen, trap, list[str]()
        page = screen.page
        page.on("dialog", self._dialog)
        page.context.on("page", lambda other: self.ran.append(f"opened {other.url}"))

    def _dialog(self, dialog: Any) -> None:
        self.ran.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def look(self, where: str) -> None:
        page = self.screen.page
        for frame in page.frames:
            if frame.evaluate("() => self.ran === 1"):
                self.ran.append(f"ran: {where}")


def all_frames_seen(page: Page, count: int) -> None:
    frames = page.locator("iframe.message__frame")
    expect(frames).to_have_count(count)
    for frame in frames.all():
        steps.into_view(frame)
        inside = frame.content_frame
        inside.locator("body").wait_for(state="attached")
        expect(
            inside.locator("script, form, input, object, embed, iframe, svg, math, [onerror]")
        ).to_have_count(0)


def test_no_vector_in_html_runs_or_phones_home(
    firm: Firm, sit: Sit, trap: Trap, record_property: Callable[[str, object], None]
) -> None:
    bodies = vectors.bodies(trap.url)
    assert len(bodies) >= LEAST
    subjects = []
    for number, some in enumerate(batched(bodies.items(), TOGETHER)):
        subject = f"Offer {number:03d}"
        first = mails.a_mail(subject, "See the letters.", sender=f"M{number} <m{number}@customer.example>")
        firm.product.receive(first)
        subjects.append((subject, some))
        sent = []
        for name, body in some:
            # A heading: what is hardly more than words is shown as words, and not in a frame.
            shown_as = f"<h3>{name}</h3>{body}"
            letter = mails.a_mail(f"Re: {subject}", name, sender=first["From"], html=shown_as)
            letter["In-Reply-To"] = first["Message-ID"]
            sent.append(letter)
        firm.product.receive(*sent)
    screen = sit(path="desk/open/")
    guard, page, shown = Guard(screen, trap), screen.page, 0
    for subject, some in subjects:
        page.goto(firm.place("desk/open/"))
        steps.open_row(page, subject)
        address = page.url
        count = len(some)
        product.eventually(lambda wanted=count: _has_frames(page, wanted), f"the letters of {subject}")
        all_frames_seen(page, len(some))
        page.mouse.move(700, 500)
        page.keyboard.press("Tab")
        page.wait_for_timeout(150)
        guard.look(subject)
        assert page.url == address, subject
        shown += len(some)
    record_property("vectors in HTML shown", shown)
    record_property("vectors that ran", len(guard.ran))
    record_property("vectors that phoned home", len(trap.visits))
    assert (guard.ran, trap.visits, screen.outside) == ([], [], [])
    assert shown == len(bodies)


def _has_frames(page: Page, count: int) -> bool:
    if page.locator("iframe.message__frame").count() >= count:
        return True
    page.reload()
    page.wait_for_timeout(500)
    return False


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
    product.eventually(lambda: bool(page.context.request.get(last).status == 200), "the last letter")
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
