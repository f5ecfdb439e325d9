"""Rows: one row or a page of them, as every list of the API is answered.

In:    a queryset of one workspace
Out:   a row, or "there is nothing here"; a page with the cursor of the next
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from threadwell.kit import paging
from threadwell.kit.errors import Invalid, NotFound


def one_of(rows: Any, **facts: Any) -> Any:
    """The row; a stranger's is not there."""
    found = rows.filter(**facts).first()
    if found is None:
        raise NotFound(_("There is nothing here, or nothing that you may see."))
    return found


def named(rows: Any, key: UUID | None, field: str) -> Any:
    """The row that a field of a body names; None when it names none."""
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        raise Invalid(_("“%(field)s” names nothing here.") % {"field": field})
    return found


def paged(rows: Any, *, by: str, cursor: str, limit: int) -> dict[str, Any]:
    """``items``, and ``next``: the cursor of the page after it, or nothing."""
    page = paging.page(rows, by=by, size=limit, cursor=cursor)
    return {"items": page.rows, "next": page.next or None}
