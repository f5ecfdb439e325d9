"""Capture: keep what arrived, before anything thinks about it.

In:    Arrival (which inbox, from which source, under which id, the bytes)
Out:   Kept (the delivery's id, and whether it is new); Claimed (what somebody is to read now)
Touch: inboxes.Delivery; the notification channel ``threadwell_arrivals``
Never: reads the content; the subject and sender it notes come from who did.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
import zstandard
from django.db.models import F

from threadwell.channels.port import Letter
from threadwell.kit import clock, ids, tenancy
from threadwell.kit.pipeline import Pipeline, at_once, direct
from threadwell.record.inboxes.models import Delivery

CHANNEL = "threadwell_arrivals"
LEASE = timedelta(seconds=30)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something has come to an inbox."""

    workspace_id: UUID
    inbox_id: UUID
    source: str  #: a Delivery.Source
    source_id: str  #: the same thing arriving again carries the same one
    raw: bytes
    facts: dict[str, Any] = field(default_factory=dict)  #: docs/reference/inboxes.md, "What a delivery knows"
    arrived_at: datetime | None = None  #: for old mail that is imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """It is held; a second time it is not new."""

    delivery_id: UUID
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery to be read now, by whoever holds it."""

    id: UUID
    inbox_id: UUID
    source: str
    facts: dict[str, Any]
    raw: bytes
    attempts: int
    arrived_at: datetime


# A duplicate is written over with its own value, so that its key comes back.
_KEEP = """
    INSERT INTO inboxes_delivery (id, workspace_id, inbox_id, source, source_id, source_facts, raw, size,
        state, because, attempts, subject, sender, arrived_at)
    VALUES (%s, %s, %s, %s, %s, %s, %b, %s, 'waiting', '', 0, '', '', %s)
    ON CONFLICT (workspace_id, inbox_id, source_id) DO UPDATE SET source_id = excluded.source_id
    RETURNING id, xmax = 0
