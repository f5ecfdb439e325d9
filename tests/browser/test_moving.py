"""Tables: from a file to customers, and back, by the pages."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import CLEO, Firm

pytestmark = JOURNEY

TABLE = "Kundennr;Name;E-Mail\n7001;Ottoline Quill;ottoline@quill.example\n7002;Nobody;no-address\n"


def test_a_table_becomes_customers_and_is_taken_back(firm: Firm, sit: Sit, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(TABLE, encoding="cp1252")
    screen = sit(CLEO, path="settings/tables/")
    page = screen.page
    page.get_by_label("What the rows are").select_option("contacts")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("combobox", name="Kundennr")).to_have_value("external_id")
    page.get_by_role("button", name="Check every row").click()
    expect(page.get_by_text("“no-address” is not an e-mail address.")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Take in all but the refused rows").click()
    expect(page.get_by_text("What happened")).to_be_visible(timeout=60_000)
    here = page.url
    page.goto(firm.place("customers/?q=Ottoline"))
    expect(page.get_by_role("link", name="Ottoline Quill").first).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.goto(here)
    page.get_by_role("button", name="Take it back").click()
    page.locator("dialog").get_by_role("button", name="Take it back").click()
    expect(page.locator(".callout--good")).to_be_visible(timeout=60_000)
    page.goto(firm.place("customers/?q=Ottoline"))
    expect(page.get_by_role("link", name="Ottoline Quill")).to_have_count(0)
    assert screen.complaints == []
