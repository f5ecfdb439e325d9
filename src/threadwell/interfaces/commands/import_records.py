"""Take a table in: contacts, organisations, work items, tasks or past interactions, from CSV, XLSX or vCard.

In:    a kind, a file, a workspace; what the columns are, where it is not to be guessed
Out:   how its columns are understood, a bar, what was refused with the reason, and the counts
Touch: through moving_in. Doing it again is harmless: what is known by its number changes, nothing doubles
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any
from uuid import UUID

from threadwell.flow import moving_in
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.uploads import Upload
from threadwell.record.imports.models import RecordImport, RefusedRow
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Workspace

WIDTH = 40  #: of the bar
PIECE = 1 << 20
TOLD = 20  #: refusals that are printed; all go into --refused

State = RecordImport.State


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=RecordImport.Kind.values, help="what the rows are")
    parser.add_argument("file", nargs="?", type=Path, help="CSV, XLSX or vCard")
    parser.add_argument("--workspace", required=True, metavar="SLUG", help="its name in addresses")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=FIELD",
        help="what a column is; FIELD may be empty",
    )
    parser.add_argument("--system", default="", help="name of the other system, to whom the numbers belong")
    parser.add_argument("--inbox", default="", metavar="ADDRESS", help="the inbox of past interactions")
    parser.add_argument("--zone", default="", help="time zone of moments that say none")
    parser.add_argument(
        "--dates", default="", choices=("", "dmy", "mdy", "ymd", "unix"), help="order of dates"
    )
    parser.add_argument("--encoding", default="", help="of a text file, where it is not to be guessed")
    parser.add_argument("--delimiter", default="", help="between the cells of a text file")
    parser.add_argument("--dry-run", action="store_true", help="check every row and write nothing")
    parser.add_argument("--refused", type=Path, metavar="FILE", help="write refused rows there, as CSV")
    parser.add_argument("--resume", type=UUID, metavar="ID", help="go on with an import that was stopped")
    parser.add_argument("--undo", type=UUID, metavar="ID", help="take a whole import back")


def run(arguments: Namespace) -> int:
    """0 when everything was taken in, 1 when rows were refused, 2 when nothing could be tried."""
    workspace = Workspace.objects.filter(slug=arguments.workspace).first()
    if workspace is None:
        return _sorry(f"There is no workspace {arguments.workspace!r}.")
    try:
        state = _begun(workspace, arguments)
        if state.state == State.CHECKING:
            state = moving_in.step_on(workspace.pk, state.pk, tell=_show)
            _report(state, arguments)
            if arguments.dry_run or state.state != State.CHECKED:
                return _ended(state, is_dry=True)
            with tenancy.entered(workspace.pk):
                moving_in.run(state, by=None)
        state = moving_in.step_on(workspace.pk, state.pk, tell=_show)
    except DomainError as problem:
        return _sorry(str(problem.sentence))
    _report(state, arguments)
    return _ended(state)


def _begun(workspace: Workspace, arguments: Namespace) -> RecordImport:
    """The import that is asked for, at its next step."""
    with tenancy.entered(workspace.pk):
        known = arguments.resume or arguments.undo
        if known:
            state = RecordImport.objects.of(workspace).filter(pk=known).first()
            if state is None:
                raise DomainError(f"There is no import {known} in {workspace.name}.")
            if arguments.undo:
                moving_in.take_back(state, by=None)
            elif state.state == State.FAILED:
                moving_in.resume(state)
            return state
        if arguments.file is None or not arguments.file.is_file():
            raise DomainError(f"There is no file {arguments.file}.")
        with arguments.file.open("rb") as file:
            pieces = iter(lambda: file.read(PIECE), b"")
            upload = Upload(name=arguments.file.name, chunks=pieces)
            state = moving_in.begin(workspace, arguments.kind, upload)
        if arguments.encoding or arguments.delimiter:
            layout = state.layout
            encoding, delimiter = (
                arguments.encoding or layout["encoding"],
                arguments.delimiter or layout["delimiter"],
            )
            moving_in.look_again(state, encoding=encoding, delimiter=delimiter)
        moving_in.assign(state, _mapping(state, arguments.map), **_options(workspace, state, arguments))
        moving_in.check(state)
    print(f"import {state.pk}, {state.total} rows")
    for column, name in zip(state.layout["header"], state.mapping, strict=True):
        print(f"  {column} = {name or '(left out)'}")
    return state


def _mapping(state: RecordImport, said: list[str]) -> list[str]:
    mapping = [*state.mapping]
    for one in said:
        column, _equals, name = one.rpartition("=")
        if column not in state.layout["header"]:
            raise DomainError(f"There is no column {column!r}.")
        mapping[state.layout["header"].index(column)] = name
    return mapping


def _options(workspace: Workspace, state: RecordImport, arguments: Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if arguments.system:
        options["system"] = arguments.system[:60]
    if arguments.zone:
        options["zone"] = arguments.zone
    if arguments.dates:
        options["orders"] = dict.fromkeys(state.options["orders"], arguments.dates)
    inboxes = Inbox.objects.of(workspace).filter(closed_at=None)
    if arguments.inbox:
        inbox = inboxes.filter(address__iexact=arguments.inbox).first()
        if inbox is None:
            there = ", ".join(inboxes.order_by("address").values_list("address", flat=True)) or "none yet"
            raise DomainError(
                f"There is no inbox {arguments.inbox!r} in {workspace.name}. There are: {there}."
            )
        options["inbox"] = str(inbox.pk)
    return options


def _report(state: RecordImport, arguments: Namespace) -> None:
    with tenancy.entered(state.workspace_id):
        rows = RefusedRow.objects.of(state.workspace_id).filter(record_import=state).order_by("line", "id")
        for one in rows[:TOLD]:
            print(f"  line {one.line}{f', {one.column}' if one.column else ''}: {one.why}")
        if arguments.refused:
            with arguments.refused.open("wb") as file:
                file.writelines(moving_in.refused_csv(state))


def _ended(state: RecordImport, *, is_dry: bool = False) -> int:
    if state.state == State.FAILED:
        return _sorry(f"{state.because} Go on with --resume {state.pk}.")
    if state.state == State.UNDONE:
        print(f"taken back {state.undone}, kept {state.kept} that were used or changed since")
        return 0
    new, again = ("would be new", "here already") if is_dry else ("made", "the same")
    print(
        f"rows {state.total}: {new} {state.made}, changed {state.changed}, {again} {state.same},"
        f" refused {state.refused}"
    )
    return 1 if state.refused else 0


def _show(state: RecordImport) -> None:
    if not sys.stderr.isatty():
        return
    share = min(state.position / state.total, 1) if state.total else 1
    bar = "#" * round(share * WIDTH)
    print(f"\r[{bar:<{WIDTH}}] {state.position} of {state.total}", end="", file=sys.stderr, flush=True)
    if state.position >= state.total:
        print(file=sys.stderr)


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2
