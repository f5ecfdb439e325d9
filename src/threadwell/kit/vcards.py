"""vCards: people as address books hand them on, versions 2.1, 3 and 4.

In:    the lines of a file; or a person's values
Out:   each card as a row under `COLUMNS`; or the text of a card (version 4)
Touch: nothing
"""

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MANY = 5  #: e-mails and phones of a card that count
COLUMNS = (
    "UID",
    "Name",
    "First name",
    "Last name",
    "Organisation",
    "Language",
    "Time zone",
    *(f"E-mail {number}" for number in range(1, MANY + 1)),
    *(f"Phone {number}" for number in range(1, MANY + 1)),
)
LONGEST_CARD = 20_000  #: lines; pictures are long
_ESCAPED = re.compile(r"\\([\\,;nN])")
_APART = re.compile(r"(?<!\\);")
_LOOSE = re.compile(r"^([\w.-]+)((?:;[^:]*)?):(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as a row."""

    line: int
    cells: list[Any]
    why: str = ""


def cards(lines: Iterable[str]) -> Iterator[Card]:
    """The cards of a file, one after another."""
    begun, held = 0, list[str]()
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if text.strip().upper() == "BEGIN:VCARD":
            if begun:
                yield Card(line=begun, cells=[], why=_("The card does not end."))
            begun, held = number, []
        elif text.strip().upper() == "END:VCARD" and begun:
            yield Card(line=begun, cells=_row_of(held))
            begun = 0
        elif begun and len(held) < LONGEST_CARD:
            held.append(text)
    if begun:
        yield Card(line=begun, cells=[], why=_("The card does not end."))


def card_of(
    *,
    uid: str,
    name: str,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    organisation: str = "",
    language: str = "",
    zone: str = "",
) -> str:
    """One person as a card of version 4."""
    given, _space, family = name.rpartition(" ")
    said = [
        ("BEGIN", "VCARD"),
        ("VERSION", "4.0"),
        ("UID", f"urn:uuid:{uid}"),
        ("FN", _escaped(name)),
        ("N", f"{_escaped(family)};{_escaped(given)};;;"),
        *(("EMAIL", _escaped(email)) for email in emails),
        *(("TEL", _escaped(phone)) for phone in phones),
        ("ORG", _escaped(organisation)),
        ("LANG", _escaped(language)),
        ("TZ", _escaped(zone)),
        ("END", "VCARD"),
    ]
    return "".join(_line(key, value) for key, value in said if value)


def _line(name: str, value: str) -> str:
    line = _content_line()(f"{name}:{value}")
    folded: bytes = line.to_ical()
    return f"{folded.decode()}\r\n"


def _content_line() -> Any:
    # A heavy library that most processes never need.
    from icalendar.parser import Contentline

    return Contentline


def _row_of(lines: Iterable[str]) -> list[str]:
    single: dict[str, str] = {}
    emails, phones = list[str](), list[str]()
    for name, value in _said(lines):
        if name == "EMAIL":
            emails.append(_plain(value))
        elif name == "TEL":
            phones.append(_plain(value).removeprefix("tel:"))
        else:
            single.setdefault(name, value)
    parts = [_plain(part) for part in _APART.split(single.get("N", ""))] + ["", ""]
    organisation = _plain(_APART.split(single.get("ORG", ""))[0])
    called = [single.get("UID", "").removeprefix("urn:uuid:"), single.get("FN", ""), parts[1], parts[0]]
    more = [organisation, single.get("LANG", ""), single.get("TZ", "")]
    return [*map(_plain, called), *map(_plain, more), *_five(emails), *_five(phones)]


def _said(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names and values, without groups (``item1.TEL``) and parameters."""
    read = _content_line()
    for line in _unfolded(lines):
        try:
            name, parameters, value = read(line).raw_parts()
            is_quoted = str(parameters.get("ENCODING", "")).upper() == "QUOTED-PRINTABLE"
        except ValueError:  # version 2.1 knows parameters without a name
            loose = _LOOSE.match(line)
            if not loose:
                continue
            name, value = loose[1], loose[3]
            is_quoted = "QUOTED-PRINTABLE" in loose[2].upper()
        if is_quoted:
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        yield name.rpartition(".")[2].upper(), value.strip()


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    held = ""
    for line in lines:
        if line[:1] in (" ", "\t"):
            held += line[1:]
        elif held.endswith("=") and "QUOTED-PRINTABLE" in held.upper():
            held = held[:-1] + line
        else:
            if held:
                yield held
            held = line
    if held:
        yield held


def _five(values: Sequence[str]) -> list[str]:
    kept = [value for value in dict.fromkeys(values) if value][:MANY]
    return [*kept, *([""] * (MANY - len(kept)))]


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
