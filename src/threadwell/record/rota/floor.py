"""Floor: everybody who could take something of a team, as they stand at this moment.

In:    a team, people who are wanted by name, the moment
Out:   a row for each: what they set, are absent, may carry, carry, know, and when they last had a turn
Touch: nothing

One statement, for it is asked for every conversation that is given out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

_STANDING = """
    WITH asked AS (
        SELECT agent_id FROM workplace_teamseat WHERE workspace_id = %(workspace)s AND team_id = %(team)s
        UNION SELECT unnest(%(wanted)s::uuid[])
    ), absent AS (
        SELECT DISTINCT ON (agent_id) agent_id, deputy_id, ends_at FROM rota_absence
        WHERE workspace_id = %(workspace)s AND begins_at <= %(now)s AND ends_at > %(now)s
            AND withdrawn_at IS NULL
        ORDER BY agent_id, ends_at DESC, id
    ), everybody AS (
        SELECT agent_id FROM asked
        UNION SELECT absent.deputy_id FROM absent JOIN asked USING (agent_id)
        WHERE absent.deputy_id IS NOT NULL
    )
    SELECT agent.id, agent.name, agent.role, agent.left_at IS NOT NULL, standing.state,
        standing.idle_since IS NOT NULL, coalesce(standing.capacity, workload.capacity),
        workload.id IS NOT NULL, standing.calendar_id, absent.ends_at, absent.deputy_id,
        seat.id IS NOT NULL, coalesce(turn.taken, 0), carried.points, known.levels
    FROM everybody
    JOIN workplace_agent agent ON agent.workspace_id = %(workspace)s AND agent.id = everybody.agent_id
    LEFT JOIN rota_workload workload ON workload.workspace_id = %(workspace)s
    LEFT JOIN rota_availability standing
        ON standing.workspace_id = %(workspace)s AND standing.agent_id = agent.id
    LEFT JOIN absent ON absent.agent_id = agent.id
    LEFT JOIN workplace_teamseat seat
        ON seat.workspace_id = %(workspace)s AND seat.team_id = %(team)s AND seat.agent_id = agent.id
    LEFT JOIN rota_turn turn
        ON turn.workspace_id = %(workspace)s AND turn.team_id = %(team)s AND turn.agent_id = agent.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(
            coalesce((workload.channels ->> inbox.kind)::int, 1)
            + coalesce((workload.priorities ->> conversation.priority::text)::int, 0)
        ), 0)::int AS points
        FROM conversations_conversation conversation
        JOIN inboxes_inbox inbox
            ON inbox.workspace_id = %(workspace)s AND inbox.id = conversation.inbox_id
        WHERE conversation.workspace_id = %(workspace)s AND conversation.owner_id = agent.id
            AND conversation.status = 'open' AND conversation.joined_into_id IS NULL
    ) carried
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(skill_id, level) AS levels FROM rota_agentskill
        WHERE workspace_id = %(workspace)s AND agent_id = agent.id AND skill_id = ANY(%(skills)s::uuid[])
    ) known
    ORDER BY agent.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody who could take something."""

    agent_id: UUID
    name: str
    role: str
    has_left: bool
    state: str  #: as they set it; empty: they never said
    is_idle: bool
    capacity: int | None  #: of their own, else the workspace's; None: no limit
    has_limits: bool  #: the workspace has said what an agent carries
    calendar_id: UUID | None
    absent_until: datetime | None
    deputy_id: UUID | None
    is_member: bool
    taken: int
    load: int
    levels: dict[str, int]


def standing(
    workspace_id: UUID,
    *,
    team_id: UUID | None,
    wanted: Sequence[UUID] = (),
    skills: Sequence[UUID] = (),
    now: datetime,
) -> list[Standing]:
    """The members of the team, those wanted, and the deputies of both."""
    facts: dict[str, Any] = {
        "workspace": workspace_id,
        "team": team_id,
        "wanted": list(wanted),
        "skills": list(skills),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        return [_row(*row) for row in cursor.fetchall()]


def _row(*row: Any) -> Standing:
    names = Standing.__slots__
    facts = dict(zip(names, row, strict=True))
    facts["state"] = facts["state"] or ""
    levels = facts["levels"] or {}
    facts["levels"] = levels if isinstance(levels, dict) else json.loads(levels)
    return Standing(**facts)
