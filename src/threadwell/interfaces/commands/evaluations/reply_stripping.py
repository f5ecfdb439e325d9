"""Reply stripping: the new part of a letter must come out of its text or HTML as the cases tell.

In:    a folder with `cases.jsonl`.
Out:   Score: the share that passes, over all and by kind and way of comparing.
Touch: nothing but files.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from threadwell.channels.email import quotes
from threadwell.interfaces.commands.evaluations import Miss, Score

AIM = 0.85
LONGER_BY = 0.15  #: a first fragment may keep a signature of so much of its length
LONGER_AT_MOST = 20  #: and so many letters more

_BECAUSE = {
    "talon-htmlunit-reply_separated_by_hr": "the name above the rule was written by the sender; it stays",
}


def evaluate(folder: Path) -> Score:
    """Score the cases of the folder."""
    passed: Counter[str] = Counter()
    count: Counter[str] = Counter()
    misses = []
    with (folder / "cases.jsonl").open(encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    for case in cases:
        started = time.perf_counter()
        read = quotes.visible if case["kind"] == "text" else quotes.visible_html
        got = read(case["input"])
        is_right = _is_right(case, got) and time.perf_counter() - started <= case.get("max_seconds", 60)
        for metric in ("pass rate", f"{case['kind']} {case['match']}"):
            count[metric] += 1
            passed[metric] += is_right
        if not is_right:
            misses.append(_miss(case, got))
    metrics = {metric: passed[metric] / count[metric] for metric in count}
    aims = dict.fromkeys((metric for metric in metrics if metric in ("pass rate", "text exact")), AIM)
    return Score(
        set="reply_stripping", cases=len(cases), metrics=metrics, at_least=aims, misses=tuple(misses)
    )


def _is_right(case: Mapping[str, Any], got: str) -> bool:
    if case.get("expected_is_input"):
        return _plain(got) == _plain(case["input"])
    match case["match"]:
        case "exact":
            return _plain(got) == _plain(case["expected"])
        case "ignore_whitespace":
            return _dense(got) == _dense(case["expected"])
        case "first_fragment":
            fragment, whole = _dense(case["expected"]), _dense(got)
            longest = len(fragment) * (1 + LONGER_BY) + LONGER_AT_MOST
            return whole.startswith(fragment) and len(whole) <= longest
        case _:
            has_all = all(part in got for part in case.get("must_contain", ()))
            return has_all and not any(part in got for part in case.get("must_not_contain", ()))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _dense(text: str) -> str:
    return "".join(text.split())


def _miss(case: Mapping[str, Any], got: str) -> Miss:
    expected = case.get("expected") or json.dumps(
        {name: case[name] for name in ("must_contain", "must_not_contain", "max_seconds") if name in case}
    )
    return Miss(
        case=case["id"],
        metric=f"{case['kind']} {case['match']}",
        expected=expected[-300:],
        got=got[-300:],
        because=_BECAUSE.get(case["id"], ""),
    )
