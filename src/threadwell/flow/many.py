"""Many: pieces of work and customers are changed at once, and whatever was done to many is taken back.

A deed is a slip (`Give(owner=...)`), as for conversations; `change` does it to every piece of work and keeps
what was before in an Undo. What was said of customers under one batch gets an Undo of its own. `take_back` is
the one way back of all of them: what somebody has changed since stays as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from threadwell.flow import handling, surgery
from threadwell.kit import clock
from threadwell.kit.errors import Invalid, NotAllowed
from threadwell.record.conversations.models import Undo
from threadwell.record.people import provenance
from threadwell.record.work.models import WorkItem, WorkStatus
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

WORK, SAID = "work", "said"


class Deed(Protocol):
    """Something that can be done to a piece of work; says whether it changed anything."""

    def do(self, item: WorkItem, *, by: Agent) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """Give it an owner, or nobody."""

    owner: Agent | None

    def do(self, item: WorkItem, *, by: Agent) -> bool:
        if self.owner and May.HANDLE not in self.owner.may:
            raise Invalid(_("%(name)s cannot own work here.") % {"name": self.owner.name})
        return item.assign(self.owner, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOn:
    """Hand it to a team, or to none."""

    team: Team | None

    def do(self, item: WorkItem, *, by: Agent) -> bool:
        return item.pass_to(self.team, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """It is due then, or at no time."""

    due_at: datetime | None

    def do(self, item: WorkItem, *, by: Agent) -> bool:
        return bool(item.change(by=by, due_at=self.due_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTo:
    """It stands in that status of its kind."""

    status: WorkStatus

    def do(self, item: WorkItem, *, by: Agent) -> bool:
        return item.move(self.status, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of it."""

    restored: int
    kept: int  #: somebody has changed them since


def change(items: Iterable[WorkItem], deed: Deed, *, by: Agent) -> Undo | None:
    """Do the deed to all of them, together or not at all; nothing when it changed nothing."""
    with transaction.atomic():
        rows = _held(by.workspace_id, {one.pk for one in items})
        before = {one.pk: _state(one) for one in rows}
        changed = [one for one in rows if deed.do(one, by=by)]
        if not changed:
            return None
        facts = {str(one.pk): {"before": before[one.pk], "after": _state(one)} for one in changed}
        return Undo.objects.create(workspace_id=by.workspace_id, kind=WORK, by=by, facts=facts)


def undo_of(batch: UUID, *, by: Agent) -> Undo:
    """The way back from what was said of customers under one batch."""
    return Undo.objects.create(workspace_id=by.workspace_id, kind=SAID, by=by, facts={"batch": str(batch)})


def take_back(undo: Undo, *, by: Agent) -> TakenBack:
    """Restore what was before, where nobody has changed it since."""
    if undo.kind not in (WORK, SAID):
        restored = handling.take_back(undo, by=by)
        return TakenBack(restored=restored, kept=len(undo.conversations) - restored)
    if undo.by_id not in (None, by.pk) and May.SUPERVISE not in by.may:
        raise NotAllowed(_("This was done by somebody else; they or a supervisor can take it back."))
    with transaction.atomic():
        undo = Undo.objects.of(by.workspace_id).select_for_update(of=("self",)).get(pk=undo.pk)
        if undo.undone_at:
            raise surgery.AlreadyUndone(_("This was taken back before."))
        undo.undone_at, undo.undone_by = clock.now(), by
        undo.save(update_fields=["undone_at", "undone_by"])
        if undo.kind == SAID:
            back = provenance.take_back(by.workspace_id, UUID(undo.facts["batch"]), by=by)
            return TakenBack(restored=back.restored, kept=back.kept)
        rows = _held(by.workspace_id, map(UUID, undo.facts))
        restored = sum(_restore(one, **undo.facts[str(one.pk)], by=by) for one in rows)
        return TakenBack(restored=restored, kept=len(undo.facts) - restored)


def _held(workspace_id: UUID, keys: Iterable[UUID]) -> list[WorkItem]:
    # In the order of their keys: two who act on the same ones at once do not block each other for ever.
    wanted = WorkItem.objects.of(workspace_id).filter(pk__in=list(keys)).order_by("pk")
    return list(wanted.select_related("type", "status").select_for_update(of=("self",)))


def _state(item: WorkItem) -> dict[str, Any]:
    return {
        "owner": str(item.owner_id) if item.owner_id else None,
        "team": str(item.team_id) if item.team_id else None,
        "due_at": item.due_at.isoformat() if item.due_at else None,
        "status": str(item.status_id),
    }


def _restore(item: WorkItem, before: dict[str, Any], after: dict[str, Any], *, by: Agent) -> bool:
    now = _state(item)
    touched = [name for name, value in after.items() if value != before[name] and now[name] == value]
    because = _("taken back")
    for name in touched:
        was = before[name]
        match name:
            case "owner":
                item.assign(_one(Agent, item, was), by=by, because=because)
            case "team":
                item.pass_to(_one(Team, item, was), by=by, because=because)
            case "due_at":
                item.change(by=by, because=because, due_at=parse_datetime(was) if was else None)
            case _ if status := _one(WorkStatus, item, was):
                item.turn(status, by=by, because=because)
    return bool(touched)


def _one(model: Any, item: WorkItem, key: str | None) -> Any:
    return model.objects.of(item.workspace_id).filter(pk=key).first() if key else None
