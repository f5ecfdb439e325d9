"""One: several records may stand for one person or one organisation.

In:    a contact or an organisation
Out:   the record that stands for it now, and the keys of all that are one with it
Touch: nothing

Rows keep pointing at their own contact; `one_with` names the record that stands for it, always directly
(docs/decisions/0012). Whoever shows a contact shows its root; whoever reads everything of a contact reads
its members.
"""

from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from threadwell.record.people.models import Account


def root_of[A: Account](account: A) -> A:
    """The record that stands for this one: itself, unless it was merged into another."""
    return cast("A", cast("Any", account).one_with or account)


def members_of(account: Account) -> list[UUID]:
    """The keys of all records that are one with this one, the one that stands for them first."""
    root: UUID = cast("Any", account).one_with_id or account.pk
    rows = type(account).objects.of(account.workspace_id).filter(one_with_id=root)
    return [root, *rows.order_by("pk").values_list("pk", flat=True)]


def standing() -> Q:
    """Of a list of contacts or organisations: those that stand for themselves."""
    return Q(one_with=None)
