"""Moving in: tables of records are taken in, row by row, and can be taken back.

In:    a file, what its columns are, how it is meant
Out:   a RecordImport: looked at, checked, taken in, or taken back; its counts
Touch: through the rooms of `carry` the records themselves; RecordImport, RefusedRow; the uploaded file

Nothing that comes this way is answered, sent, or noticed by automation: rows tell no events, only the import
as a whole does.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.flow.carry import (
    batches,
    columns,
    contacts,
    interactions,
    organisations,
    tasks,
    undoing,
    unread,
    values,
    work,
)
from threadwell.flow.carry.batches import NoRoom, Told
from threadwell.flow.carry.columns import Field
from threadwell.flow.carry.house import house_of
from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.kit import clock, disk, sheets, tables, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.later import job, later
from threadwell.kit.sheets import Layout, Row
from threadwell.kit.uploads import Upload
from threadwell.record.imports.models import RecordImport, RefusedRow
from threadwell.record.workplace.models import Agent, Workspace

SHOWN = 10  #: rows of the preview
LOOKED_AT = 500  #: rows that the mapping and the order of dates are guessed from
STALE = timedelta(minutes=3)  #: without a beat, nobody is at it any more

State, Kind = RecordImport.State, RecordImport.Kind
ROOMS: dict[str, Any] = {
    Kind.CONTACTS: contacts,
    Kind.ORGANISATIONS: organisations,
    Kind.INTERACTIONS: interactions,
    Kind.WORK: work,
    Kind.TASKS: tasks,
}


def begin(workspace: Workspace, kind: str, upload: Upload, *, by: Agent | None = None) -> RecordImport:
    """Keep the file and look at it; raises `sheets.Unreadable` when there is no table in it."""
    if disk.is_full():
        raise NoRoom(_("The disk is nearly full. Make room, then try again."))
    state = RecordImport(workspace_id=workspace.pk, kind=kind, name=upload.name[:255], by=by)
    upload.lay(state.path)
    try:
        layout = sheets.layout_of(state.path)
    except sheets.Unreadable:
        _forget_file(state)
        raise
    system = Path(upload.name).stem[:60] or "file"
    state.options = {"system": system, "match": "external_id", "zone": workspace.zone}
    _lay_out(state, layout)
    state.save()
    return state


def look_again(state: RecordImport, *, encoding: str, delimiter: str) -> None:
    """The file is read otherwise: in this encoding, with this delimiter."""
    if (encoding, delimiter) != (state.layout["encoding"], state.layout["delimiter"]):
        _lay_out(state, sheets.layout_of(state.path, encoding=encoding, delimiter=delimiter))
        state.turn(State.MAPPING)


def fields_of(state: RecordImport) -> list[Field]:
    """What a column of this table may be."""
    return columns.fields_of(state.workspace_id, state.kind)


def first_rows(state: RecordImport, most: int = SHOWN) -> list[Row]:
    return list(islice(sheets.rows(state.path, Layout(**state.layout)), most))


def assign(state: RecordImport, mapping: Sequence[str], **options: Any) -> None:
    """Say what the columns are and how they are meant; then it can be checked."""
    known = {field.key: field for field in fields_of(state)}
    chosen = [name for name in mapping if name]
    if unknown := [name for name in chosen if name not in known]:
        raise Invalid(_("There is no field “%(name)s” here.") % {"name": unknown[0]})
    doubled = [name for name in chosen if chosen.count(name) > 1 and not known[name].is_many]
    if doubled:
        raise Invalid(_("Two columns are “%(name)s”; only one can be it.") % {"name": known[doubled[0]].name})
    if missing := columns.missing(state.kind, chosen):
        raise Invalid(_("No column says this yet: %(names)s.") % {"names": missing})
    if state.kind == Kind.INTERACTIONS and not options.get("inbox"):
        raise Invalid(_("Choose the inbox that the conversations belong to."))
    state.mapping = [*mapping]
    state.options = {**state.options, **options}
    state.turn(State.MAPPING)


def check_later(state: RecordImport) -> None:
    """A dry run in the background: what would be refused, and why; nothing is written."""
    _to(State.CHECKING, state)
    _defer(state)


def run_later(state: RecordImport, *, by: Agent | None) -> None:
    """Take it in, in the background."""
    run(state, by=by)
    _defer(state)


def run(state: RecordImport, *, by: Agent | None) -> None:
    """From now on it is being taken in; `step_on` does so."""
    if state.state not in (State.CHECKED, State.FAILED):
        raise Invalid(_("Check the table first."))
    state.told("record-import.begun", by=by)
    _to(State.RUNNING, state, begun_at=clock.now(), done_at=None)


def check(state: RecordImport) -> None:
    _to(State.CHECKING, state)


def take_back_later(state: RecordImport, *, by: Agent | None) -> None:
    """Take all of it back in the background: what it made and nobody has used or changed since."""
    take_back(state, by=by)
    _defer(state)


def take_back(state: RecordImport, *, by: Agent | None) -> None:
    """Also one that is under way: whoever is at it stops before the next batch."""
    # Held: a batch that is being written is counted before.
    state.refresh_from_db(from_queryset=RecordImport.objects.of(state.workspace_id).select_for_update())
    if state.state not in (State.RUNNING, State.DONE, State.FAILED):
        raise Invalid(_("Nothing was taken in, or it is taken back already."))
    options = {**state.options, "undone_by": str(by.pk) if by else ""}
    state.turn(State.UNDOING, undone=0, kept=0, options=options)


def resume(state: RecordImport) -> None:
    """It was stopped; from now on it goes on with what it was at, from where it was."""
    if state.state != State.FAILED:
        raise Invalid(_("This import was not stopped."))
    state.state = state.options.get("stopped_at", State.RUNNING)
    state.because, state.beat_at = "", clock.now()
    state.save(update_fields=["state", "because", "beat_at"])


def refused_csv(state: RecordImport) -> Iterator[bytes]:
    """The rows that were refused as a table: where, why, and all their cells, to be mended and sent again."""
    rows = RefusedRow.objects.of(state.workspace_id).filter(record_import=state).order_by("line", "id")
    header = [_("Line"), _("Column"), _("Why"), *state.layout["header"]]
    seen = unread.as_seen(state, rows.iterator(chunk_size=1000))
    return tables.csv_lines(header, ([one.line, one.column, one.why, *one.cells] for one in seen))


def as_seen(state: RecordImport, rows: Iterable[RefusedRow]) -> list[RefusedRow]:
    """Refused rows without what the reader may not read."""
    return list(unread.as_seen(state, rows))


def go_on_later(state: RecordImport) -> None:
    """It was stopped, or who was at it is no longer; on behind the last batch that was kept."""
    if state.state == State.FAILED:
        resume(state)
    if state.is_under_way:
        _defer(state)


def is_stale(state: RecordImport) -> bool:
    """Nobody seems to be at it, though somebody should."""
    last = state.beat_at or state.begun_at or state.made_at
    return state.is_under_way and last < clock.now() - STALE


def forget(state: RecordImport) -> None:
    """It is not wanted after all: the row goes, and the file once that is certain."""
    if state.state not in (State.MAPPING, State.CHECKED):
        raise Invalid(_("Only a table that was not taken in yet can be put away."))
    transaction.on_commit(partial(_forget_file, state))
    _forget_refusals(state)
    RecordImport.objects.of(state.workspace_id).filter(pk=state.pk).delete()


@job("go-on-with-records")
def go_on(workspace_id: str, import_id: str) -> None:
    """Do what the import is at, from where it is."""
    step_on(UUID(workspace_id), UUID(import_id))


def step_on(workspace_id: UUID, import_id: UUID, *, tell: Told = lambda _state: None) -> RecordImport:
    """The same, in this process; ``tell`` hears of each batch."""
    with tenancy.entered(workspace_id):
        state: RecordImport = RecordImport.objects.of(workspace_id).get(pk=import_id)
    if state.is_under_way:
        try:
            _STEPS[State(state.state)](state, tell)
        except DomainError as problem:
            _stop(state, str(problem.sentence))
        except FileNotFoundError:
            _stop(state, _("The file is no longer there. Upload it again; nothing is taken in twice."))
    with tenancy.entered(workspace_id):
        state.refresh_from_db()
    return state


def _check(state: RecordImport, tell: Told) -> None:
    room = ROOMS[state.kind]

    def counted(house: House, said: list[Said]) -> Tally:
        meant, tally = batches.understood(said, lambda one: room.read(one, house))
        known = room.known(house, meant)
        tally.same = known
        tally.made = len(meant) - known
        return tally

    if batches.go_through(state, _house(state), counted, tell):
        _finish(state, State.CHECKED)


def _run(state: RecordImport, tell: Told) -> None:
    room = ROOMS[state.kind]

    def written(house: House, said: list[Said]) -> Tally:
        meant, tally = batches.understood(said, lambda one: room.read(one, house))
        wrote: Tally = room.write(house, meant)
        wrote.refused = tally.refused + wrote.refused
        return wrote

    if batches.go_through(state, _house(state), written, tell):
        _finish(state, State.DONE, done_at=clock.now())
        _forget_file(state)


def _take_back(state: RecordImport, tell: Told) -> None:
    while True:
        with tenancy.entered(state.workspace_id):
            held = batches.held(state, State.UNDOING)
            if held is None:
                return
            piece = undoing.some(held, by=_undone_by(held))
            if piece is None:
                break
            held.undone += piece[0]
            held.kept += piece[1]
            held.beat_at = clock.now()
            held.save(update_fields=["undone", "kept", "beat_at"])
        tell(held)
    _finish(state, State.UNDONE, undone_at=clock.now())


_STEPS = {State.CHECKING: _check, State.RUNNING: _run, State.UNDOING: _take_back}


def _house(state: RecordImport) -> House:
    with tenancy.entered(state.workspace_id):
        return house_of(state)


def _finish(state: RecordImport, end: RecordImport.State, **facts: Any) -> None:
    """Say so, unless it has gone on to something else meanwhile."""
    with tenancy.entered(state.workspace_id):
        held = batches.held(state, state.state)
        if held is None:
            return
        held.state, held.because = end, ""
        for name, fact in facts.items():
            setattr(held, name, fact)
        held.save()
        if end == State.DONE:
            held.told(
                "record-import.done",
                made=held.made,
                changed=held.changed,
                same=held.same,
                refused=held.refused,
            )
        elif end == State.UNDONE:
            held.told("record-import.undone", by=_undone_by(held), undone=held.undone, kept=held.kept)


def _undone_by(state: RecordImport) -> Agent | None:
    key = state.options.get("undone_by")
    found: Agent | None = Agent.objects.of(state.workspace_id).filter(pk=key).first() if key else None
    return found


def _stop(state: RecordImport, why: str) -> None:
    with tenancy.entered(state.workspace_id):
        rows = RecordImport.objects.of(state.workspace_id).filter(pk=state.pk)
        options = {**state.options, "stopped_at": state.state}
        rows.update(state=State.FAILED, because=why[:500], options=options)


def _to(step: RecordImport.State, state: RecordImport, **facts: Any) -> None:
    _forget_refusals(state)
    state.turn(step, beat_at=clock.now(), **facts)


def _defer(state: RecordImport) -> None:
    # One after the other in a workspace: they would only wait for each other's rows.
    later(go_on, after=f"records:{state.workspace_id}", workspace_id=state.workspace_id, import_id=state.pk)


def _lay_out(state: RecordImport, layout: Layout) -> None:
    """Keep how the file is read, and guess what its columns are."""
    state.layout = asdict(layout)
    rows = [row.cells for row in first_rows(state, LOOKED_AT) if not row.why]
    state.mapping = columns.guessed(fields_of(state), layout.header, rows)
    orders = {}
    for place, name in enumerate(state.mapping):
        if name in columns.MOMENTS:
            orders[name] = values.order_of([row[place] for row in rows])
    state.options = {**state.options, "orders": orders}


def _forget_file(state: RecordImport) -> None:
    shutil.rmtree(state.path.parent, ignore_errors=True)


def _forget_refusals(state: RecordImport) -> None:
    RefusedRow.objects.of(state.workspace_id).filter(record_import=state).delete()
