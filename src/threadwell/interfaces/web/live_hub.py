"""Live hub: the one ear of a web process, and all the streams that hang on it.

In:    notifications of the channel ``threadwell``: a workspace, what something is about, an event's key
Out:   pieces into the queues of the streams that show it
Touch: one connection that listens, for the whole process

Changes that come while the last ones are drawn are drawn together.
"""

import asyncio
import contextlib
import json
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
import structlog
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.models import Q

from threadwell.flow.reply.follow_up import SEEN_FOR
from threadwell.interfaces.web import live_parts, live_stories
from threadwell.interfaces.web.live_parts import News, Screen
from threadwell.interfaces.web.viewings import VIEWED
from threadwell.kit import clock, ears, ending, tenancy
from threadwell.kit.veils import Veil, veiled
from threadwell.record.conversations.models import Viewing
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL
from threadwell.record.sight.seeing import veils_of
from threadwell.record.workplace.models import Agent, Workspace

BEAT = 15.0  #: seconds between signs of life
CHECK = 30.0  #: seconds between looks whether the readers may still read
COUNT = 1.0  #: seconds in which counts are told at most once
PATIENCE = 2.0  #: seconds before the next try when the database is away
DEPTH = 256  #: pieces that a slow reader may be behind
MISSED = 300  #: events that are told again after a gap; who missed more loads the page
#: Events of these beginnings change what a conversation shows.
SHOWN = ("conversation", "decision", "message", "promise", "talk", "task")
OVERLAP = 5_000  #: milliseconds: an event may be kept after one that is younger

type Draw = Callable[[Any, list[Screen]], live_parts.Sent]

_log = structlog.get_logger(__name__)
_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


@dataclass(slots=True, kw_only=True, eq=False)
class Stream:
    """One open stream: its screen, whose session it belongs to, what waits to be sent."""

    screen: Screen
    session_key: str
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(DEPTH))
    is_over: bool = False

    def send(self, piece: bytes) -> None:
        try:
            self.waiting.put_nowait(piece)
        except asyncio.QueueFull:
            self.end()  # it comes back by itself, and is told what it missed

    def end(self) -> None:
        self.is_over = True
        with contextlib.suppress(asyncio.QueueEmpty, asyncio.QueueFull):
            if self.waiting.full():
                self.waiting.get_nowait()
            self.waiting.put_nowait(None)


