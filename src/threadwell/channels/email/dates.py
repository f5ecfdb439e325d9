"""Dates: when a letter says that it was written.

In:    the value of a Date header, as bytes.
Out:   a moment with its zone, or None where nothing sensible stands.
Touch: nothing.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january janvier enero gennaio", "feb februar february février fév febrero",
            "mar mär mrz märz march mars marzo maart", "apr april avr avril abril aprile",
            "may mai mayo maggio mei maj", "jun juni june juin junio giugno",
            "jul juli july juillet julio luglio", "aug august août aout agosto",
            "sep sept september septembre septiembre settembre",
            "oct okt october oktober octobre octubre ottobre",
            "nov november novembre noviembre", "dec dez december dezember décembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES = {
    "ut": 0, "gmt": 0, "utc": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "cet": 60, "mez": 60, "met": 60, "cest": 120, "mesz": 120,
    "bst": 60, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "jst": 540, "kst": 540, "hkt": 480,
    "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{1,2}))?(?:[.,]\d+)?"
    r"(?P<half> ?[ap]\.?m\.?)?"
)
_ZONE = r"(?: ?(?:gmt|utc)?(?P<sign>[+-]) ?(?P<zone>\d{1,2}:?\d{2}|\d{1,2})| ?\(?(?P<name>[a-z]{1,5})\)?)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:[^\W\d]+\.?,? )?(?P<day>\d{{1,2}})\.?[ /-](?P<month>[^\W\d]{{3,10}}|\d{{1,2}})\.?,?[ /-]"
        rf"(?P<year>\d{{2,4}}),? (?:at )?{_TIME}{_ZONE}",
        rf"(?:[^\W\d]+,? )?(?P<month>[^\W\d]{{3,10}}) (?P<day>\d{{1,2}}),? {_TIME}{_ZONE} (?P<year>\d{{4}})",
        rf"(?:[^\W\d]+,? )?(?P<month>[^\W\d]{{3,10}}) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}),?"
        rf" {_TIME}{_ZONE}",
        rf"(?:[^\W\d]+,? )?(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})[t ,]+"
        rf"{_TIME}{_ZONE}",
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}),? {_TIME}{_ZONE}",
    )
)
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" ([+-])(\d\d)(\d\d)(?: \([A-Z]+\))?"
)


def moment(value: bytes) -> datetime | None:
    """The moment a date header names. An unknown zone counts as UTC (RFC 5322 §4.3)."""
    text = value[:400].decode("utf-8", "replace").strip()
    if found := _USUAL.fullmatch(text):
        day, month, year, hour, minute, second, sign, ahead, minutes = found.groups()
        offset = (int(ahead) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
        return _built(
            (int(year), _MONTHS.get(month.lower(), 0), int(day)),
            (int(hour), int(minute), int(second)),
            offset,
        )
    text = " ".join(_without_comments(text).split()).casefold().replace(" ,", ",")
    for form in _FORMS:
        if (found := form.match(text)) and not text[found.end() : found.end() + 1].strip("(,;"):
            return _from_form(found)
    return None


def _without_comments(text: str) -> str:
    """The text outside brackets; a comment that never closes swallows the rest, as the RFC has it."""
    kept: list[str] = []
    depth = 0
    for letter in text:
        depth += letter == "("
        if not depth:
            kept.append(letter)
        elif letter == ")":
            depth -= 1
            kept.append(" ")
    return "".join(kept)


def _from_form(found: re.Match[str]) -> datetime | None:
    day = int(found["day"])
    month = int(found["month"]) if found["month"].isdigit() else _MONTHS.get(found["month"], 0)
    if month > 12 >= day:
        day, month = month, day  # 11/17/2026, as Americans count
    year = int(found["year"])
    if len(found["year"]) < 4:
        # RFC 5322 §4.3: two digits below 50 are 20xx; three digits count from 1900.
        year += 2000 if year < 50 else 1900
    hour = int(found["hour"])
    if half := found["half"]:
        hour = hour % 12 + (12 if "p" in half else 0)
    return _built(
        (year, month, day),
        (hour, int(found["minute"]), int(found["second"] or 0)),
        _offset(found),
    )


def _offset(found: re.Match[str]) -> int:
    if not found["zone"]:
        return _ZONES.get(found["name"] or "", 0)
    digits = found["zone"].replace(":", "")
    ahead, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return (ahead * 60 + minutes) * (-1 if found["sign"] == "-" else 1)


def _built(date: tuple[int, int, int], time: tuple[int, int, int], offset: int) -> datetime | None:
    try:
        # A leap second is the second before it.
        zone = timezone(timedelta(minutes=offset)) if offset else UTC
        written = datetime(*date, time[0], time[1], min(time[2], 59), tzinfo=zone)
        written.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return written
