"""Newcomer: from `git clone` to the first mail that is answered, by hand in a browser.

In:    this clone as it is committed
Out:   seconds until a page is served, and until the answer has reached the customer's server
Touch: a clone and a data folder of its own
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.browser import people, product, steps
from tests.browser.conftest import CHROMIUM, QUIETLY

from bench.figures import Figure, Watch

ROOT = Path(__file__).parent.parent
COMMANDS = 2  #: git clone, bin/up
SUBJECT = "Where is my pallet?"


def figures(_size: str) -> Iterator[Figure]:
    """Twice, each from a new clone and with empty folders."""
    for turn in ("first", "second"):
        with tempfile.TemporaryDirectory(prefix="threadwell-newcomer-") as folder:
            served, answered = _walk(Path(folder))
        note = f"{COMMANDS} commands"
        yield Figure(name=f"git clone to a served page, {turn} time", value=served, unit="s", note=note)
        yield Figure(name=f"git clone to the answered mail, {turn} time", value=answered, unit="s", note=note)


def _walk(folder: Path) -> tuple[float, float]:
    clone, home = folder / "threadwell", folder / "home"
    home.mkdir()
    watch = Watch()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    with (
        product.running(home, command=[str(clone / "bin" / "up")]) as started,
        sync_playwright() as playwright,
    ):
        served = watch.seconds
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        firm = people.set_up(browser, started)
        page = people.opened(browser, firm, people.BO).page
        page.goto(firm.place("desk/open/"))
        steps.a_conversation(firm, SUBJECT)
        _answer(page)
        started.caught(SUBJECT)
        browser.close()
        return served, watch.seconds


def _answer(page: Page) -> None:
    steps.open_row(page, SUBJECT)
    page.keyboard.press("r")
    steps.field(page).click()
    page.keyboard.type("It comes tomorrow at nine.")
    page.keyboard.press("Control+Enter")
