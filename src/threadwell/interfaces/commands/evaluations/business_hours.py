"""Business hours: deadlines and open time as the cases tell, over zones, holidays, breaks and clock changes.

In:    a folder with `cases.jsonl`.
Out:   Score: the share that is right, over all and by tag and operation.
Touch: nothing but files.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate
from threadwell.kit.opening_hours import OpeningHours, Span

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNSCORED = "disputed"  #: the set's own word for cases with two right answers


def evaluate(folder: Path) -> Score:
    """Score the cases of the folder."""
    hits: dict[str, list[bool]] = defaultdict(list)
    misses = []
    cases = lines_of(folder / "cases.jsonl")
    for case in cases:
        got = _answer(case)
        is_right = _is_right(case, got)
        scored = UNSCORED not in case["tags"]
        for metric in ("pass rate", case["op"], *case["tags"]) if scored else (UNSCORED,):
            hits[metric].append(is_right)
        if not is_right and scored:
            misses.append(
                Miss(case=case["id"], metric=case["op"], expected=str(_expected(case)), got=str(got))
            )
    metrics = {name: rate(found) for name, found in hits.items()}
    return Score(
        set="business_hours",
        cases=len(cases),
        metrics=metrics,
        at_least={"pass rate": 1.0},
        misses=tuple(misses),
    )


def _answer(case: Mapping[str, Any]) -> Any:
    try:
        return _reckoned(case, _hours(case["calendar"]))
    except ValueError as refusal:
        return refusal


def _reckoned(case: Mapping[str, Any], hours: OpeningHours) -> Any:
    start = datetime.fromisoformat(case["start"])
    pauses = [
        (datetime.fromisoformat(since), datetime.fromisoformat(until))
        for since, until in case.get("pauses", ())
    ]
    match case["op"]:
        case "is_open":
            return hours.is_open(start)
        case "next_open":
            return hours.next_open(start)
        case "between" | "between_with_pauses":
            return hours.between(start, datetime.fromisoformat(case["end"]), pauses).total_seconds()
        case "add_business_days":
            return hours.days_after(start, case["days"])
        case _ if not case["seconds"] and case.get("direction") == "backward":
            return hours.last_open(start)
        case _:
            return hours.after(start, timedelta(seconds=case["seconds"]), pauses)


def _hours(calendar: Mapping[str, Any]) -> OpeningHours:
    zone = ZoneInfo(calendar["tz"])
    if calendar.get("always_open"):
        return OpeningHours.always(zone)
    return OpeningHours(
        zone=zone,
        week=tuple(_spans(calendar["hours"].get(day, ())) for day in WEEK),
        closed={date.fromisoformat(day): "holiday" for day in calendar.get("holidays", ())},
        special={
            date.fromisoformat(day): _spans(of) for day, of in calendar.get("special_hours", {}).items()
        },
        breaks={date.fromisoformat(day): _spans(of) for day, of in calendar.get("breaks", {}).items()},
    )


def _spans(written: Any) -> tuple[Span, ...]:
    return tuple(Span.of(opens, closes) for opens, closes in written)


def _is_right(case: Mapping[str, Any], got: Any) -> bool:
    if "expected_error" in case:
        return isinstance(got, ValueError)
    if isinstance(got, datetime):
        slack = timedelta(seconds=case.get("tolerance_seconds") or 0)
        accepted = [case["expected"], *case.get("also_accept", ())]
        return any(abs(got - datetime.fromisoformat(one)) <= slack for one in accepted)
    return bool(got == _expected(case))


def _expected(case: Mapping[str, Any]) -> Any:
    return case.get("expected_error", case.get("expected_seconds", case.get("expected")))
