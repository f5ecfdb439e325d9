"""Work: rows of orders, cases and deals become work items, or say something new about those that are here.

In:    rows, the House they are read by
Out:   Pieces of work (checked); a Tally of what was written
Touch: WorkItem; contacts and organisations that a row names
Never: an event for a row
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Self
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.carry import firms, shared, values
from threadwell.flow.carry.callers import Caller
from threadwell.flow.carry.firms import Named
from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.flow.carry.whom import Whom, caller_of
from threadwell.kit import clock, ids
from threadwell.record.imports.models import ImportedRecord
from threadwell.record.work.item import free_number
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus

KIND = "work_item"
LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One row, understood as far as it stands alone."""

    said: Said
    external_id: str
    number: str
    type: str
    status: str
    facts: dict[str, Any]  #: columns of the work item
    custom: dict[str, Any]
    caller: Caller | None
    organisation: Named | None


def read(said: Said, house: House) -> Piece | None:
    """What a row says; nothing when it cannot be used, then ``said`` knows why."""
    told = shared.values_of(said, house, None)
    moment = partial(shared.moment_of, said, house)
    facts: dict[str, Any] = {
        "title": said.read("title", partial(values.shortened, most=300), ""),
        "detail": said.plain("detail"),
        "due_at": moment("due_at", may_lie_ahead=True),
        "made_at": moment("made_at"),
        "closed_at": moment("closed_at"),
        "amount": said.read("amount", _amount, None),
        "currency": said.read("currency", _currency, ""),
        "link": said.read("link", _link, ""),
        "owner_id": UUID(told["owner"]) if told.get("owner") else house.owner_id,
    }
    external_id = said.read("external_id", partial(values.shortened, most=200), "")
    if not external_id and not said.problems:
        said.refuse("external_id", _("It has no number in the other system to know it again by."))
    keys = shared.caller_keys(said, house)
    if said.problems:
        return None
    return Piece(
        said=said,
        external_id=external_id,
        number=said.read("number", partial(values.shortened, most=60), "").upper(),
        type=said.plain("type").casefold(),
        status=said.plain("status").casefold(),
        facts={name: value for name, value in facts.items() if value not in (None, "")},
        custom={key.partition(".")[2]: value for key, value in told.items() if key.startswith("custom.")},
        caller=caller_of(said, keys),
        organisation=firms.named(said, "organisation", "organisation_id"),
    )


def known(house: House, batch: Sequence[Piece]) -> int:
    """How many of the batch are here already."""
    here = _here(house, batch)
    return sum(one.external_id in here for one in batch)


def write(house: House, batch: Sequence[Piece]) -> Tally:
    """Write a batch, in the current transaction."""
    bench = _Bench.of(house, batch)
    whom = Whom.of(house, batch)
    tally = Tally()
    for one in batch:
        facts = whom.facts_of(one)
        if problem := bench.problem_of(one):
            one.said.refuse(*problem)
            tally.refused += one.said.refusals
        elif one.external_id in bench.items:
            if bench.change(one, facts):
                tally.changed += 1
            else:
                tally.same += 1
        else:
            bench.make(one, facts, house)
            tally.made += 1
    whom.write()
    bench.write(house)
    return tally


