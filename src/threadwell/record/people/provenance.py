"""Provenance: who said what a value is, what others said, and back to what stood there before.

In:    a contact or organisation, a field; a statement; a batch of them
Out:   the statements; what was restored
Touch: nothing but through `saying`; Statement.taken_back_at
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from threadwell.kit import clock
from threadwell.record.people import facts, saying
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.people.statement import Source, Statement
from threadwell.record.workplace.models import Agent

MOST = 100  #: statements of one field that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What a batch left behind when it was taken back."""

    restored: int  #: values
    kept: int  #: values that somebody has changed since


def sources_of(subject: Account) -> dict[str, Statement]:
    """For each field the statement that its value stands on; a field nobody spoke of is not there."""
    newest = _of(subject).filter(held=True, taken_back_at=None).order_by("field", "-id").distinct("field")
    return {one.field: one for one in newest.select_related("by")}


def sources_of_many(subjects: Sequence[Account]) -> dict[UUID, dict[str, Statement]]:
    """The same of several records of one kind, in one question."""
    found: dict[UUID, dict[str, Statement]] = {one.pk: {} for one in subjects}
    if not subjects:
        return found
    about = "contact_id" if isinstance(subjects[0], Contact) else "organisation_id"
    rows = Statement.objects.of(subjects[0].workspace_id).filter(
        **{f"{about}__in": list(found)}, held=True, taken_back_at=None
    )
    newest = rows.order_by(about, "field", "-id").distinct(about, "field").select_related("by")
    for one in newest:
        found[getattr(one, about)][one.field] = one
    return found


def history_of(subject: Account, name: str) -> list[Statement]:
    """All that was ever said about a field, the newest first."""
    return list(_of(subject).filter(field=name).select_related("by").order_by("-id")[:MOST])


def put_back(subject: Account, statement: Statement, *, by: Agent) -> bool:
    """An older value is right after all: a colleague says so now."""
    because = str(Source(statement.source).label)
    return saying.say(subject, statement.field, statement.value, source=Source.AGENT, by=by, because=because)


def take_back(workspace_id: UUID, batch: UUID, *, by: Agent | None) -> TakenBack:
    """Restore what stood there before a batch, where nobody has changed it since."""
    restored = kept = 0
    with transaction.atomic():
        rows = Statement.objects.of(workspace_id).filter(batch=batch, taken_back_at=None, held=True)
        statements: Sequence[Statement] = list(rows.order_by("-id").select_for_update(of=("self",)))
        subjects = _subjects(workspace_id, statements)
        for one in statements:
            subject = subjects[one.contact_id or one.organisation_id]
            if facts.value_of(subject, one.field) != one.value or _is_said_since(one):
                kept += 1
                continue
            restored += _restore(subject, one, by=by)
        rows.filter(pk__in=[one.pk for one in statements]).update(taken_back_at=clock.now())
    return TakenBack(restored=restored, kept=kept)


def _restore(subject: Account, statement: Statement, *, by: Agent | None) -> int:
    """The value goes back, and stands again on what it stood on before the batch."""
    if statement.value == statement.before:
        return 0
    Statement.objects.of(subject.workspace_id).filter(pk=statement.pk).update(taken_back_at=clock.now())
    if statement.field == "parent":
        facts.refuse_circle(subject, statement.before)  # type: ignore[arg-type]  # only these have parents
    saying.turn_back(subject, statement.field, statement.before, by=by)
    return 1


def _is_said_since(statement: Statement) -> bool:
    same: dict[str, Any] = {name: getattr(statement, name) for name in ("contact_id", "organisation_id")}
    later = Statement.objects.of(statement.workspace_id).filter(
        field=statement.field, held=True, taken_back_at=None, id__gt=statement.pk, **same
    )
    return bool(later.exclude(batch=statement.batch).exists())


def _subjects(workspace_id: UUID, statements: Sequence[Statement]) -> dict[Any, Account]:
    found: dict[Any, Account] = {}
    for kind, name in ((Contact, "contact_id"), (Organisation, "organisation_id")):
        keys = {key for one in statements if (key := getattr(one, name))}
        rows: Any = kind
        found |= {row.pk: row for row in rows.objects.of(workspace_id).filter(pk__in=keys)}
    return found


def _of(subject: Account) -> Any:
    about = "contact" if isinstance(subject, Contact) else "organisation"
    return Statement.objects.of(subject.workspace_id).filter(**{f"{about}_id": subject.pk})
