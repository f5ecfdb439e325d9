"""Imports: tables of records, for programs: sent, assigned, checked, taken in, taken back.

In:    a file; what its columns are; which step comes next
Out:   an import, at the step it is at; the rows that were refused
Touch: nothing but through `moving_in`
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status
from pydantic import Base64Bytes

from threadwell.flow import moving_in
from threadwell.flow.carry import columns
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Kept, Limit, Word, choice_of
from threadwell.kit import sheets
from threadwell.kit.errors import Invalid
from threadwell.kit.uploads import Upload
from threadwell.record.imports.models import RecordImport, RefusedRow
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

router = Router(tags=["Imports"])

Kind = Annotated[RecordImport.Kind, choice_of(RecordImport.Kind)]
State = Annotated[RecordImport.State, choice_of(RecordImport.State)]
Header = Annotated[str, Field(max_length=1000), Kept]
STEPS = (RecordImport.State.MAPPING, RecordImport.State.CHECKED)


class Table(Given):
    """A table, and what its rows are."""

    kind: Kind
    filename: Word = Field(min_length=1)
    content: Base64Bytes = Field(description="the file: CSV, XLSX or vCard")


class Mapping(Given):
    """What the columns are and how they are meant; what is left out stays."""

    columns: dict[Header, Word] | None = Field(
        default=None, description="of a header: a field; an empty one leaves the column out"
    )
    encoding: Word = ""
    delimiter: Annotated[str, Field(max_length=1), Kept] = ""
    system: Word = Field(default="", description="the other system, whose numbers these are", max_length=60)
    match: Literal["", "external_id", "email"] = ""
    order: Literal["dmy", "mdy", "ymd", "unix", ""] | None = Field(
        default=None, description="how dates are written"
    )
    zone: Word = Field(default="", description="of moments that say none")
    inbox: UUID | None = Field(default=None, description="past interactions belong to it")
    owner: UUID | None = Field(default=None, description="of new ones")
    organisation: UUID | None = Field(default=None, description="of contacts that name none")


class Column(Schema):
    """One column: its header and the field it is, or none."""

    header: str
    field: str


class Offered(Schema):
    """A field that a column may be."""

    key: str
    name: str


class ImportShape(Schema):
    """An import, at the step it is at; the counts are those of the last step."""

    id: UUID
    kind: Kind
    filename: str
    state: State
    because: str = Field(description="why it stopped")
    total: int
    position: int = Field(description="rows that are done, of the step that is under way")
    made: int
    changed: int
    same: int
    refused: int
    undone: int
    kept: int = Field(description="not taken back: used or changed since")
    columns: list[Column]
    system: str
    zone: str
    by: Named | None
    made_at: datetime
    begun_at: datetime | None
    done_at: datetime | None
    undone_at: datetime | None


class ImportWithFields(ImportShape):
    """An import with all that its columns may be."""

    fields: list[Offered]


class Imports(Schema):
    """A page of imports, the newest first."""

    items: list[ImportShape]
    next: str | None


class RefusedShape(Schema):
    """A row that was not taken in, or a value that was left out."""

    line: int
    column: str
    why: str
    cells: list[Any]
    row_taken: bool = Field(description="only this value was left out")


class Refusals(Schema):
    """A page of refused rows, in the order of the table."""

    items: list[RefusedShape]
    next: str | None


class Step(Given):
    """What shall be done next."""

    step: Literal["check", "run", "go-on", "take-back"]


@router.get("/imports", response=Imports, auth=Scope(May.MANAGE))
def list_imports(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Tables that were sent, the newest first."""
    rows = RecordImport.objects.of(request.workspace_id).select_related("by")
    found = paged(rows, by="-made_at", cursor=cursor, limit=limit)
    return {**found, "items": [_told(one) for one in found["items"]]}


@router.post("/imports", response={201: ImportWithFields}, auth=Scope(May.MANAGE))
def begin_import(request: Call, given: Table) -> Status[dict[str, Any]]:
    """Send a table. What its columns are is guessed; nothing is taken in yet."""
    upload = Upload(name=given.filename, chunks=[given.content])
    state = moving_in.begin(request.agent.workspace, given.kind, upload, by=request.agent)
    return Status(201, _with_fields(state))


@router.get("/imports/{uuid:import_id}", response=ImportWithFields, auth=Scope(May.MANAGE))
def show_import(request: Call, import_id: UUID) -> dict[str, Any]:
    """One import, at the step it is at."""
    return _with_fields(_one(request, import_id))


