"""Customers, work, what was promised and what moves in: every page passes axe; an open timeline grows.

Ten customers by chance: a fragment is typed, and four answers are read from the page.
"""

import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import four_answers, mails, people, product, shots
from tests.browser.conftest import JOURNEY
from tests.browser.people import DESKTOP, PHONE, Firm, Screen
from tests.browser.test_pages import SETTLED
from tests.patience import eventually
from threadwell.kit import ids

pytestmark = JOURNEY

LISTS = [
    *(
        "customers/",
        "customers/?q=zzznothing",
        "customers/?sort=changed&column=tier&column=zone",
        "customers/new/",
    ),
    *("organisations/", "organisations/new/"),
    *(
        "work/",
        "work/?type=order",
        "work/?q=zzznothing",
        "work/new/",
        "work/new/?type=order",
        "work/new/?type=deal",
    ),
    *(f"work/boards/{kind}/" for kind in ("case", "order", "claim", "project", "site-visit", "deal")),
    *(f"tasks/?show={show}" for show in ("mine", "team", "overdue", "done")),
    *("tasks/new/", "promises/", "promises/?show=broken", "decisions/"),
    *("merges/contact/", "merges/organisation/?q=a", "duplicates/", "data-quality/"),
    *("settings/tables/", "settings/fields/", "settings/fields/contact/new/", "settings/work-types/"),
    *("settings/types/",),
]
SEED, COUNT = 20261122, 10
INES = f"Ines {ids.new().hex[-6:]}"
TABLE = "Nummer;Kunde;E-Mail\n1;Eve Stone;eve@there.example\n2;Zoe;not one\n"


@pytest.fixture(scope="module")
def demo(chromium: Browser) -> Iterator[Firm]:
    with (
        tempfile.TemporaryDirectory(prefix="threadwell-customers-") as home,
        product.running(Path(home), options=("--demo",)) as running,
    ):
        firm = Firm(running, slug=shots.way_in(running)[0])
        for person in (shots.OWNER, shots.LEAD):
            firm.remembered[person] = shots.signed_in(chromium, running, person)
        yield firm


@pytest.fixture
def screen(chromium: Browser, demo: Firm) -> Iterator[Screen]:
    opened = people.opened(chromium, demo, shots.OWNER)
    yield opened
    opened.page.context.close()
    assert opened.complaints == opened.outside == []


