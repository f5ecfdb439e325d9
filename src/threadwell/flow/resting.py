"""Resting: conversations that are put off until something happens, and waking them when it has.

In:    a conversation, what it waits for, and a latest time; the passing of time
Out:   a snooze with its condition; conversations that are open again, with the reason
Touch: SnoozeCondition, Conversation, Event

An answer of the customer wakes any conversation at once, when it comes in. Time and work are looked at
each minute. A condition belongs to one snooze: when it was put off anew, the old one means nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.handling import within_reach
from threadwell.flow.timed import striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.kit.later import every
from threadwell.record.conversations.models import Conversation
from threadwell.record.followups.models import SnoozeCondition
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Agent

AT_A_TIME = 200
What = SnoozeCondition.What


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeUntil:
    """It comes back when something happens, at the latest at that moment."""

    what: ClassVar[str] = "snoozed"
    until: datetime
    awaits: str  #: one of `SnoozeCondition.What`
    item: WorkItem | None = None
    field: str = ""

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        if self.awaits not in What.values:
            raise Invalid(_("There is no such condition."))
        if self.awaits != What.REPLY and self.item is None:
            raise Invalid(_("Name the work that it waits for."))
        if self.awaits == What.FIELD and not self.field:
            raise Invalid(_("Name the field that shall change."))
        within_reach(self.until)
        words = f"{What(self.awaits).label}: {self.item}" if self.item else str(What(self.awaits).label)
        because = _("until %(what)s") % {"what": words}
        changed = conversation.snooze(until=self.until, by=by, because=because)
        SnoozeCondition.objects.of(conversation.workspace_id).update_or_create(
            workspace_id=conversation.workspace_id,
            conversation=conversation,
            defaults={
                "what": self.awaits,
                "item": self.item,
                "field": self.field,
                "seen": _standing(self.item, self.awaits, self.field),
                "until": self.until,
                "by": by,
                "made_at": clock.now(),
            },
        )
        return changed


@every("* * * * *", "resting.each_minute")
def each_minute(timestamp: int) -> None:
    """What has happened, in every workspace."""
    striking.in_every(_wake, "what was put off")


def _wake(workspace_id: UUID) -> None:
    with tenancy.entered(workspace_id):
        wake(workspace_id, now=clock.now())


def wake(workspace_id: UUID, *, now: datetime) -> int:
    """Conversations whose time has come, or whose work has changed, are open again; how many."""
    rows = Conversation.objects.of(workspace_id).snoozed()
    due = rows.filter(snoozed_until__lte=now).order_by("snoozed_until")
    held = list(due.select_for_update(skip_locked=True)[:AT_A_TIME])
    conditions = _conditions(workspace_id, [one.pk for one in held])
    woken = 0
    for one in held:
        condition = conditions.get(one.pk)
        is_its_own = condition is not None and condition.until == one.snoozed_until
        if condition is not None and is_its_own and condition.what == What.REPLY:
            because = _("no answer came by then")
        else:
            because = _("the time it was put off to has come")
        woken += one.reopen(by=None, because=because)
    woken += sum(_wake_by_work(condition) for condition in _changed(workspace_id))
    SnoozeCondition.objects.of(workspace_id).exclude(
        conversation__status=Conversation.Status.SNOOZED
    ).delete()
    return woken


def condition_of(conversation: Conversation) -> SnoozeCondition | None:
    """What it waits for besides its time."""
    if conversation.status != Conversation.Status.SNOOZED:
        return None
    found = _conditions(conversation.workspace_id, [conversation.pk]).get(conversation.pk)
    return found if found and found.until == conversation.snoozed_until else None


def _conditions(workspace_id: UUID, keys: list[UUID]) -> dict[UUID, SnoozeCondition]:
    rows = SnoozeCondition.objects.of(workspace_id).filter(conversation_id__in=keys)
    return {one.conversation_id: one for one in rows.select_related("item", "conversation")}


def _changed(workspace_id: UUID) -> list[SnoozeCondition]:
    """Those whose work no longer stands as it did."""
    rows = SnoozeCondition.objects.of(workspace_id).exclude(item=None)
    waiting = rows.filter(conversation__status=Conversation.Status.SNOOZED)
    return [
        one
        for one in waiting.select_related("item__status", "conversation").order_by("pk")
        if one.until == one.conversation.snoozed_until
        and _standing(one.item, one.what, one.field) != one.seen
    ]


def _wake_by_work(condition: SnoozeCondition) -> bool:
    rows = Conversation.objects.of(condition.workspace_id).select_for_update(of=("self",))
    held = rows.get(pk=condition.conversation_id)
    if held.status != Conversation.Status.SNOOZED or held.snoozed_until != condition.until:
        return False
    item: Any = condition.item
    words = {"item": f"{item.number} {item.title}", "status": item.status.name}
    if condition.what == What.STATUS:
        because = _("%(item)s is now “%(status)s”") % words
    else:
        because = _("“%(field)s” of %(item)s has changed") % {**words, "field": condition.field}
    woke: bool = held.reopen(by=None, because=because)
    return woke


def _standing(item: WorkItem | None, what: str, field: str) -> Any:
    if item is None:
        return None
    return str(item.status_id) if what == What.STATUS else item.custom.get(field)
