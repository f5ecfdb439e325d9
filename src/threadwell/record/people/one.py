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

from django.db import connection
from django.db.models import Q

from threadwell.kit.folding import holds
from threadwell.record.people.models import Account, Contact, Identity


def root_of[A: Account](account: A) -> A:
    """The record that stands for this one: itself, unless it was merged into another."""
    return cast("A", cast("Any", account).one_with or account)


# UNION leaves out what is there already, so that two that are each other's parent end.
_HOUSE = """
    WITH RECURSIVE house AS (
        SELECT id FROM people_organisation WHERE workspace_id = %(workspace)s AND id = ANY(%(keys)s)
        UNION
        SELECT o.id FROM people_organisation o JOIN house h ON o.parent_id = h.id OR o.one_with_id = h.id
        WHERE o.workspace_id = %(workspace)s
    )
    SELECT id FROM house LIMIT %(most)s
"""


def members_of(account: Account) -> list[UUID]:
    """The keys of all records that are one with this one, the one that stands for them first."""
    root: UUID = cast("Any", account).one_with_id or account.pk
    rows = type(account).objects.of(account.workspace_id).filter(one_with_id=root)
    return [root, *rows.order_by("pk").values_list("pk", flat=True)]


def house_of(organisation: Account, *, most: int | None = None) -> list[UUID]:
    """The keys of an organisation, of what is one with it, and of all that stand below it, itself first."""
    own = members_of(organisation)
    with connection.cursor() as cursor:
        cursor.execute(_HOUSE, {"workspace": organisation.workspace_id, "keys": own, "most": most})
        return [*own, *(key for (key,) in cursor.fetchall() if key not in own)]


def family_of(model: type[Account], workspace_id: UUID, root_id: UUID) -> Any:
    """The keys of a root and its members, to be asked for inside another query."""
    rows = model.objects.of(workspace_id)
    return rows.filter(Q(pk=root_id) | Q(one_with_id=root_id)).values("pk")


def addresses_of_merged(workspace_id: UUID, text: str, *, most: int) -> list[str]:
    """The e-mail addresses of families one of whom is called or reached so; of nobody who stands alone."""
    identities = Identity.objects.of(workspace_id)
    reached = identities.filter(holds("value", text)).values("contact_id")
    named: Any = Contact.objects.of(workspace_id).filter(holds("name", text) | Q(pk__in=reached))
    merged = Contact.objects.of(workspace_id).exclude(one_with=None)
    roots = {
        root or key
        for key, root in named.filter(~Q(one_with=None) | Q(pk__in=merged.values("one_with_id")))
        .values_list("pk", "one_with_id")
        .order_by("pk")[:most]
    }
    theirs = identities.filter(Q(contact_id__in=roots) | Q(contact__one_with_id__in=roots), kind="email")
    return list(theirs.order_by("pk").values_list("value", flat=True)[:most]) if roots else []


def standing() -> Q:
    """Of a list of contacts or organisations: those that stand for themselves."""
    return Q(one_with=None)
