"""Feedback: complaints and wishes to hear no more, sent by the recipients' mail providers.

In:    Evidence, or the headers of a mail without the standard form.
Out:   what was told, and the recipients who complained.
Touch: nothing.
"""

import re
from collections.abc import Mapping
from typing import Final

from threadwell.channels.email.reports.evidence import Evidence, header

_ADDRESS: Final = re.compile(r"(?<![^\s<>@,;:\"'()])[^\s<>@,;:\"'()]++@[^\s<>@,;:\"'()]+")
_RECIPIENT_FIELDS: Final = ("original-rcpt-to", "removal-recipient", "redacted-address")
_COMPLAINT_SUBJECT: Final = re.compile(r"^complaint about message from \d", re.IGNORECASE)


def told(found: Evidence) -> str:
    """The type that the report gives itself."""
    kind = next((value for group in found.feedback for value in group.get("feedback-type", ())), "")
    return f"a feedback report: {kind[:40] or 'without a type'}"


def recipients(found: Evidence) -> list[str]:
    """Who complained; providers that hide it leave the returned letter's own recipient."""
    people = [
        address
        for group in found.feedback
        for name in _RECIPIENT_FIELDS
        for value in group.get(name, ())
        for address in _ADDRESS.findall(value)
    ]
    for name in ("x-hmxmroriginalrecipient", "to"):
        if not people:
            people = _ADDRESS.findall(header(found.returned, name))[:1]
    return people


def sign_in(seen: Mapping[str, str], text: str) -> str:
    """Providers with a form of their own: Apple's unsubscribing, Microsoft's junk mail reporting."""
    if seen.get("x-apple-unsubscribe", "").lower() == "true":
        return "unsubscribed by Apple Mail"
    if _COMPLAINT_SUBJECT.match(seen.get("subject", "")) and "staff@hotmail" in seen.get("from", "").lower():
        return "Microsoft's junk mail reporting"
    if text.startswith("Apple Mail sent this email to unsubscribe"):
        return "unsubscribed by Apple Mail"
    return ""