@dataclass(slots=True, kw_only=True)
class _Bench:
    """The kinds of work, and the items a batch is about; grows while it is gone through."""

    kinds: dict[str, WorkItemType]
    statuses: dict[UUID, dict[str, WorkStatus]]
    taken: dict[str, str]  #: numbers, and the number there of whose they are
    items: dict[str, WorkItem]
    new: list[WorkItem] = field(default_factory=list)
    before: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, house: House, batch: Sequence[Piece]) -> Self:
        types = list(
            WorkItemType.objects.of(house.workspace_id).filter(archived_at=None).order_by("position")
        )
        named = {name.casefold(): one for one in reversed(types) for name in (one.name, one.key)}
        if types:
            named[""] = types[0]
        items = WorkItem.objects.of(house.workspace_id)
        wanted = items.filter(number__in={one.number for one in batch if one.number})
        return cls(
            kinds=named,
            statuses={one.pk: {each.name.casefold(): each for each in one.statuses()} for one in types},
            taken={
                number: external if system == house.system else ""
                for number, system, external in wanted.values_list("number", "system", "external_id")
            },
            items=_here(house, batch),
        )

    def problem_of(self, one: Piece) -> tuple[str, str] | None:
        """What of the row has no place here."""
        there = self.items.get(one.external_id)
        kind = self.kinds.get(one.type) if one.type or there is None else None
        if kind is None and (one.type or there is None):
            return "type", _("There is no such kind of work.")
        type_id = there.type_id if there else kind.pk if kind else None
        if one.status and one.status not in self.statuses.get(type_id, {}):  # type: ignore[arg-type]
            return "status", _("There is no such status of this kind of work.")
        if one.number and self.taken.get(one.number, one.external_id) != one.external_id:
            return "number", _("This number belongs to another piece of work.")
        return None

    def make(self, one: Piece, facts: dict[str, Any], house: House) -> None:
        kind = self.kinds[one.type]
        stations = self.statuses[kind.pk]
        first = next((each for each in stations.values() if each.is_open), next(iter(stations.values())))
        status = stations.get(one.status, first)
        closed_at = facts.pop("closed_at", None) or clock.now()
        item = WorkItem(
            id=ids.new(),
            workspace_id=house.workspace_id,
            type=kind,
            status=status,
            number=one.number or free_number(kind),
            system=house.system,
            external_id=one.external_id,
            seen_status=one.said.plain("status")[:120],
            seen_at=clock.now(),
            closed_at=None if status.is_open else closed_at,
            custom=one.custom,
            **{"title": one.external_id, **facts},
        )
        if item.amount is not None and not item.currency:
            item.currency = kind.currency
        self.taken[item.number] = one.external_id
        self.items[one.external_id] = item
        self.new.append(item)

    def change(self, one: Piece, facts: dict[str, Any]) -> bool:
        """What the row says anew about an item that is here; whether that is anything."""
        item = self.items[one.external_id]
        wanted = {name: value for name, value in facts.items() if name not in ("made_at", "closed_at")}
        if one.custom:
            wanted["custom"] = {**item.custom, **one.custom}
        if one.status:
            status = self.statuses[item.type_id][one.status]
            wanted["status_id"] = status.pk
            if status.is_open != (item.closed_at is None):
                wanted["closed_at"] = None if status.is_open else facts.get("closed_at") or clock.now()
        news = {name: value for name, value in wanted.items() if getattr(item, name) != value}
        for name, value in news.items():
            if item not in self.new:
                self.before.setdefault(item.pk, {}).setdefault(name, getattr(item, name))
            setattr(item, name, value)
        return bool(news)

    def write(self, house: House) -> None:
        WorkItem.objects.bulk_create(self.new)
        shared.note(house, KIND, (item.pk for item in self.new))
        changed = [item for item in self.items.values() if item.pk in self.before]
        for item in changed:
            names = [name.removesuffix("_id") for name in self.before[item.pk]]
            item.changed_at = clock.now()
            item.save(update_fields=[*names, "changed_at"])
        ImportedRecord.objects.bulk_create(
            ImportedRecord(
                workspace_id=house.workspace_id,
                record_import_id=house.import_id,
                kind="work_values",
                about=item.pk,
                before=self.before[item.pk],
                after={name: getattr(item, name) for name in self.before[item.pk]},
            )
            for item in changed
        )


def _here(house: House, batch: Sequence[Piece]) -> dict[str, WorkItem]:
    rows = WorkItem.objects.of(house.workspace_id).filter(
        system=house.system, external_id__in=[one.external_id for one in batch]
    )
    return {item.external_id: item for item in rows}


def _amount(cell: Any) -> Decimal:
    said = values.text(cell).replace(" ", "").replace("\u00a0", "").replace("'", "")
    if said.rfind(",") > said.rfind("."):  # 1.234,50
        said = said.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(said.replace(",", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise values.Wrong(_("“%(text)s” is not an amount.") % {"text": values.text(cell)[:40]}) from None
    if abs(amount) >= LARGEST:
        raise values.Wrong(_("“%(text)s” is too large an amount.") % {"text": values.text(cell)[:40]})
    return amount


def _currency(cell: Any) -> str:
    said = values.text(cell).upper()
    if len(said) != 3 or not said.isalpha():
        raise values.Wrong(_("“%(text)s” is not a currency such as EUR.") % {"text": said[:20]})
    return said


def _link(cell: Any) -> str:
    said = values.shortened(cell, 1000)
    if not said.startswith(("https://", "http://")):
        raise values.Wrong(_("“%(text)s” is not a link.") % {"text": said[:60]})
    return said
