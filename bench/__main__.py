"""Run the bench: all parts, or those that are named.

In:    the words after bin/bench
Out:   a table; the same as JSON under the folder given with --keep
Touch: nothing that stays, but what --keep names
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    customers,
    fill,
    finding,
    gateway,
    intake,
    living,
    memory,
    newcomer,
    pages,
    plot,
    relations,
    routing,
    stage,
    starts,
)
from bench.figures import Figure, Report

CONVERSATIONS = {"10k": 10_000, "1m": 333_000, "10m": 3_333_000}
ALONE: dict[str, Callable[[str], Iterator[Figure]]] = {
    "intake": intake.figures,
    "gateway": gateway.figures,
    "memory": memory.figures,
    "start": starts.figures,
    "newcomer": newcomer.figures,
    "routing": routing.figures,
}
FILLED: dict[str, Callable[[Sequence[fill.Filled]], Iterator[Figure]]] = {
    "pages": pages.figures_of,
    "search": finding.figures_of,
    "live": living.figures_of,
}
RELATED: dict[str, Callable[[Sequence[relations.Related]], Iterator[Figure]]] = {
    "timeline": customers.timeline,
    "customer": customers.customer,
    "answers": customers.answers,
    "search_box": customers.search_box,
    "lists": customers.lists,
    "four_answers": customers.four_answers,
}


def main() -> int:
    asked = _arguments()
    report = Report(asked.size)
    chosen = asked.parts or [*ALONE, *FILLED, *RELATED]
    print(f"load before: {os.getloadavg()[0]:.2f}", flush=True)
    with stage.open_stage():
        report.server = stage.server()
        print(report.server, flush=True)
        for name in chosen:
            if name in ALONE:
                print(f"{name} ...", flush=True)
                report.add(ALONE[name](asked.size))
        if any(name in FILLED for name in chosen):
            print("filling ...", flush=True)
            sizes = dict.fromkeys(("10k", asked.size))
            filled = [fill.fill(f"filled-{size}", CONVERSATIONS[size]) for size in sizes]
            for name in chosen:
                if name in FILLED:
                    print(f"{name} ...", flush=True)
                    report.add(FILLED[name](filled))
        if any(name in RELATED for name in chosen):
            print("filling ...", flush=True)
            related = customers.filled(asked.size)
            for name in chosen:
                if name in RELATED:
                    print(f"{name} ...", flush=True)
                    report.add(RELATED[name](related))
    print(f"\n{report.table()}\n")
    if asked.keep:
        name = f"{datetime.now(UTC):%Y-%m-%d}-{asked.size}"
        print(f"kept as {report.keep(asked.keep, name)}")
        print(f"drawn as {plot.draw(asked.keep)}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure Threadwell beside its floors.")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=", ".join([*ALONE, *FILLED, *RELATED]) + "; all when none"
    )
    parser.add_argument(
        "--size", choices=CONVERSATIONS, default="10k", help="messages for pages, search, live"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the table and its JSON there")
    asked = parser.parse_args()
    unknown = [name for name in asked.parts if name not in ALONE | FILLED | RELATED]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
