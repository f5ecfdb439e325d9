"""Contacts: rows of people become contacts, or say something new about those who are here.

In:    rows, the House they are read by
Out:   Persons (checked); a Tally of what was written
Touch: Contact, Identity, Membership, Statement; organisations that a row names
Never: joins two contacts that are known apart; an address or number that is somebody else's stays theirs
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.carry import firms, shared, values
from threadwell.flow.carry.firms import Firms, Named
from threadwell.flow.carry.slips import House, Refusal, Said, Tally
from threadwell.kit import clock, ids
from threadwell.record.people import facts, saying
from threadwell.record.people.known_as import normalised
from threadwell.record.people.models import Contact, Identity, Membership, Source

KINDS = {"email": Identity.Kind.EMAIL, "phone": Identity.Kind.PHONE, "handle": Identity.Kind.HANDLE}

type Key = tuple[str, str]  #: kind and value of an identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row, understood."""

    said: Said
    keys: dict[Key, str]  #: what they are known by, as it was written; the best to know them by first
    values: dict[str, Any]  #: of the fields that `saying` knows
    organisation: Named | None
    made_at: datetime | None


def read(said: Said, house: House) -> Person | None:
    """What a row says; nothing when it cannot be used, then ``said`` knows why."""
    keys = _keys_of(said, house)
    told = shared.values_of(said, house, Contact)
    name = said.plain("name") or f"{said.plain('first_name')} {said.plain('last_name')}".strip()
    if name:
        told["name"] = said.read("name", lambda _cell: facts.cleaned(Contact, "name", name), name[:200])
    for one in ("language", "zone"):
        if one in said.values:
            told[one] = said.read(one, partial(facts.cleaned, Contact, one), "")
    if not keys and not said.problems:
        said.refuse("", _("Nothing to know this person again by: no number, e-mail, phone or handle."))
    made_at = shared.since(said, house)
    if said.problems:
        return None
    return Person(
        said=said,
        keys=keys,
        values=told,
        organisation=firms.named(said, "organisation", "organisation_id"),
        made_at=made_at,
    )


def known(house: House, batch: Sequence[Person]) -> int:
    """How many of the batch are here already."""
    people = _People.of(house, batch)
    return sum(people.known(one) is not None for one in batch)


def write(house: House, batch: Sequence[Person]) -> Tally:
    """Write a batch, in the current transaction."""
    people = _People.of(house, batch)
    organisations = Firms.of(house, [one.organisation for one in batch if one.organisation])
    tally = Tally()
    fates = [_placed(one, house, people, organisations, tally) for one in batch]
    organisations.write()
    _write_new(house, people)
    changed = shared.say(house, people.told, Contact) | people.grown
    seen: set[UUID] = set()
    for key, says_more in fates:
        is_first = key not in seen
        seen.add(key)
        if is_first and key in people.new:
            tally.made += 1
        elif (is_first and key in changed) or (not is_first and says_more):
            tally.changed += 1
        else:
            tally.same += 1
    return tally


def _keys_of(said: Said, house: House) -> dict[Key, str]:
    found: dict[Key, str] = {}
    if number := said.plain("external_id"):
        found[Identity.Kind.EXTERNAL, shared.external_value(house.system, number)] = number
    for name, kind in KINDS.items():
        for value, shown in said.each(name, partial(_checked, kind, house)):
            found.setdefault((kind, value), shown)
    if house.match == "email":  # a number is then only noted
        found = dict(sorted(found.items(), key=lambda one: one[0][0] == Identity.Kind.EXTERNAL))
    return found


def _checked(kind: str, house: House, cell: Any) -> tuple[str, str]:
    written = values.text(cell)
    return normalised(kind, values.person(cell)[1] or written, house.region), written[:320]


