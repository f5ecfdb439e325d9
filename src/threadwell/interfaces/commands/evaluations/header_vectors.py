"""Header vectors: who and when, out of single headers.

In:    a folder with address_headers.jsonl and date_headers.jsonl
Out:   Score: shares of headers with equal e-mail addresses, equal names, the same moment
Touch: nothing but files
"""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from threadwell.channels.email.read import letter
from threadwell.interfaces.commands.evaluations import Miss, Score, lines_of, rate, squeezed


def evaluate(folder: Path) -> Score:
    misses: list[Miss] = []
    emails = [_same_emails(case, misses) for case in lines_of(folder / "address_headers.jsonl")]
    names = [_same_names(case) for case in lines_of(folder / "address_headers.jsonl")]
    moments = [_same_moment(case, misses) for case in lines_of(folder / "date_headers.jsonl")]
    return Score(
        set="header_vectors",
        cases=len(emails) + len(moments),
        metrics={
            "emails": rate(emails),
            "names": rate(names),
            "moments": rate(moments),
            "fields": rate(emails + moments),
        },
        at_least={"fields": 0.97},
        misses=tuple(misses),
    )


def _read(name: str, header: str) -> Any:
    return letter(f"{name}: {header}\n\n".encode())


def _same_emails(case: dict[str, Any], misses: list[Miss]) -> bool:
    expected = [one["email"] or "" for one in case["expected"]]
    got = [one.email for one in _read("From", case["header"]).from_]
    if got != expected:
        because = _our_reason(case["header"])
        misses.append(
            Miss(case=case["header"], metric="emails", expected=str(expected), got=str(got), because=because)
        )
    return got == expected


def _our_reason(header: str) -> str:
    if "<@" in header:
        return "RFC 5322 4.4: a route before the address is to be ignored"
    if " ." in header or ". " in header:
        return "spaces round the dots of a domain are no part of the address"
    return ""


def _same_names(case: dict[str, Any]) -> bool:
    expected = [squeezed(one["name"]) for one in case["expected"]]
    return [one.name for one in _read("From", case["header"]).from_] == expected


def _same_moment(case: dict[str, Any], misses: list[Miss]) -> bool:
    expected = _moment(case["expected"]) if case["expected"] else None
    got = _read("Date", case["header"]).date
    if got != expected:
        misses.append(Miss(case=case["header"], metric="moments", expected=str(expected), got=str(got)))
    return bool(got == expected)


def _moment(told: dict[str, Any]) -> datetime:
    ahead = timedelta(hours=told["tz_hour"], minutes=told["tz_minute"])
    zone = timezone(-ahead if told["tz_before_gmt"] else ahead)
    written = datetime(
        told["year"], told["month"], told["day"], told["hour"], told["minute"], told["second"], tzinfo=zone
    )
    return written.astimezone(UTC)
