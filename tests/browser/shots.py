"""Shots: the pictures of docs/screens, taken of the demo firm at a desk and on a phone, by day and by night.

Run it by bin/shots, with the names of screens for some of them. It starts a product of its own and leaves
nothing behind but the pictures. What cannot be taken is told at the end, and does not keep the rest away.
"""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests import patience
from tests.browser import people, product, scenes, steps
from tests.browser.conftest import CHROMIUM, QUIETLY
from tests.browser.people import DESKTOP, PHONE
from tests.browser.product import Product

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
OWNER, LEAD, AGENT = "astrid.holm", "maria.santos", "marek.nowak"
LARGEST = 150_000  #: bytes of a picture
PATIENCE = 60_000  #: of the browser, in milliseconds: machines that take pictures do other things, too
STARTING = 900.0  #: of the product, in seconds: it tells months of history first
type Shown = Callable[[Page], object]


def main(wanted: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    patience.SECONDS = STARTING
    expect.set_options(timeout=PATIENCE)
    missed: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="threadwell-shots-") as home,
        product.running(Path(home), options=("--demo",)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        firm = people.Firm(demo, slug=way_in(demo)[0])
        for person in (OWNER, LEAD, AGENT):
            firm.remembered[person] = signed_in(browser, demo, person)
        every = screens(firm)
        missed += [f"{name}: there is no such screen" for name in wanted if name not in every]
        for name, (who, show) in every.items():
            if not wanted or name in wanted:
                missed += take(browser, firm, name, who, show)
        browser.close()
    print(*missed, sep="\n", file=sys.stderr)
    return 1 if missed else 0


def screens(firm: people.Firm) -> dict[str, tuple[str, Shown]]:
    """Each screen by name: who sits there, and how it comes to be seen."""

    def at(path: str) -> Shown:
        return lambda page: page.goto(firm.place(path))

    return {
        "sign-in": ("", lambda page: page.goto("/accounts/login/")),
        "setup": ("", lambda page: page.goto(firm.product.setup_link)),
        "desk": (LEAD, at("desk/open/")),
        "conversation": (LEAD, lambda page: one_conversation(page, firm)),
        "work": (LEAD, at("work/")),
        "board": (LEAD, at("work/boards/order/")),
        "work-item": (LEAD, lambda page: opened_from(page, firm, "work/?type=order", "tbody .work-number a")),
        "customers": (LEAD, at("customers/")),
        "customer": (LEAD, lambda page: opened_from(page, firm, "organisations/", "tbody th a")),
        "person": (LEAD, lambda page: opened_from(page, firm, "customers/", "tbody th a")),
        "organisations": (LEAD, at("organisations/")),
        "tasks": (LEAD, at("tasks/?show=team")),
        "promises": (LEAD, at("promises/")),
        "decisions": (LEAD, at("decisions/")),
        "tables": (OWNER, at("settings/tables/")),
        "merging": (LEAD, lambda page: two_compared(page, firm)),
        "duplicates": (LEAD, at("duplicates/")),
        "data-quality": (LEAD, at("data-quality/?fault=unowned")),
        "search": (LEAD, at("search/?q=gate+code")),
        "palette": (LEAD, lambda page: the_palette(page, firm)),
        "stop": (LEAD, lambda page: the_stop(page, firm)),
        "inbox-setup": (OWNER, lambda page: setting_up(page, firm)),
        "inboxes": (OWNER, at("inboxes/")),
        "ledger": (OWNER, at("ledger/")),
        "quarantine": (OWNER, at("quarantine/")),
        "settings": (OWNER, at("settings/")),
        "rules": (OWNER, at("settings/routing/")),
        "rule": (OWNER, lambda page: opened_from(page, firm, "settings/routing/", ".rule a")),
        "dry-run": (OWNER, lambda page: tried(page, firm)),
        "routing": (LEAD, lambda page: why_here(page, firm)),
        "clocks": (LEAD, lambda page: reckoned(page, firm)),
        "due": (LEAD, at("desk/due/")),
        "overview": (LEAD, at("overview/")),
        "orphans": (LEAD, at("orphans/")),
        "joined": (LEAD, lambda page: scenes.joined(page, firm)),
        "closing": (OWNER, lambda page: scenes.closing(page, firm)),
        "aside": (LEAD, lambda page: scenes.aside(page, firm)),
        "packet": (LEAD, lambda page: scenes.packet(page, firm)),
        "wall": (AGENT, lambda page: scenes.walled(page, firm)),
        "rate": ("", lambda page: scenes.rating(page, firm)),
        "handover": (LEAD, lambda page: handing_over(page, firm)),
        "notices": (LEAD, at("notices/")),
        "notifications": (LEAD, at("settings/notifications/")),
        "availability": (LEAD, at("settings/rota/")),
        "policies": (OWNER, at("settings/deadlines/")),
        "policy": (OWNER, lambda page: opened_from(page, firm, "settings/deadlines/", ".list a")),
        "calendars": (OWNER, at("settings/hours/")),
        "calendar": (OWNER, lambda page: opened_from(page, firm, "settings/hours/", ".list a")),
        "ladder": (OWNER, at("settings/follow-ups/new/")),
        "restriction": (OWNER, at("settings/restrictions/new/")),
        "survey": (OWNER, lambda page: asking(page, firm)),
        "audit": (OWNER, at("settings/audit/")),
        "import": (OWNER, at("settings/imports/")),
        "people": (OWNER, at("settings/people/")),
        "profile": (LEAD, at("settings/profile/")),
    }


def one_conversation(page: Page, firm: people.Firm) -> None:
    """One with some turns in it: found by the mails in its thread."""
    page.goto(firm.place("desk/open/"))
    rows = page.locator("a.convo")
    paths = [rows.nth(number).get_attribute("href") or "" for number in range(min(rows.count(), 15))]
    lengths = {}
    for path in paths:
        page.goto(path)
        lengths[path] = page.locator(".message__card").count() + 3 * page.locator("iframe").count()
    page.goto(max(lengths, key=lambda path: lengths[path]))


def why_here(page: Page, firm: people.Firm) -> None:
    """Why the newest conversation that rules were asked about is where it is."""
    page.goto(firm.place("desk/open/?sort=newest"))
    rows = page.locator("a.convo")
    paths = [rows.nth(number).get_attribute("href") or "" for number in range(min(rows.count(), 15))]
    for path in paths:
        page.goto(firm.place(f"conversations/{number_of(path)}/routing/"))
        if not page.locator("main .empty").count():
            return
    raise AssertionError("no rule was asked about any of them")


def tried(page: Page, firm: people.Firm) -> None:
    """What a rule that is a little changed would do."""
    opened_from(page, firm, "settings/routing/", ".rule a")
    page.locator(".question__fields select").nth(2).select_option("High")
    page.get_by_role("button", name="Try on the last 1,000").click()
    expect(page.locator("#run > .callout").first).to_be_visible(timeout=3 * PATIENCE)


def handing_over(page: Page, firm: people.Firm) -> None:
    """The packet that goes with a conversation of one's own."""
    page.goto(firm.place("desk/mine/"))
    path = page.locator("a.convo").first.get_attribute("href") or ""
    page.goto(firm.place(f"conversations/{number_of(path)}/handovers/new/"))


def asking(page: Page, firm: people.Firm) -> None:
    """How customers of an inbox are asked how it was."""
    opened_from(page, firm, "inboxes/", "a.list__link")
    page.get_by_role("link", name="Change how customers are asked").click()
    expect(page.get_by_label("Ask after a conversation was closed")).to_be_visible()


def reckoned(page: Page, firm: people.Firm) -> None:
    """How the next deadline comes about."""
    page.goto(firm.place("desk/due/"))
    path = page.locator("a.convo").first.get_attribute("href") or ""
    page.goto(firm.place(f"conversations/{number_of(path)}/clocks/"))


def number_of(path: str) -> str:
    """The number of the conversation at the end of a row's address."""
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]


