"""Living: from a commit to the other agents' screens.

In:    a filled firm
Out:   milliseconds until each open stream has been told
Touch: a web process with many streams open
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from time import perf_counter

from django.conf import settings
from django.db import connection

from bench import stage
from bench.figures import Figure, share
from bench.fill import Filled
from bench.stage import Firm
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent, User
from threadwell.record.workplace.roles import Role

STREAMS = (200, 500, 1000)
CHANGES = 20
AGENTS = 50


def figures_of(every: Sequence[Filled]) -> Iterator[Figure]:
    """With few and with many streams, in the largest firm."""
    filled = every[-1]
    cookies = _colleagues(filled.firm)
    with stage.process("web"):
        for streams in STREAMS:
            taken = asyncio.run(_told(filled, cookies, streams))
            yield Figure(
                name=f"commit to screens, {streams} streams, p95",
                value=share(taken, 0.95),
                unit="ms",
                goal=100,
                note=f"p50 {share(taken, 0.5):.1f} ms; {len(taken):,} of {streams * CHANGES:,} told",
            )


def _colleagues(firm: Firm) -> list[str]:
    made = []
    for number in range(AGENTS):
        user = User.objects.create_user(
            f"agent{number}@{firm.workspace.slug}.example", name=f"Agent {number}"
        )
        with tenancy.entered(firm.workspace.pk):
            Agent.objects.create(workspace=firm.workspace, user=user, name=user.name, role=Role.AGENT)
        made.append(stage.sign_in(user))
    return made


async def _told(filled: Filled, cookies: list[str], streams: int) -> list[float]:
    seen: dict[str, list[float]] = {}
    ready = asyncio.Semaphore(0)
    path = f"/w/{filled.firm.workspace.slug}/live/?view=unassigned"
    slots = asyncio.Semaphore(16)
    watching = [
        asyncio.create_task(_watch(path, cookies[number % len(cookies)], seen, ready, slots))
        for number in range(streams)
    ]
    for _ in range(streams):
        await asyncio.wait_for(ready.acquire(), 120)
    await asyncio.sleep(2)
    taken: list[float] = []
    watched = [one for one in filled.conversations if one.owner_id is None][:CHANGES]
    for turn, one in enumerate(watched):
        mark = f"Changed {streams} {turn}"
        seen[mark] = []
        at = await asyncio.to_thread(_change, one, mark, filled.firm)
        await asyncio.sleep(0.5 if streams <= 200 else 1.5)
        taken += [1000 * (moment - at) for moment in seen.pop(mark)]
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    return taken


def _change(one: Conversation, mark: str, firm: Firm) -> float:
    try:
        with tenancy.entered(firm.workspace.pk):
            changed = Conversation.objects.of(firm.workspace).get(pk=one.pk)
            changed.retitle(mark, by=firm.owner)
        return perf_counter()
    finally:
        connection.close()


async def _watch(
    path: str, cookie: str, seen: dict[str, list[float]], ready: asyncio.Semaphore, slots: asyncio.Semaphore
) -> None:
    async with slots:
        pieces, way = await asyncio.open_connection(
            "127.0.0.1", settings.OPTIONS["THREADWELL_PORT"], limit=2**20
        )
        way.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        first = await pieces.readuntil(b"retry:")
        assert first.startswith(b"HTTP/1.1 200"), first[:200]
        ready.release()
    told: set[str] = set()
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            piece = await pieces.readuntil(b"\n")
            moment = perf_counter()
            for mark, moments in seen.items():
                if mark not in told and mark.encode() in piece:
                    told.add(mark)
                    moments.append(moment)
