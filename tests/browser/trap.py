"""Trap: a server that nobody should ever come to, and a guard who looks whether anything ran on a page."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.browser.people import Screen


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
