"""Email parse, Zammad's corpus: nasty mails of real desks with the fields that should come out.

In:    a folder with expected.jsonl and mail/
Out:   Score: shares of equal fields, one metric per kind of field
Touch: nothing but files
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from threadwell.channels.email.read import letter
from threadwell.channels.port import Letter
from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate, squeezed

# Where we differ on purpose: case and metric, and the reason. Everything else is a fault of ours.
_ON_PURPOSE = {
    ("mail018", "subject"): "UTF-7 is decoded",
    ("mail026", "body"): "the title of an otherwise empty HTML page is no text; the plain form is shown",
    ("mail046", "from_display_name"): "the naked bytes are Chinese, as in the subject",
    ("mail102", "attachment_names"): "two files of one name keep it",
}
_ALIKE = 0.95


def evaluate(folder: Path) -> Score:
    misses: list[Miss] = []
    hits: dict[str, list[bool]] = {}
    cases = lines_of(folder / "expected.jsonl")
    for case in cases:
        read = letter((folder / case["file"]).read_bytes())
        for metric, expected, got in _compared(case["expected"], read):
            is_hit = _alike(expected, got) >= _ALIKE if metric == "body" else expected == got
            hits.setdefault(metric, []).append(is_hit)
            if not is_hit:
                misses.append(
                    Miss(
                        case=case["id"],
                        metric=metric,
                        expected=str(expected)[:600],
                        got=str(got)[:600],
                        because=_ON_PURPOSE.get((case["id"], metric), ""),
                    )
                )
    return Score(
        set="email_parse_zammad",
        cases=len(cases),
        metrics={
            **{metric: rate(found) for metric, found in hits.items()},
            "fields": rate(hit for found in hits.values() for hit in found),
        },
        at_least={"fields": 0.97},
        misses=tuple(misses),
    )


def _compared(expected: dict[str, Any], read: Letter) -> list[tuple[str, object, object]]:
    """Metric, expected and got, for what the case asserts."""
    first = read.from_[0] if read.from_ else None
    asserted: list[tuple[str, object, object]] = []
    if "subject" in expected:
        asserted.append(("subject", squeezed(expected["subject"]), squeezed(read.subject)))
    if "from_email" in expected:
        wanted = squeezed(expected["from_email"]).lower()
        asserted.append(("from_email", wanted, first.email.lower() if first else ""))
    if "from_display_name" in expected:
        wanted = squeezed(expected["from_display_name"])
        asserted.append(("from_display_name", wanted, squeezed(first.name) if first else ""))
    if expected.get("body_scored"):
        asserted.append(("body", "".join(expected["body_text"].split()), "".join(read.text.split())))
    if "attachment_count" in expected:
        asserted.append(("attachment_count", expected["attachment_count"], len(read.parts)))
        wanted_names = sorted(squeezed(one["filename"]) for one in expected["attachments"])
        got_names = sorted(squeezed(part.filename) for part in read.parts)
        asserted.append(("attachment_names", wanted_names, got_names))
        wanted_sums = sorted(one["sha256"] for one in expected["attachments"] if one["data_was_binary"])
        got_sums = sorted(part.sha256 for part in read.parts if part.sha256 in wanted_sums)
        asserted.append(("attachment_bytes", wanted_sums, got_sums))
    return asserted


def _alike(one: object, other: object) -> float:
    """Dice's coefficient over pairs of letters."""
    left, right = (Counter(pairwise(text)) for text in (str(one), str(other)))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else float(one == other)
