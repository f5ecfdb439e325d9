"""Values: what the cells of a row mean.

In:    a cell, as text or as a workbook's own value
Out:   a moment, an address, a language...; raises `Wrong` with a sentence for a person
Touch: nothing
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from threadwell.kit import clock

#: orders of day, month and year; "" where the column itself tells
ORDERS = ("", "dmy", "mdy", "ymd", "unix")
EARLIEST = 1900
_EXCEL_BEGINS = datetime(1899, 12, 30, tzinfo=UTC)
_PARTS = re.compile(
    r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})"
    r"(?:[ ,T]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?)?$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<([^<>]+)>")
_DOMAIN = re.compile(r"^(?:[a-z]+://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:[/:?].*)?$", re.IGNORECASE)
DIRECTIONS = {
    "in": "in incoming inbound received customer client eingehend ein eingang entrant entrada",
    "out": "out outgoing outbound sent agent us ausgehend aus ausgang sortant salida reply",
    "note": "note internal comment notiz intern interne nota private",
}
CHANNELS = {
    "email": "email mail e-mail courriel correo",
    "phone": "phone call telephone telefon anruf tel appel llamada voice telefonat",
    "chat": "chat live-chat livechat webchat message",
    "sms": "sms text",
    "whatsapp": "whatsapp wa",
    "form": "form web webform formular website formulaire formulario",
    "portal": "portal",
    "visit": "visit meeting besuch termin visite reunion visita meeting-onsite",
}
_DIRECTION_OF = {name: direction for direction, names in DIRECTIONS.items() for name in names.split()}
_CHANNEL_OF = {name: channel for channel, names in CHANNELS.items() for name in names.split()}


class Wrong(ValueError):
    """The cell does not say what its column is for."""


def text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell if cell is not None else "").strip()


def shortened(cell: Any, most: int) -> str:
    said = text(cell)
    if len(said) > most:
        raise Wrong(_("It is longer than %(count)s characters.") % {"count": most})
    return said


def moment(cell: Any, *, order: str, zone: ZoneInfo, may_lie_ahead: bool = False) -> datetime:
    """A moment; what has no zone is meant in ``zone``."""
    found = _moment(cell, order)
    aware = found if found.tzinfo else found.replace(tzinfo=zone)
    try:
        in_utc = aware.astimezone(UTC)
    except OverflowError:
        raise Wrong(_("“%(text)s” is not a date that can be.") % {"text": text(cell)[:60]}) from None
    if in_utc.year < EARLIEST or (not may_lie_ahead and in_utc > clock.now() + timedelta(days=1)):
        raise Wrong(_("“%(text)s” is not a date that can be.") % {"text": text(cell)[:60]})
    return in_utc


def order_of(cells: Sequence[Any]) -> str:
    """Which order the dates of a column are in; "" where all of them read either way."""
    found = [match for cell in cells if (match := _PARTS.match(text(cell)))]
    if any(len(match[1]) == 4 for match in found):
        return "ymd"
    if any(int(match[1]) > 12 for match in found):
        return "dmy"
    if any(int(match[2]) > 12 for match in found):
        return "mdy"
    # A point between them is how those write who begin with the day.
    return "dmy" if any("." in text(cell)[:6] for cell in cells if _PARTS.match(text(cell))) else ""


def person(cell: Any) -> tuple[str, str]:
    """A name and an address or number: "Ada <ada@x.example>", or one of them."""
    said = text(cell)
    bracketed = _BRACKETED.search(said)
    if bracketed:
        return said[: bracketed.start()].strip(' "'), bracketed[1].strip()
    return ("", said) if "@" in said or re.fullmatch(r"[+\d ()/.-]+", said) else (said, "")


def domain(cell: Any) -> str:
    found = _DOMAIN.match(text(cell).rpartition("@")[2])
    if not found or len(found[1]) > 253:
        raise Wrong(_("“%(text)s” is not a domain.") % {"text": text(cell)[:80]})
    return found[1].casefold()


def zone(cell: Any) -> str:
    said = text(cell)
    if said and said not in available_timezones():
        raise Wrong(_("“%(text)s” is not a time zone such as Europe/Berlin.") % {"text": said[:60]})
    return said


def direction(cell: Any) -> str:
    said = text(cell).casefold()
    if said and said not in _DIRECTION_OF:
        raise Wrong(_("“%(text)s” is not a direction: in, out or note.") % {"text": said[:40]})
    return _DIRECTION_OF.get(said, "in")


def channel(cell: Any) -> str:
    said = text(cell).casefold().replace(" ", "-")
    if said and said not in _CHANNEL_OF:
        known = ", ".join(CHANNELS)
        raise Wrong(
            _("“%(text)s” is not a channel. There are: %(known)s.") % {"text": said[:40], "known": known}
        )
    return _CHANNEL_OF.get(said, "email")


def _moment(cell: Any, order: str) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _counted(cell, order)
    said = text(cell)
    if order == "unix":
        try:
            return _counted(float(said), order)
        except ValueError:
            raise Wrong(_("“%(text)s” is not a number of seconds.") % {"text": said[:60]}) from None
    try:
        return datetime.fromisoformat(said.removesuffix(" UTC") + ("Z" if said.endswith(" UTC") else ""))
    except ValueError:
        pass
    match = _PARTS.match(said)
    if not match:
        raise Wrong(_("“%(text)s” is not a date.") % {"text": said[:60]})
    return _composed(match, order or "dmy", said)


def _counted(number: float, order: str) -> datetime:
    """Seconds (or thousandths) since 1970, or the days of a spreadsheet."""
    try:
        if order == "unix":
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        if not 1 <= number < 2_958_466:
            raise Wrong(_("“%(text)s” is not a date.") % {"text": number})
        return (_EXCEL_BEGINS + timedelta(days=number)).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        raise Wrong(_("“%(text)s” is not a date.") % {"text": number}) from None


def _composed(match: re.Match[str], order: str, said: str) -> datetime:
    first, second, third = (int(match[n]) for n in (1, 2, 3))
    if len(match[1]) == 4:
        year, month, day = first, second, third
    elif order == "mdy":
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour, minute, second = (int(match[n] or 0) for n in (4, 5, 6))
    if match[7]:
        hour = hour % 12 + (12 if match[7][0] in "pP" else 0)
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (its zone comes with the others')
    except ValueError:
        raise Wrong(_("“%(text)s” is not a date that can be.") % {"text": said[:60]}) from None
