"""Mirroring: work of another system as that system sees it; told twice, or out of order, does no harm.

In:    a system's name, its id for the work, what it says about it and when that was so
Out:   Mirrored: our item, and whether it was made, changed, or the news was old
Touch: WorkItem, events
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.journal.telling import tell
from threadwell.record.work.item import WorkItem, checked, free_number, number_taken
from threadwell.record.work.types import WorkItemType, WorkStatus
from threadwell.record.workplace.models import Agent

#: What another system may say besides its status.
SAID = ("title", "detail", "due_at", "amount", "currency", "contact", "organisation", "custom", "link")


class Outcome(StrEnum):
    """What became of the news."""

    MADE = "made"
    CHANGED = "changed"
    SAME = "same"
    OLD = "old"  #: we had heard newer things


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """Our picture of it, and what became of the news."""

    item: WorkItem
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a system says about a piece of its work."""

    system: str
    external_id: str
    kind: WorkItemType
    seen_at: datetime
    number: str = ""  #: as that system writes it; one of ours when it is empty
    status: WorkStatus | None = None  #: ours, when whoever tells knows it
    seen_status: str = ""  #: in the system's own words
    facts: dict[str, Any]  #: some of `SAID`


def mirror(news: News, *, by: Agent | None) -> Mirrored:
    """Make or change our picture of it."""
    if not news.system.strip() or not news.external_id.strip():
        raise Invalid(_("A mirrored piece of work needs its system and its id there."))
    if unknown := news.facts.keys() - set(SAID):
        raise TypeError(f"another system says nothing about {sorted(unknown)}")
    known = _held(news)
    if known is None:
        made = _made(news, by=by)
        if made is not None:
            return Mirrored(item=made, outcome=Outcome.MADE)
        known = _held(news)
    if known is None:
        raise number_taken(news.number)
    return Mirrored(item=known, outcome=_heard(known, news, by=by))


def _held(news: News) -> WorkItem | None:
    """Our picture, which nobody else changes until this transaction ends."""
    # Without joins: a row that was changed while we waited would not find its old status again.
    rows = WorkItem.objects.of(news.kind.workspace_id).select_for_update()
    found: WorkItem | None = rows.filter(system=news.system, external_id=news.external_id).first()
    return found


def _made(news: News, *, by: Agent | None) -> WorkItem | None:
    """A new picture; nothing when somebody else made it, or bears its number, in this very moment."""
    kind, facts = news.kind, checked({**news.facts, "title": _title_of(news)})
    status = _status_of(news, kind) or next(one for one in kind.statuses() if one.is_open)
    contact = facts.get("contact")
    if contact is not None and facts.get("organisation") is None:
        facts["organisation"] = contact.organisation
    item = WorkItem(
        workspace_id=kind.workspace_id,
        type=kind,
        number=news.number.strip().upper() or free_number(kind),
        status=status,
        closed_at=None if status.is_open else clock.now(),
        system=news.system,
        external_id=news.external_id,
        seen_status=news.seen_status,
        seen_at=news.seen_at,
        **facts,
    )
    WorkItem.objects.bulk_create([item], ignore_conflicts=True)
    if not WorkItem.objects.of(kind.workspace_id).filter(pk=item.pk).exists():
        return None
    tell(
        item,
        "work_item.opened",
        by=by,
        number=item.number,
        title=item.title,
        type=kind.key,
        status=status.name,
        because=_said_by(news),
    )
    return item


def _heard(item: WorkItem, news: News, *, by: Agent | None) -> Outcome:
    if item.seen_at is not None and news.seen_at < item.seen_at:
        return Outcome.OLD
    is_new_status = bool(news.seen_status) and news.seen_status != item.seen_status
    item.seen_at = news.seen_at
    item.seen_status = news.seen_status or item.seen_status
    item.save(update_fields=["seen_at", "seen_status"])
    facts = {name: value for name, value in news.facts.items() if name != "title" or str(value).strip()}
    changed = bool(item.change(by=by, because=_said_by(news), **facts))
    # What another system decided is not held to the ways that our own people have.
    status = _status_of(news, item.type)
    if status is not None and status.pk != item.status_id:
        item.turn(status, by=by, because=_said_by(news))
        changed = True
    return Outcome.CHANGED if changed or is_new_status else Outcome.SAME


def _status_of(news: News, kind: WorkItemType) -> WorkStatus | None:
    """Ours that is meant: the one that was named, else the one that is called as the system calls its own."""
    if news.status is not None:
        if news.status.type_id != kind.pk:
            raise Invalid(_("This status belongs to another kind of work."))
        return news.status
    said = news.seen_status.strip().casefold()
    return next((one for one in kind.statuses() if said and said in {one.key, one.name.casefold()}), None)


def _title_of(news: News) -> str:
    return str(news.facts.get("title", "")).strip() or news.number or news.external_id


def _said_by(news: News) -> str:
    return _("%(system)s says so.") % {"system": news.system}


def mirrored(workspace_id: UUID, system: str, external_id: str) -> WorkItem | None:
    """Our picture of that system's work, if we have one."""
    rows = WorkItem.objects.of(workspace_id).filter(system=system, external_id=external_id)
    found: WorkItem | None = rows.first()
    return found
