"""Scenes: what must happen in the demo firm before some screens can be seen.

Each picture is taken at each size and in each light: what a scene needs is made when it is not there.
"""

import os
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.browser import people

OWNER = "astrid.holm"
ASKED = """
from threadwell.kit import tenancy
from threadwell.record.surveys import links
from threadwell.record.surveys.models import Survey
from threadwell.record.workplace.models import Workspace
firm = Workspace.objects.get(slug="{slug}")
with tenancy.entered(firm.pk):
    waiting = Survey.objects.of(firm).filter(answered_at=None, left_out_because="")
    asked = waiting.order_by("-asked_at").first()
    print(links.address_of(firm.pk, asked.pk))
"""


def rating(page: Page, firm: people.Firm) -> None:
    """What a customer sees who follows the link of a letter that asks how it was."""
    command = [
        sys.executable,
        "-m",
        "threadwell",
        "manage",
        "shell",
        "-v",
        "0",
        "-c",
        ASKED.format(slug=firm.slug),
    ]
    environment = {**os.environ, "THREADWELL_HOME": str(firm.product.home)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    page.goto("/rate/" + told.partition("/rate/")[2].split()[0] + "?score=4")


def closing(page: Page, firm: people.Firm) -> None:
    """A conversation is closed, and something must be filled in before."""
    page.goto(firm.place("settings/fields/"))
    if not page.get_by_text("Cause", exact=True).count():
        page.goto(firm.place("settings/fields/conversation/new/"))
        page.get_by_label("Name", exact=True).fill("Cause")
        page.get_by_label("Kind").select_option("choice")
        page.get_by_label("Choices").fill("Ours\nTheirs\nNobody's")
        page.get_by_label("must be filled in", exact=False).check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Cause", exact=True)).to_be_visible()
    opened(page, firm, 0)
    page.locator("#subject").click()
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Before it is closed")).to_be_visible()


def snoozing(page: Page, firm: people.Firm) -> None:
    """The choices until when a conversation can be put off."""
    opened(page, firm, 0)
    page.locator("#subject").click()
    page.keyboard.press("s")
    expect(page.locator("#snooze")).to_be_visible()


def restricting(page: Page, firm: people.Firm) -> None:
    """A customer is restricted from their page."""
    page.goto(firm.place("customers/"))
    page.goto(page.locator("tbody th a").first.get_attribute("href") or "")
    page.get_by_role("link", name="Restrict").click()
    expect(page.get_by_label("Reason")).to_be_visible()


def walled(page: Page, firm: people.Firm) -> None:
    """Somebody stands before what only the board may see."""
    page.goto(firm.place("desk/open/"))
    path = page.locator("a.convo").nth(5).get_attribute("href") or ""
    owner = people.opened(page.context.browser, firm, OWNER).page  # type: ignore[arg-type]
    owner.goto(firm.place("settings/restrictions/"))
    if not owner.get_by_text("Board matters").count():
        owner.goto(path)
        theirs = owner.locator("#customer ul.rows .clip").first.inner_text()
        owner.goto(firm.place("settings/restrictions/new/"))
        owner.get_by_label("Name").fill("Board matters")
        owner.get_by_label("Reason").fill("Only the board deals with this customer.")
        owner.get_by_label("Customers").fill(theirs)
        owner.get_by_role("button", name="Restrict", exact=True).click()
        expect(owner.get_by_text("1 customer")).to_be_visible()
        WALLED.append(path)
    owner.context.close()
    page.goto(WALLED[0])
    expect(page.get_by_text("Only the board deals with this customer.")).to_be_visible()


#: Where the wall stands: nobody outside finds it in a list.
WALLED: list[str] = []


def joined(page: Page, firm: people.Firm) -> None:
    """Somebody else merges the conversation that one has open, and is writing in."""
    page.goto(firm.place("desk/open/?sort=newest"))
    kept, gone = [number_of(page, place) for place in (2, 3)]
    page.goto(firm.place(f"conversations/{gone}/"))
    other = people.opened(page.context.browser, firm, OWNER).page  # type: ignore[arg-type]
    other.goto(firm.place(f"conversations/{kept}/merge/?chosen={gone}&into={kept}"))
    page.keyboard.press("r")
    other.get_by_role("button", name="Merge", exact=True).click()
    page.keyboard.type("Good morning, ")
    expect(page.locator(".joined")).to_be_visible()
    page.keyboard.type("the crew is on its way.")
    other.context.close()


def aside(page: Page, firm: people.Firm) -> None:
    """A supplier was asked beside what the customer reads."""
    page.goto(firm.place(f"conversations/{number_of(page, 1, firm)}/asides/new/"))
    sheet = page.locator("main")
    sheet.get_by_label("To", exact=True).fill("Gil Supply <gil@supplier.example>")
    sheet.get_by_label("Subject").fill("Which code opens gate 4?")
    sheet.get_by_label("Message").fill("The crew stands before gate 4. Please tell us the code of today.")
    page.keyboard.press("Control+Enter")
    expect(sheet.get_by_text("waits for them")).to_be_visible()


def packet(page: Page, firm: people.Firm) -> None:
    """What somebody reads to whom a conversation is to be handed over."""
    page.goto(firm.place("handovers/"))
    if not page.locator("main b a").count():
        owner = people.opened(page.context.browser, firm, OWNER).page  # type: ignore[arg-type]
        owner.goto(firm.place(f"conversations/{number_of(page, 4, firm)}/handovers/new/"))
        owner.get_by_label("Hand over to").select_option(label="Maria Santos")
        owner.get_by_label("Why", exact=True).fill("You know the site, and I am away from tomorrow on.")
        owner.get_by_role("button", name="Ask", exact=False).last.click()
        owner.wait_for_url("**/conversations/**")
        owner.context.close()
        page.goto(firm.place("handovers/"))
    page.locator("main b a").first.click()
    expect(page.get_by_role("button", name="Take it")).to_be_visible()


def opened(page: Page, firm: people.Firm, place: int) -> None:
    """The conversation at that place of the list."""
    page.goto(firm.place("desk/open/"))
    page.goto(page.locator("a.convo").nth(place).get_attribute("href") or "")
    expect(page.locator("#subject")).to_be_visible()


def number_of(page: Page, place: int, firm: people.Firm | None = None) -> str:
    if firm:
        page.goto(firm.place("desk/open/"))
    path = page.locator("a.convo").nth(place).get_attribute("href") or ""
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]
