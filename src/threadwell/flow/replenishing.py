"""Replenishing: the moment somebody frees up, they get what waits.

In:    what happened (`reactions`); the passing of time
Out:   `assigning.refill` of workspaces in which something waits; absences begun and ended; silence noticed
Touch: nothing but through these

What waits is read from its rows: what nobody heard of (a calendar opened) is done by looking around.
"""

from collections.abc import Sequence
from uuid import UUID

from threadwell.flow import assigning, rostering
from threadwell.kit import clock, tenancy
from threadwell.record.journal.telling import Happening

PASSED = "conversation.passed"
#: After these somebody may have more room, or something may have begun to wait for them.
FREEING = frozenset(
    {
        PASSED,
        "conversation.closed",
        "conversation.snoozed",
        "conversation.assigned",
        "conversation.unassigned",
        "conversation.weighed",
        "conversation.reopened",
        "availability.changed",
        "availability.capacity_changed",
        "availability.hours_changed",
        "workload.changed",
        "absence.withdrawn",
        "absence.ended",
        "skill.given",
        "team.staffed",
        "team.method_changed",
        "agent.joined",
        "agent.returned",
        "agent.role_changed",
        "redistribution.ended",
    }
)


def wants(name: str) -> bool:
    """May somebody have more room after it, or something wait for them?"""
    return name in FREEING


def act_on(workspace_id: UUID, happenings: Sequence[Happening]) -> None:
    """Give out what waits there."""
    passed = [one.about for one in happenings if one.name == PASSED]
    if passed:
        assigning.take_up(workspace_id, passed)
    assigning.refill(workspace_id)


def look_around(workspace_id: UUID) -> None:
    """What time alone brings about, and what no notification told of."""
    now = clock.now()
    with tenancy.entered(workspace_id):
        rostering.notice_silence(workspace_id, now=now)
    rostering.keep_absences(workspace_id, now=now)
    assigning.forget_places(workspace_id)
    assigning.refill(workspace_id)