def opened_from(page: Page, firm: people.Firm, listed: str, link: str) -> None:
    """The first one of a list."""
    page.goto(firm.place(listed))
    page.goto(page.locator(link).first.get_attribute("href") or "")


def two_compared(page: Page, firm: people.Firm) -> None:
    page.goto(firm.place("customers/"))
    for box in page.locator("input[name=chosen]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare and merge").click()
    expect(page.get_by_role("heading", name="What comes together")).to_be_visible()


def the_palette(page: Page, firm: people.Firm) -> None:
    page.goto(firm.place("desk/open/"))
    page.keyboard.press("Control+k")
    page.locator("#goto-q").fill("gate")
    expect(page.get_by_role("option").first).to_be_visible()


def the_stop(page: Page, firm: people.Firm) -> None:
    """The customer writes while the answer is being written."""
    page.goto(firm.place("desk/open/"))
    page.locator("a.convo").nth(1).click()
    expect(page.locator("#subject")).to_be_visible()
    page.keyboard.press("r")
    steps.field(page).click()
    page.keyboard.press("Control+a")  # the draft of the last picture
    page.keyboard.type("Good morning, the crew is on its way and will call you from the gate.")
    page.wait_for_timeout(1500)
    firm.product.receive(a_word_meanwhile(page))
    expect(steps.said(page, "Please come to the north gate")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer__stop")).to_be_visible()


def a_word_meanwhile(page: Page) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Re: " + page.locator("#subject").inner_text().removeprefix("Re: ")
    theirs = page.locator("#customer ul.rows .clip").first.inner_text()
    mail["From"] = f"{page.locator('#customer h2').inner_text()} <{theirs}>"
    mail["To"] = re.sub(r".*from ", "", page.locator(".composer__from").inner_text())
    mail["Message-ID"] = f"<meanwhile-{page.viewport_size}@customer.example>".replace(" ", "")
    mail.set_content("Please come to the north gate, the south one is closed today.")
    return mail


def setting_up(page: Page, firm: people.Firm) -> None:
    page.goto(firm.place("inboxes/"))
    page.locator("a.list__link").first.click()
    page.goto(f"{page.url}receiving/")


def take(browser: Browser, firm: people.Firm, name: str, who: str, show: Shown) -> list[str]:
    """At both sizes, in both lights; what went wrong."""
    wrong: list[str] = []
    for size in (DESKTOP, PHONE):
        for light in ("light", "dark"):
            path = FOLDER / f"{name}-{size['width']}-{light}.png"
            screen = people.opened(browser, firm, who, viewport=size, color_scheme=light)
            screen.page.context.set_default_timeout(PATIENCE)
            try:
                show(screen.page)
                still(screen.page)
                print(f"{path.name} {keep(screen.page.screenshot(), path) // 1000} kB", flush=True)
            except (Error, AssertionError) as problem:
                wrong.append(f"{path.name}: {str(problem).splitlines()[0]}")
            finally:
                screen.page.context.close()
    return wrong


def still(page: Page) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(600)


def keep(picture: bytes, path: Path) -> int:
    """As few colours as keep it under the limit: grounds as they are, and a little red stays red."""
    with Image.open(io.BytesIO(picture)) as opened:
        full = opened.convert("RGB")
        for colours in (128, 64, 32):
            full.quantize(palette=palette(full, colours), dither=Image.Dither.NONE).save(path, optimize=True)
            if path.stat().st_size < LARGEST:
                break
    return path.stat().st_size


def palette(full: Image.Image, colours: int) -> Image.Image:
    """Half of them are those that are most of the picture, half are chosen for all that is rare."""
    counted = sorted(full.getcolors(full.width * full.height) or [], reverse=True)
    every = [bytes(colour) for _count, colour in counted if isinstance(colour, tuple)]
    often, rare = every[: colours // 2], every[colours // 2 :] or every
    line = Image.frombytes("RGB", (len(rare), 1), b"".join(rare))
    chosen = line.quantize(colours - len(often), method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    made = Image.new("P", (1, 1))
    made.putpalette(b"".join(often) + bytes(chosen.getpalette() or [])[: 3 * (colours - len(often))])
    return made


def way_in(demo: Product) -> tuple[str, str]:
    """The demo's address and the password of its people, as it tells them."""
    told = demo.told()
    slug = re.search(r"/w/([\w-]+)/", told)
    word = re.search(r"password (\S+)", told)
    assert slug, told
    assert word, told
    return slug[1], word[1]


def signed_in(browser: Browser, demo: Product, person: str) -> object:
    page = browser.new_context(base_url=demo.url).new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", f"{person}@nordhavn.example")
    page.fill("[name=password]", way_in(demo)[1])
    page.click("main form .button--primary")
    page.wait_for_url("**/w/**")
    state = page.context.storage_state()
    page.context.close()
    return state


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
