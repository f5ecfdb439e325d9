"""Reports: is this mail a machine's, and what does it say about letters of ours?

In:    the mail (compat32 policy) and its readable text.
Out:   Verdict: the kind, why, and the recipients it is about.
Touch: nothing.

Delivery reports (RFC 3464 and the habits of servers without it), complaints (RFC 5965), receipts (RFC 8098)
and automatic answers (RFC 3834). A person's mail costs one look at its headers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Final

from threadwell.channels.email.reports import (
    accounts,
    automatic,
    daemons,
    evidence,
    feedback,
    glance,
    notices,
    reasons,
)
from threadwell.channels.email.reports.accounts import Account
from threadwell.channels.email.reports.evidence import Evidence, header
from threadwell.channels.port import Bounce, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What sort of mail it is, the sign that told, and whom a report is about."""

    kind: Kind
    because: str
    bounces: tuple[Bounce, ...] = ()


_A_PERSON: Final = Verdict(kind=Kind.MESSAGE, because="")


def examine(message: Message, text: str) -> Verdict:
    """Tell a machine's mail from a person's."""
    seen = glance.over(message)
    return (
        _formal(message, seen)
        or _complaint(message, seen, text)
        or _notice(seen, text)
        or _informal(message, seen)
        or _automatic(message, seen, text)
        or _A_PERSON
    )


def _formal(message: Message, seen: Mapping[str, str]) -> Verdict | None:
    """The reports that standards describe."""
    content_type = seen.get("content-type", "").lower()
    if not content_type.startswith("multipart/report") and not _carries_status(message, seen):
        return None
    found = evidence.gather(message)
    if found.feedback or "feedback-report" in content_type:
        return _as_feedback(found, feedback.told(found))
    if found.disposition and not found.groups:
        return Verdict(kind=Kind.DELIVERY_REPORT, because=_receipt(found))
    listed = accounts.of(found, seen)
    because = "a delivery status came with it" if found.groups else "multipart/report"
    return _report(found, listed, seen, because) if listed or found.said or found.returned else None


def _carries_status(message: Message, seen: Mapping[str, str]) -> bool:
    """A daemon that forgot to call its report one; a person may attach somebody's report to a question."""
    payload = message.get_payload()
    if not isinstance(payload, list) or not daemons.is_daemon(seen):
        return False
    told = ("message/delivery-status", "message/feedback-report")
    return any(isinstance(part, Message) and part.get_content_type() in told for part in payload)


def _complaint(message: Message, seen: Mapping[str, str], text: str) -> Verdict | None:
    """Complaints outside the standard form."""
    if not (sign := feedback.sign_in(seen, text)):
        return None
    found = evidence.gather(message)
    found.feedback = found.feedback or [{"original-rcpt-to": [seen.get("from", "")]}]
    return _as_feedback(found, sign)


def _as_feedback(found: Evidence, because: str) -> Verdict:
    message_id = _bare(header(found.returned, "message-id"))
    recipients = feedback.recipients(found) or [""]
    return Verdict(
        kind=Kind.FEEDBACK,
        because=because,
        bounces=tuple(
            Bounce(recipient=who, status="", reason="feedback", hard=False, original_message_id=message_id)
            for who in recipients
        ),
    )


def _notice(seen: Mapping[str, str], text: str) -> Verdict | None:
    """A sending service's JSON."""
    if not text[:200].lstrip().startswith("{") or (notice := notices.read(text)) is None:
        return None
    if notice.is_complaint:
        found = Evidence(returned=f"Message-ID: {notice.message_id}")
        found.feedback = [{"original-rcpt-to": [account.recipient for account in notice.accounts]}]
        return _as_feedback(found, "a sending service's notice of complaint")
    found = Evidence(returned=f"Message-ID: {notice.message_id}")
    return _report(found, notice.accounts, seen, "a sending service's notice")


def _informal(message: Message, seen: Mapping[str, str]) -> Verdict | None:
    """A daemon that writes as it likes: the sender and the words must both say so."""
    is_sure = "x-failed-recipients" in seen
    if not is_sure and not daemons.is_daemon(seen) and not daemons.returns_a_letter(seen, message):
        return None
    found = evidence.gather(message)
    if not is_sure and not daemons.tells_of_failure(seen, found):
        return None
    listed = accounts.of(found, seen)
    if not listed and not daemons.has_failure_subject(seen):
        return None
    return _report(found, listed, seen, "a mail server says that it could not deliver")


def _automatic(message: Message, seen: Mapping[str, str], text: str) -> Verdict | None:
    sign = automatic.sign_in(seen, message, text)
    return Verdict(kind=Kind.AUTOMATIC, because=sign) if sign else None


def _report(found: Evidence, listed: list[Account], seen: Mapping[str, str], because: str) -> Verdict:
    message_id = _original_id(found, seen)
    bounces = tuple(_bounce(account, message_id) for account in listed)
    arrived = bool(bounces) and all(bounce.reason == "delivered" for bounce in bounces)
    return Verdict(kind=Kind.DELIVERY_REPORT if arrived else Kind.BOUNCE, because=because, bounces=bounces)


def _bounce(account: Account, message_id: str) -> Bounce:
    reason = reasons.reason_of(account)
    return Bounce(
        recipient=account.recipient,
        status=reasons.status_of(account),
        reason=reason,
        hard=reason in reasons.DEAD,
        original_message_id=message_id,
        is_trying=account.action == "delayed",
    )


def _original_id(found: Evidence, seen: Mapping[str, str]) -> str:
    told = header(found.returned, "message-id") or next(
        (value for group in found.groups for value in group.get("original-message-id", ())), ""
    )
    return _bare(told or seen.get("in-reply-to", ""))


def _bare(message_id: str) -> str:
    written = re.search(r"<([^<>\s]+)>", message_id)
    return written[1] if written else message_id.partition(" ")[0].strip("<>")


def _receipt(found: Evidence) -> str:
    said = next((value for group in found.disposition for value in group.get("disposition", ())), "")
    return f"a receipt: {said.rpartition(';')[2].strip()[:60] or 'displayed'}"