def hub() -> "Hub":
    """The hub of this process."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """Who listens, and what they are still to be told."""

    def __init__(self) -> None:
        self.streams: dict[UUID, set[Stream]] = {}
        self.told: dict[UUID, dict[UUID, News]] = {}
        self.grown: dict[UUID, dict[UUID, list[UUID]]] = {}  #: the same for open stories
        self.with_story: Counter[UUID] = Counter()
        self.to_count: set[UUID] = set()
        self.watched: dict[UUID, dict[UUID, frozenset[tuple[UUID, str]]]] = {}
        self.woken = asyncio.Event()
        self.hears = asyncio.Event()
        self.last: dict[UUID, UUID] = {}
        self.is_closed = False
        self.tasks = [
            asyncio.create_task(work()) for work in (self._listen, self._draw, self._count, self._tend)
        ]
        self._end_with_process()

    def join(self, stream: Stream) -> None:
        if self.is_closed or ending.is_near():
            stream.end()  # its reader finds whoever takes our place
            return
        key = stream.screen.workspace.pk
        self.streams.setdefault(key, set()).add(stream)
        self.with_story[key] += stream.screen.story is not None

    def leave(self, stream: Stream) -> None:
        key = stream.screen.workspace.pk
        if (streams := self.streams.get(key)) and stream in streams:
            streams.discard(stream)
            self.with_story[key] -= stream.screen.story is not None
            if not streams:
                self.streams.pop(key)
                self.watched.pop(key, None)

    def close(self) -> None:
        """The process is told to end: it waits for open answers, and these never end by themselves."""
        self.is_closed = True
        for streams in self.streams.values():
            for stream in streams:
                stream.end()
        for task in self.tasks:
            task.cancel()

    def _end_with_process(self) -> None:
        # The server listens to these signals through the loop's wake-up pipe, which goes on working: what is
        # set here only comes before it. Elsewhere than in the main thread nobody can listen.
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: loop.call_soon_threadsafe(self.close))

    async def catch_up(self, stream: Stream, after: UUID | None) -> None:
        """What a page missed while it was cut off, and what it cannot know from its own drawing."""
        screen = stream.screen
        # Looking back begins where hearing does: nothing may fall between the two.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hears.wait(), PATIENCE)
        for piece in await _in_thread(lambda: _missed(screen, after)):
            stream.send(piece)

    async def _listen(self) -> None:
        is_first = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**ears.place(), autocommit=True) as ear:
                    await ear.execute(f"LISTEN {CHANNEL}")
                    self.hears.set()
                    if not is_first:
                        await self._tell_again()
                    is_first = False
                    async for note in ear.notifies():
                        self._hear(note.payload)
            except psycopg.Error as away:
                _log.warning("live pages wait for the database", error=str(away))
            await asyncio.sleep(PATIENCE)

    def _hear(self, payload: str) -> None:
        told = json.loads(payload)
        workspace_id = UUID(told["workspace"])
        if workspace_id not in self.streams:
            return
        name = told["name"]
        family = name.partition(".")[0]
        if family in live_stories.HEARD and self.with_story[workspace_id]:
            grown = self.grown.setdefault(workspace_id, {})
            grown.setdefault(UUID(told["about"]), []).append(UUID(told["id"]))
            self.woken.set()
        if family in SHOWN or name == VIEWED:
            news = self.told.setdefault(workspace_id, {}).setdefault(UUID(told["about"]), News())
            if name == VIEWED:
                news.is_viewing = True
            else:
                news.events.append(UUID(told["id"]))
                self.last[workspace_id] = news.events[-1]
                self.to_count.add(workspace_id)
            self.woken.set()
        elif name.startswith(("agent.", "restriction.", "team.")):
            task = asyncio.create_task(self._check(workspace_id))
            self.tasks.append(task)
            task.add_done_callback(self.tasks.remove)

    async def _draw(self) -> None:
        while True:
            await self.woken.wait()
            self.woken.clear()
            told, self.told = self.told, {}
            grown, self.grown = self.grown, {}
            for workspace_id, news in told.items():
                await self._send(workspace_id, _drawing(live_parts.parts, news))
                await self._send(workspace_id, _drawing(live_parts.heads, news))
            for workspace_id, keys in grown.items():
                await self._send(workspace_id, partial(_stories, keys))

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(COUNT)
            waiting, self.to_count = self.to_count, set()
            for workspace_id in waiting:
                await self._send(workspace_id, live_parts.counts)
                await self._send(workspace_id, live_parts.stirs)

    async def _tend(self) -> None:
        """Signs of life; looks after readers who may no longer read, and viewers who have gone silently."""
        since_check = 0.0
        while True:
            await asyncio.sleep(BEAT)
            since_check += BEAT
            for streams in list(self.streams.values()):
                for stream in list(streams):
                    if stream.waiting.empty():
                        stream.send(b": beat\n\n")
            self.to_count |= set(self.streams)  # what is due soon changes with time alone
            for workspace_id in list(self.streams):
                await self._look_who_left(workspace_id)
                if since_check >= CHECK:
                    await self._check(workspace_id)
            since_check %= CHECK

    async def _send(self, workspace_id: UUID, draw: Draw) -> None:
        by_screen = {one.screen: one for one in self.streams.get(workspace_id, ())}
        if not by_screen:
            return
        screens = list(by_screen)
        try:
            sent = await _in_thread(lambda: _drawn(draw, screens))
        except Exception:
            _log.exception("a change could not be drawn", workspace=str(workspace_id))
            return
        for screen, piece in sent:
            by_screen[screen].send(piece)

    async def _look_who_left(self, workspace_id: UUID) -> None:
        try:
            now = await _in_thread(lambda: _present(workspace_id))
        except DatabaseError:
            return
        before = self.watched.get(workspace_id, {})
        self.watched[workspace_id] = now
        changed = [key for key in before.keys() | now.keys() if before.get(key) != now.get(key)]
        if changed:
            await self._send(workspace_id, lambda where, screens: _watchers(where, changed, screens))

    async def _check(self, workspace_id: UUID) -> None:
        """Who has left, or signed out, is shown nothing more; a new role and a new wall count from now on."""
        streams = list(self.streams.get(workspace_id, ()))
        try:
            agents, sessions, veils = await _in_thread(lambda: _entitled(workspace_id, streams))
        except DatabaseError:
            return
        for stream in streams:
            agent = agents.get(stream.screen.agent.pk)
            if agent is None or stream.session_key not in sessions or agent.role != stream.screen.agent.role:
                stream.end()
            elif veils[agent.pk] != stream.screen.veil:
                stream.end()  # it comes back with what its reader may see now

    async def _tell_again(self) -> None:
        """The ear was deaf for a while: everybody is told what came meanwhile."""
        for workspace_id, streams in list(self.streams.items()):
            for stream in list(streams):
                await self.catch_up(stream, self.last.get(workspace_id))


def _drawing(draw: Callable[..., live_parts.Sent], news: dict[UUID, News]) -> Draw:
    return lambda workspace, screens: draw(workspace, news, screens)


def _drawn(draw: Draw, screens: list[Screen]) -> live_parts.Sent:
    """What is drawn once is shared only by those from whom the same is hidden."""
    alike: dict[Veil, list[Screen]] = {}
    for screen in screens:
        alike.setdefault(screen.veil, []).append(screen)
    sent: live_parts.Sent = []
    for veil, some in alike.items():
        with veiled(veil):
            sent += draw(some[0].workspace, some)
    return sent


def _stories(told: dict[UUID, list[UUID]], workspace: Any, screens: list[Screen]) -> live_parts.Sent:
    return live_stories.news(workspace, told, screens)


def _watchers(workspace: Any, conversations: list[UUID], screens: list[Screen]) -> live_parts.Sent:
    with tenancy.entered(workspace.pk):
        return live_parts.watchers(workspace, conversations, screens)


def _missed(screen: Screen, after: UUID | None) -> list[bytes]:
    with veiled(screen.veil):
        return _missed_by(screen, after)


def _missed_by(screen: Screen, after: UUID | None) -> list[bytes]:
    workspace = screen.workspace
    told: dict[UUID, News] = {}
    grown: dict[UUID, list[UUID]] = {}
    heard = {*SHOWN, *(live_stories.HEARD if screen.story else ())}
    with tenancy.entered(workspace.pk):
        if after is not None:
            since = UUID(int=max(0, (after.int >> 80) - OVERLAP) << 80)
            events = Event.objects.of(workspace).filter(pk__gt=since, name__regex=rf"^({'|'.join(heard)})\.")
            for key, about, name in events.order_by("-pk").values_list("pk", "about", "name")[:MISSED]:
                grown.setdefault(about, []).append(key)
                if name.partition(".")[0] in SHOWN:
                    told.setdefault(about, News()).events.append(key)
        now = clock.now()
        present = Viewing.objects.of(workspace).filter(Q(at__gt=now - SEEN_FOR) | Q(claims_until__gt=now))
        for about in present.values_list("conversation_id", flat=True).distinct()[:100]:
            told.setdefault(about, News()).is_viewing = True
    sent = live_stories.news(workspace, grown, [screen])
    if grown:
        sent += live_parts.stirs(workspace, [screen])
    if told:
        sent += live_parts.parts(workspace, told, [screen]) + live_parts.heads(workspace, told, [screen])
    return [piece for _, piece in sent]


def _present(workspace_id: UUID) -> dict[UUID, frozenset[tuple[UUID, str]]]:
    found: dict[UUID, set[tuple[UUID, str]]] = {}
    with tenancy.entered(workspace_id):
        now = clock.now()
        there = Q(at__gt=now - SEEN_FOR) | Q(claims_until__gt=now)
        rows = Viewing.objects.of(workspace_id).filter(there)
        for conversation, agent, doing, until in rows.values_list(
            "conversation_id", "agent_id", "doing", "claims_until"
        ):
            found.setdefault(conversation, set()).add((agent, "claim" if until and until > now else doing))
    return {key: frozenset(who) for key, who in found.items()}


def _entitled(
    workspace_id: UUID, streams: list[Stream]
) -> tuple[dict[UUID, Agent], set[str], dict[UUID, Veil]]:
    with tenancy.entered(workspace_id):
        seats = Agent.objects.of(workspace_id).filter(
            pk__in={one.screen.agent.pk for one in streams}, left_at=None, user__is_active=True
        )
        agents = {seat.pk: seat for seat in seats}
        veils = veils_of(agents.values(), Workspace.objects.get(pk=workspace_id))
    keys = {one.session_key for one in streams}
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return agents, set(alive.values_list("session_key", flat=True)), veils


async def _in_thread[T](work: Callable[[], T]) -> T:
    """Ask the database beside the loop; its connection goes back at once."""

    def done() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(done)
