"""Clockwork: time passed, and something was due.

In:    the passing of time
Out:   each step of each clock's ladder, done once, with an event that says why
Touch: ClockStep, Clock, Notice, Conversation, events

A step is a row. Whoever does it holds the row, and writes that it is done in the transaction of the deed: a
worker that is killed has done all of it or nothing, and what an outage left behind is done afterwards.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.timed import ladder, striking
from threadwell.kit import clock
from threadwell.kit.later import every
from threadwell.record.clocks.models import Clock, ClockStep
from threadwell.record.conversations.models import Conversation

#: What was past so long before its clock was first read calls nobody: an old base that is taken over.
STALE = timedelta(days=1)


@every("* * * * *", "clockwork.each_minute")
def each_minute(timestamp: int) -> None:
    """What is due, in every workspace."""
    striking.in_every(lambda key: strike(key, now=clock.now()), "clocks")


def strike(workspace_id: UUID, *, now: datetime) -> int:
    """Do the steps whose moment has come, the earliest first; how many."""
    due = partial(_due, workspace_id, now)
    return striking.strike(workspace_id, due, partial(_do, workspace_id, now))


def _due(workspace_id: UUID, now: datetime) -> Any:
    return ClockStep.objects.of(workspace_id).filter(done_at=None, at__lte=now).order_by("at", "pk")


def _do(workspace_id: UUID, now: datetime, key: UUID) -> bool:
    steps = ClockStep.objects.of(workspace_id).filter(pk=key, done_at=None)
    step = steps.select_for_update(skip_locked=True).first()
    if step is None:
        return False
    found = Clock.objects.of(workspace_id).select_related("policy", "promise__agent").get(pk=step.clock_id)
    conversations = Conversation.objects.of(workspace_id).select_for_update(of=("self",))
    conversation = conversations.select_related("owner", "team").get(pk=step.conversation_id)
    step.outcome = _outcome(step, found, conversation, now)[:200]
    step.done_at = now
    step.save(update_fields=["done_at", "outcome"])
    return True


def _outcome(step: ClockStep, found: Clock, conversation: Conversation, now: datetime) -> str:
    facts = {
        "target": found.target,
        "due_at": found.due_at.isoformat() if found.due_at else None,
        "policy": found.policy.name,
    }
    if step.at < found.made_at - STALE:
        return _("long past when this clock was first read")
    if step.deed == ClockStep.BREACH:
        found.breached_at = found.due_at
        found.save(update_fields=["breached_at"])
        conversation.record("overdue", by=None, **facts)
        return _("noted")
    if found.ended_at:
        return _("it was over by then")
    outcome = ladder.climb(step, found, conversation, now=now)
    conversation.record("escalated", by=None, deed=step.deed, outcome=outcome, **facts)
    return outcome
