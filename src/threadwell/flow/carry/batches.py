"""Batches: a table is gone through, some rows at a time, each with the place it ends at.

In:    an import, the step it is at, what is done with a batch of rows
Out:   whether the end was reached
Touch: RecordImport (its counts and its position), RefusedRow; whatever the deed writes

A batch is one transaction together with its position, so a stop at any moment loses nothing and doubles
nothing. Two workers at the same import do no harm: who comes late sees that the position has moved, and
leaves.
"""

from collections.abc import Callable
from dataclasses import asdict
from itertools import batched

import psycopg
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.kit import clock, disk, sheets, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.pipeline import Conflict
from threadwell.kit.sheets import Layout
from threadwell.record.imports.models import RecordImport, RefusedRow

TOGETHER = 1000  #: rows of a transaction
LISTED = 100_000  #: refusals that are kept; all are counted
TRIES = 3

type Deed = Callable[[House, list[Said]], Tally]
type Told = Callable[[RecordImport], None]


class NoRoom(DomainError):
    """The disk is nearly full; what was taken in so far stays, the rest waits."""

    code = "disk-full"
    status = 503


def go_through(state: RecordImport, house: House, deed: Deed, tell: Told) -> bool:
    """Every batch from where the import is; whether the end was reached, and by us."""
    layout, step = Layout(**state.layout), state.state
    for rows in batched(sheets.rows(state.path, layout, after=state.position), TOGETHER):
        if disk.is_full():
            raise NoRoom(_("The disk is nearly full. Make room, then go on: what was taken in stays."))
        said = [Said(row, layout.header, state.mapping) for row in rows]
        if not _is_done(state, step, house, deed, said):
            return False
        tell(state)
    return True


def held(state: RecordImport, step: str) -> RecordImport | None:
    """The import, held in this transaction, unless it has gone on to something else."""
    rows = RecordImport.objects.of(state.workspace_id).select_for_update()
    found: RecordImport | None = rows.filter(pk=state.pk, state=step).first()
    return found


def understood[T](said: list[Said], read: Callable[[Said], T | None]) -> tuple[list[T], Tally]:
    """What the rows say, and those that say nothing that can be used."""
    found: list[T] = []
    tally = Tally()
    for one in said:
        meant = None if one.problems else read(one)
        if meant is None:
            tally.refused += one.refusals
        else:
            found.append(meant)
    return found, tally


def _is_done(state: RecordImport, step: str, house: House, deed: Deed, said: list[Said]) -> bool:
    """One transaction: the records of a batch, and how far the import is; no when another is at it."""
    for attempt in range(1, TRIES + 1):
        try:
            return _kept(state, step, said, lambda: deed(house, said))
        except (Conflict, DatabaseError, psycopg.DatabaseError) as problem:
            # Others write too, so it is tried again; what never works is not somebody else's doing.
            if not connection.is_usable():
                raise
            if attempt == TRIES:
                return _halved(state, step, house, deed, said, problem)
    return False


def _halved(
    state: RecordImport, step: str, house: House, deed: Deed, said: list[Said], problem: Exception
) -> bool:
    """One of the rows cannot be kept by the database: find it, and take in the others."""
    if len(said) > 1:
        middle = len(said) // 2
        return all(_is_done(state, step, house, deed, half) for half in (said[:middle], said[middle:]))
    why = str(problem).partition("\n")[0]
    said[0].problems.append(("", _("It cannot be kept: %(why)s") % {"why": why}))
    return _kept(state, step, said, lambda: Tally(refused=said[0].refusals))


def _kept(state: RecordImport, step: str, said: list[Said], deed: Callable[[], Tally]) -> bool:
    with tenancy.entered(state.workspace_id):
        row = held(state, step)
        if row is None or row.position != state.position:
            return False
        _note(row, deed(), len(said))
    for name in ("position", "made", "changed", "same", "refused"):
        setattr(state, name, getattr(row, name))
    return True


def _note(row: RecordImport, tally: Tally, rows: int) -> None:
    room = max(0, LISTED - row.refused)
    RefusedRow.objects.bulk_create(
        RefusedRow(workspace_id=row.workspace_id, record_import=row, **asdict(one))
        for one in tally.refused[:room]
    )
    row.position += rows
    row.made += tally.made
    row.changed += tally.changed
    row.same += tally.same
    row.refused += tally.refused_rows
    row.beat_at = clock.now()
    row.save(update_fields=["position", "made", "changed", "same", "refused", "beat_at"])
