"""Two people at one conversation see each other, and call each other by name."""

import re

from playwright.sync_api import Route, expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import BO, CLEO, Firm

pytestmark = JOURNEY

#: Everything that ever happened here comes once more, as after a gap: what of the page is lost by that?
TOLD_AGAIN = """async () => {
  const { showParts } = await import("tw/live-parts")
  const here = [...document.querySelectorAll("ol.thread > li, header.conv-head")]
  const url = new URL(document.querySelector("live-stream").dataset.url, location)
  const { view, query } = document.getElementById("list").dataset
  url.search = new URLSearchParams([...new URLSearchParams(query), ["view", view]])
  url.searchParams.set("conversation", document.querySelector("presence-beat").dataset.conversation)
  url.searchParams.set("after", "00000000-0000-7000-8000-000000000000")
  const reader = (await fetch(url)).body.pipeThrough(new TextDecoderStream()).getReader()
  let told = ""
  while (!/conv-head[^]*\\n\\n/.test(told)) told += (await reader.read()).value
  await reader.cancel()
  for (const piece of told.split("\\n\\n")) {
    const lines = piece.split("\\n").filter(line => line.startsWith("data:"))
    showParts(lines.map(line => line.slice(6)).join("\\n"))
  }
  return {
    lost: here.filter(one => !one.isConnected).map(one => one.id),
    told: here.filter(one => one.id && told.includes(`id="${one.id}"`)).map(one => one.tagName),
  }
}"""


def test_who_looks_and_writes_is_shown_and_a_mention_arrives(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Crane at the harbour")
    bo, cleo = sit(BO, "desk/open/").page, sit(CLEO, "desk/open/").page
    steps.open_row(bo, "Crane at the harbour")
    steps.open_row(cleo, "Crane at the harbour")
    expect(bo.get_by_role("status").filter(has_text="Cleo Lead")).to_be_visible()
    mentions = bo.locator("nav.side [data-count=mentions]")
    before = int(mentions.inner_text() or 0)

    cleo.keyboard.press("n")
    steps.field(cleo).press_sequentially("Look at this, @Bo")
    cleo.get_by_role("option", name="Bo Agent").click()
    expect(bo.get_by_role("status").filter(has_text="Cleo Lead")).to_contain_text("note")
    cleo.keyboard.press("Control+Enter")
    expect(steps.said(bo, "Look at this, @Bo Agent")).to_be_visible()
    expect(mentions).to_have_text(str(before + 1))
    bo.keyboard.press("g")
    bo.keyboard.press("z")  # a word of a pair that leads nowhere is forgotten
    bo.goto(firm.place("desk/mentions/"))
    expect(steps.row(bo, "Crane at the harbour")).to_be_visible()


def test_what_one_does_moves_on_the_others_list(firm: Firm, sit: Sit) -> None:
    steps.a_conversation(firm, "Ramp of the lorry")
    bo, cleo = sit(BO, "desk/unassigned/").page, sit(CLEO, "desk/unassigned/").page
    steps.open_row(bo, "Ramp of the lorry")
    expect(steps.row(cleo, "Ramp of the lorry")).to_be_visible()
    bo.keyboard.press("a")
    bo.get_by_role("button", name="Me", exact=True).click()
    expect(steps.row(cleo, "Ramp of the lorry")).to_have_count(0)


def test_what_comes_before_a_page_hears_is_told_to_it(firm: Firm, sit: Sit) -> None:
    held: list[Route] = []
    page = sit(path="settings/profile/").page
    page.route("**/live/**", lambda route: held.append(route), times=1)  # noqa: PLW0108  # Playwright marks it
    page.goto(firm.place("desk/open/"))
    steps.a_conversation(firm, "Just after drawing")
    expect(steps.row(sit(CLEO, "desk/open/").page, "Just after drawing")).to_be_visible()
    assert steps.row(page, "Just after drawing").count() == 0
    held[0].continue_()
    expect(steps.row(page, "Just after drawing")).to_be_visible()


def test_what_is_told_again_leaves_the_page_alone(firm: Firm, sit: Sit) -> None:
    first = mails.a_mail("Two tarpaulins", html="<p>They are <b>green</b>.</p>")
    again = mails.a_mail("Re: Two tarpaulins", "See the plan.")
    again["In-Reply-To"] = first["Message-ID"]
    again.add_attachment(b"plan", maintype="image", subtype="png", filename="plan.png")
    firm.product.receive(first, again)
    page = sit(path="desk/open/").page
    steps.open_row(page, "Two tarpaulins")
    expect(page.locator("iframe.message__frame")).to_have_attribute("height", re.compile(r"\d+"))
    page.get_by_role("button", name="With this message").first.click()
    expect(page.get_by_role("link", name="Move to another conversation")).to_be_visible()
    found = page.evaluate(TOLD_AGAIN)
    assert found["lost"] == []
    assert {"LI", "HEADER"} == set(found["told"])
    expect(page.get_by_role("link", name="Move to another conversation")).to_be_visible()
