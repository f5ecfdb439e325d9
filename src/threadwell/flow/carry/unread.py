"""Unread: refused rows as whoever reads them may see them.

In:    an import, its refused rows; the veil that is worn
Out:   the same rows; what stood in columns of restricted fields is left out of their cells and reasons
Touch: nothing
"""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from threadwell.flow.carry.columns import ABOUT, CUSTOM, Kind
from threadwell.kit.veils import worn
from threadwell.record.imports.models import RecordImport, RefusedRow

COVER = "•••"
#: Columns that say how somebody is known, with the names of these fields.
KNOWN_BY = {"phone": "identity.phone", "handle": "identity.handle", "external_id": "identity.external"}


def as_seen(state: RecordImport, rows: Iterable[RefusedRow]) -> Iterator[RefusedRow]:
    """None of these is saved."""
    hidden = places_hidden(state)
    header = [str(name) for name in state.layout.get("header", ())]
    names = {header[place] for place in hidden if place < len(header)}
    for row in rows:
        if hidden:
            row.cells = [COVER if at in hidden and cell else cell for at, cell in enumerate(row.cells)]
            if row.column in names:
                row.why = _("It stands in a field that you may not read.")
        yield row


def places_hidden(state: RecordImport) -> frozenset[int]:
    """The places of columns that say what the reader may not read."""
    fields = worn().fields
    return frozenset(
        at for at, key in enumerate(state.mapping) if fields and _name_of(state.kind, key) in fields
    )


def _name_of(kind: str, key: str) -> str:
    """The field of a column, by the name that restrictions know."""
    if key.startswith(CUSTOM):
        return f"{ABOUT[Kind(kind)]}.{key.removeprefix(CUSTOM)}" if Kind(kind) in ABOUT else ""
    return KNOWN_BY.get(key, "")
