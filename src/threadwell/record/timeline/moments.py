"""Moments: what was said with a customer, the newest first, a page at a time.

In:    a Scope, Filters, where the last page ended
Out:   Moments: messages with all that a line of the timeline shows, and where to go on
Touch: nothing

One statement, whatever the number of records that are one customer: for each of them the newest are read
from its own index, and the newest of these are the page.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from threadwell.kit import words
from threadwell.record.timeline.scope import Scope

SIZE = 100
GIST = 400  #: letters of a message that a line may show


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a timeline is narrowed to; empty ones narrow nothing."""

    channels: tuple[str, ...] = ()
    direction: str = ""  #: "in" or "out"
    type: str = ""  #: one of the six types of interaction
    person: UUID | None = None
    work_item: UUID | None = None
    conversation: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    without_notes: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for some of what was said, so that what was not said does not belong there."""
        return bool(self.channels or self.direction or self.type or self.words.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the timeline."""

    at: datetime
    key: UUID


@dataclass(frozen=True, slots=True)
class Moment:
    """A message, as a line of the timeline shows it. The fields are the columns, in their order."""

    key: UUID
    at: datetime
    direction: str
    kind: str
    channel: str
    from_name: str
    from_address: str
    recipients: dict[str, Any]
    subject: str
    text: str
    state: str
    files: int
    contact_id: UUID | None
    contact: str | None
    agent_id: UUID | None
    agent: str | None
    conversation_id: UUID
    number: int
    title: str
    type: str
    status: str
    waiting_since: datetime | None
    count: int
    owner_id: UUID | None
    owner: str | None
    team_id: UUID | None
    team: str | None
    talk: str | None
    minutes: int | None
    outcome: str | None

    @property
    def mark(self) -> Mark:
        return Mark(at=self.at, key=self.key)

    @property
    def is_note(self) -> bool:
        return self.direction == "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some moments, the newest first, and whether there are earlier ones."""

    moments: tuple[Moment, ...]
    earlier: Mark | None


_COLUMNS = """
    m.id, m.at, m.direction, m.kind, m.channel, m.from_name, m.from_address, m.recipients, m.subject,
    left(m.text, %(gist)s), m.state, m.attachment_count, m.contact_id, p.name, m.agent_id, a.name,
    c.id, c.number, c.subject, c.type, c.status, c.waiting_since, c.message_count,
    c.owner_id, o.name, c.team_id, t.name, k.kind, k.minutes, k.outcome
"""
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_ASKED = """
    SELECT {columns} FROM (
        SELECT one.id, one.at FROM unnest(%(keys)s::uuid[]) AS whose(key) CROSS JOIN LATERAL (
            SELECT m.id, m.at FROM conversations_message m {joined}
            WHERE m.workspace_id = %(workspace)s AND m.{column} = whose.key {narrowed}
            ORDER BY m.at DESC, m.id DESC LIMIT %(most)s
        ) one ORDER BY one.at DESC, one.id DESC LIMIT %(most)s
    ) found
    JOIN conversations_message m ON m.workspace_id = %(workspace)s AND m.id = found.id
    JOIN conversations_conversation c ON c.workspace_id = %(workspace)s AND c.id = m.conversation_id
    LEFT JOIN people_contact p ON p.workspace_id = %(workspace)s AND p.id = m.contact_id
    LEFT JOIN workplace_agent a ON a.workspace_id = %(workspace)s AND a.id = m.agent_id
    LEFT JOIN workplace_agent o ON o.workspace_id = %(workspace)s AND o.id = c.owner_id
    LEFT JOIN workplace_team t ON t.workspace_id = %(workspace)s AND t.id = c.team_id
    LEFT JOIN commitments_talk k ON k.workspace_id = %(workspace)s AND k.message_id = m.id
    ORDER BY found.at DESC, found.id DESC
"""
_OF_THE_TALK = (
    "JOIN conversations_conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id"
)
#: Of a filter: the condition it puts.
_CONDITIONS = {
    "channels": "m.channel = ANY(%(channels)s)",
    "direction": "m.direction = %(direction)s",
    "type": "c.type = %(type)s",
    "person": "m.contact_id = %(person)s",
    "work_item": "EXISTS (SELECT FROM work_worklink l WHERE l.workspace_id = m.workspace_id"
    " AND l.item_id = %(work_item)s AND l.conversation_id = m.conversation_id)",
    "conversation": "m.conversation_id = %(conversation)s",
    "since": "m.at >= %(since)s",
    "until": "m.at < %(until)s",
    "words": "m.words @@ %(words)s::tsquery",
    "without_notes": "m.direction <> 'note'",
}


def page(
    scope: Scope, filters: Filters, *, before: Mark | None = None, size: int = SIZE, gist: int = GIST
) -> Page:
    """The newest, or those before a place; of each so many letters."""
    found = _asked(scope, filters, before=before, most=size + 1, gist=gist)
    shown = found[:size]
    return Page(moments=tuple(shown), earlier=shown[-1].mark if len(found) > size else None)


def _asked(scope: Scope, filters: Filters, *, before: Mark | None, most: int, gist: int) -> list[Moment]:
    if not scope.keys:
        return []
    given: dict[str, Any] = {
        "workspace": scope.workspace_id,
        "keys": list(scope.keys),
        "most": most,
        "gist": gist,
        **_given(filters),
    }
    narrowed = [_CONDITIONS[name] for name in _given(filters)]
    if before is not None:
        narrowed.append("(m.at, m.id) < (%(at)s, %(key)s)")
        given |= {"at": before.at, "key": before.key}
    statement = _ASKED.format(
        columns=_COLUMNS,
        column=scope.column,
        joined=_OF_THE_TALK if filters.type else "",
        narrowed="".join(f" AND {one}" for one in narrowed),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [Moment(*row) for row in _read(cursor.fetchall())]


def _given(filters: Filters) -> Mapping[str, Any]:
    given = {one.name: getattr(filters, one.name) for one in fields(filters)}
    given["channels"] = list(filters.channels)
    given["words"] = words.every_word(filters.words) if filters.words.strip() else ""
    return {name: value for name, value in given.items() if value}


def _read(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Django leaves JSON of a statement of one's own as it came; signatures say nothing."""
    names = [one.name for one in fields(Moment)]
    to, text = names.index("recipients"), names.index("text")
    read: list[tuple[Any, ...]] = []
    for row in rows:
        cells = list(row)
        cells[to] = json.loads(row[to]) if isinstance(row[to], str) else row[to]
        cells[text] = _SIGNATURE.split(row[text])[0].strip() or row[text]
        read.append(tuple(cells))
    return read
