"""The same hostile letters in a real browser: nothing runs, nothing is fetched from outside."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Route, sync_playwright

from tests import cast
from tests.interfaces.web.conftest import Browser as SignedIn
from tests.interfaces.web.conftest import Seat
from tests.interfaces.web.hostile import HOSTILE
from tests.interfaces.web.test_frames import a_letter
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.browser
DESK = "http://desk.example"
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"


@pytest.fixture
def documents(firm: Workspace, seat: Seat, browser: SignedIn) -> dict[str, Any]:
    """What the frame answers for each letter, pictures let in."""
    inbox, reader = cast.an_inbox(firm), browser(seat())
    answers = {}
    for name, html in HOSTILE.items():
        message = a_letter(inbox, html)
        address = f"/w/{firm.slug}/messages/{message.pk}/frame/?images=yes"
        answers[name] = reader.get(address)
    return answers


@pytest.fixture
def chromium(documents: dict[str, Any]) -> Iterator[Browser]:
    # After the documents: while the browser's driver runs, Django refuses to speak to the database here.
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


class Watched:
    """A page that shows one letter, and what it tried to reach."""

    def __init__(self, chromium: Browser, answer: Any) -> None:
        self.answer, self.tried = answer, list[str]()
        self.page = chromium.new_page()
        self.page.on("dialog", self.saw_dialog)
        self.page.on("popup", lambda popup: self.tried.append(f"popup {popup.url}"))
        self.page.route("**/*", self.serve)

    def saw_dialog(self, dialog: Dialog) -> None:
        self.tried.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def serve(self, route: Route) -> None:
        url = route.request.url
        if url == f"{DESK}/frame":
            headers = {
                "Content-Security-Policy": self.answer["Content-Security-Policy"],
                "Content-Type": "text/html; charset=utf-8",
            }
            route.fulfill(body=self.answer.content.decode(), headers=headers)
        elif url == f"{DESK}/":
            route.fulfill(
                body=f'<iframe src="/frame" sandbox="{SANDBOX}"></iframe>', content_type="text/html"
            )
        else:
            if not url.startswith(f"{DESK}/"):
                self.tried.append(url)
            route.fulfill(status=404, body="")


@pytest.mark.parametrize("start", [f"{DESK}/", f"{DESK}/frame"], ids=["in the desk", "opened alone"])
def test_nothing_runs_and_nothing_phones_home(
    start: str, documents: dict[str, Any], chromium: Browser
) -> None:
    for name, answer in documents.items():
        watched = Watched(chromium, answer)
        watched.page.goto(start)
        for frame in watched.page.frames:
            frame.locator("body").hover(timeout=2000, force=True, position={"x": 5, "y": 5})
        watched.page.wait_for_timeout(60)
        assert watched.tried == [], name
        assert watched.page.url == start, name
        watched.page.close()
