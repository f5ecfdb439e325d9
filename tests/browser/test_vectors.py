"""Every vector in a letter of its own, shown as a message in a real browser; a trap listens.

What counts: scripts that ran, requests that reached the trap, requests the browser made to outsiders.
"""

from collections.abc import Callable
from itertools import batched

from playwright.sync_api import Page, expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm
from tests.browser.trap import Guard, Trap, trap
from tests.patience import eventually
from tests.security import vectors

__all__ = ["trap"]  # a fixture

pytestmark = JOURNEY
TOGETHER = 20  #: letters of one conversation: a page shows them all
LEAST = 200


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
        eventually(lambda wanted=count: _has_frames(page, wanted), f"the letters of {subject}")
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
