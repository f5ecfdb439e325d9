"""Email parse, Stalwart's corpus: MIME torture with the parse tree that one good parser makes of it.

In:    a folder with expected.jsonl, the mails in ../email_robustness/mail
Out:   Score: shares of equal fields
Touch: nothing but files
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from threadwell.channels.email.read import letter
from threadwell.channels.port import Address, Letter
from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate, squeezed
from threadwell.kit import html

# Where we differ on purpose: cases and the reason. Everything else is a fault of ours.
_ON_PURPOSE = {
    "malformed/001": "an empty text part is no attachment",
    "malformed/002": "a multipart without parts is shown as text, not attached",
    "malformed/003": "a text with a repeated boundary is shown, not attached",
    "malformed/007": "an empty text part is no attachment",
    "malformed/008": "text behind a cut is shown, not attached",
    "malformed/020": "the forms of an alternative are told apart though a delimiter is missing",
    "malformed/021": "the forms of an alternative are told apart though a delimiter is missing",
    "thirdparty/015": "each attached mail is an attachment of its own",
}
_PEOPLE = {"from": "from_", "to": "to", "cc": "cc", "bcc": "bcc", "reply_to": "reply_to"}


def evaluate(folder: Path) -> Score:
    misses: list[Miss] = []
    hits: dict[str, list[bool]] = {}
    cases = lines_of(folder / "expected.jsonl")
    for case in cases:
        read = letter((folder / case["file"]).read_bytes())
        for metric, expected, got in _compared(case["expected"], read):
            is_hit = str(got).startswith(str(expected)) if metric == "text" else expected == got
            hits.setdefault(metric, []).append(is_hit)
            if not is_hit:
                misses.append(_miss(case["id"], metric, expected, got))
    return Score(
        set="email_parse_stalwart",
        cases=len(cases),
        metrics={
            **{metric: rate(found) for metric, found in hits.items()},
            "fields": rate(hit for found in hits.values() for hit in found),
        },
        at_least={"fields": 0.97},
        misses=tuple(misses),
    )


def _miss(case: str, metric: str, expected: object, got: object) -> Miss:
    because = next((reason for part, reason in _ON_PURPOSE.items() if part in case), "")
    return Miss(case=case, metric=metric, expected=str(expected)[:600], got=str(got)[:600], because=because)


def _compared(expected: dict[str, Any], read: Letter) -> list[tuple[str, object, object]]:
    """Metric, expected and got; what the case does not name must be absent."""
    asserted: list[tuple[str, object, object]] = [
        (header, _told(expected.get(header) or []), _read(getattr(read, field)))
        for header, field in _PEOPLE.items()
    ]
    asserted.append(("subject", squeezed(expected.get("subject")), squeezed(read.subject)))
    asserted.append(("date", _moment(expected.get("date")), read.date))
    asserted.append(("text", _first_text(expected["text_bodies"]), squeezed(read.text)))
    asserted.append(("attachment_count", expected["attachment_count"], len(read.parts)))
    return asserted


def _told(people: list[dict[str, str | None]]) -> list[tuple[str, str]]:
    return [(squeezed(one["name"]), one["email"] or "") for one in people]


def _read(people: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(one.name, one.email) for one in people]


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _first_text(bodies: list[str]) -> str:
    """The first body; where it is HTML, what a reader would see of it."""
    first = bodies[0] if bodies else ""
    is_html = "<html" in first[:400].lower() or "<body" in first[:400].lower()
    return squeezed(html.to_text(first) if is_html else first)