"""


def keep(arrivals: Sequence[Arrival]) -> list[Kept]:
    """Hold all of these durably, in one transaction; safe to call again with the same ones.

    In the order given. Raises what the database raises: then nothing is held and the source must keep it.
    """
    rows: dict[int, psycopg.Cursor[Any]] = {}
    places = sorted(range(len(arrivals)), key=lambda place: arrivals[place].workspace_id)
    with at_once() as connected:
        for workspace_id, members in groupby(places, key=lambda place: arrivals[place].workspace_id):
            connected.execute(f"SET LOCAL threadwell.workspace = '{workspace_id}'", prepare=False)
            for place in members:
                rows[place] = psycopg.Cursor(connected)
                rows[place].execute(_KEEP, _as_row(arrivals[place]))
            connected.execute("SELECT pg_notify(%s, %s)", [CHANNEL, workspace_id.hex])
    return [_kept(rows[place]) for place in range(len(arrivals))]


def _kept(row: psycopg.Cursor[Any]) -> Kept:
    [(delivery_id, is_new)] = row.fetchall()
    return Kept(delivery_id=delivery_id, is_new=is_new)


def _as_row(arrival: Arrival) -> tuple[Any, ...]:
    return (
        ids.new(),
        arrival.workspace_id,
        arrival.inbox_id,
        arrival.source,
        arrival.source_id,
        json.dumps(arrival.facts),
        zstandard.compress(arrival.raw),
        len(arrival.raw),
        arrival.arrived_at or clock.now(),
    )


# What was tried before is read alone: it may be what killed its reader, and its neighbours shall not suffer.
# An ARRAY, for IN may be asked again for each row, and then takes more than its LIMIT.
_CLAIM = """
    UPDATE inboxes_delivery SET leased_until = %s, attempts = attempts + 1
    WHERE workspace_id = %s AND id = ANY (ARRAY(
        SELECT id FROM inboxes_delivery
        WHERE workspace_id = %s AND state = 'waiting' AND {turn}
            AND (leased_until IS NULL OR leased_until < %s)
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, inbox_id, source, source_facts, raw, attempts, arrived_at
"""
_FRESH = _CLAIM.format(turn="attempts = 0")
_AGAIN = _CLAIM.format(turn="attempts > 0")
# No reader came back to say what was wrong: it must have ended them, each time.
_GIVE_UP = """
    UPDATE inboxes_delivery SET state = 'failed', leased_until = NULL,
        because = 'each process that read it ended before it could say why'
    WHERE workspace_id = %s AND state = 'waiting' AND attempts >= %s AND leased_until < %s
"""


def claim(workspace_id: UUID, *, most: int) -> list[Claimed]:
    """Deliveries that wait, for the caller to read; nobody else gets them while the lease lasts."""
    now = clock.now()
    with tenancy.entered(workspace_id), direct() as cursor:
        rows: list[tuple[Any, ...]] = []
        for statement, limit in ((_FRESH, most), (_AGAIN, 1)):
            if not rows:
                if statement is _AGAIN:
                    cursor.execute(_GIVE_UP, [workspace_id, ATTEMPTS, now])
                cursor.execute(statement, [now + LEASE, workspace_id, workspace_id, now, limit], binary=True)
                rows = cursor.fetchall()
    claimed = [
        Claimed(
            id=key,
            inbox_id=inbox_id,
            source=source,
            facts=facts,
            raw=zstandard.decompress(raw),
            attempts=attempts,
            arrived_at=arrived_at,
        )
        for key, inbox_id, source, facts, raw, attempts, arrived_at in rows
    ]
    return sorted(claimed, key=lambda one: (one.arrived_at, one.id))


def failed(workspace_id: UUID, claimed: Claimed, because: str) -> None:
    """It could not be read: kept, shown to people, tried again until the attempts are used up."""
    is_over = claimed.attempts >= ATTEMPTS
    with tenancy.entered(workspace_id):
        Delivery.objects.of(workspace_id).waiting().filter(pk=claimed.id).update(
            state=Delivery.State.FAILED if is_over else Delivery.State.WAITING,
            because=because[:2000],
            leased_until=None,
        )


def put_off(workspace_id: UUID, claimed: Claimed, because: str) -> None:
    """It cannot be read now, and nothing is wrong with it: tried again in a moment, as often as need be."""
    with tenancy.entered(workspace_id):
        Delivery.objects.of(workspace_id).waiting().filter(pk=claimed.id).update(
            because=because[:2000], attempts=claimed.attempts - 1, leased_until=clock.now() + LEASE
        )


def give_back(workspace_id: UUID, claimed: Sequence[Claimed]) -> None:
    """They were not read, for a reason that is not theirs: as if nobody had taken them."""
    with tenancy.entered(workspace_id):
        mine = Delivery.objects.of(workspace_id).waiting().filter(pk__in=[one.id for one in claimed])
        mine.update(attempts=F("attempts") - 1, leased_until=None)


_SETTLE = """
    UPDATE inboxes_delivery SET
        state = %s, because = %s, subject = %s, sender = %s, read_at = %s, leased_until = NULL
    WHERE workspace_id = %s AND id = %s
"""


def settle(line: Pipeline, delivery_id: UUID, state: str, because: str, letter: Letter) -> None:
    """Say what became of a delivery, in the transaction in which it became so."""
    sender = letter.from_[0].email if letter.from_ else ""
    facts = [
        state,
        because[:2000],
        letter.subject[:300],
        sender[:320],
        clock.now(),
        line.workspace_id,
        delivery_id,
    ]
    line.run(_SETTLE, facts)


def still_waits(workspace_id: UUID, delivery_id: UUID) -> bool:
    with tenancy.entered(workspace_id):
        return Delivery.objects.of(workspace_id).waiting().filter(pk=delivery_id).exists()


def try_again(workspace_id: UUID, delivery_ids: Iterable[UUID]) -> int:
    """Read these once more: failed ones after an upgrade, quarantined ones that a person released."""
    again = (
        Delivery.objects.of(workspace_id)
        .filter(pk__in=list(delivery_ids))
        .exclude(state__in=[Delivery.State.READ, Delivery.State.WAITING])
    )
    count = again.update(state=Delivery.State.WAITING, attempts=0, leased_until=None)
    with direct() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, workspace_id.hex])
    return count
