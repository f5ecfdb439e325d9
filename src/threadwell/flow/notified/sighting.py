"""Sighting: who is told outside of something that they may not see any more? Nobody.

In:    trips that are about to leave
Out:   those that stay
Touch: nothing

A notice was given to those who might see what it is about; since then a wall may have been put around it, or
its reader have left those inside. A room of a team is read by all of the team.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from threadwell.record.notices.models import Notice, NoticeTrip
from threadwell.record.sight.seeing import insides, walls_around
from threadwell.record.workplace.models import Agent, TeamSeat, Workspace

#: Facts of a notice that name what it is about, where that is no conversation.
_NAMED = ("organisation", "contact")


def withheld(workspace_id: UUID, trips: Sequence[NoticeTrip]) -> list[NoticeTrip]:
    """Those about something that one of their readers may not see."""
    if not trips or not Workspace.objects.filter(pk=workspace_id, is_restricted=True).exists():
        return []
    things = {one.pk: list(_about(one.notice)) for one in trips}
    around = walls_around(workspace_id, [key for keys in things.values() for key in keys])
    if not any(around.values()):
        return []
    readers = _readers(workspace_id, trips[0])
    inside = insides(readers, frozenset[UUID]().union(*around.values()))
    walls = {
        key: frozenset[UUID]().union(*(around.get(one, ()) for one in keys)) for key, keys in things.items()
    }
    return [one for one in trips if any(not seen >= walls[one.pk] for seen in inside.values())]


def _about(notice: Notice) -> Iterator[UUID]:
    if notice.conversation_id:
        yield notice.conversation_id
    for name in _NAMED:
        if key := notice.facts.get(name):
            yield UUID(key)


def _readers(workspace_id: UUID, trip: NoticeTrip) -> list[Agent]:
    rows = Agent.objects.of(workspace_id).filter(left_at=None)
    if trip.way and trip.way.team_id:
        seats = TeamSeat.objects.of(workspace_id).filter(team_id=trip.way.team_id)
        return list(rows.filter(pk__in=seats.values("agent_id")))
    return list(rows.filter(pk=trip.agent_id))
