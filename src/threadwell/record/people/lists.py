"""Lists: contacts and organisations, narrowed and ordered; those that stand for themselves.

In:    a workspace, filters
Out:   querysets with what a row of a list shows; how each is reached
Touch: nothing
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.people.identity import Identity
from threadwell.record.people.one import members_of, standing

DIGITS = 4  #: fewer are no part of a telephone number that one remembers

_NOT_DIGITS = re.compile(r"[\s()/.\-+]+")


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
    organisation: Organisation | None = None  #: contacts of it; or those directly below it
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
        within = "organisation" if kind is Contact else "parent"
        rows = rows.filter(**{f"{within}_id__in": members_of(filters.organisation)})
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


def called(workspace_id: UUID, text: str, *, most: int) -> list[Organisation]:
    """Organisations whose name begins so or has these letters, the first first."""
    rows = Organisation.objects.of(workspace_id).filter(standing(), name__icontains=text.strip())
    found = list(rows.order_by("name", "pk")[: most * 5])
    found.sort(key=lambda one: not one.name.casefold().startswith(text.strip().casefold()))
    return found[:most]


def _known_by(kind: type[Account], workspace_id: UUID, words: str) -> Any:
    rows: Any = kind.objects
    absorbed = rows.of(workspace_id).exclude(one_with=None).filter(name__icontains=words)
    known = Q(name__icontains=words) | Q(pk__in=absorbed.values("one_with_id"))
    fields = values.fields_of(workspace_id, "contact" if kind is Contact else "organisation")
    if fields:
        known |= values.mentioning(fields, words)
    if kind is Organisation:
        below = Contact.objects.of(OuterRef("workspace_id")).filter(
            organisation_id=OuterRef("pk"), name__icontains=words
        )
        return known | Q(domains__contains=[words.casefold().removeprefix("@")]) | Exists(below)
    reached = Identity.objects.of(workspace_id).filter(_of_value(words))
    owners = reached.values(root=Coalesce("contact__one_with_id", "contact_id"))
    return known | Q(pk__in=owners) | Q(organisation__name__icontains=words)


def _of_value(words: str) -> Q:
    found = Q(value__icontains=words)
    digits = _NOT_DIGITS.sub("", words)
    if digits.isdecimal() and len(digits) >= DIGITS:
        # 0171 here is +49171 there: the zero of the town is not part of the number.
        found |= Q(kind=Identity.Kind.PHONE, value__contains=digits.lstrip("0"))
    return found


def names_of(rows: Iterable[Any]) -> dict[str, str]:
    """Names by key, as values that name colleagues are shown."""
    return {str(one.pk): one.name for one in rows}
