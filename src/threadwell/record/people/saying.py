"""Saying: whoever knows a value of a contact or an organisation says so here, and the better source wins.

In:    records, values by field, who says so
Out:   what became the value and what was only noted, because a better source stands there
Touch: Contact, Organisation, Statement, Membership, Alert; events

All writers come through here: pages, the API, imports, intake. A colleague's word stands over a system of
record, that over an import, that over a From line or a signature (`statement.RANK`); among equals the later
one wins. What nobody is known to have said counts as the weakest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack, cast
from uuid import UUID

from django.db import transaction

from threadwell.kit import clock
from threadwell.record.journal.telling import tell
from threadwell.record.people import facts, memberships
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.people.statement import RANK, Source, Statement
from threadwell.record.workplace.models import Agent

AT_ONCE = 500  #: rows in one statement; longer ones take more than their share of time

type Values = Mapping[str, Any]
type Standing = dict[tuple[UUID, str], Statement]


class Speaker(TypedDict, total=False):
    """Who says so, and with what right."""

    source: Required[str]  #: of `statement.Source`
    by: Agent | None
    because: str  #: a file, a system, a rule
    message: UUID | None
    batch: UUID | None  #: what is said under one batch can be taken back together
    at: datetime | None
    is_quiet: bool  #: writes no event: imports of old data


@dataclass(slots=True, kw_only=True)
class Said:
    """What became of the values of one record."""

    changed: dict[str, Any] = field(default_factory=dict)  #: field: what stood there before
    only_noted: list[str] = field(default_factory=list)  #: a better source stands there


def say(subject: Account, name: str, value: Any, **speaker: Unpack[Speaker]) -> bool:
    """One value; whether it changed anything."""
    return bool(say_all(subject, {name: value}, **speaker).changed)


def say_all(subject: Account, values: Values, **speaker: Unpack[Speaker]) -> Said:
    """Several values of one record. Custom fields are named ``custom.<key>`` and checked before."""
    [said] = say_many([(subject, values)], **speaker)
    return said


def say_many(pairs: Sequence[tuple[Account, Values]], **speaker: Unpack[Speaker]) -> list[Said]:
    """Values of many records of one kind, in few queries; the records handed in are changed too."""
    if not pairs:
        return []
    kind = type(pairs[0][0])
    workspace_id = pairs[0][0].workspace_id
    cleaned = [
        (subject, {name: facts.cleaned(kind, name, value) for name, value in values.items()})
        for subject, values in pairs
    ]
    with transaction.atomic():
        keys = sorted({subject.pk for subject, _values in cleaned})
        held = (
            kind.objects.of(workspace_id).filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
        )
        rows: dict[UUID, Account] = {row.pk: row for row in held}
        facts.refuse_strangers(workspace_id, (_news(rows[one.pk], values) for one, values in cleaned))
        standing = _standing(kind, workspace_id, rows)
        said, statements, columns = [], [], set()
        for subject, values in cleaned:
            outcome, made = _weighed(rows[subject.pk], values, standing, speaker)
            said.append(outcome)
            statements += made
            for name in outcome.changed:
                columns |= set(facts.write(subject, name, values[name]))
        _kept(kind, [rows[key] for key in keys], columns, said, cleaned, speaker)
        Statement.objects.bulk_create(statements)
    return said


def make[A: Account](kind: type[A], workspace_id: UUID, values: Values, **speaker: Unpack[Speaker]) -> A:
    """A new contact or organisation, with who said what it is."""
    cleaned = {name: facts.cleaned(kind, name, value) for name, value in values.items()}
    if "name" not in cleaned:
        cleaned["name"] = facts.cleaned(kind, "name", "")
    facts.refuse_strangers(workspace_id, [cleaned])
    row = kind(workspace_id=workspace_id)
    for name, value in cleaned.items():
        facts.write(row, name, value)
    row.owner_since = clock.now() if row.owner_id else None
    with transaction.atomic():
        row.save(force_insert=True)
        note_made([row], **speaker)
        if isinstance(row, Contact) and row.organisation_id:
            memberships.follow(row, None, by=speaker.get("by"))
        if not speaker.get("is_quiet"):
            told = "contact.made" if kind is Contact else "organisation.made"
            tell(row, told, by=speaker.get("by"), source=str(speaker["source"]))
    return row


def note_made(rows: Iterable[Account], **speaker: Unpack[Speaker]) -> None:
    """Of records that were just written: who said what stands in them."""
    Statement.objects.bulk_create(
        _statement(row, name, value, None, speaker)
        for row in rows
        for name in [*facts.names_of(type(row)), *(f"{facts.CUSTOM}{key}" for key in row.custom)]
        if (value := facts.value_of(row, name)) not in (None, "", [])
    )


def turn_back(subject: Account, name: str, value: Any, *, by: Agent | None = None) -> None:
    """A statement was taken back: what stood there before stands there again, and nobody says so anew."""
    kind = type(subject)
    with transaction.atomic():
        row = kind.objects.of(subject.workspace_id).select_for_update(of=("self",)).get(pk=subject.pk)
        said = Said(changed={name: facts.value_of(row, name)})
        columns = set(facts.write(row, name, value)) | set(facts.write(subject, name, value))
        _kept(kind, [row], columns, [said], [(row, {name: value})], Speaker(source=Source.SYSTEM, by=by))


def _news(row: Account, values: Values) -> Values:
    return {name: value for name, value in values.items() if value != facts.value_of(row, name)}


def _standing(kind: type[Account], workspace_id: UUID, keys: Iterable[UUID]) -> Standing:
    """The statement that each value stands on."""
    about = _about(kind)
    rows = Statement.objects.of(workspace_id).filter(
        **{f"{about}_id__in": list(keys)}, held=True, taken_back_at=None
    )
    newest = rows.order_by(f"{about}_id", "field", "-id").distinct(f"{about}_id", "field")
    return {(getattr(one, f"{about}_id"), one.field): one for one in newest}


def _weighed(
    row: Account, values: Values, standing: Standing, speaker: Speaker
) -> tuple[Said, list[Statement]]:
    """Change the row where the speaker's word counts more than what stands there; what to note of it."""
    said, statements = Said(), []
    rank = RANK[speaker["source"]]
    for name, value in values.items():
        before = facts.value_of(row, name)
        stands_on = standing.get((row.pk, name))
        stood = RANK[stands_on.source] if stands_on else 0
        if value == before:
            # Said again by somebody better: from now on it stands on their word.
            if rank > stood and value not in (None, "", []):
                statements.append(_statement(row, name, value, before, speaker))
            continue
        if rank < stood:
            said.only_noted.append(name)
            statements.append(_statement(row, name, value, before, speaker, held=False))
            continue
        if name == "parent":
            facts.refuse_circle(cast("Organisation", row), value)
        said.changed[name] = before
        facts.write(row, name, value)
        statements.append(_statement(row, name, value, before, speaker))
    return said, statements


