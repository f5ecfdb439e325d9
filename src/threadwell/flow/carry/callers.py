"""Callers: the customers that rows of past talk are with, found by what they are known by, or made.

In:    what each row knows its customer by, and what to call them
Out:   for each of these keys the contact and the organisation they belong to
Touch: makes Contact and Identity rows, noted as made by the import
Never: joins two contacts that are known apart
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from threadwell.flow.carry import shared
from threadwell.flow.carry.shared import Key
from threadwell.flow.carry.slips import House
from threadwell.kit import ids
from threadwell.record.people import saying
from threadwell.record.people.models import Contact, Identity
from threadwell.record.people.statement import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A customer as a row knows them."""

    keys: tuple[Key, ...]  #: the best first
    shown: tuple[str, ...]
    name: str


@dataclass(slots=True, kw_only=True)
class Callers:
    """Everybody a batch speaks of."""

    by_key: dict[Key, UUID]
    organisations: dict[UUID, UUID | None]

    @classmethod
    def of(cls, house: House, callers: Iterable[Caller]) -> Self:
        """Find everybody, in two queries; make those who are not there."""
        everybody = list(callers)
        by_key = shared.known_by(house, (key for one in everybody for key in one.keys))
        _make(house, everybody, by_key)
        belongs = Contact.objects.of(house.workspace_id).filter(pk__in=set(by_key.values()))
        return cls(by_key=by_key, organisations=dict(belongs.values_list("pk", "organisation_id")))

    def contact_of(self, keys: tuple[Key, ...]) -> UUID:
        return self.by_key[keys[0]]


def _make(house: House, everybody: Iterable[Caller], by_key: dict[Key, UUID]) -> None:
    contacts: list[Contact] = []
    identities: list[Identity] = []
    for one in everybody:
        there = next((by_key[key] for key in one.keys if key in by_key), None)
        if there is None:
            contact = Contact(id=ids.new(), workspace_id=house.workspace_id, name=one.name)
            contact.name = one.name or one.shown[0].partition("@")[0][:200]
            contacts.append(contact)
            there = contact.pk
        for (kind, value), shown in zip(one.keys, one.shown, strict=True):
            if (kind, value) in by_key:
                continue
            by_key[kind, value] = there
            identities.append(shared.identity(house, there, kind, value, shown))
    Contact.objects.bulk_create(contacts)
    saying.note_made(contacts, source=Source.IMPORT, because=house.name, batch=house.import_id)
    Identity.objects.bulk_create(identities)
    shared.note(house, "contact", (contact.pk for contact in contacts))
    shared.note(house, "identity", (identity.pk for identity in identities))
