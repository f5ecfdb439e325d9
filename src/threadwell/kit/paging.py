"""Paging: keyset pages, so that the thousandth costs what the first does.

In:    an ordered queryset, the name of its ordering, a cursor from an earlier page
Out:   a page of rows with the cursors of its neighbours
Touch: nothing
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[M: models.Model]:
    """Some rows and where to go on."""

    rows: Sequence[M]
    next: str  #: cursor of the page after this one, or ""


class BadCursor(Invalid):
    """A cursor that no page of ours gave."""

    code = "bad-cursor"
    status = 400

    @classmethod
    def of_strangers(cls) -> Self:
        return cls(_("This page address is not one of ours; start from the first page."))


def page[M: models.Model](rows: models.QuerySet[M], *, by: str, size: int, cursor: str = "") -> Page[M]:
    """``size`` rows after ``cursor``, ordered by the field ``by`` ("-name" for falling) and the key.

    ``by`` must not be nullable, and an index should lead with the workspace and then it.
    """
    return cut(first(after(rows, by=by, cursor=cursor), by=by, size=size), by=by, size=size)


def after[M: models.Model](rows: models.QuerySet[M], *, by: str, cursor: str) -> models.QuerySet[M]:
    """The rows behind a cursor; all of them without one."""
    if not cursor:
        return rows
    field = by.removeprefix("-")
    return rows.filter(_after(field, _opened(cursor, rows.model, field), falling=by.startswith("-")))


def first[M: models.Model](rows: models.QuerySet[M], *, by: str, size: int) -> models.QuerySet[M]:
    """The rows of the first page, and one more when there is another page."""
    key = "-pk" if by.startswith("-") else "pk"
    rows = rows.order_by(by, key) if by.removeprefix("-") != "pk" else rows.order_by(key)
    return rows[: size + 1]


def cut[M: models.Model](rows: Iterable[M], *, by: str, size: int) -> Page[M]:
    """A page of what `first` found."""
    found = rows if isinstance(rows, Sequence) else list(rows)
    more, found = found[size:], found[:size]
    return Page(rows=found, next=_sealed(found[-1], by.removeprefix("-")) if more else "")


def _after(field: str, place: tuple[Any, UUID], *, falling: bool) -> Q:
    value, key = place
    way = "lt" if falling else "gt"
    if field == "pk":
        return Q(**{f"pk__{way}": key})
    # The first condition alone bounds the index scan; the second breaks ties.
    return Q(**{f"{field}__{way}e": value}) & (Q(**{f"{field}__{way}": value}) | Q(**{f"pk__{way}": key}))


def _sealed(row: models.Model, field: str) -> str:
    value = getattr(row, field)
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([str(plain), str(row.pk)]).encode()).decode().rstrip("=")


def _opened(cursor: str, model: type[models.Model], field: str) -> tuple[Any, UUID]:
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _field(model, field).to_python(value), UUID(key)
    except (ValueError, TypeError, AttributeError, binascii.Error, ValidationError) as wrong:
        raise BadCursor.of_strangers() from wrong


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", model._meta.pk if name == "pk" else model._meta.get_field(name))
