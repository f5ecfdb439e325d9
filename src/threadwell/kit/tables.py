"""Tables: rows as a file that a spreadsheet opens, and that does nothing when it is opened.

In:    a header, rows of values
Out:   CSV line by line (UTF-8 with its mark, as spreadsheets want it), or an XLSX file
Touch: the file that is asked for

A cell that begins like a formula is told to be text: in CSV by an apostrophe before it, which `plain` takes
away again, in XLSX by the type of the cell. Rows are never all in memory.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook

XLSX_ROWS = 1_048_576  #: a sheet of a workbook has no more; another one follows
XLSX_CHARACTERS = 32_767  #: nor a cell
TOGETHER = 500  #: lines in one piece of bytes

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBERS = (int, float, Decimal)


def csv_lines(
    header: Sequence[object], rows: Iterable[Sequence[object]], *, zone: tzinfo = UTC
) -> Iterator[bytes]:
    """The table in pieces of bytes; moments are written in ``zone``."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    written.write("\ufeff")
    writer.writerow([harmless(_said(cell, zone)) for cell in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_in_csv(cell, zone) for cell in row])
        if number % TOGETHER == 0:
            yield _taken(written)
    yield _taken(written)


def xlsx_file(
    header: Sequence[object], rows: Iterable[Sequence[object]], path: Path, *, zone: tzinfo = UTC
) -> None:
    """The table as a workbook at ``path``; what one sheet cannot hold goes on in the next."""
    # It brings a library of pictures along, which most processes never need.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet: Any = None
    for number, row in enumerate(rows):
        if number % (XLSX_ROWS - 1) == 0:
            sheet = _begun(book, header, zone)
        sheet.append([_in_xlsx(sheet, cell, zone) for cell in row])
    if sheet is None:
        _begun(book, header, zone)
    book.save(path)


def harmless(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _taken(written: io.StringIO) -> bytes:
    piece = written.getvalue().encode("utf-8", "replace")
    written.seek(0)
    written.truncate()
    return piece


def _begun(book: "Workbook", header: Sequence[object], zone: tzinfo) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_in_xlsx(sheet, cell, zone) for cell in header])
    return sheet


def _in_csv(cell: object, zone: tzinfo) -> str:
    if isinstance(cell, _NUMBERS) and not isinstance(cell, bool):
        return str(cell)
    return harmless(_said(cell, zone))


def _in_xlsx(sheet: Any, cell: object, zone: tzinfo) -> object:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if cell is None or (isinstance(cell, _NUMBERS) and not isinstance(cell, bool)):
        return cell
    if isinstance(cell, datetime):
        return cell.astimezone(zone).replace(tzinfo=None) if cell.tzinfo else cell
    if isinstance(cell, date):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", _said(cell, zone))[:XLSX_CHARACTERS]
    if not text.startswith("="):
        return text
    told = WriteOnlyCell(sheet, value=text)
    told.data_type = "s"  # whatever it begins with
    return told


def _said(cell: object, zone: tzinfo) -> str:
    """A value in words."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return (cell.astimezone(zone) if cell.tzinfo else cell).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, list | tuple | set | frozenset):
        return ", ".join(_said(one, zone) for one in cell)
    return str(cell).replace("\0", "")
