"""Heeding: what begins, comes back or becomes urgent is routed.

In:    what happened (`reactions`)
Out:   `routing.route_all` for conversations that wait for it; `alerting` for customers whose people move on
Touch: nothing but through these

Intake is not held up: it leaves a conversation with the team of its inbox, and here it is looked at a moment
later, some at a time. An event that was decided about is not decided about twice.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from threadwell.flow import alerting, routing
from threadwell.flow.reasoning import Call, Cause
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import Happening

TOGETHER = 200
#: What happened before that is told as history (an old mailbox, a demo): it asks for nobody any more.
STALE = timedelta(days=7)
KEY_CONTACT = "organisation.sponsor_changed"
CAUSES = {
    "conversation.opened": Cause.ARRIVED,
    "conversation.reopened": Cause.REOPENED,
    "conversation.weighed": Cause.WEIGHED,
    KEY_CONTACT: Cause.KEY_CONTACT,
}


def wants(name: str) -> bool:
    """Does anything follow for who has it?"""
    return name in CAUSES


def act_on(workspace_id: UUID, happenings: Sequence[Happening]) -> None:
    """What follows from some events, each once."""
    with tenancy.entered(workspace_id):
        rows = Event.objects.of(workspace_id).filter(
            pk__in=[one.event_id for one in happenings], at__gt=clock.now() - STALE
        )
        told = list(rows.order_by("pk").values_list("pk", "about", "name", "facts"))
        woken = [about for _key, about, _name, facts in told if facts.get("before") == "snoozed"]
        loose = Conversation.objects.of(workspace_id).filter(pk__in=woken, owner=None)
        nobodys = set(loose.values_list("pk", flat=True)) if woken else set()
    calls = [
        Call(conversation_id=about, cause=CAUSES[name], event_id=key)
        for key, about, name, facts in told
        # What was closed begins again; what slept was somebody's all the while, or it was never looked at.
        if name != KEY_CONTACT and (facts.get("before") != "snoozed" or about in nobodys)
    ]
    for first in range(0, len(calls), TOGETHER):
        routing.route_all(workspace_id, calls[first : first + TOGETHER])
    for key, about, name, facts in told:
        if name == KEY_CONTACT:
            alerting.key_contact_moved(workspace_id, about, contact=facts.get("contact"), event_id=key)