def wrong_at(page: Page, where: str) -> list[str]:
    """What axe finds at a desk by day and on a phone by night, and whether it is wider than the screen."""
    told: list[str] = []
    page.evaluate(people.AXE.read_text(encoding="utf-8"))
    for size, light in ((DESKTOP, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=light, reduced_motion="reduce")  # type: ignore[arg-type]  # one of two
        page.evaluate(SETTLED)
        found = page.evaluate("async () => (await axe.run()).violations")
        told += [
            f"{where} {light}: {one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]
        ]
        if people.is_too_wide(page):
            told.append(f"{where} is wider than {size['width']}")
    page.set_viewport_size(DESKTOP)
    return told


def first(page: Page, demo: Firm, listed: str, link: str) -> str:
    page.goto(demo.place(listed))
    return page.locator(link).first.get_attribute("href") or ""


def test_lists_and_forms(screen: Screen, demo: Firm) -> None:
    wrong: list[str] = []
    for path in LISTS:
        answer = screen.page.goto(demo.place(path))
        assert answer
        assert answer.status == 200, path
        wrong += wrong_at(screen.page, path)
    assert "\n".join(wrong) == ""


def test_one_of_each(screen: Screen, demo: Firm) -> None:
    page = screen.page
    person = first(page, demo, "customers/", "tbody th a")
    firm = first(page, demo, "organisations/", "tbody th a")
    work = first(page, demo, "work/", "tbody .work-number a")
    kind = first(
        page, demo, "settings/work-types/", "main a[href*='/settings/work-types/']:not([href$='/new/'])"
    )
    paths = [
        *(person, f"{person}edit/", f"{person}history/name/", f"{person}?narrowed=1&show=events&show=work"),
        *(firm, f"{firm}edit/", f"{firm}?narrowed=1"),
        *(work, f"{work}edit/", f"{work}?narrowed=1&show=events"),
        kind,
        *(
            demo.place(f"data-quality/?fault={fault}")
            for fault in ("unreachable", "stale", "organisations-unowned")
        ),
        f"{first(page, demo, 'desk/open/', 'a.convo')}",
    ]
    number = re.sub(r".*/(\d+)/.*", r"\1", paths[-1])
    paths.append(demo.place(f"conversations/{number}/fields/"))
    wrong: list[str] = []
    for path in paths:
        page.goto(path)
        wrong += wrong_at(page, path)
    page.goto(demo.place("customers/"))
    for box in page.locator("input[name=chosen]").all()[:2]:
        box.check()
    merge = page.get_by_role("button", name="Compare and merge")
    expect(merge).to_be_in_viewport(ratio=1)
    merge.click()
    expect(page.get_by_role("heading", name="What comes together")).to_be_visible()
    wrong += wrong_at(page, "a comparison")
    assert "\n".join(wrong) == ""


def test_a_table_moves_in(screen: Screen, demo: Firm) -> None:
    page, wrong = screen.page, []
    page.goto(demo.place("settings/tables/"))
    table = {"name": "crm.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    page.get_by_label("What the rows are").select_option("contacts")
    page.locator("input[type=file]").set_input_files(files=[table])  # type: ignore[list-item]  # as it says
    page.locator("main form .button--primary").first.click()
    page.wait_for_url(re.compile(r"/settings/tables/[-0-9a-f]{36}/$"))
    wrong += wrong_at(page, "columns")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("button", name="Take")).to_be_visible()
    wrong += wrong_at(page, "checked")
    page.get_by_role("button", name="Take").click()
    expect(page.get_by_text("taken in").first).to_be_visible()
    wrong += wrong_at(page, "taken in")
    assert "\n".join(wrong) == ""


def test_an_open_timeline_grows_and_stays_narrowed(screen: Screen, demo: Firm, chromium: Browser) -> None:
    page = screen.page
    letter = a_letter("Gate", "It does not open.", to(demo, page))
    demo.product.receive(letter)
    page.goto(demo.place(f"customers/?q={INES.replace(' ', '+')}"))
    eventually(lambda: is_listed(page), "the customer who wrote")
    page.get_by_role("link", name=INES).click()
    expect(page.locator(".timeline")).to_contain_text("It does not open.")
    again = a_letter("Invoice", "Where is it?", to(demo, page))
    page.evaluate("scrollTo(0, 0)")
    demo.product.receive(again)
    expect(page.locator(".timeline")).to_contain_text("Where is it?")
    assert page.locator(".timeline > .moment").first.inner_text().count("Where is it?") == 1
    pill = page.locator(".story-pill")
    expect(pill).to_be_hidden()
    page.set_viewport_size({"width": 1024, "height": 320})
    page.locator(".timeline > .moment").last.evaluate("one => one.scrollIntoView({ block: 'end' })")
    page.locator("label.toggle", has_text="Notes").click()  # without notes from now on
    expect(page.locator("#timeline")).to_have_attribute("data-url", re.compile("narrowed=1"))
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    third = a_letter("Fence", "The fence fell.", to(demo, page))
    demo.product.receive(third)
    expect(page.locator(".timeline")).to_contain_text("The fence fell.")
    expect(pill).to_contain_text("1 new")
    pill.click()
    expect(pill).to_be_hidden()


def test_ten_are_found_by_a_fragment_and_all_four_answers_are_read(
    demo: Firm, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = people.opened(chromium, demo, shots.LEAD)
    screen.forgiven = "htmx:"  # a search that one leaves for what it found is broken off, and htmx says so
    page = screen.page
    page.goto(demo.place("customers/"))
    names = page.locator("tbody a[href*='/customers/']").all_inner_texts()
    wanted = four_answers.fragments((name.strip() for name in names), seed=SEED, count=COUNT)
    assert len(wanted) == COUNT
    opened = list(four_answers.walk(page, demo.place("desk/open/"), wanted))
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


def a_letter(subject: str, text: str, address: str) -> EmailMessage:
    letter = mails.a_mail(subject, text, sender=f"{INES} <{INES.lower().replace(' ', '.')}@rocha.example>")
    letter.replace_header("To", address)
    return letter


def to(demo: Firm, page: Page) -> str:
    """An address of the demo firm that customers write to."""
    if not known_inboxes:
        other = page.context.new_page()
        other.goto(demo.place("inboxes/"))
        found = re.search(r"[\w.+-]+@[\w.-]+", other.locator("main").inner_text())
        assert found
        known_inboxes.append(found[0])
        other.close()
    return known_inboxes[0]


known_inboxes: list[str] = []


def is_listed(page: Page) -> bool:
    page.reload()
    return page.get_by_role("link", name=INES).count() > 0
