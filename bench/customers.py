"""Customers: the timeline, a customer's page and the four answers, beside the SQL they ask for, at two sizes.

In:    how many interactions at most
Out:   milliseconds at the client, of the web process's core, and of the same SQL bare; how both grow
Touch: a web process; firms of ten thousand and of as many interactions as asked
"""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

import psutil
from django.conf import settings
from playwright.sync_api import sync_playwright
from tests.browser.conftest import CHROMIUM, QUIETLY
from tests.browser.four_answers import LETTER, walk
from tests.browser.people import DESKTOP

from bench import floors, relations, stage
from bench.figures import Figure, share
from bench.pages import Asked, queries, took
from bench.relations import Related
from threadwell.kit import clock

SIZES = {"10k": 10_000, "1m": 1_000_000, "10m": 10_000_000}
ROUNDS, BLOCK, WARM = 120, 20, 24
TO_SQL, GROWTH = 3.0, 1.3
OTHERS = 40
KINDS, PEOPLE = 5, (0, 1, 2)  #: of fragments; those that stand for one person


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one kind of page took, in milliseconds."""

    page: float
    bare: float
    core: float  #: of the web process


def timeline(filled: Sequence[Related]) -> Iterator[Figure]:
    """A hundred interactions: the newest, those of two years ago, those with a word."""
    yield from _measured(filled, _timelines)


def customer(filled: Sequence[Related]) -> Iterator[Figure]:
    """The whole page, of the rich customer, of ordinary ones, of an organisation."""
    yield from _measured(filled, _customers)


def answers(filled: Sequence[Related]) -> Iterator[Figure]:
    """The four answers alone, as the conversation's side panel shows them."""
    yield from _measured(filled, _answers)


def search_box(filled: Sequence[Related]) -> Iterator[Figure]:
    """The one field that finds everything, by fragments of names, addresses, phones and orders."""
    yield from _measured(filled, _boxes, has_floor=False)


def lists(filled: Sequence[Related]) -> Iterator[Figure]:
    """The lists of customers and organisations, narrowed by words."""
    yield from _measured(filled, _lists, has_floor=False)


def four_answers(filled: Sequence[Related]) -> Iterator[Figure]:
    """In a real browser: from the first letter of a fragment to all four answers, ten customers by chance."""
    with stage.process("web"), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        for one in filled:
            url = f"http://localhost:{settings.OPTIONS['THREADWELL_PORT']}"
            context = browser.new_context(base_url=url, viewport=DESKTOP)
            name, _, value = one.firm.cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": url}])
            wanted = [pair for place, pair in enumerate(one.fragments) if place % KINDS in PEOPLE]
            chosen = random.Random(20261122).sample(wanted, 10)
            seen = [each.seconds for each in walk(context.new_page(), f"{_desk(one)}/desk/open/", chosen)]
            note = f"worst {max(seen):.2f} s; {LETTER} ms a letter are the typist's"
            name = f"from typing to four answers, ten customers, {one.interactions:,} interactions, median"
            yield Figure(name=name, value=statistics.median(seen), unit="s", note=note)
            context.close()
        browser.close()


def filled(size: str) -> list[Related]:
    """The smallest firm and one of this size."""
    return [relations.fill(f"relations-{name}", SIZES[name]) for name in dict.fromkeys(("10k", size))]


def _measured(
    filled: Sequence[Related], kinds: Callable[[Related], list[Asked]], *, has_floor: bool = True
) -> Iterator[Figure]:
    first: dict[str, Taken] = {}
    with stage.process("web") as (web,):
        for one in filled:
            for asked in kinds(one):
                sql = queries(one.firm, asked) if has_floor else []
                taken = _take(one, asked, sql, web)
                yield from _told(asked, taken, one.interactions, len(sql))
                if asked.name not in first:
                    first[asked.name] = taken
                else:
                    yield from _grown(asked.name, first[asked.name], taken, has_floor=has_floor)


