"""Invitation: the meeting in a calendar part.

In:    the bytes of a text/calendar part and the method its header names.
Out:   Invitation, or None when no meeting can be read.
Touch: nothing.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from threadwell.channels.email.charsets import clean, decode
from threadwell.channels.port import Address, Invitation

_BIGGEST = 500_000


def invitation(raw: bytes, *, method: str) -> Invitation | None:
    """The first meeting of the calendar."""
    if len(raw) > _BIGGEST or b"BEGIN:VEVENT" not in raw.upper():
        return None
    # Reading calendars takes a heavy library that most processes never need.
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(decode(raw)[0])
        event = next(iter(calendar.walk("VEVENT")), None)
        return None if event is None else _of(event, str(calendar.get("METHOD", "") or method))
    except Exception:  # broken calendars raise anything; the part stays attached
        return None


def _of(event: Any, method: str) -> Invitation:
    written_start, written_end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    starts_at, ends_at = _with_zone(written_start), _with_zone(written_end)
    duration = getattr(event.get("DURATION"), "dt", None)
    if ends_at is None and starts_at is not None and isinstance(duration, timedelta):
        ends_at = starts_at + duration
    organizer = event.get("ORGANIZER")
    attendees = event.get("ATTENDEE", [])
    return Invitation(
        method=method.upper()[:20],
        uid=_line(event.get("UID", "")),
        summary=_line(event.get("SUMMARY", "")),
        location=_line(event.get("LOCATION", "")),
        starts_at=starts_at,
        ends_at=ends_at,
        is_all_day=written_start is not None and not isinstance(written_start, datetime),
        organizer=_address(organizer) if organizer else None,
        attendees=tuple(_address(one) for one in (attendees if isinstance(attendees, list) else [attendees])),
    )


def _moment(event: Any, name: str) -> date | None:
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) else None


def _with_zone(value: date | None) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    # Without a zone it is meant in the reader's own; UTC keeps it comparable.
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _address(value: Any) -> Address:
    email = _line(value)
    if email[:7].lower() == "mailto:":
        email = email[7:]
    return Address(name=_line(getattr(value, "params", {}).get("CN", "")), email=email)


def _line(value: object) -> str:
    return " ".join(clean(str(value)).split())
