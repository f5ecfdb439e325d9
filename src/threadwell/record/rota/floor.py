"""Floor: everybody who could take something of a team, as they stand at this moment.

In:    teams, people who are wanted by name, the moment
Out:   a row for each: what they set, are absent, may carry, carry, know, and when they last had a turn
Touch: nothing

One statement, however many teams are asked for: it is put for every conversation that is given out.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from threadwell.record.rota.availability import Workload

_STANDING = """
    WITH asked AS (
        SELECT team_id, agent_id FROM workplace_teamseat
        WHERE workspace_id = %(workspace)s AND team_id = ANY(%(teams)s::uuid[])
        UNION SELECT * FROM unnest(%(wanting)s::uuid[], %(wanted)s::uuid[])
    ), absent AS (
        SELECT DISTINCT ON (agent_id) agent_id, deputy_id, ends_at FROM rota_absence
        WHERE workspace_id = %(workspace)s AND begins_at <= %(now)s AND ends_at > %(now)s
            AND withdrawn_at IS NULL
        ORDER BY agent_id, ends_at DESC, id
    ), standing AS (
        SELECT team_id, agent_id FROM asked
        UNION SELECT asked.team_id, absent.deputy_id FROM absent JOIN asked USING (agent_id)
        WHERE absent.deputy_id IS NOT NULL
    ), everybody AS MATERIALIZED (
        SELECT whole.agent_id, carried.points, known.levels
        FROM (SELECT DISTINCT agent_id FROM standing) whole
        LEFT JOIN rota_workload workload ON workload.workspace_id = %(workspace)s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(
                coalesce((workload.channels ->> inbox.kind)::int, 1)
                + coalesce((workload.priorities ->> conversation.priority::text)::int, 0)
            ), 0)::int AS points
            FROM conversations_conversation conversation
            JOIN inboxes_inbox inbox
                ON inbox.workspace_id = %(workspace)s AND inbox.id = conversation.inbox_id
            WHERE conversation.workspace_id = %(workspace)s AND conversation.owner_id = whole.agent_id
                AND conversation.status = 'open' AND conversation.joined_into_id IS NULL
        ) carried
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(skill_id, level) AS levels FROM rota_agentskill
            WHERE workspace_id = %(workspace)s AND agent_id = whole.agent_id
                AND skill_id = ANY(%(skills)s::uuid[])
        ) known
    )
    SELECT standing.team_id, agent.id, agent.name, agent.role, agent.left_at IS NOT NULL, said.state,
        said.idle_since IS NOT NULL, said.capacity, said.calendar_id, absent.ends_at, absent.deputy_id,
        seat.id IS NOT NULL, coalesce(turn.taken, 0), everybody.points, everybody.levels
    FROM standing
    JOIN everybody ON everybody.agent_id = standing.agent_id
    JOIN workplace_agent agent ON agent.workspace_id = %(workspace)s AND agent.id = standing.agent_id
    LEFT JOIN rota_availability said
        ON said.workspace_id = %(workspace)s AND said.agent_id = agent.id
    LEFT JOIN absent ON absent.agent_id = agent.id
    LEFT JOIN workplace_teamseat seat ON seat.workspace_id = %(workspace)s
        AND seat.team_id = standing.team_id AND seat.agent_id = agent.id
    LEFT JOIN rota_turn turn ON turn.workspace_id = %(workspace)s
        AND turn.team_id = standing.team_id AND turn.agent_id = agent.id
    ORDER BY standing.team_id, agent.id
"""
_TERMS = """
    SELECT workspace.is_restricted, workload.capacity, workload.channels, workload.priorities,
        workload.id IS NOT NULL
    FROM workplace_workspace workspace
    LEFT JOIN rota_workload workload ON workload.workspace_id = workspace.id
    WHERE workspace.id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for everybody of a workspace."""

    is_restricted: bool  #: there is something that not everybody may see
    workload: Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody who could take something of a team."""

    team_id: UUID | None
    agent_id: UUID
    name: str
    role: str
    has_left: bool
    state: str  #: as they set it; empty: they never said
    is_idle: bool
    capacity: int | None  #: of their own; None: as the workspace
    calendar_id: UUID | None
    absent_until: datetime | None
    deputy_id: UUID | None
    is_member: bool
    taken: int
    load: int
    levels: dict[str, int]


def terms(workspace_id: UUID) -> Terms:
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [workspace_id])
        is_restricted, capacity, channels, priorities, is_said = cursor.fetchone()
    workload = Workload(workspace_id=workspace_id)
    if is_said:
        workload = Workload(
            workspace_id=workspace_id,
            capacity=capacity,
            channels=_read(channels),
            priorities=_read(priorities),
        )
    return Terms(is_restricted=is_restricted, workload=workload)


def standing(
    workspace_id: UUID,
    *,
    teams: Collection[UUID] = (),
    wanted: Collection[tuple[UUID | None, UUID]] = (),
    skills: Collection[UUID] = (),
    now: datetime,
) -> list[Standing]:
    """The members of the teams, those wanted for each (team, agent), and the deputies of both."""
    facts: dict[str, Any] = {
        "workspace": workspace_id,
        "teams": list(teams),
        "wanting": [team for team, _agent in wanted],
        "wanted": [agent for _team, agent in wanted],
        "skills": list(skills),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        return [_row(*row) for row in cursor.fetchall()]


def _row(*row: Any) -> Standing:
    facts = dict(zip(Standing.__slots__, row, strict=True))
    facts["state"] = facts["state"] or ""
    facts["levels"] = _read(facts["levels"])
    return Standing(**facts)


def _read(plain: Any) -> dict[str, int]:
    """A JSON column, which Django's connections hand over as text."""
    found: dict[str, int] = json.loads(plain) if isinstance(plain, str) else plain
    return found or {}
