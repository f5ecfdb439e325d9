"""Sheets: tables come out of whatever other programs wrote."""

from pathlib import Path

import openpyxl
import pytest

from threadwell.kit import sheets, vcards

NAMES = "Name;Stadt\nJürgen;Köln\nGroß;Łódź\n"


def written(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "table"
    path.write_bytes(raw)
    return path


def read(path: Path, layout: sheets.Layout) -> list[list[object]]:
    return [row.cells for row in sheets.rows(path, layout)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1250"])
@pytest.mark.parametrize("delimiter", sheets.DELIMITERS)
def test_encoding_and_delimiter_are_seen(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = NAMES.replace(";", delimiter)
    if encoding == "cp1250":
        text = text.replace("ó", "o").replace("Łodź", "Lodz")
    path = written(tmp_path, text.encode(encoding))
    layout = sheets.layout_of(path)
    assert (layout.delimiter, layout.header, layout.total) == (delimiter, ["Name", "Stadt"], 2)
    assert read(path, layout)[0] == ["Jürgen", "Köln"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Имя;Город\nЮрий Гагарин;Москва\nГригорий Петрович;Тула\n", "cp1251"),
        ("名前;町\n山田太郎さん;東京都\n佐藤花子さん;大阪府\n", "shift_jis"),
        ("姓名;城市\n王小明先生;北京市\n李小红女士;上海市\n", "gb18030"),
    ],
)
def test_other_scripts_are_seen(tmp_path: Path, text: str, encoding: str) -> None:
    path = written(tmp_path, text.encode(encoding))
    layout = sheets.layout_of(path)
    assert read(path, layout)[0] == text.splitlines()[1].split(";")


@pytest.mark.parametrize(
    ("text", "rows", "whys"),
    [
        ("a,b\n1,2\n\n , \n3,4\n", [["1", "2"], ["3", "4"]], []),
        ("a,b\n1\n", [["1", ""]], []),
        ("a,b\n1,2,3\n4,5\n", [["1", "2"], ["4", "5"]], ["3 cells"]),
        ("a,b,,\n1,2,,\n", [["1", "2"]], []),
        ("sep=;\na;b\n1;2\n", [["1", "2"]], []),
        ('a,b\n"x\ny","say ""hi"""\n', [["x\ny", 'say "hi"']], []),
        ("a,b\r1,2\r", [["1", "2"]], []),
        ("a,b\n1\0,2\n", [["1", "2"]], []),
        ("a,b\n'=1,'plain\n", [["=1", "'plain"]], []),
    ],
)
def test_rows_are_as_wide_as_the_header(
    tmp_path: Path, text: str, rows: list[list[str]], whys: list[str]
) -> None:
    path = written(tmp_path, text.encode())
    found = list(sheets.rows(path, sheets.layout_of(path, encoding="utf-8")))
    assert [row.cells for row in found] == rows
    assert len([row.why for row in found if row.why]) == len(whys)
    assert all(why in "".join(row.why for row in found) for why in whys)


def test_a_row_in_another_encoding_is_a_row_with_a_reason(tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\n1,\xff\xfe\n2,3\n")
    layout = sheets.layout_of(path, encoding="utf-8", delimiter=",")
    bad, good = sheets.rows(path, layout)
    assert (bad.line, "not written in utf-8" in bad.why) == (2, True)
    assert good.cells == ["2", "3"]


def test_names_of_columns_are_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path, b"e-mail,e-mail,,e-mail\n1,2,3,4\n")
    assert sheets.layout_of(path).header == ["e-mail", "e-mail (2)", "column 3", "e-mail (3)"]


def test_reading_begins_behind_the_rows_that_are_done(tmp_path: Path) -> None:
    path = written(tmp_path, b"n\n" + b"".join(b"%d\n" % n for n in range(100)))
    layout = sheets.layout_of(path)
    assert [row.cells for row in sheets.rows(path, layout, after=98)] == [["98"], ["99"]]


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"PK\x03\x04", b"%PDF-1.7", b"\0\1\2\3" * 9, b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_table_says_so(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(sheets.Unreadable):
        sheets.layout_of(written(tmp_path, raw))


def test_a_workbook_is_read_with_its_own_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["id", "phone", "share"], [1.0, 49301234567.0, 0.5], [None, None, None], ["x", "'=1", True]):
        sheet.append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    layout = sheets.layout_of(path)
    assert (layout.form, layout.total) == (sheets.XLSX, 2)
    assert read(path, layout) == [[1, 49301234567, 0.5], ["x", "=1", True]]


def test_a_workbook_that_would_burst_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.xlsx"
    openpyxl.Workbook().save(path)
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 100)
    with pytest.raises(sheets.Unreadable, match="too large"):
        sheets.layout_of(path)


CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nN:Lovelace;Ada;;;\r\n"
    "item1.EMAIL;TYPE=INTERNET:ada@x.exa\r\n"
    ' mple\r\nTEL;TYPE="cell,home":+49 30 1\r\nORG:Engine\\, Ltd;Desk\r\nEND:VCARD\r\n'
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=\r\n=C3=B6rg\r\n"
    "TEL;CELL:0171\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nFN:half"
)


def test_cards_are_rows(tmp_path: Path) -> None:
    path = written(tmp_path, CARDS.encode())
    layout = sheets.layout_of(path)
    ada, joerg, half = sheets.rows(path, layout)
    told = dict(zip(layout.header, ada.cells, strict=True))
    assert (told["Name"], told["E-mail 1"], told["Phone 1"]) == ("Ada Lovelace", "ada@x.example", "+49 30 1")
    assert told["Organisation"] == "Engine, Ltd"
    told = dict(zip(layout.header, joerg.cells, strict=True))
    assert (told["First name"], told["Last name"], told["Phone 1"]) == ("Jörg", "Müller", "0171")
    assert "does not end" in half.why


def test_a_card_of_ours_is_read_again(tmp_path: Path) -> None:
    card = vcards.card_of(
        uid="7",
        name="Ada; of, Engine\nLtd " + "x" * 100,
        emails=["a@x.example"],
        phones=["+49301"],
        organisation="A;B",
        zone="Europe/Berlin",
    )
    path = written(tmp_path, card.encode())
    layout = sheets.layout_of(path)
    [row] = sheets.rows(path, layout)
    told = dict(zip(layout.header, row.cells, strict=True))
    assert told["UID"] == "7"
    assert told["Name"] == "Ada; of, Engine\nLtd " + "x" * 100
    assert told["Organisation"] == "A;B"
