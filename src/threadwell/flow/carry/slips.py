"""Slips: what the rooms hand to each other about a row.

In:    a row of a table and the mapping of its columns
Out:   what it says field by field, with what is wrong about it; the count of a batch
Touch: nothing
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from threadwell.flow.carry.values import Wrong, text
from threadwell.kit.errors import DomainError
from threadwell.kit.sheets import Row
from threadwell.record.fields.models import CustomField


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that is not taken in, and why."""

    line: int
    column: str
    why: str
    cells: list[Any]
    row_taken: bool = False  #: only the value is left out


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of some rows."""

    made: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)  #: several may be of one row

    @property
    def refused_rows(self) -> int:
        return len({one.line for one in self.refused if not one.row_taken})


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a table is read by, and what it may name."""

    workspace_id: UUID
    import_id: UUID
    name: str  #: of the file
    system: str  #: the other system, to whom its numbers belong
    match: str  #: contacts: "external_id" or "email"
    zone: ZoneInfo
    region: str
    orders: Mapping[str, str]  #: of the dates in a field
    agents: Mapping[str, UUID]  #: all who ever sat here, by folded e-mail, and by name where it is one's only
    owners: Mapping[str, UUID]  #: the same of those who sit here now
    fields: Sequence[CustomField]
    inbox_id: UUID | None = None
    inbox_address: str = ""
    owner_id: UUID | None = None
    organisation_id: UUID | None = None
    by_id: UUID | None = None


class Said:
    """What a row says, field by field; what it says wrongly is gathered, not raised."""

    __slots__ = ("cells", "line", "problems", "values")

    def __init__(self, row: Row, header: Sequence[str], mapping: Sequence[str]) -> None:
        self.line = row.line
        self.cells = row.cells
        self.problems: list[tuple[str, str]] = [("", row.why)] if row.why else []
        self.values: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for column, name, cell in zip(header, mapping, row.cells, strict=False):
            if name and cell not in (None, ""):
                self.values[name].append((column, cell))

    def read[T](self, name: str, reader: Callable[[Any], T], otherwise: T) -> T:
        """The first value of a field; what cannot be read is a problem of the row."""
        for column, cell in self.values.get(name, ())[:1]:
            try:
                return reader(cell)
            except Wrong as wrong:
                self.problems.append((column, str(wrong)))
            except DomainError as wrong:
                self.problems.append((column, str(wrong.sentence)))
        return otherwise

    def each[T](self, name: str, reader: Callable[[Any], T]) -> list[T]:
        """All values of a field that several columns say."""
        found: list[T] = []
        for column, cell in self.values.get(name, ()):
            try:
                found.append(reader(cell))
            except Wrong as wrong:
                self.problems.append((column, str(wrong)))
            except DomainError as wrong:
                self.problems.append((column, str(wrong.sentence)))
        return found

    def plain(self, name: str) -> str:
        return self.read(name, text, "")

    def refuse(self, name: str, why: str) -> None:
        column = next((column for column, _cell in self.values.get(name, ())), "")
        self.problems.append((column, why))

    @property
    def refusals(self) -> list[Refusal]:
        return [self._refusal(column, why) for column, why in self.problems]

    def left_out(self, name: str, why: str, *, value: str = "") -> Refusal:
        """The row is taken in without what this field says."""
        columns = self.values.get(name, ())
        column = next((column for column, cell in columns if not value or text(cell) == value), "")
        return self._refusal(column, why, row_taken=True)

    def _refusal(self, column: str, why: str, *, row_taken: bool = False) -> Refusal:
        cells = [text(cell) for cell in self.cells]
        return Refusal(line=self.line, column=column, why=why[:500], cells=cells, row_taken=row_taken)
