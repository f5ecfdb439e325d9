"""Two people at one conversation see each other, and call each other by name."""

from playwright.sync_api import Route, expect

from tests.browser import steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import BO, CLEO, Firm

pytestmark = JOURNEY


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
    bo.keyboard.press("a")  # a word of a pair that leads nowhere is forgotten
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
