"""Email robustness: mails that break parsers must be kept, readable, quick, and read the same twice.

In:    a folder with manifest.jsonl and mail/
Out:   Score: shares kept and readable, accidents, the slowest
Touch: nothing but files
"""

import json
import time
from pathlib import Path

from threadwell.channels.email.facts import facts
from threadwell.channels.email.read import letter
from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate

_SLOW = 5.0


def evaluate(folder: Path) -> Score:
    misses: list[Miss] = []
    kept: list[bool] = []
    slowest = 0.0
    for case in lines_of(folder / "manifest.jsonl"):
        raw = (folder / "mail" / Path(case["file"]).name).read_bytes()
        started = time.perf_counter()
        trouble = _trouble(raw)
        took = (time.perf_counter() - started) / 2
        slowest = max(slowest, took)
        if took > _SLOW:
            trouble = trouble or f"took {took:.1f} s"
        kept.append(not trouble)
        if trouble:
            misses.append(Miss(case=case["file"], metric="kept_and_readable", expected="kept", got=trouble))
    return Score(
        set="email_robustness",
        cases=len(kept),
        metrics={
            "kept_and_readable": rate(kept),
            "accidents": kept.count(False),
            "slowest_seconds": round(slowest, 3),
        },
        at_least={"kept_and_readable": 1.0},
        at_most={"accidents": 0, "slowest_seconds": _SLOW},
        misses=tuple(misses),
    )


def _trouble(raw: bytes) -> str:
    """What is wrong with the reading of this mail; empty when all is well."""
    try:
        first, again = letter(raw), letter(raw)
        told = facts(first)
        json.dumps(told, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "text that no encoding takes"
    except Exception as accident:
        return f"raised {type(accident).__name__}"
    if facts(again) != told:
        return "read differently the second time"
    if any("could not be read" in warning for warning in first.warnings):
        return first.warnings[0]
    is_empty = not (first.text.strip() or first.html or first.parts or first.headers.strip())
    return "nothing of it is shown" if is_empty and raw.strip() else ""
