"""Bounces: machine mail is told from people's mail, and reports say whom they are about and why.

In:    a folder with expected.jsonl and mail/
Out:   Score: shares of kinds, reasons, hardness and status codes that agree
Touch: nothing but files
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from threadwell.channels.email.read import letter
from threadwell.channels.port import Kind, Letter
from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate

_KINDS = {
    "bounce": Kind.BOUNCE,
    "feedback_loop": Kind.FEEDBACK,
    "auto_reply": Kind.AUTOMATIC,
    "delivery_report_success": Kind.DELIVERY_REPORT,
    "not_bounce": Kind.MESSAGE,
}
# The set's authors number their reasons so where the mail itself has no code: 5.0.9xx is on no wire.
_INVENTED = re.compile(r"[45]\.0\.9\d\d")


def evaluate(folder: Path) -> Score:
    tallies: dict[str, list[bool]] = {
        name: []
        for name in (
            "automatic_recall",
            "false_positives",
            "kind",
            "recipient_and_reason",
            "reason",
            "hard_bounce",
            "dsn",
            "dsn_with_invented_codes",
        )
    }
    misses: list[Miss] = []
    cases = list(lines_of(folder / "expected.jsonl"))
    for case in cases:
        read = letter((folder / "mail" / Path(case["file"]).name).read_bytes())
        for metric, expected, got in _compared(case, read):
            is_alike = expected == got
            tallies[metric].append(not is_alike if metric == "false_positives" else is_alike)
            if not is_alike and metric != "dsn_with_invented_codes":
                misses.append(Miss(case=case["id"], metric=metric, expected=str(expected), got=str(got)))
    metrics = {name: rate(tally) for name, tally in tallies.items() if name != "false_positives"}
    return Score(
        set="bounces_sisimai",
        cases=len(cases),
        metrics={**metrics, "false_positives": sum(tallies["false_positives"])},
        at_least={
            "automatic_recall": 0.98,
            "kind": 0.97,
            "recipient_and_reason": 0.90,
            "hard_bounce": 0.95,
            "dsn": 0.95,
        },
        misses=tuple(misses),
    )


def _compared(case: dict[str, Any], read: Letter) -> Iterable[tuple[str, object, object]]:
    """Metric, what is expected, what was read."""
    kind, told, found = _KINDS[case["kind"]], case["recipients"], read.bounces
    yield "kind", kind.value, read.kind.value
    if kind is Kind.MESSAGE:
        yield "false_positives", kind.value, read.kind.value
        return
    yield "automatic_recall", True, read.kind is not Kind.MESSAGE
    if kind is Kind.AUTOMATIC:
        return
    reasons = sorted(one["reason"] for one in told)
    yield "reason", reasons, sorted(one.reason for one in found)
    if kind is not Kind.FEEDBACK:
        # Complaints often hide who complained; a bounce without its recipient is of no use.
        found_reasons = sorted(one.reason for one in found if "@" in one.recipient)
        yield "recipient_and_reason", reasons, found_reasons
    yield "hard_bounce", sorted(one["hard_bounce"] for one in told), sorted(one.hard for one in found)
    codes = sorted(one["dsn"] for one in told)
    yield "dsn_with_invented_codes", codes, sorted(one.status for one in found)
    if not any(_INVENTED.fullmatch(code) for code in codes):
        yield "dsn", codes, sorted(one.status for one in found)
