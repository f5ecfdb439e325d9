"""Ten customers of the demo firm by chance: a fragment is typed, and four answers are read from the page."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, fields
from typing import override

import pytest
from playwright.sync_api import Browser

from tests.browser import four_answers, people, shots
from tests.browser.conftest import JOURNEY
from tests.browser.people import Firm
from tests.browser.product import Product

pytestmark = JOURNEY

SEED = 20261122
COUNT = 10


@dataclass(frozen=True, kw_only=True)
class _Telling(Product):
    """The product, once a command has told the way into the demo firm."""

    said: str

    @override
    def told(self) -> str:
        return self.said


@pytest.fixture
def demo_firm(running: Product, chromium: Browser) -> Firm:
    """The demo firm beside the one that is there; its lead is signed in."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    environment = {
        **ours,
        "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
        "THREADWELL_HOME": str(running.home),
        "THREADWELL_PORT": running.url.rpartition(":")[2],
    }
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "threadwell", "demo"]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    demo = _Telling(**{one.name: getattr(running, one.name) for one in fields(running)}, said=told)
    firm = Firm(running, slug=shots.way_in(demo)[0])
    firm.remembered[shots.LEAD] = shots.signed_in(chromium, demo, shots.LEAD)
    return firm


def test_ten_customers_are_found_by_a_fragment_and_all_four_answers_are_read(
    demo_firm: Firm, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = people.opened(chromium, demo_firm, shots.LEAD)
    screen.forgiven = "htmx:"  # a search that one leaves for what it found is broken off, and htmx says so
    page = screen.page
    page.goto(demo_firm.place("customers/"))
    names = page.locator("tbody a[href*='/customers/']").all_inner_texts()
    wanted = four_answers.fragments((name.strip() for name in names), seed=SEED, count=COUNT)
    assert len(wanted) == COUNT
    opened = list(four_answers.walk(page, demo_firm.place("desk/open/"), wanted))
    for one in opened:
        for part, said in one.answers.items():
            question, _line, answer = said.strip().partition("\n")
            assert question, (one.name, part)
            assert answer.strip(), (one.name, part)
    assert screen.complaints == []
    seconds = [one.seconds for one in opened]
    median, worst = round(statistics.median(seconds), 2), round(max(seconds), 2)
    told = {"customers": COUNT, "median": median, "worst": worst}
    with capsys.disabled():
        print(f"\nseconds from the first letter to all four answers: {json.dumps(told)}")
    page.context.close()