@dataclass(slots=True, kw_only=True)
class _People:
    """Everybody a batch speaks of; grows while it is gone through."""

    system: str
    match: str
    by_key: dict[Key, UUID]
    numbered: set[UUID]  #: those who have a number in the other system
    rows: dict[UUID, Contact]
    new: dict[UUID, Contact] = field(default_factory=dict)
    told: dict[UUID, dict[str, Any]] = field(default_factory=dict)  #: of those who are here
    identities: list[Identity] = field(default_factory=list)
    grown: set[UUID] = field(default_factory=set)  #: those who are known by something more now

    @classmethod
    def of(cls, house: House, batch: Iterable[Person]) -> "_People":
        by_key = shared.known_by(house, (key for one in batch for key in one.keys))
        everybody = Contact.objects.of(house.workspace_id).filter(pk__in=set(by_key.values()))
        prefix = shared.external_value(house.system, "")
        numbered = Identity.objects.of(house.workspace_id).filter(
            kind=Identity.Kind.EXTERNAL, value__startswith=prefix, contact_id__in=set(by_key.values())
        )
        return cls(
            system=house.system,
            match=house.match,
            by_key=by_key,
            numbered=set(numbered.values_list("contact_id", flat=True)),
            rows={row.pk: row for row in everybody},
        )

    def known(self, person: Person) -> UUID | None:
        """Who it is: by the number, else by an address nobody with another number has, else by a phone."""
        number = next((key for key in person.keys if key[0] == Identity.Kind.EXTERNAL), None)
        if number and self.match != "email" and number in self.by_key:
            return self.by_key[number]
        for kind in (Identity.Kind.EMAIL, Identity.Kind.PHONE, Identity.Kind.HANDLE):
            held = [self.by_key[key] for key in person.keys if key[0] == kind and key in self.by_key]
            free = [one for one in held if not number or self.match == "email" or one not in self.numbered]
            if free:
                return free[0]
            if any(key[0] == kind for key in person.keys) and (number or kind == Identity.Kind.EMAIL):
                break  # many share a phone; who has an address or a number is not known by it
        return self.by_key.get(number) if number else None


def _placed(
    person: Person, house: House, people: _People, organisations: Firms, tally: Tally
) -> tuple[UUID, bool]:
    """Whose row it is, and whether it says more than the rows before; what is new about them is noted."""
    told = dict(person.values)
    organisation = organisations.key_of(person.organisation) or house.organisation_id
    if organisation:
        told["organisation"] = str(organisation)
    key = people.known(person)
    if key is None:
        row = _made(person, house)
        key, people.new[row.pk] = row.pk, row
    has_grown = _add_identities(person, key, house, people, tally.refused)
    if key in people.new:
        row = people.new[key]
        news = {name for name, value in told.items() if facts.value_of(row, name) != value}
        for name, value in told.items():
            facts.write(row, name, value)
    else:
        before = people.told.setdefault(key, {})
        news = {name for name, value in told.items() if name not in before or before[name] != value}
        before.update(told)
    return key, bool(news) or has_grown


def _made(person: Person, house: House) -> Contact:
    (_kind, value), shown = next(iter(person.keys.items()))
    row = Contact(id=ids.new(), workspace_id=house.workspace_id, owner_id=house.owner_id)
    row.name = person.values.get("name") or (shown or value).partition("@")[0][:200]
    row.made_at = person.made_at or clock.now()
    return row


def _add_identities(person: Person, key: UUID, house: House, people: _People, refused: list[Refusal]) -> bool:
    has_grown = False
    for (kind, value), shown in person.keys.items():
        there = people.by_key.get((kind, value))
        if there is None:
            people.by_key[kind, value] = key
            people.identities.append(shared.identity(house, key, kind, value, shown))
            has_grown = True
        elif there != key:
            name = next((name for name, one in KINDS.items() if one == kind), "external_id")
            owner = (people.rows.get(there) or people.new[there]).name
            why = _("Taken in without this: it belongs to %(name)s already.") % {"name": owner}
            refused.append(person.said.left_out(name, why, value=shown))
        if kind == Identity.Kind.EXTERNAL and there in (None, key):
            people.numbered.add(key)
    if has_grown:
        people.grown.add(key)
    return has_grown


def _write_new(house: House, people: _People) -> None:
    rows = list(people.new.values())
    for row in rows:
        row.owner_since = clock.now() if row.owner_id else None
    Contact.objects.bulk_create(rows)
    saying.note_made(rows, source=Source.IMPORT, because=house.name, batch=house.import_id)
    Membership.objects.bulk_create(
        Membership(workspace_id=house.workspace_id, contact=row, organisation_id=row.organisation_id)
        for row in rows
        if row.organisation_id
    )
    Identity.objects.bulk_create(people.identities)
    shared.note(house, "contact", (row.pk for row in rows))
    shared.note(house, "identity", (one.pk for one in people.identities))
