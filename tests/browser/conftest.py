"""What journeys lean on: one product with its firm and one browser per file, a screen per person."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import people, product
from tests.browser.people import BO, CLEO, Firm, Screen, SetUp
from tests.browser.product import Product
from tests.peers import Peer

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIETLY = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

type Sit = Callable[..., Screen]


JOURNEY = pytest.mark.browser


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    # Not among pytest's own folders: another run beside this one closes those to PostgreSQL's user.
    with (
        tempfile.TemporaryDirectory(prefix="threadwell-journeys-") as home,
        product.running(Path(home)) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Of this file alone: while Playwright runs, Django's models refuse to work in this process."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shelf() -> Iterator[list[SetUp]]:
    """The firm, once somebody has set it up: that takes longer than most journeys."""
    made: list[SetUp] = []
    yield made
    for one in made:
        shutil.rmtree(one.home)


@pytest.fixture(scope="module")
def firm(chromium: Browser, shelf: list[SetUp]) -> Iterator[Firm]:
    """Of this file alone: rules, absences and who has what would reach into the next."""
    if not shelf:
        new = Path(tempfile.mkdtemp(prefix="threadwell-set-up-"))
        with product.running(new) as started:
            made = people.set_up(chromium, started)
        shelf.append(SetUp(home=new, peer_port=started.peer.port, remembered=made.remembered))
    [ready] = shelf
    theirs = Peer(port=ready.peer_port)
    with tempfile.TemporaryDirectory(prefix="threadwell-journeys-") as home:
        subprocess.run(["cp", "-a", f"{ready.home}/.", home], check=True)
        with product.running(Path(home), theirs=theirs, is_new=False) as started:
            yield Firm(started, remembered=dict(ready.remembered))


@pytest.fixture
def sit(firm: Firm, chromium: Browser) -> Iterator[Sit]:
    """Somebody sits down at a screen; at the end no screen has complained or asked outsiders."""
    screens: list[Screen] = []

    def down(who: str = BO, path: str = "", **how: Any) -> Screen:
        screen = people.opened(chromium, firm, who, **how)
        screens.append(screen)
        screen.page.goto(firm.place(path))
        return screen

    yield down
    for screen in screens:
        screen.page.context.close()
    assert [told for screen in screens for told in screen.complaints] == []
    assert [url for screen in screens for url in screen.outside] == []


__all__ = ["BO", "CLEO"]
