"""Firms: the organisations that rows name, found by number or name, or made.

In:    names and numbers in the other system
Out:   the organisation of each
Touch: makes Organisation and Origin rows, noted as made by the import
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from django.db.models.functions import Lower

from threadwell.flow.carry import shared
from threadwell.flow.carry.slips import House, Said
from threadwell.kit import ids
from threadwell.record.imports.models import Origin
from threadwell.record.people import saying
from threadwell.record.people.models import Organisation, Source

KIND = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An organisation as a row names it."""

    name: str
    number: str  #: in the other system


@dataclass(slots=True, kw_only=True)
class Firms:
    """The organisations a batch names; grows while it is gone through."""

    house: House
    by_number: dict[str, UUID]
    by_name: dict[str, UUID]
    made: list[Organisation] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    @classmethod
    def of(cls, house: House, every: Iterable[Named | None]) -> Self:
        """Look everybody up, in two queries."""
        wanted = [one for one in every if one]
        origins = Origin.objects.of(house.workspace_id).filter(
            kind=KIND, system=house.system, external_id__in={one.number for one in wanted if one.number}
        )
        names = {one.name.lower() for one in wanted if one.name}
        rows = Organisation.objects.of(house.workspace_id).filter(one_with=None)
        named = rows.alias(lower=Lower("name")).filter(lower__in=names).order_by("-made_at", "-pk")
        return cls(
            house=house,
            by_number=dict(origins.values_list("external_id", "about")),
            by_name={name.lower(): key for key, name in named.values_list("pk", "name")},
        )

    def known(self, named: Named) -> UUID | None:
        """A number is surer than a name; a name with another number is another firm."""
        if named.number and named.number in self.by_number:
            return self.by_number[named.number]
        there = self.by_name.get(named.name.lower()) if named.name else None
        if there and named.number and there in self.by_number.values():
            return None
        return there

    def key_of(self, named: Named | None) -> UUID | None:
        """The organisation, made if it is not there."""
        if named is None:
            return None
        key = self.known(named)
        if key is None:
            name = named.name or f"{self.house.system} {named.number}"
            row = Organisation(id=ids.new(), workspace_id=self.house.workspace_id, name=name[:200])
            self.made.append(row)
            key = row.pk
        self.remember(named, key)
        return key

    def remember(self, named: Named, key: UUID) -> None:
        """From now on it is known by this name and this number."""
        if named.name:
            self.by_name.setdefault(named.name.lower(), key)
        if named.number and named.number not in self.by_number:
            self.by_number[named.number] = key
            self.origins.append(
                Origin(
                    workspace_id=self.house.workspace_id,
                    kind=KIND,
                    system=self.house.system,
                    external_id=named.number[:200],
                    about=key,
                    record_import_id=self.house.import_id,
                )
            )

    def write(self) -> None:
        """Write those that were made, and what they are known by."""
        Organisation.objects.bulk_create(self.made)
        because: dict[str, Any] = {"because": self.house.name, "batch": self.house.import_id}
        saying.note_made(self.made, source=Source.IMPORT, **because)
        Origin.objects.bulk_create(self.origins)
        shared.note(self.house, KIND, (row.pk for row in self.made))


def named(said: Said, name: str, number: str) -> Named | None:
    """What a row says of an organisation in these two fields."""
    called = " ".join(said.plain(name).split())[:200]
    counted = said.plain(number)[:200]
    return Named(name=called, number=counted) if called or counted else None
