"""Sheets: a table out of a file that somebody else's program wrote.

In:    a path; what is known better than it can be seen (encoding, delimiter)
Out:   a `Layout` (form, encoding, delimiter, header, how many rows), and its rows one after another
Touch: reads the file

Nothing is ever whole in memory but a row (and, in a workbook, its shared strings). A row that cannot be
read is a row with a reason; the ones behind it are read on.
"""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import charset_normalizer
from django.utils.translation import gettext as _

from threadwell.kit import vcards
from threadwell.kit.errors import Invalid
from threadwell.kit.tables import plain

CSV, XLSX, VCARD = "csv", "xlsx", "vcard"
DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 500
LONGEST_CELL = 4 * 1024 * 1024  #: an open quote must not read the whole file into one cell
MOST_UNPACKED = 4 * 1024**3
MOST_SHARED = 400 * 1024**2  #: of a workbook's strings, which are in memory
SAMPLE = 256 * 1024
ENCODINGS = (
    *("utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("koi8_r", "iso8859_2", "iso8859_15", "mac_roman", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
)
_WESTERN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_15", "mac_roman")
_RUNS = re.compile(rb"[\x80-\xff]+")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unreadable(Invalid):
    """The file as a whole is no table that we can read."""

    code = "unreadable-file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is to be read."""

    form: str
    header: list[str] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    total: int = 0  #: rows without the header


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row below the header, with as many cells as it has; ``why`` says that it cannot be used."""

    line: int  #: where a person finds it in the file
    cells: list[Any]
    why: str = ""


def layout_of(path: Path, *, encoding: str = "", delimiter: str = "") -> Layout:
    """Look through the file once; raises `Unreadable`."""
    form = _form_of(path)
    if form == XLSX:
        _refuse_bomb(path)
        layout = Layout(form=form)
    elif form == VCARD:
        layout = Layout(form=form, encoding=encoding or encoding_of(path))
    else:
        encoding = encoding or encoding_of(path)
        layout = Layout(form=form, encoding=encoding, delimiter=delimiter or _delimiter_of(path, encoding))
    try:
        every = _raw_rows(path, layout)
        first = next(every, None)
        if first is None or first.why:
            raise Unreadable(first.why if first else _("The file is empty."))
        header = _header_of(first.cells)
        total = sum(1 for _row in every)
    except UnicodeError as problem:
        raise Unreadable(
            _("The file cannot be read as %(encoding)s.") % {"encoding": layout.encoding}
        ) from problem
    return Layout(form=form, header=header, encoding=layout.encoding, delimiter=layout.delimiter, total=total)


def rows(path: Path, layout: Layout, *, after: int = 0) -> Iterator[Row]:
    """The rows below the header, without the first ``after``; empty ones do not count."""
    width = len(layout.header)
    every = _raw_rows(path, layout)
    next(every, None)
    for number, row in enumerate(every):
        if number >= after:
            yield _fitted(row, width)


def encoding_of(path: Path) -> str:
    """The encoding a text file is in, as far as its bytes tell."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if zeros := head.count(0):
        wide = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
        if zeros < len(head) // 5 or _BINARY.search(head.decode(wide, "replace")):
            raise Unreadable(_("This is not a file of text, a workbook (XLSX) or a vCard."))
        return wide
    odd = _what_is_not_utf8(path)
    return _guessed(odd) if odd else "utf-8"


def _form_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK\x03\x04"):
        return XLSX
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_("This is an old Excel file (XLS). Save it as XLSX or CSV."))
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc")):
        raise Unreadable(_("This is not a file of text, a workbook (XLSX) or a vCard."))
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").upper()
    return VCARD if text.startswith(b"BEGIN:VCARD") else CSV


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = {part.filename: part.file_size for part in packed.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as problem:  # of a later ZIP, or of none
        raise Unreadable(_("The workbook is damaged.")) from problem
    if "xl/workbook.xml" not in sizes:
        raise Unreadable(_("This is not a workbook (XLSX). Save the table as XLSX or CSV."))
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_SHARED:
        raise Unreadable(_("The workbook is too large when it is unpacked. Save the table as CSV."))


def _what_is_not_utf8(path: Path) -> bytes:
    """Lines that are not UTF-8, as a sample; nothing when all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            found: list[bytes] = []
            size = 0
            while size < SAMPLE and (line := file.readline(1 << 16)):
                if not line.isascii():
                    found.append(line)
                    size += len(line)
            return b"".join(found)
    return b""


def _guessed(sample: bytes) -> str:
    # In Latin script letters beyond ASCII stand alone; in others they stand together.
    beyond = sum(len(run) for run in _RUNS.findall(sample))
    together = sum(len(run) for run in _RUNS.findall(sample) if len(run) > 1)
    among = _WESTERN if together < beyond * 0.4 else [name for name in ENCODINGS if name not in _WESTERN]
    best = charset_normalizer.from_bytes(sample, cp_isolation=[*among], threshold=0.5).best()
    if best is None or "cp1252" in best.could_be_from_charset:
        return "cp1252"
    return best.encoding


def _delimiter_of(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(SAMPLE)
    first, _newline, _rest = sample.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4]
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """How many rows are as wide as the header, if it is more than one column wide; and how wide."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(cells) for cells, _n in zip(reader, range(60), strict=False) if cells]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    return Counter(widths)[widths[0]] / len(widths), widths[0]


def _header_of(cells: list[Any]) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise Unreadable(_("The table has more than %(count)s columns.") % {"count": MOST_COLUMNS})
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(str(cell if cell is not None else "").split())[:120]
        name = name or _("column %(number)s") % {"number": number}
        again = sum(1 for other in names if other == name or other.startswith(f"{name} ("))
        names.append(f"{name} ({again + 1})" if name in names else name)
    while len(names) > 1 and cells[len(names) - 1] in (None, ""):
        names.pop()  # columns at the end that a spreadsheet only thinks it has
    return names


def _fitted(row: Row, width: int) -> Row:
    cells = row.cells
    if row.why or len(cells) == width:
        return row
    if len(cells) < width:
        return Row(line=row.line, cells=[*cells, *([""] * (width - len(cells)))])
    if any(cell not in (None, "") for cell in cells[width:]):
        why = _("The row has %(count)s cells, the header %(width)s.")
        return Row(line=row.line, cells=cells[:width], why=why % {"count": len(cells), "width": width})
    return Row(line=row.line, cells=cells[:width])


def _raw_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """All rows that are not empty, the header first."""
    if layout.form == XLSX:
        return _of_workbook(path)
    if layout.form == VCARD:
        return _of_cards(path, layout.encoding)
    return _of_text(path, layout)


def _of_text(path: Path, layout: Layout) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=layout.encoding, errors="surrogateescape", newline="") as file:
        reader = csv.reader((line.replace("\0", "") for line in file), delimiter=layout.delimiter)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error:
                why = _("A quotation mark is opened here and not closed.")
                yield Row(line=line, cells=[], why=why)
                continue
            if cells is None:
                return
            if line == 1 and len(cells) <= 2 and cells and cells[0].lower().startswith("sep="):
                continue
            if any(cell.strip() for cell in cells):
                yield _of_cells(line, cells, layout.encoding)


def _of_cells(line: int, cells: list[str], encoding: str) -> Row:
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:
        shown = [cell.encode("utf-8", "replace").decode() for cell in cells]
        why = _("The row is not written in %(encoding)s.") % {"encoding": encoding}
        return Row(line=line, cells=shown, why=why)
    return Row(line=line, cells=[plain(cell.strip()) for cell in cells])


def _of_workbook(path: Path) -> Iterator[Row]:
    # It brings a library of pictures along, which most processes never need.
    import openpyxl

    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            for sheet in book.worksheets[:1]:
                sheet.reset_dimensions()  # some programs write that all is one cell
                for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if any(cell not in (None, "") for cell in cells):
                        yield Row(line=line, cells=[_in_cell(cell) for cell in cells])
        except (
            Exception
        ) as problem:  # it may be whole up to its thousandth row; what is raised is of any kind
            raise Unreadable(_("The workbook is damaged.")) from problem


def _in_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return plain(cell.strip())
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return "" if cell is None else cell


def _of_cards(path: Path, encoding: str) -> Iterator[Row]:
    yield Row(line=1, cells=[*vcards.COLUMNS])
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        for card in vcards.cards(file):
            yield Row(line=card.line, cells=card.cells, why=card.why)
