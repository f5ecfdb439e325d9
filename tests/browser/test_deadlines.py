"""Deadlines on the desk: a list that keeps its order while they change; what is removed is taken back."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import BO, CLEO, JOURNEY, Sit
from tests.browser.people import PHONE, Firm, wrong_with

pytestmark = JOURNEY

PAGES = (
    *(
        "settings/deadlines/",
        "settings/deadlines/new/",
        "settings/hours/",
        "orphans/",
        "orphans/?kind=idle_firm",
    ),
    *("handovers/", "desk/due/", "settings/notifications/"),
)


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def order(page: Page, *subjects: str) -> list[str]:
    shown = page.locator("#convos > li").all_inner_texts()
    return [subject for text in shown for subject in subjects if subject in text]


def test_a_deadline_that_changes_moves_its_row_on_the_others_list(firm: Firm, sit: Sit) -> None:
    cleo = sit(CLEO, "settings/deadlines/").page  # what is shipped is there from now on
    cleo.goto(firm.place("settings/deadlines/new/"))
    cleo.get_by_label("Name", exact=True).fill("Urgent first")
    cleo.get_by_label("In force").check()
    cleo.get_by_label("Urgent", exact=True).check()
    cleo.get_by_label("First answer within").fill("5 m")
    cleo.get_by_label("What counts").select_option("all")
    cleo.get_by_role("button", name="Save").click()
    expect(cleo.get_by_role("link", name="Urgent first")).to_be_visible()
    for _ in range(3):
        cleo.get_by_role("button", name="Ask “Urgent first” earlier").click()
    subjects = ("Slow crane", "Slow lorry")
    cleo.goto(firm.place("settings/deadlines/new/"))
    cleo.get_by_label("Name", exact=True).fill("All others")
    cleo.get_by_label("In force").check()
    cleo.get_by_label("First answer within").fill("3 h")
    cleo.get_by_label("What counts").select_option("all")
    cleo.get_by_role("button", name="Save").click()
    for _ in range(3):
        cleo.get_by_role("button", name="Ask “All others” earlier").click()
    for subject in subjects:
        steps.a_conversation(firm, subject)
    watching = sit(BO, "desk/due/").page
    for subject in subjects:
        expect(steps.row(watching, subject)).to_be_visible()
    assert order(watching, *subjects) == list(subjects)
    cleo.goto(firm.place("desk/open/"))
    steps.open_row(cleo, subjects[1])
    cleo.get_by_role("button", name="Priority Normal").click()
    cleo.get_by_role("button", name="Urgent", exact=True).click()
    expect(steps.row(watching, subjects[1])).to_contain_text("due in")
    expect(watching.locator("#convos > li").first).to_contain_text(subjects[1])
    expect(watching.get_by_text("Nothing is due")).to_have_count(0)
    assert order(watching, *subjects) == list(reversed(subjects))
    assert wrong_with(watching) == []
    shot(watching, "due")


def test_a_policy_that_was_removed_comes_back_by_one_key(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO, "settings/deadlines/").page
    page.get_by_role("link", name="Support", exact=True).click()
    page.get_by_role("button", name="Remove").click()
    page.locator("#confirm [data-yes]").click()
    expect(page.get_by_text("The policy “Support” is gone.")).to_be_visible()
    assert wrong_with(page) == []
    shot(page, "removed")
    page.keyboard.press("z")
    expect(page.get_by_text("The policy “Support” is back.")).to_be_visible()
    expect(page.get_by_role("link", name="Support", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("light", ["light", "dark"])
def test_pages_fit_desk_and_phone_by_day_and_night(sit: Sit, path: str, light: str) -> None:
    for size, how in (("1440", {}), ("375", {"viewport": PHONE})):
        page = sit(CLEO, path, color_scheme=light, **how).page
        assert wrong_with(page) == []
        shot(page, f"{path.strip('/').replace('/', '-').replace('?', '-')}-{size}-{light}")