def _kept(
    kind: type[Account],
    rows: Sequence[Account],
    columns: set[str],
    said: Sequence[Said],
    cleaned: Sequence[tuple[Account, Values]],
    speaker: Speaker,
) -> None:
    changed: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for (subject, _values), one in zip(cleaned, said, strict=True):
        changed[subject.pk] |= {
            name: was for name, was in one.changed.items() if name not in changed[subject.pk]
        }
    touched = [row for row in rows if changed[row.pk]]
    if not touched:
        return
    now = clock.now()
    for row in touched:
        row.changed_at = now
        if "owner" in changed[row.pk]:
            row.owner_since = now if row.owner_id else None
    kind.objects.of(rows[0].workspace_id).bulk_update(
        touched, [*columns, "changed_at", "owner_since"], batch_size=AT_ONCE
    )
    told = "contact.changed" if kind is Contact else "organisation.changed"
    for row in touched:
        before = changed[row.pk]
        if isinstance(row, Contact) and "organisation" in before:
            memberships.follow(row, before["organisation"], by=speaker.get("by"))
        if not speaker.get("is_quiet"):
            tell(row, told, by=speaker.get("by"), before=before, source=str(speaker["source"]))


def _statement(
    row: Account, name: str, value: Any, before: Any, speaker: Speaker, *, held: bool = True
) -> Statement:
    return Statement(
        workspace_id=row.workspace_id,
        field=name,
        value=value,
        before=before,
        source=Source(speaker["source"]),
        by=speaker.get("by"),
        because=speaker.get("because", "")[:200],
        message=speaker.get("message"),
        batch=speaker.get("batch"),
        at=speaker.get("at") or clock.now(),
        held=held,
        **{f"{_about(type(row))}_id": row.pk},
    )


def _about(kind: type[Account]) -> str:
    return "contact" if kind is Contact else "organisation"
