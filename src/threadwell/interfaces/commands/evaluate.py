"""Score the product on a set of real cases, with the misses, and tell whether the aims are reached.

In:    the name of a set and its folder
Out:   JSON; status 0 when every aim is reached, 1 below, 2 when there is nothing to score
Touch: nothing but that folder; no database, no settings
"""

import importlib
import json
import pkgutil
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from threadwell.interfaces.commands import evaluations
from threadwell.interfaces.commands.evaluations import Score


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("set", choices=sets(), metavar="SET", help=", ".join(sets()))
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a folder in the form of the set's README"
    )


def run(args: Namespace) -> int:
    if not args.folder.is_dir():
        print(f"threadwell evaluate: {args.folder} is not a folder", file=sys.stderr)
        return 2
    try:
        score = score_of(args.set, args.folder)
    except FileNotFoundError as missing:
        print(f"threadwell evaluate: {missing.filename} is missing", file=sys.stderr)
        return 2
    shortfalls = score.shortfalls()
    told = {
        "set": score.set,
        "cases": score.cases,
        "metrics": dict(score.metrics),
        "at_least": dict(score.at_least),
        "at_most": dict(score.at_most),
        "reached": not shortfalls,
        "shortfalls": list(shortfalls),
        "misses": [asdict(miss) for miss in score.misses],
    }
    json.dump(told, sys.stdout, indent=1)
    print()
    return 1 if shortfalls else 0


def sets() -> list[str]:
    """The sets that can be scored: the modules beside."""
    return sorted(module.name for module in pkgutil.iter_modules(evaluations.__path__))


def score_of(name: str, folder: Path) -> Score:
    score = importlib.import_module(f"{evaluations.__name__}.{name}").evaluate(folder)
    assert isinstance(score, Score)
    return score
