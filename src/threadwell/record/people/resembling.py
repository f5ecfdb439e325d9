"""Resembling: contacts and organisations as they are compared, and what speaks for two of them being one.

In:    a workspace, a kind of records; a pattern of likeness
Out:   columns, records, evidence
Touch: nothing
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from threadwell.record.fields.models import CustomField
from threadwell.record.people.likeness.comparing import ALIKE, DIFFERENT, NEARLY, SWAPPED, UNKNOWN, Pattern
from threadwell.record.people.likeness.machines import is_machine
from threadwell.record.people.likeness.records import Columns, Record
from threadwell.record.people.likeness.weights import Weights
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import Contact, Identity, Organisation

CUSTOM = "custom-"  #: before the key of a custom field
MARKS = (Identity.Kind.EMAIL, Identity.Kind.PHONE, Identity.Kind.HANDLE)
NAMES = 3  #: places of a pattern that the name has

_HOW = {DIFFERENT: "different", ALIKE: "alike", NEARLY: "nearly", SWAPPED: "swapped"}
_CODES = (CustomField.Kind.NUMBER, CustomField.Kind.DATE, CustomField.Kind.CHOICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that speaks for two records being one, or against it."""

    what: str  #: "name", "organisation", "email", "phone", "domain", "custom-street"
    how: str  #: "same", "nearly", "alike", "swapped", "different"
    left: str
    right: str
    weight: float  #: logarithm of how much more often it is so among records that are one

    def as_facts(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "how": self.how,
            "left": self.left[:200],
            "right": self.right[:200],
            "weight": round(self.weight, 2),
        }


def columns_of(workspace_id: UUID, kind: str) -> Columns:
    """What is compared, with the fields the workspace has defined."""
    fields = CustomField.objects.of(workspace_id).filter(about=kind, archived_at=None).order_by("place", "pk")
    told = list(fields.values_list("key", "kind"))
    texts = [CUSTOM + key for key, of in told if of == CustomField.Kind.TEXT]
    codes = [CUSTOM + key for key, of in told if of in _CODES]
    if kind == Kind.CONTACT:
        return Columns(
            texts=("organisation", *texts), codes=tuple(codes), marks=tuple(str(mark) for mark in MARKS)
        )
    return Columns(texts=("called", *texts), codes=tuple(codes), marks=("domain",))


def records_of(
    workspace_id: UUID, kind: str, columns: Columns, keys: Iterable[UUID] | None = None
) -> Iterator[Record]:
    """All that stand for themselves, or those of these keys, each with all that its members are known by."""
    read = _contacts if kind == Kind.CONTACT else _organisations
    narrowed = Q() if keys is None else Q(pk__in=(chosen := list(keys))) | Q(one_with_id__in=chosen)
    return read(workspace_id, columns, narrowed)


def evidence(columns: Columns, pattern: Pattern, weights: Weights, one: Record, other: Record) -> list[Piece]:
    """What speaks for it and what against it, the weightiest first."""
    shown = _shown(columns, one), _shown(columns, other)
    levels = [
        (place, level, weights.levels[at][level])
        for at, (place, level) in enumerate(zip(columns.names, pattern, strict=True))
        if level != UNKNOWN
    ]
    pieces = [
        Piece(
            what=place,
            how=_HOW.get(level, "same"),
            left=shown[0].get(place, ""),
            right=shown[1].get(place, ""),
            weight=weight,
        )
        for place, level, weight in levels
        if place not in columns.names[:NAMES]
    ]
    names = [(level, weight) for place, level, weight in levels if place in columns.names[:NAMES]]
    if names:
        how = _HOW.get(min(level for level, _weight in names), "same")
        weight = sum(weight for _level, weight in names)
        pieces.append(Piece(what="name", how=how, left=one.name, right=other.name, weight=weight))
    return sorted(pieces, key=lambda piece: -abs(piece.weight))


def _contacts(workspace_id: UUID, columns: Columns, narrowed: Q) -> Iterator[Record]:
    rows = Contact.objects.of(workspace_id).filter(narrowed).order_by("one_with", "pk")
    facts: list[Any] = list(rows.values_list("pk", "one_with_id", "name", "organisation__name", "custom"))
    roots = {key: one_with or key for key, one_with, *_rest in facts}
    known: defaultdict[tuple[UUID, str], list[str]] = defaultdict(list)
    identities = Identity.objects.of(workspace_id).filter(kind__in=MARKS)
    if narrowed:
        identities = identities.filter(contact_id__in=list(roots))
    for key, kind, value in identities.values_list("contact_id", "kind", "value").iterator():
        if key in roots:
            known[roots[key], kind].append(value)
    for key, one_with, name, organisation, custom in facts:
        reached = [value for kind in MARKS for value in known.get((key, kind), ())]
        if one_with is None and not is_machine(name, reached):
            emails = known.get((key, Identity.Kind.EMAIL), [])
            yield Record(
                key=str(key),
                name=name or (emails[0].partition("@")[0] if emails else ""),
                texts=[organisation or "", *_custom(columns.texts[1:], custom)],
                codes=_custom(columns.codes, custom),
                marks=[known.get((key, kind), []) for kind in MARKS],
            )


def _organisations(workspace_id: UUID, columns: Columns, narrowed: Q) -> Iterator[Record]:
    rows = Organisation.objects.of(workspace_id).filter(narrowed).order_by("pk")
    facts: list[Any] = list(rows.values_list("pk", "one_with_id", "name", "domains", "custom"))
    domains: defaultdict[UUID, list[str]] = defaultdict(list)
    for key, one_with, _name, of, _custom_values in facts:
        domains[one_with or key] += of
    for key, one_with, name, _of, custom in facts:
        if one_with is None:
            yield Record(
                key=str(key),
                texts=[name, *_custom(columns.texts[1:], custom)],
                codes=_custom(columns.codes, custom),
                marks=[domains[key]],
            )


def _custom(names: Iterable[str], custom: dict[str, Any]) -> list[str]:
    values = (custom.get(name.removeprefix(CUSTOM)) for name in names)
    return ["" if value is None else str(value) for value in values]


def _shown(columns: Columns, record: Record) -> dict[str, str]:
    shown = dict(zip(columns.texts, record.texts, strict=True))
    shown |= dict(zip(columns.codes, record.codes, strict=True))
    return shown | {name: ", ".join(values) for name, values in zip(columns.marks, record.marks, strict=True)}