def _take(one: Related, asked: Asked, sql: list[str], web: psutil.Process) -> Taken:
    took(one.firm, asked, clients=1, rounds=max(WARM, len(asked.paths)))
    pages: list[float] = []
    bare: list[float] = []
    core = 0.0
    # In turns, so that whatever else runs on the machine meets both.
    for _ in range(ROUNDS // BLOCK):
        before = _core(web)
        pages += took(one.firm, asked, clients=1, rounds=BLOCK)
        core += _core(web) - before
        if sql:
            bare += floors.statements(sql, clients=1, rounds=BLOCK)
    return Taken(
        page=share(pages, 0.5),
        bare=share(bare, 0.5) if bare else share(pages, 0.95),
        core=1000 * core / len(pages),
    )


def _told(asked: Asked, taken: Taken, interactions: int, statements: int) -> Iterator[Figure]:
    name = f"{asked.name}, {interactions:,} interactions"
    note = f"the web process's core {taken.core:.1f} ms"
    if statements:
        yield Figure(
            name=f"{name}, p50, to SQL",
            value=taken.page,
            unit="ms",
            floor=taken.bare,
            goal=TO_SQL,
            is_ratio=True,
            note=f"{note}; {statements} statements",
            operation=asked.name,
            size=interactions,
        )
    else:
        yield Figure(
            name=f"{name}, p50",
            value=taken.page,
            unit="ms",
            goal=asked.goal,
            note=f"{note}; p95 {taken.bare:.0f} ms",
            operation=asked.name,
            size=interactions,
        )


def _grown(name: str, small: Taken, large: Taken, *, has_floor: bool) -> Iterator[Figure]:
    yield Figure(name=f"{name}, growth of the page", value=large.page / small.page, unit="x", goal=GROWTH)
    core = large.core / small.core
    yield Figure(name=f"{name}, growth of the web process's core", value=core, unit="x", goal=GROWTH)
    if has_floor:
        yield Figure(name=f"{name}, growth of its SQL", value=large.bare / small.bare, unit="x", goal=GROWTH)


def _timelines(one: Related) -> list[Asked]:
    home = f"{_desk(one)}/customers/{one.rich.pk}/timeline/"
    deep = urlencode(
        {"at": (clock.now() - timedelta(days=730)).isoformat(), "before": UUID(int=0), "month": "2024-01"}
    )
    return [
        _asked("timeline of 10,000, newest", [home], "timeline"),
        _asked("timeline of 10,000, two years back", [f"{home}?{deep}"], "timeline"),
        _asked("timeline of 10,000, only from us", [f"{home}?narrowed=1&direction=out"], "timeline"),
        _asked("timeline of 10,000, a word", [f"{home}?narrowed=1&words=manager"], "timeline"),
    ]


def _customers(one: Related) -> list[Asked]:
    others = [f"{_desk(one)}/customers/{other.pk}/" for other in one.others[:OTHERS]]
    organisation = f"{_desk(one)}/organisations/{one.organisation.pk}/"
    return [
        _asked(
            "customer's page, 10,000 interactions", [f"{_desk(one)}/customers/{one.rich.pk}/"], "answer-next"
        ),
        _asked("customer's page, ordinary", others, "answer-next"),
        _asked("organisation's page, 20 people, 10,000 interactions", [organisation], "answer-next"),
    ]


def _answers(one: Related) -> list[Asked]:
    others = [f"{_desk(one)}/customers/{other.pk}/answers/" for other in one.others[:OTHERS]]
    rich = f"{_desk(one)}/customers/{one.rich.pk}/answers/"
    return [
        _asked("four answers, 10,000 interactions", [rich], "<"),
        _asked("four answers, ordinary", others, "<"),
    ]


def _boxes(one: Related) -> list[Asked]:
    paths = [f"{_desk(one)}/goto/?q={quote(typed)}" for typed, _seen in one.fragments]
    names = ("a part of a name", "an address", "a phone", "an order in a mail", "a piece of work")
    return [
        Asked(name=f"search box, {name}", paths=paths[place :: len(names)], holds="href", goal=300)
        for place, name in enumerate(names)
    ]


def _lists(one: Related) -> list[Asked]:
    typed = [typed for typed, _seen in one.fragments[::KINDS]]
    return [
        Asked(
            name="list of customers, a part of a name",
            paths=[f"{_desk(one)}/customers/?q={quote(part)}" for part in typed],
            holds="<table",
            goal=100,
        ),
        Asked(
            name="list of organisations, a part of a name",
            paths=[f"{_desk(one)}/organisations/?q=oss"],
            holds="<table",
            goal=100,
        ),
    ]


def _asked(name: str, paths: list[str], holds: str) -> Asked:
    return Asked(name=name, paths=paths, holds=holds, goal=0, headers=(("HX-Request", "true"),))


def _desk(one: Related) -> str:
    return f"/w/{one.firm.workspace.slug}"


def _core(web: psutil.Process) -> float:
    """Seconds of a core that it and its children have used."""
    times = [one.cpu_times() for one in (web, *web.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))
