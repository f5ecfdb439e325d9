"""Organisations: rows of firms become organisations, or say something new about those who are here.

In:    rows, the House they are read by
Out:   Firms as rows name them (checked); a Tally of what was written
Touch: Organisation, Origin, Statement
Never: a firm above itself: such a row is taken in without its parent
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.flow.carry import firms, shared, values
from threadwell.flow.carry.firms import Firms, Named
from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.kit import clock, ids
from threadwell.kit.errors import Invalid
from threadwell.record.people import facts, saying
from threadwell.record.people.models import Organisation, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """One row, understood."""

    said: Said
    named: Named
    parent: Named | None
    values: dict[str, Any]  #: of the fields that `saying` knows
    made_at: datetime | None


def read(said: Said, house: House) -> Firm | None:
    """What a row says; nothing when it cannot be used, then ``said`` knows why."""
    told = shared.values_of(said, house, Organisation)
    told["name"] = said.read("name", partial(facts.cleaned, Organisation, "name"), "")
    if "domain" in said.values:
        domains = [one for cell in said.each("domain", _domains) for one in cell]
        told["domains"] = list(dict.fromkeys(domains))[: facts.DOMAINS]
    named = firms.named(said, "name", "external_id")
    if not told["name"] and not said.problems:
        said.refuse("name", _("An organisation needs a name."))
    made_at = shared.since(said, house)
    if said.problems or named is None:
        return None
    parent = firms.named(said, "parent", "parent_id")
    return Firm(said=said, named=named, parent=parent, values=told, made_at=made_at)


def known(house: House, batch: Sequence[Firm]) -> int:
    """How many of the batch are here already."""
    there = Firms.of(house, [one.named for one in batch])
    return sum(there.known(one.named) is not None for one in batch)


def write(house: House, batch: Sequence[Firm]) -> Tally:
    """Write a batch, in the current transaction."""
    there = Firms.of(house, [named for one in batch for named in (one.named, one.parent)])
    told: dict[UUID, dict[str, Any]] = {}
    new: dict[UUID, Organisation] = {}
    fates: list[tuple[UUID, bool]] = []
    for one in batch:
        key = there.known(one.named)
        if key is None:
            row = _made(one, house)
            there.made.append(row)
            key, new[row.pk] = row.pk, row
        there.remember(one.named, key)
        fates.append((key, _says_more(one, key, new, told)))
    parents = [(one, key, there.key_of(one.parent)) for one, (key, _more) in zip(batch, fates, strict=True)]
    there.write()
    changed = shared.say(house, told, Organisation)
    tally = Tally()
    for one, key, parent in parents:
        if parent is not None and _put_beneath(one, key, parent, house, tally) and key not in new:
            changed.add(key)
    seen: set[UUID] = set()
    for key, says_more in fates:
        is_first = key not in seen
        seen.add(key)
        if is_first and key in new:
            tally.made += 1
        elif (is_first and key in changed) or (not is_first and says_more):
            tally.changed += 1
        else:
            tally.same += 1
    return tally


def _domains(cell: Any) -> list[str]:
    return [values.domain(one) for one in values.text(cell).replace(";", ",").split(",") if one.strip()]


def _made(one: Firm, house: House) -> Organisation:
    row = Organisation(id=ids.new(), workspace_id=house.workspace_id, owner_id=house.owner_id)
    row.name = one.values["name"]
    row.made_at = one.made_at or clock.now()
    row.owner_since = clock.now() if row.owner_id else None
    return row


def _says_more(one: Firm, key: UUID, new: dict[UUID, Organisation], told: dict[UUID, dict[str, Any]]) -> bool:
    """Note what the row says; whether that is more than the rows before it said."""
    if row := new.get(key):
        news = [name for name, value in one.values.items() if facts.value_of(row, name) != value]
        for name, value in one.values.items():
            facts.write(row, name, value)
        return bool(news)
    before = told.setdefault(key, {})
    has_news = any(name not in before or before[name] != value for name, value in one.values.items())
    before.update(one.values)
    return has_news


def _put_beneath(one: Firm, key: UUID, parent: UUID, house: House, tally: Tally) -> bool:
    """Say what stands above; a circle is refused, and only that."""
    row = Organisation.objects.of(house.workspace_id).get(pk=key)
    batch = ids.new()
    try:
        with transaction.atomic():
            is_changed = saying.say(
                row,
                "parent",
                str(parent),
                source=Source.IMPORT,
                because=house.name,
                batch=batch,
                is_quiet=True,
            )
    except Invalid as wrong:
        field = "parent" if "parent" in one.said.values else "parent_id"
        tally.refused.append(one.said.left_out(field, str(wrong.sentence)))
        return False
    if is_changed:
        shared.note(house, "values", [batch])
    return is_changed
