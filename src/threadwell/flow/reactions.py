"""Reactions: something happened, and something follows from it, a moment later.

In:    notifications of the channel ``threadwell``; the journal, from a bookmark on
Out:   deadlines kept (`hearing`), conversations routed (`heeding`), queues given out (`replenishing`),
       customers asked how it was (`surveying`)
Touch: Bookmark

One worker reacts for all. What nobody heard (no worker ran, a notification was lost) is read from the journal
afterwards; each reaction is written so that a second one does no harm.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError

from threadwell.flow import hearing, heeding, replenishing, surveying
from threadwell.flow.timed import striking
from threadwell.kit import clock, ears, tenancy
from threadwell.record.clocks.models import Bookmark
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL, Happening

OVERLAP = timedelta(minutes=2)  #: an event may be kept after one that is younger
AT_FIRST = timedelta(days=1)  #: how far back a workspace is read that was never read before
READER = "reactions"

_log = structlog.get_logger(__name__)
_READERS: tuple[tuple[Callable[[str], bool], Callable[[UUID, Sequence[Happening]], None]], ...] = (
    (heeding.wants, heeding.act_on),
    (hearing.wants, hearing.act_on),
    (replenishing.wants, replenishing.act_on),
    (surveying.wants, surveying.act_on),
)


def serve(until: threading.Event) -> None:
    """React until told to stop: a loop of the worker."""
    known: dict[UUID, set[UUID]] = {}

    def heard(payloads: Sequence[str]) -> None:
        for workspace_id, events in _understood(payloads).items():
            _act(workspace_id, events)
            known.setdefault(workspace_id, set()).update(one.event_id for one in events)

    def look_into(workspace_id: UUID) -> None:
        known[workspace_id] = catch_up(workspace_id, known.get(workspace_id, ()))
        _attempt(lambda: replenishing.look_around(workspace_id), "what waits")

    def look_around() -> None:
        striking.in_every(look_into, "what nobody heard")

    ears.serve(until, channel=CHANNEL, alone=READER, heard=heard, look_around=look_around)


def catch_up(workspace_id: UUID, known: Collection[UUID] = ()) -> set[UUID]:
    """React to what the journal holds from the bookmark on, but for what was heard; which events it holds."""
    with tenancy.entered(workspace_id):
        mark, _is_new = Bookmark.objects.of(workspace_id).get_or_create(
            workspace_id=workspace_id, reader=READER, defaults={"read_to": clock.now() - AT_FIRST}
        )
        events = Event.objects.of(workspace_id).filter(pk__gt=_first_key(mark.read_to - OVERLAP))
        rows = list(events.order_by("pk").values_list("pk", "about", "name"))
    fresh = [row for row in rows if row[0] not in known and _is_wanted(row[2])]
    _act(workspace_id, [Happening(event_id=key, about=about, name=name) for key, about, name in fresh])
    if rows:
        with tenancy.entered(workspace_id):
            mark.read_to = _moment_of(rows[-1][0])
            mark.save(update_fields=["read_to"])
    return {key for key, _about, _name in rows}


def _act(workspace_id: UUID, events: Sequence[Happening]) -> None:
    for wants, act_on in _READERS:
        wanted = [one for one in events if wants(one.name)]
        if wanted:
            _attempt(lambda act=act_on, those=wanted: act(workspace_id, those), act_on.__module__)  # type: ignore[misc]


def _attempt(deed: Callable[[], None], what: str) -> None:
    """One reaction that fails does not keep the others from theirs."""
    try:
        deed()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("a reaction failed", what=what)


def _understood(payloads: Iterable[str]) -> dict[UUID, list[Happening]]:
    told: dict[UUID, list[Happening]] = {}
    for payload in payloads:
        said = json.loads(payload)
        if _is_wanted(said["name"]):  # not all that is called out is an event: who reads or writes is not
            one = Happening(event_id=UUID(said["id"]), about=UUID(said["about"]), name=said["name"])
            told.setdefault(UUID(said["workspace"]), []).append(one)
    return told


@cache
def _is_wanted(name: str) -> bool:
    return any(wants(name) for wants, _act_on in _READERS)


def _first_key(moment: datetime) -> UUID:
    """The smallest key of an event of that moment: keys begin with the time they were made."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _moment_of(key: UUID) -> datetime:
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
