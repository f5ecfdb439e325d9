"""Run the torture: all faults, or those that are named.

In:    the words after bin/torture
Out:   a line for each fault, a table at the end; the same as JSON, in the file of --json
Touch: a data folder of this run, which is removed; nothing else
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.torture.faults import LONG, SHORT
from tests.torture.runs import FAULTS, GROUPS, run
from tests.torture.siege import besieged
from tests.torture.tally import HEAD, Tally, table
from threadwell import __version__


def main() -> int:
    asked = _arguments()
    names = [name for word in asked.faults or [*FAULTS] for name in GROUPS.get(word, {word: None})]
    measure = SHORT if asked.short else LONG
    if asked.mails:
        measure = replace(measure, mails=asked.mails)
    tallies: list[Tally] = []
    print(f"seed {asked.seed}, {measure.mails} mails, load before: {os.getloadavg()[0]:.2f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="threadwell-torture-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101 - the database's user must pass
        with besieged(Path(folder) / "home", is_patient=not asked.short) as siege:
            print(" | ".join(HEAD), flush=True)
            for tally in run(siege, names, measure, seed=asked.seed):
                tallies.append(tally)
                print(" | ".join(tally.row()), flush=True)
            if not all(tally.holds for tally in tallies):
                print(siege.told(), file=sys.stderr)
    print(f"\n{table(tallies)}\n")
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(_facts(asked, measure.mails, tallies), indent=1) + "\n")
    print(f"kept as {asked.json}")
    return 0 if all(tally.holds for tally in tallies) else 1


def _facts(asked: argparse.Namespace, mails: int, tallies: list[Tally]) -> dict[str, object]:
    return {
        "threadwell": __version__,
        "seed": asked.seed,
        "mails": mails,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_at_the_end": os.getloadavg(),
        "faults": [tally.facts() for tally in tallies],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/torture", description="Let things go wrong under load, and count what is left."
    )
    parser.add_argument(
        "faults",
        nargs="*",
        metavar="FAULT",
        help=f"{', '.join(FAULTS)}; or a group: {', '.join(GROUPS)}; all when none",
    )
    parser.add_argument("--mails", type=int, help=f"how many are sent for each ({LONG.mails})")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same strikes (1)")
    parser.add_argument("--short", action="store_true", help="as in bin/test: few mails, one strike each")
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("var") / f"torture-{datetime.now(UTC):%Y-%m-%d}.json",
        help="where the same is kept for programs (%(default)s)",
    )
    asked = parser.parse_args()
    if unknown := [name for name in asked.faults if name not in FAULTS | GROUPS]:
        parser.error(f"there is no fault {unknown[0]!r}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
