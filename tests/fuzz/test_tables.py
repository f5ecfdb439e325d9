"""Files to import: whatever is in them, every row is counted once, and nothing is raised but a sentence."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from django.conf import LazySettings
from django.db import transaction

from tests import cast
from tests.fuzz import mails
from tests.fuzz.conftest import FINDS, Budget
from threadwell.flow import moving_in
from threadwell.kit import sheets, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.uploads import Upload
from threadwell.record.imports.models import RecordImport, RefusedRow
from threadwell.record.inboxes.models import Inbox
from threadwell.record.work import shipped

type Records = Callable[[str, Any], None]
Kind, State = RecordImport.Kind, RecordImport.State
HEADERS = {
    Kind.CONTACTS: ("Name", "E-Mail", "Phone", "Company", "Language", "Customer ID"),
    Kind.ORGANISATIONS: ("Name", "Domain", "Number", "Tier"),
    Kind.INTERACTIONS: (
        "Message ID",
        "Ticket",
        "Date",
        "Direction",
        "Channel",
        "From",
        "To",
        "Subject",
        "Text",
    ),
    Kind.WORK: ("Number", "Type", "Title", "Status", "Amount", "Due", "Customer"),
    Kind.TASKS: ("Title", "Owner", "Due", "Customer", "Done"),
}
CELLS = (
    *(
        "Ada",
        "ada@x.example",
        "Ada <ada@x.example>",
        "+49 30 1234567",
        "Nordhavn",
        "de",
        "4711",
        "",
        " ",
        "order",
    ),
    *(
        "03.02.2020 10:00",
        "2020-02-30",
        "1e400",
        "12/31/1999",
        "99999999999",
        "in",
        "out",
        "email",
        "1,50",
        "-0",
    ),
    *(
        "=1+1",
        "\0",
        "\ud800x",
        "é" * 300,
        '"',
        "a\nb",
        "a;b",
        "NULL",
        "#REF!",
        "\u202e",
        "yes",
        "٣",
        "ß@ß",
        "x" * 5000,
    ),
)
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEMAIL;TYPE=x:{}\r\nTEL:{}\r\nNOTE:=\r\nEND:VCARD\r\n"


def tables(chance: Random) -> Iterator[tuple[str, str, bytes]]:
    """Endlessly: the kind, a name, and a file that was good before it came to harm."""
    while True:
        kind = chance.choice([*HEADERS])
        rows = [HEADERS[kind]] + [
            tuple(chance.choice(CELLS) for _ in HEADERS[kind]) for _ in range(chance.randrange(1, 12))
        ]
        form = chance.choice(("csv", "csv", "xlsx", "vcf")) if kind == Kind.CONTACTS else "csv"
        raw = {"csv": _as_csv, "xlsx": _as_workbook, "vcf": _as_cards}[form](rows, chance)
        if chance.random() < 0.6:
            raw = next(mails.mutants([raw], chance))
        yield kind, f"crm.{form}", raw


def _as_csv(rows: list[tuple[str, ...]], chance: Random) -> bytes:
    delimiter = chance.choice(sheets.DELIMITERS)
    encoding = chance.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252", "koi8_r", "shift_jis"))
    cells = (
        ['"' + cell.replace('"', '""') + '"' if chance.random() < 0.5 else cell for cell in row]
        for row in rows
    )
    return "\r\n".join(delimiter.join(row) for row in cells).encode(encoding, "replace")


def _as_workbook(rows: list[tuple[str, ...]], chance: Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([cell.encode("ascii", "ignore").decode().replace("\0", "") for cell in row])
    packed = io.BytesIO()
    book.save(packed)
    if chance.random() < 0.5:
        return packed.getvalue()
    # Harm that stays a ZIP, so that it comes as far as the sheet.
    harmed = io.BytesIO()
    with zipfile.ZipFile(packed) as whole, zipfile.ZipFile(harmed, "w") as again:
        for name in whole.namelist():
            part = whole.read(name)
            again.writestr(name, next(mails.mutants([part], chance)) if chance.random() < 0.3 else part)
    return harmed.getvalue()


def _as_cards(rows: list[tuple[str, ...]], _chance: Random) -> bytes:
    return "".join(CARD.format(*row[:3]) for row in rows[1:]).encode("utf-8", "replace")


def count_of(path: Path) -> int:
    """How many rows a file has, if it is a table; each is as wide as the header, or says why not."""
    try:
        layout = sheets.layout_of(path)
        rows = [*sheets.rows(path, layout)]
    except sheets.Unreadable:
        return 0
    assert len(rows) == layout.total
    assert all(row.why or len(row.cells) == len(layout.header) for row in rows)
    return len(rows)


@pytest.mark.parametrize("find", mails.kept(FINDS / "tables"), ids=lambda find: find.name)
def test_what_was_found_once_is_a_table_or_none(find: Path) -> None:
    assert count_of(find) >= 0


def test_files_that_came_to_harm_are_tables_or_none(
    budget: Budget, tmp_path: Path, record_property: Records
) -> None:
    count = rows = 0
    for kind, name, raw in tables(Random(budget.seed)):
        place = tmp_path / name
        place.write_bytes(raw)
        try:
            rows += count_of(place)
        except Exception as accident:
            budget.keep("tables", raw)
            raise AssertionError(f"{kind} {name}: {raw[:400]!r}") from accident
        count += 1
        if budget.is_over():
            break
    record_property("files that had come to harm", count)
    record_property("rows in them", rows)
    assert rows > 0


@pytest.mark.django_db
def test_every_row_is_made_changed_the_same_or_refused(
    budget: Budget, tmp_path: Path, settings: LazySettings, record_property: Records
) -> None:
    settings.HOME = tmp_path
    firm = cast.a_workspace()
    inbox = cast.an_inbox(firm)
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
    files = rows = 0
    for kind, name, raw in tables(Random(budget.seed + 1)):
        try:
            rows += _taken_in(inbox, kind, name, raw)
        except Exception as accident:
            budget.keep("tables", raw)
            raise AssertionError(f"{kind} {name}: {raw[:600]!r}") from accident
        files += 1
        if budget.is_over():
            break
    record_property("files taken in", files)
    record_property("rows taken in", rows)
    assert rows > 0


def _taken_in(inbox: Inbox, kind: str, name: str, raw: bytes) -> int:
    """Checked and run; how many rows were counted, all of them in one way."""
    firm = inbox.workspace
    try:
        with transaction.atomic(), tenancy.entered(firm.pk):
            state = moving_in.begin(firm, kind, Upload(name=name, chunks=[raw]))
            moving_in.assign(state, state.mapping, inbox=str(inbox.pk))
            moving_in.check(state)
    except DomainError:
        return 0
    state = moving_in.step_on(firm.pk, state.pk)
    assert (state.state, _counted(state)) == (State.CHECKED, state.total), state.because
    with tenancy.entered(firm.pk):
        moving_in.run(state, by=None)
    state = moving_in.step_on(firm.pk, state.pk)
    assert (state.state, _counted(state)) == (State.DONE, state.total), state.because
    with tenancy.entered(firm.pk):
        told = RefusedRow.objects.of(firm).filter(record_import=state, row_taken=False)
        assert told.values("line").distinct().count() == state.refused
    return state.total


def _counted(state: RecordImport) -> int:
    return state.made + state.changed + state.same + state.refused
