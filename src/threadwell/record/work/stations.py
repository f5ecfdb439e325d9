"""Stations: what becomes of the work in a status when the status itself is changed or goes.

In:    a status; what it shall be, or where its work shall go
Out:   whether anything changed; how much work was moved
Touch: WorkStatus, WorkItem, events
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import tell
from threadwell.record.work.item import WorkItem
from threadwell.record.work.types import WorkItemType, WorkStatus, named, save_named
from threadwell.record.workplace.models import Agent

AT_A_TIME = 1000


class StatusInUse(DomainError):
    """Work stands in this status; say where it shall go."""

    code = "status-in-use"


def change(status: WorkStatus, *, by: Agent | None, **facts: Any) -> bool:
    """Its name, colour, category, or what may follow; work in it opens and closes with its category."""
    if "name" in facts:
        facts["name"] = named(facts["name"])
    if facts.get("leads_to") is not None:
        facts["leads_to"] = _siblings(status, facts["leads_to"])
    before = {name: getattr(status, name) for name, value in facts.items() if getattr(status, name) != value}
    if not before:
        return False
    if "category" in before:
        status.refuse_to_be_missed(becomes=facts["category"])
    for name in before:
        setattr(status, name, facts[name])
    save_named(status, update_fields=list(before))
    if "category" in before:
        _reopen_or_close(status)
    changed = sorted(before)
    tell(status.type, "work_type.status_changed", by=by, status=status.name, fields=changed)
    return True


def count_in(status: WorkStatus) -> int:
    """How much work stands in it."""
    rows = WorkItem.objects.of(status.workspace_id).filter(status_id=status.pk)
    count: int = rows.count()
    return count


def remove(status: WorkStatus, *, into: WorkStatus | None, by: Agent | None) -> int:
    """The status goes; work that stands in it goes ``into`` another of its type. How much that was."""
    # Whoever moves work here at the same time waits, and then finds the status gone.
    rows = WorkStatus.objects.of(status.workspace_id).filter(pk=status.pk)
    if rows.select_for_update().first() is None:
        return 0
    status.refuse_to_be_missed()
    count = count_in(status)
    if count and into is None:
        raise StatusInUse(
            ngettext(
                "%(count)s piece of work is in “%(status)s”. Choose the status it goes to.",
                "%(count)s pieces of work are in “%(status)s”. Choose the status they go to.",
                count,
            )
            % {"count": count, "status": status.name}
        )
    if count and into is not None:
        _move_all(status, into, by=by)
    _forget_as_way(status)
    rows.delete()
    tell(status.type, "work_type.status_removed", by=by, status=status.name, count=count)
    return count


def ways_of(kind: WorkItemType) -> dict[UUID, list[WorkStatus]]:
    """By each status of a type, those that may follow it."""
    every = kind.statuses()
    return {one.pk: [other for other in every if one.may_lead_to(other)] for one in every}


def _siblings(status: WorkStatus, keys: Iterable[UUID]) -> list[UUID]:
    others = {one.pk for one in status.type.statuses()} - {status.pk}
    return sorted(set(keys) & others, key=str)


def _reopen_or_close(status: WorkStatus) -> None:
    inside = WorkItem.objects.of(status.workspace_id).filter(status_id=status.pk)
    if status.is_open:
        inside.update(closed_at=None)
    else:
        inside.filter(closed_at=None).update(closed_at=clock.now())


def _move_all(status: WorkStatus, into: WorkStatus, *, by: Agent | None) -> None:
    if into.type_id != status.type_id or into.pk == status.pk:
        raise Invalid(_("Choose another status of the same kind of work."))
    inside = WorkItem.objects.of(status.workspace_id).filter(status_id=status.pk)
    numbers = dict(inside.values_list("pk", "number"))
    now = clock.now()
    inside.update(status=into, changed_at=now)
    moved = WorkItem.objects.of(status.workspace_id).filter(status_id=into.pk)
    if into.is_open:
        moved.exclude(closed_at=None).update(closed_at=None)
    else:
        moved.filter(closed_at=None).update(closed_at=now)
    # One row for each, but nobody is woken for each: the screens hear of the type.
    because = _("The status “%(status)s” was removed.") % {"status": status.name}
    facts = {"status": str(into.pk), "status_name": into.name, "before_name": status.name, "because": because}
    Event.objects.bulk_create(
        (
            Event(
                workspace_id=status.workspace_id,
                name="work_item.moved",
                about=key,
                by=by,
                facts={"number": number, **facts},
                at=now,
            )
            for key, number in numbers.items()
        ),
        batch_size=AT_A_TIME,
    )


def _forget_as_way(status: WorkStatus) -> None:
    for other in status.type.statuses():
        if other.leads_to and status.pk in other.leads_to:
            other.leads_to = [key for key in other.leads_to if key != status.pk]
            other.save(update_fields=["leads_to"])
