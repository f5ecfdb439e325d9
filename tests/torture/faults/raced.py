"""Raced: news that comes twice and in the wrong order, workers at one conversation, a letter that kills.

In:    a siege, a measure, chance
Out:   a Tally each
Touch: the siege
"""

import time
from random import Random

from tests.torture.faults import Measure, counted
from tests.torture.siege import DEADLY, UP, Setup, Siege, wait_until
from tests.torture.tally import Tally
from tests.torture.traffic import ADDRESS, Callers, Senders, Session, letter, noted

VERSIONS = 6
ATTEMPTS = 3
WORKERS = 3
FRAIL = "tests/torture/frail_worker.py"


def news(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Another system tells of its work twice over and the old after the new, by several lines at once."""
    began = time.monotonic()
    siege.stand(UP)
    mark, count = siege.mark("news"), max(5, measure.mails // 20)
    told = [
        (item, version)
        for item in range(count)
        for version in range(VERSIONS)
        for _ in range(chance.choice((1, 2, 3)))
    ]
    chance.shuffle(told)
    newest = [-1] * count
    out_of_order = 0
    for item, version in told:
        out_of_order += version <= newest[item]
        newest[item] = max(version, newest[item])

    def tell(number: int) -> None:
        item, version = told[number]
        siege.door.insist("PUT", "/mirrored-work-items", _said(mark, item, version))

    callers = Callers(len(told), tell)
    callers.start()
    callers.join()
    shown = siege.door.work(mark)
    right = {one["external_id"] for one in shown if one["title"].endswith(f"version {VERSIONS - 1}")}
    return Tally(
        fault="webhooks",
        injected=out_of_order,
        came_in=count,
        held=siege.count("work_workitem", f"system = '{mark}'"),
        shown=len(right),
        doubled=len(shown) - len({one["external_id"] for one in shown}),
        seconds=time.monotonic() - began,
        note=f"{len(told)} news of {count} orders, {out_of_order} twice or late; each shows the newest",
    )


def workers(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Several of them, and programs beside, write to one conversation at the same time."""
    siege.stand(UP)
    more = [siege.start("worker") for _ in range(WORKERS - 1)]
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN threadwell_arrivals'"
    assert wait_until(lambda: siege.ask(listening)[0][0] >= WORKERS)

    def strike(senders: Senders, _chance: Random) -> int:
        wait_until(lambda: siege.door.conversations(senders.mark))
        [number] = [one["number"] for one in siege.door.conversations(senders.mark)]
        notes = noted(siege.door, measure.mails // 4, f"n{senders.mark}", [number])
        notes.start()
        notes.join()
        return WORKERS

    tally = counted.under_mail("workers-race", siege, measure, chance, strike, thread=measure.mails)
    for one in more:
        siege.stop(one)
    return counted.noting(tally, f"{WORKERS} workers and {measure.mails // 4} notes at one conversation")


def poison(siege: Siege, measure: Measure, chance: Random) -> Tally:
    """Letters that end whoever reads them: set aside after three tries, and their neighbours are read."""
    began = time.monotonic()
    siege.stand(Setup(parts=("gateway", "web")))
    mark, count = siege.mark("poisoned"), max(20, measure.mails // 10)
    deadly = set(chance.sample(range(count), k=min(2, measure.strikes)))
    before = siege.count("inboxes_delivery")
    with Session(siege.smtp) as session:
        for number in range(count):
            raw = letter(number, mark, thread=1)
            raw = raw.replace(b"Where is", DEADLY) if number in deadly else raw
            session.sendmail("ada@customer.example", [ADDRESS], raw)

    deaths = 0
    worker = siege.start(FRAIL)
    deadline = time.monotonic() + 60 * (1 + 2 * ATTEMPTS * len(deadly))
    while siege.count("inboxes_delivery", "state = 'waiting'") and time.monotonic() < deadline:
        if worker.poll() is not None:
            deaths += 1
            siege.stop(worker)
            worker = siege.start(FRAIL)
            siege.lease_ends()
        time.sleep(0.1)
    is_alive = worker.poll() is None
    siege.stop(worker)
    shown = siege.door.parcels(mark)
    set_aside = [*siege.door.rows("/deliveries", state="failed")]
    told = sum("ended" in one["because"] and one["attempts"] == ATTEMPTS for one in set_aside)
    return Tally(
        fault="poisoned",
        injected=deaths,
        came_in=count,
        held=siege.count("inboxes_delivery") - before,
        # Those that are read together the first time share one death.
        shown=len(shown) + min(told, len(deadly)) if is_alive and deaths <= ATTEMPTS * len(deadly) else 0,
        doubled=shown.total() - len(shown),
        seconds=time.monotonic() - began,
        note=f"{len(deadly)} letters, {deaths} deaths of workers; set aside with the reason: {told}",
    )


def _said(system: str, item: int, version: int) -> dict[str, object]:
    return {
        "system": system,
        "external_id": f"o{item}",
        "type": "order",
        "number": f"{system}-{item}"[:60],
        "title": f"Order {item}, version {version}",
        "seen_at": f"2026-11-01T10:{version:02}:00Z",
    }
