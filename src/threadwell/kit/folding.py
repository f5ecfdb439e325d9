"""Folding: rows in whose texts some letters stand, without case, accents and width, asked of the database.

In:    a column or an expression, what somebody typed
Out:   a condition; the texts as they are compared
Touch: nothing

`threadwell_folded` (migration people 0011) does in PostgreSQL what `words.folded` does here, so that an index
can stand on it.
"""

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import Expression
from django.db.models.lookups import Contains, StartsWith


class Folded(Func):
    """The text as it is compared."""

    function = "threadwell_folded"
    arity = 1
    output_field = TextField()


def holds(where: str | Expression, text: str) -> Q:
    """The letters occur somewhere."""
    return Q(Contains(*_sides(where, text)))


def begins(where: str | Expression, text: str) -> Q:
    """The text begins with these letters."""
    return Q(StartsWith(*_sides(where, text)))


def _sides(where: str | Expression, text: str) -> tuple[Folded, Folded]:
    column = F(where) if isinstance(where, str) else where
    return Folded(column), Folded(Value(text.replace("\0", "")))
