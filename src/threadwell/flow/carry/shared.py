"""Shared: what the rooms for contacts, organisations and past talk do alike.

In:    a row, the House
Out:   values of fields, identities, notes of what was made
Touch: Statement through `saying`, ImportedRecord
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.carry import values
from threadwell.flow.carry.slips import House, Said
from threadwell.kit import ids
from threadwell.record.fields import values as custom
from threadwell.record.imports.models import ImportedRecord
from threadwell.record.people import facts, saying
from threadwell.record.people.known_as import normalised
from threadwell.record.people.models import Identity, Source

type Key = tuple[str, str]  #: kind and value of an identity


def values_of(said: Said, house: House, kind: Any) -> dict[str, Any]:
    """What a row says of tier, owner and the workspace's own fields, checked."""
    found: dict[str, Any] = {}
    if "tier" in said.values:
        found["tier"] = said.read("tier", partial(facts.cleaned, kind, "tier"), "")
    if "owner" in said.values:
        found["owner"] = said.read("owner", partial(_owner, house), None)
    given = {
        name.removeprefix(facts.CUSTOM): cells[0][1]
        for name, cells in said.values.items()
        if name.startswith(facts.CUSTOM)
    }
    if given:
        told = {key: values.text(cell) if not isinstance(cell, bool) else cell for key, cell in given.items()}
        cleaned = custom.cleaned([one for one in house.fields if one.key in told], told, partial=True)
        for key, why in cleaned.errors.items():
            said.refuse(f"{facts.CUSTOM}{key}", why)
        found |= {f"{facts.CUSTOM}{key}": value for key, value in cleaned.values.items()}
    return found


def since(said: Said, house: House) -> datetime | None:
    """When it began to be a customer."""
    return said.read(
        "made_at", partial(values.moment, order=house.orders.get("made_at", ""), zone=house.zone), None
    )


def say(house: House, told: Mapping[UUID, Mapping[str, Any]], kind: Any) -> set[UUID]:
    """Values of records that are here; those that changed. A better source's word stands."""
    batch = ids.new()
    rows = kind.objects.of(house.workspace_id).filter(pk__in=[key for key, values in told.items() if values])
    pairs = [(row, told[row.pk]) for row in rows.order_by("pk")]
    outcome = saying.say_many(pairs, source=Source.IMPORT, because=house.name, batch=batch, is_quiet=True)
    changed = {row.pk for (row, _values), one in zip(pairs, outcome, strict=True) if one.changed}
    if changed:
        note(house, "values", [batch])
    return changed


def known_by(house: House, keys: Iterable[Key]) -> dict[Key, UUID]:
    """Whose these are, in a query for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, value in keys:
        wanted[kind].add(value)
    found: dict[Key, UUID] = {}
    for kind, these in wanted.items():
        rows = Identity.objects.of(house.workspace_id).filter(kind=kind, value__in=these)
        found |= {(kind, value): about for value, about in rows.values_list("value", "contact_id")}
    return found


def identity(house: House, contact_id: UUID, kind: str, value: str, shown: str) -> Identity:
    return Identity(
        workspace_id=house.workspace_id,
        contact_id=contact_id,
        kind=kind,
        value=value,
        shown=shown[:320],
        source="import",
    )


def caller_keys(said: Said, house: House) -> dict[Key, str]:
    """What a row knows its customer by, the surest first, as it wrote it."""
    found: dict[Key, str] = {}
    if number := said.plain("contact_id"):
        found[Identity.Kind.EXTERNAL, external_value(house.system, number)] = number
    for name, kind in (("contact_email", Identity.Kind.EMAIL), ("contact_phone", Identity.Kind.PHONE)):
        if value := said.read(name, partial(_value, kind, house), ""):
            found[kind, value] = said.plain(name)
    return found


def moment_of(said: Said, house: House, name: str, *, may_lie_ahead: bool = False) -> datetime | None:
    """When, as a column writes its dates."""
    order = house.orders.get(name) or house.orders.get("made_at", "")
    read = partial(values.moment, order=order, zone=house.zone, may_lie_ahead=may_lie_ahead)
    return said.read(name, read, None)


def external_value(system: str, number: str) -> str:
    """How a contact is known by its number in another system."""
    return normalised(Identity.Kind.EXTERNAL, f"{system}:{number}"[:320])


def note(house: House, kind: str, made: Iterable[UUID]) -> None:
    """The import made these; so that they can be taken back."""
    ImportedRecord.objects.bulk_create(
        ImportedRecord(
            workspace_id=house.workspace_id, record_import_id=house.import_id, kind=kind, about=about
        )
        for about in made
    )


def _value(kind: str, house: House, cell: Any) -> str:
    return normalised(kind, values.text(cell), house.region)


def _owner(house: House, cell: Any) -> str:
    named = values.text(cell)
    try:
        return str(house.owners[named.casefold()])
    except KeyError:
        raise values.Wrong(_("“%(name)s” is nobody here, or several.") % {"name": named[:80]}) from None
