"""Pages: the list of conversations and one conversation, beside the SQL they ask for.

In:    a filled firm
Out:   milliseconds at the client, one by one and eight at once
Touch: a web process
"""

import http.client
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import floors, stage
from bench.figures import Figure, share
from bench.fill import Filled
from bench.stage import Firm

ROUNDS = 240
GROWTH = 1.3  #: at most, from the smallest firm
WARM = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Addresses that are asked in turn, and what each answer must hold."""

    name: str
    paths: Sequence[str]
    holds: str
    goal: float  #: milliseconds in the middle, one client
    goal_at_eight: float = 120  #: milliseconds that 95 % stay below
    headers: tuple[tuple[str, str], ...] = ()


def figures_of(filled: Sequence[Filled]) -> Iterator[Figure]:
    """List and conversation, in a small firm and in a large one."""
    first: dict[str, float] = {}
    with stage.process("web"):
        for one in filled:
            for asked in _asked(one):
                for figure in measured(one.firm, asked, messages=one.messages):
                    yield figure
                    if figure.operation:
                        yield from grown(figure, first)


def grown(figure: Figure, first: dict[str, float]) -> Iterator[Figure]:
    """How it stands to the same in the smallest firm; nothing for that one itself."""
    least = first.setdefault(figure.operation, figure.value)
    if least != figure.value:
        name, value = f"{figure.operation}, {figure.size:,} messages, growth", figure.value / least
        yield Figure(name=name, value=value, unit="x", goal=GROWTH)


def _asked(filled: Filled) -> tuple[Asked, ...]:
    desk = f"/w/{filled.firm.workspace.slug}"
    numbers = filled.long_ones
    return (
        Asked(name="list, 50 rows", paths=[f"{desk}/desk/unassigned/"], holds="Unassigned", goal=15),
        Asked(
            name="conversation, 30 messages, whole page with its list",
            paths=[f"{desk}/conversations/{number}/" for number in numbers],
            holds="message-",
            goal=15,
        ),
        Asked(
            name="conversation, 30 messages, opened from the list",
            paths=[f"{desk}/desk/unassigned/{number}/" for number in numbers],
            holds="message-",
            goal=15,
            headers=(("HX-Request", "true"),),
        ),
    )


def measured(firm: Firm, asked: Asked, *, messages: int) -> Iterator[Figure]:
    """At one client and at eight, each beside its own bare SQL."""
    sql = queries(firm, asked)
    took(firm, asked, clients=1, rounds=WARM)
    for clients in (1, 8):
        bare = floors.statements(sql, clients=clients, rounds=ROUNDS)
        taken = took(firm, asked, clients=clients, rounds=ROUNDS)
        p50, p95 = share(taken, 0.5), share(taken, 0.95)
        name = f"{asked.name}, {messages:,} messages, {'one client' if clients == 1 else 'eight clients'}"
        if clients == 1:
            note = f"p95 {p95:.1f} ms; {len(sql)} statements"
            yield Figure(
                name=f"{name}, p50",
                value=p50,
                unit="ms",
                goal=asked.goal,
                note=note,
                operation=asked.name,
                size=messages,
            )
            floor = share(bare, 0.5)
            yield Figure(name=f"{name}, to SQL", value=p50, unit="ms", floor=floor, goal=3, is_ratio=True)
        else:
            note = f"p50 {p50:.1f} ms; {1000 * clients / (sum(taken) / len(taken)):.0f} pages/s"
            floor = share(bare, 0.95)
            yield Figure(
                name=f"{name}, p95", value=p95, unit="ms", floor=floor, goal=asked.goal_at_eight, note=note
            )


def took(firm: Firm, asked: Asked, *, clients: int, rounds: int) -> list[float]:
    """Milliseconds of each answer; raises when one is not what it should be."""
    taken: list[float] = []
    turns = count()
    troubles: list[BaseException] = []

    def ask() -> None:
        try:
            door = http.client.HTTPConnection("127.0.0.1", settings.OPTIONS["THREADWELL_PORT"], timeout=60)
            while (turn := next(turns)) < rounds:
                taken.append(_ask(door, firm, asked, asked.paths[turn % len(asked.paths)]))
        except BaseException as trouble:
            troubles.append(trouble)

    _side_by_side(ask, clients)
    if troubles:
        raise troubles[0]
    return taken


def _ask(door: http.client.HTTPConnection, firm: Firm, asked: Asked, path: str) -> float:
    began = perf_counter()
    door.request("GET", path, headers={"Cookie": firm.cookie, **dict(asked.headers)})
    answer = door.getresponse()
    body = answer.read()
    milliseconds = 1000 * (perf_counter() - began)
    if answer.status != 200 or asked.holds.encode() not in body:
        raise AssertionError(f"{path}: {answer.status}")
    return milliseconds


def _side_by_side(work: Callable[[], None], clients: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def queries(firm: Firm, asked: Asked) -> list[str]:
    """What the page asks the database, as it is asked."""
    browser = Client(headers=dict(asked.headers), SERVER_NAME="localhost")
    name, _, value = firm.cookie.partition("=")
    browser.cookies[name] = value
    with CaptureQueriesContext(connection) as heard:
        for _ in range(2):
            begun = len(heard.captured_queries)
            answer = browser.get(asked.paths[0])
            assert answer.status_code == 200, answer.status_code
    said = [query["sql"] for query in heard.captured_queries[begun:]]
    return [
        one for one in said if not one.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
    ]
