"""Notices: delivery reports that services send as JSON (Amazon SES, alone or wrapped by SNS).

In:    the text of a mail.
Out:   Notice, or None when it is no such JSON.
Touch: nothing.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from threadwell.channels.email.reports.accounts import Account

_LISTS: Final = {
    "bounce": ("bouncedRecipients", "failed"),
    "complaint": ("complainedRecipients", "complained"),
    "delivery": ("recipients", "delivered"),
    "deliverydelay": ("delayedRecipients", "delayed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice of a sending service."""

    is_complaint: bool
    accounts: list[Account]
    message_id: str


def read(text: str) -> Notice | None:
    """The notice in this text."""
    body = _object(text.strip())
    if body is not None and isinstance(body.get("Message"), str):
        body = _object(body["Message"])
    if body is None:
        return None
    kind = str(body.get("notificationType") or body.get("eventType") or "").lower()
    if kind not in _LISTS:
        return None
    key, action = _LISTS[kind]
    detail = body.get("deliveryDelay" if kind == "deliverydelay" else kind)
    people = detail.get(key) if isinstance(detail, dict) else None
    answer = str(detail.get("smtpResponse") or "") if isinstance(detail, dict) else ""
    return Notice(
        is_complaint=kind == "complaint",
        accounts=[_account(person, action, answer) for person in people] if isinstance(people, list) else [],
        message_id=_message_id(body.get("mail")),
    )


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _account(person: object, action: str, answer: str) -> Account:
    told: dict[str, Any] = person if isinstance(person, dict) else {"emailAddress": person}
    return Account(
        recipient=str(told.get("emailAddress") or ""),
        action=str(told.get("action") or action).lower(),
        status=str(told.get("status") or ""),
        diagnostic=str(told.get("diagnosticCode") or answer),
        excerpt="",
        context="",
        remote="",
        category="",
    )


def _message_id(mail: object) -> str:
    if not isinstance(mail, dict):
        return ""
    common = mail.get("commonHeaders")
    if isinstance(common, dict) and common.get("messageId"):
        return str(common["messageId"])
    headers = mail.get("headers")
    for field in headers if isinstance(headers, list) else ():
        if isinstance(field, dict) and str(field.get("name", "")).lower() == "message-id":
            return str(field.get("value") or "")
    return ""
