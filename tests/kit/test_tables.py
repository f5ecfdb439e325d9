"""Tables: files that a spreadsheet opens and that do nothing."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from threadwell.kit import tables

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5 apples", "'-5 apples"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("plain", "plain"),
        ("'quoted'", "'quoted'"),
        (-5, "-5"),
        (True, "yes"),
        (None, ""),
        (["a", "b"], "a, b"),
        ('semi;colon, "quote"\nline', 'semi;colon, "quote"\nline'),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 04:04:00+01:00"),
    ],
)
def test_a_cell_is_written_so_that_it_does_nothing(cell: object, written: str) -> None:
    text = b"".join(tables.csv_lines(["x"], [[cell]], zone=BERLIN)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["x"], [written]]
    if isinstance(cell, str):
        assert tables.plain(written) == cell


def test_a_large_table_comes_in_pieces() -> None:
    pieces = list(tables.csv_lines(["n"], ([n] for n in range(1200))))
    assert len(pieces) == 3
    assert b"".join(pieces).decode("utf-8-sig").split()[:2] == ["n", "0"]


def test_a_workbook_holds_formulas_as_text_and_moments_as_moments(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    tables.xlsx_file(["name", "at"], [["=1+1", moment], ["a\x01b", None]], path, zone=BERLIN)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["name", "at"],
        ["=1+1", moment.astimezone(BERLIN).replace(tzinfo=None)],
        ["ab", None],
    ]
    assert sheet["A2"].data_type == "s"


def test_an_empty_workbook_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    tables.xlsx_file(["name"], [], path)
    assert openpyxl.load_workbook(path).worksheets[0]["A1"].value == "name"


def test_what_a_sheet_cannot_hold_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "XLSX_ROWS", 3)
    path = tmp_path / "table.xlsx"
    tables.xlsx_file(["n"], ([n] for n in range(5)), path)
    book = openpyxl.load_workbook(path)
    assert [[c.value for c in sheet["A"]] for sheet in book.worksheets] == [
        ["n", 0, 1],
        ["n", 2, 3],
        ["n", 4],
    ]
