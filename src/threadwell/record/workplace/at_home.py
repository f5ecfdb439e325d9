"""At home: functions of the database that look through a workspace's tables, asked where these tables are.

In:    the workspace, what is asked of which function
Out:   its rows
Touch: nothing

On one machine that is any way of asking. On several (`threadwell scale`) a statement goes to the machine that
holds the workspace when it reads one of its tables; so each of these counts seats, of which it finds none.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection


def asked(workspace_id: UUID, columns: str, function: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
    """``columns`` of what ``function``, a call with a mark for each of ``given``, answers."""
    nothing = "SELECT count(*) FROM workplace_agent WHERE workspace_id = %s AND id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM ({nothing}) AS nothing, {function}",  # noqa: S608 - our own names
            [workspace_id, workspace_id, *given],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