@router.put("/imports/{uuid:import_id}/mapping", response=ImportWithFields, auth=Scope(May.MANAGE))
def map_import(request: Call, import_id: UUID, given: Mapping) -> dict[str, Any]:
    """Say what the columns are and how they are meant."""
    state = _at_a_step(request, import_id)
    encoding, delimiter = given.encoding, given.delimiter
    if encoding or delimiter:
        if encoding and encoding not in (state.layout["encoding"], *sheets.ENCODINGS):
            raise Invalid(_("There is no encoding “%(name)s”.") % {"name": encoding})
        moving_in.look_again(
            state,
            encoding=encoding or state.layout["encoding"],
            delimiter=delimiter or state.layout["delimiter"],
        )
    moving_in.assign(state, _mapping(state, given.columns), **_options(request, state, given))
    return _with_fields(state)


@router.put("/imports/{uuid:import_id}/step", response=ImportShape, auth=Scope(May.MANAGE))
def step_import(request: Call, import_id: UUID, given: Step) -> dict[str, Any]:
    """Begin the next step in the background: a dry run, taking in, going on, taking all of it back."""
    match given.step:
        case "check":
            state = _at_a_step(request, import_id)
            moving_in.assign(state, state.mapping)
            moving_in.check_later(state)
        case "run":
            state = _one(request, import_id)
            moving_in.run_later(state, by=request.agent)
        case "go-on":
            state = _one(request, import_id)
            moving_in.go_on_later(state)
        case "take-back":
            state = _one(request, import_id)
            moving_in.take_back_later(state, by=request.agent)
    return _told(state)


@router.get("/imports/{uuid:import_id}/refused", response=Refusals, auth=Scope(May.MANAGE))
def list_refused_rows(
    request: Call, import_id: UUID, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Rows that were refused, and why; of the dry run, or of taking in."""
    state = _one(request, import_id)
    rows = RefusedRow.objects.of(request.workspace_id).filter(record_import=state)
    found = paged(rows, by="line", cursor=cursor, limit=limit)
    return {**found, "items": moving_in.as_seen(state, found["items"])}


@router.delete("/imports/{uuid:import_id}", response={204: None}, auth=Scope(May.MANAGE))
def forget_import(request: Call, import_id: UUID) -> Status[None]:
    """Put a table away that was not taken in."""
    moving_in.forget(_one(request, import_id))
    return Status(204, None)


def _one(request: Call, import_id: UUID) -> RecordImport:
    rows = RecordImport.objects.of(request.workspace_id).select_related("by")
    found: RecordImport = one_of(rows, pk=import_id)
    return found


def _at_a_step(request: Call, import_id: UUID) -> RecordImport:
    state = _one(request, import_id)
    if state.state not in STEPS or not state.path.exists():
        raise Invalid(_("This import is past that step."))
    return state


def _mapping(state: RecordImport, wanted: dict[str, str] | None) -> list[str]:
    """For each column the field that is named, else the one it was."""
    header = state.layout["header"]
    if unknown := [name for name in wanted or {} if name not in header]:
        raise Invalid(_("There is no column “%(name)s”.") % {"name": unknown[0][:100]})
    given = wanted or {}
    return [given.get(name, was) for name, was in zip(header, state.mapping, strict=True)]


def _options(request: Call, state: RecordImport, given: Mapping) -> dict[str, Any]:
    """What was said, and is of this workspace."""
    kept: dict[str, Any] = {name: told for name in ("system", "match") if (told := getattr(given, name))}
    if given.zone:
        if given.zone not in available_timezones():
            raise Invalid(_("There is no time zone “%(name)s”.") % {"name": given.zone})
        kept["zone"] = given.zone
    if given.order is not None:
        kept["orders"] = dict.fromkeys(columns.MOMENTS, given.order)
    seats, firms = Agent.objects.of(request.workspace_id), Organisation.objects.of(request.workspace_id)
    for name, rows in (
        ("inbox", Inbox.objects.of(request.workspace_id).filter(closed_at=None)),
        ("owner", seats.filter(left_at=None)),
        ("organisation", firms.filter(one_with=None)),
    ):
        key = getattr(given, name)
        if key and not rows.filter(pk=key).exists():
            raise Invalid(_("“%(field)s” names nothing here.") % {"field": name})
        if key:
            kept[name] = str(key)
    inbox = kept.get("inbox") or state.options.get("inbox")
    return {**kept, "inbox": inbox} if inbox else kept


def _told(state: RecordImport) -> dict[str, Any]:
    counts = ("total", "position", "made", "changed", "same", "refused", "undone", "kept")
    moments = ("made_at", "begun_at", "done_at", "undone_at")
    names = ("id", "kind", "state", "because", "by", *counts, *moments)
    return {
        **{name: getattr(state, name) for name in names},
        "filename": state.name,
        "columns": [
            {"header": header, "field": name}
            for header, name in zip(state.layout.get("header", []), state.mapping, strict=False)
        ],
        "system": state.options.get("system", ""),
        "zone": state.options.get("zone", ""),
    }


def _with_fields(state: RecordImport) -> dict[str, Any]:
    offered = [{"key": one.key, "name": str(one.name)} for one in moving_in.fields_of(state)]
    return {**_told(state), "fields": offered}
