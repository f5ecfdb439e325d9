"""Pages walked by Tab alone: what has the focus is seen, dialogs keep it and give it back; filters fold."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CLEO, JOURNEY, Sit
from tests.browser.people import DESKTOP, PHONE, Firm, wrong_with

pytestmark = JOURNEY

#: Pages that no journey looks at with axe.
LEFT = (
    *("settings/notifications/log/", "settings/notice-rooms/", "settings/audit/", "settings/restrictions/"),
    *("data-quality/", "duplicates/", "merges/contact/", "handovers/", "overview/", "ledger/"),
    *("customers/", "work/", "tasks/", "settings/people/", "settings/notifications/"),
)

#: Whatever has the focus: where it stands, whether it is in sight, and whether its ring is.
FOCUSED = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const box = one.getBoundingClientRect()
  const drawn = (part) => part && getComputedStyle(part).outlineStyle !== "none"
  let ring = false
  for (let part = one, steps = 0; part && steps < 4; part = part.parentElement, steps++) ring ||= drawn(part)
  return {
    what: one.outerHTML.slice(0, 120), ring, isSeen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    isInPage: Boolean(one.closest("main")), top: box.top + scrollY, jumps: one.tabIndex > 0,
  }
}"""


def walked(page: Page, most: int = 150) -> list[dict[str, object]]:
    """All that Tab comes to inside the page."""
    stops: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop and stop["isInPage"]:
            stops.append(stop)
        elif stops:
            break
    return stops


@pytest.mark.parametrize("path", ["settings/notifications/", "settings/deadlines/new/"])
def test_settings_are_walked_in_order_and_the_focus_is_seen(sit: Sit, path: str) -> None:
    page = sit(CLEO, path).page
    stops = walked(page)
    assert len(stops) > 10
    assert [one["what"] for one in stops if not one["ring"] or not one["isSeen"] or one["jumps"]] == []
    tops = [float(str(one["top"])) for one in stops]
    assert [stops[at + 1]["what"] for at, top in enumerate(tops[:-1]) if tops[at + 1] < top - 150] == []


def test_dialogs_keep_the_focus_and_give_it_back(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO, "tasks/").page
    page.get_by_role("link", name="New task").focus()
    page.keyboard.press("Enter")
    sheet = page.locator("#sheet")
    expect(sheet).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#sheet')"
        )
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="New task")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#goto-q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="New task")).to_be_focused()


def test_filters_stand_at_a_desk_and_fold_on_a_phone(sit: Sit) -> None:
    page = sit(CLEO, "customers/", viewport=DESKTOP).page
    expect(page.get_by_label("Name, address or number")).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(page.get_by_label("Name, address or number")).to_be_hidden()
    page.locator("summary", has_text="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name, address or number")).to_be_visible()


@pytest.mark.parametrize("path", LEFT)
def test_pages_pass_axe_at_a_desk_by_day_and_on_a_phone_by_night(sit: Sit, path: str) -> None:
    page = sit(CLEO, path).page
    wrong = wrong_with(page)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.reload()
    wrong += wrong_with(page)
    assert wrong == []
