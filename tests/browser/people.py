"""People of the firm: how they come in, and the screens they sit at.

Cleo sets the firm up on the first start, by its pages; Bo follows her invitation.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from tests.browser.mails import SUPPORT
from tests.browser.product import Product

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
PASSWORD = "seven green lorries"
SLUG = "nordhavn"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
NARROW: ViewportSize = {"width": 320, "height": 640}
CLEO, BO = "cleo@firm.example", "bo@firm.example"

expect.set_options(timeout=15_000)


@dataclass(slots=True)
class Firm:
    """The firm once it works: where, and what its people's browsers remember."""

    product: Product
    slug: str = SLUG
    remembered: dict[str, Any] = field(default_factory=dict)

    def place(self, path: str = "") -> str:
        return f"{self.product.url}/w/{self.slug}/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A firm that was set up and has stopped: copies of its home come up again any number of times."""

    home: Path
    peer_port: int  #: what its inbox was told to send by
    remembered: dict[str, Any]


@dataclass  # without slots: Playwright marks who listens
class Screen:
    """A page somebody sits at, what it complained of, and whom it asked for something."""

    page: Page
    url: str
    forgiven: str = "nothing"  #: a complaint that belongs to the journey
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda told: self._complain(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("request", self._asked)

    def _complain(self, text: str) -> None:
        if self.forgiven not in text:
            self.complaints.append(f"{self.page.url}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", "about:")):
            self.outside.append(request.url)


def opened(browser: Browser, firm: Firm, who: str = "", **how: Any) -> Screen:
    """A browser of its own; signed in, when somebody sits at it."""
    how = {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce", **how}
    if who:
        how["storage_state"] = firm.remembered[who]
    context = browser.new_context(base_url=firm.product.url, **how)
    context.set_default_timeout(15_000)
    return Screen(context.new_page(), firm.product.url)


def set_up(browser: Browser, product: Product) -> Firm:
    """From the link of the first start to a firm that can be written to and can answer."""
    firm = Firm(product)
    page = browser.new_context(base_url=product.url, viewport=DESKTOP, locale="en-GB").new_page()
    page.goto(product.setup_link)
    page.get_by_label("Name of your firm").fill("Nordhavn")
    page.get_by_label("Your name").fill("Cleo Lead")
    page.get_by_label("e-mail").fill(CLEO)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the workspace").click()
    page.wait_for_url("**/w/**")
    connect(page, firm)
    link = invite(page, firm, BO)
    firm.remembered[CLEO] = page.context.storage_state()
    page.context.close()
    join(browser, firm, link)
    return firm


def connect(page: Page, firm: Firm) -> None:
    """An inbox: mail comes in at our gateway, answers leave by the other side's server."""
    page.goto(firm.place("inboxes/new/"))
    page.get_by_label("Address that customers write to").fill(SUPPORT)
    page.get_by_label("Name of the sender").fill("Nordhavn Support")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("It is forwarded to our mail gateway").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("By the provider's server").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Server", exact=True).fill("127.0.0.1")
    page.get_by_label("Port").fill(str(firm.product.peer.port))
    page.get_by_label("Encryption").select_option("none")
    page.get_by_label("User name").fill("")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/test/")


def invite(page: Page, firm: Firm, address: str) -> str:
    page.goto(firm.place("settings/people/"))
    page.get_by_label("e-mail").fill(address)
    page.get_by_role("button", name="Invite").click()
    return page.locator("#link").inner_text()


def join(browser: Browser, firm: Firm, link: str) -> None:
    page = browser.new_context(base_url=firm.product.url, viewport=DESKTOP, locale="en-GB").new_page()
    page.goto(link)
    page.get_by_label("Your name").fill("Bo Agent")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/w/**")
    firm.remembered[BO] = page.context.storage_state()
    page.context.close()


def wrong_with(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    told = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    return [*told, *(["wider than the screen"] if is_too_wide(page) else [])]


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
