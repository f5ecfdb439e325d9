"""Lists: contacts and organisations, narrowed and ordered; those that stand for themselves.

In:    a workspace, filters
Out:   querysets with what a row of a list shows; how each is reached
Touch: nothing
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.people import by_parts
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.people.identity import Identity
from threadwell.record.people.one import house_of, members_of, standing


class Order(StrEnum):
    """What stands first."""

    NAME = "name"
    CHANGED = "changed"
    NEWEST = "newest"

    @property
    def by(self) -> str:
        return {"name": "name", "changed": "-changed_at", "newest": "-pk"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; empty ones narrow nothing."""

    words: str = ""
    owner: UUID | None = None
    is_unowned: bool = False
    tier: str = ""
    organisation: Organisation | None = None  #: contacts of its house; or organisations right below it
    custom: tuple[tuple[CustomField, str], ...] = ()


def every[A: Account](kind: type[A], workspace_id: UUID, filters: Filters) -> Any:
    """The contacts or organisations that the filters leave."""
    rows = kind.objects.of(workspace_id).filter(standing())
    if filters.owner:
        rows = rows.filter(owner_id=filters.owner)
    if filters.is_unowned:
        rows = rows.filter(owner=None)
    if filters.tier:
        rows = rows.filter(tier__iexact=filters.tier)
    if filters.organisation:
        # As its page counts them: the people of all that stand below it, too.
        within = {"organisation_id__in": house_of(filters.organisation)}
        right_below = {"parent_id__in": members_of(filters.organisation)}
        rows = rows.filter(**(within if kind is Contact else right_below))
    for one, text in filters.custom:
        rows = rows.filter(values.having(one, text))
    if words := filters.words.strip():
        rows = rows.filter(_known_by(kind, workspace_id, words))
    return rows


def shown(rows: Any) -> Any:
    """With all that a row of a list shows; it asks for nothing more."""
    above = "organisation" if rows.model is Contact else "parent"
    return rows.select_related("owner", above).fetch_mode(models.FETCH_RAISE)


def reached_by(contacts: Sequence[Contact]) -> dict[UUID, list[Identity]]:
    """How each contact is reached, whoever is one with them too."""
    found: dict[UUID, list[Identity]] = defaultdict(list)
    if not contacts:
        return found
    workspace_id = contacts[0].workspace_id
    roots = {one.pk: one.pk for one in contacts}
    # In two steps: each is answered by an index, and both conditions in one would look at every identity.
    absorbed = Contact.objects.of(workspace_id).filter(one_with_id__in=list(roots))
    roots |= dict(absorbed.values_list("pk", "one_with_id"))
    rows = Identity.objects.of(workspace_id).filter(contact_id__in=list(roots))
    for identity in rows.order_by("kind", "pk"):
        found[roots[identity.contact_id]].append(identity)
    return found


def tiers(kind: type[Account], workspace_id: UUID) -> list[str]:
    """The tiers that are in use."""
    rows = kind.objects.of(workspace_id).filter(standing()).exclude(tier="")
    return list(rows.order_by("tier").values_list("tier", flat=True).distinct()[:100])


def _known_by(kind: type[Account], workspace_id: UUID, words: str) -> Q:
    known = by_parts.known_by(kind, words)
    fields = values.fields_of(workspace_id, "contact" if kind is Contact else "organisation")
    return known | values.mentioning(fields, words) if fields else known


def names_of(rows: Iterable[Any]) -> dict[str, str]:
    """Names by key, as values that name colleagues are shown."""
    return {str(one.pk): one.name for one in rows}
