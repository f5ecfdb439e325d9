"""Dressing: what the card of a message shows beside its fields: trust, files, links, pictures, reasons.

In:    a Message, its Attachments, when it is due
Out:   the same message with attributes for its template
Touch: nothing
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow.logging_talks import title_of
from threadwell.interfaces.web import filing
from threadwell.record.commitments.marks import Mark
from threadwell.record.conversations.models import Attachment, Message

JOINED_BY: dict[str, Promise] = {
    "token": gettext_lazy("our reply token"),
    "same_letter": gettext_lazy("the same letter"),
    "named_before": gettext_lazy("a letter that named it"),
    "in_reply_to": gettext_lazy("In-Reply-To"),
    "references": gettext_lazy("References"),
    "thread_index": gettext_lazy("Thread-Index"),
    "series": gettext_lazy("its series"),
    "quote": gettext_lazy("quoted words"),
    "participants": gettext_lazy("subject and people"),
    "changed_subject": gettext_lazy("a new subject"),
}

#: The reactions that can be chosen: a picture and what it says.
REACTIONS: dict[str, tuple[str, Promise]] = {
    "seen": ("eye", gettext_lazy("seen")),
    "agreed": ("check", gettext_lazy("agreed")),
    "thanks": ("star", gettext_lazy("thanks")),
    "done": ("check-check", gettext_lazy("done")),
    "question": ("circle-help", gettext_lazy("question")),
    "hooray": ("sparkles", gettext_lazy("hooray")),
}

# What a plain text cannot show as it was meant.
_RICH = re.compile(r"<(?:img|table|ul|ol|h[1-4]|pre|font|b|strong|em|i|u|center|hr)[\s>]", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^>]*href=\"(https?://[^\"]+)\"", re.IGNORECASE)
# Where mail programs begin to repeat earlier letters.
_HISTORY = re.compile(r"<blockquote|gmail_quote|divRplyFwdMsg|appendonsend|moz-cite-prefix", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_CALL = re.compile(r"(?<![\w.])@\w[\w'’-]*(?: [A-ZÀ-Þ][\w'’-]*)?")
_TRAILING = ".,;:!?)]}'\""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far the sender has been proven, in words."""

    level: str  #: good, soon, late
    text: str
    detail: str


def put_on(
    message: Message,
    *,
    files: Sequence[Attachment],
    marks: Sequence[Mark] = (),
    due_at: datetime | None,
    shows_images: bool,
    wanted: str,
) -> None:
    """``wanted`` is "html" or "text" when the reader has chosen."""
    shows_html = bool(message.html) and (wanted == "html" or (wanted != "text" and is_rich(message)))
    shown_inside = {
        file.pk for file in files if shows_html and file.is_inline and _is_shown(file, message.html)
    }
    dressed: Any = message
    dressed.shows_html = shows_html
    dressed.has_remote_images = "data-remote-src" in message.html
    dressed.shows_images = shows_images
    dressed.files = [filing.shown(file) for file in files if file.pk not in shown_inside]
    dressed.due_at = due_at
    dressed.marks = list(marks)
    dressed.talk = talk_of(message)
    dressed.trust = trust_of(message)
    dressed.invitation = invitation_of(message)
    dressed.reactions = reactions_of(message)
    dressed.joined_words = JOINED_BY.get(message.joined_by, "")
    dressed.marked_text = marked(message.text, calls=message.direction == Message.Direction.NOTE)


def is_rich(message: Message) -> bool:
    """Would plain text lose something that the sender meant?"""
    page = message.html
    if message.quoted and (history := _HISTORY.search(page)):
        page = page[: history.start()]
    if _RICH.search(page):
        return True
    said = message.text + message.quoted
    return any(address not in said for address in _LINK.findall(page))


def trust_of(message: Message) -> Trust | None:
    """What our own mail server found out about the sender."""
    checks = message.facts.get("authentication") or {}
    found = {name: checks[name] for name in ("spf", "dkim", "dmarc") if checks.get(name)}
    if message.direction != Message.Direction.IN or not found:
        return None
    detail = ", ".join(f"{name.upper()} {result}" for name, result in found.items())
    if checks.get("server"):
        detail = _("%(results)s, says %(server)s") % {"results": detail, "server": checks["server"]}
    if found.get("dmarc") == "pass":
        return Trust(level="good", text=_("sender verified"), detail=detail)
    if found.get("dmarc") == "fail":
        return Trust(level="late", text=_("sender may be forged"), detail=detail)
    if "pass" in (found.get("dkim"), found.get("spf")):
        return Trust(level="soon", text=_("sender partly verified"), detail=detail)
    if "fail" in found.values():
        return Trust(level="late", text=_("sender not verified"), detail=detail)
    return Trust(level="soon", text=_("sender not verified"), detail=detail)


def talk_of(message: Message) -> str:
    """What a call or a visit was: "Call, 6 minutes"."""
    facts = message.facts.get("talk")
    if not facts:
        return ""
    try:
        return title_of(facts["kind"], facts.get("minutes", 0), facts.get("outcome", "spoke"))
    except (KeyError, ValueError):
        return ""


def reactions_of(message: Message) -> list[dict[str, Any]]:
    """Who reacted how: [{kind, sign, label, names, count}], in the order in which they can be chosen."""
    found = message.facts.get("reactions") or {}
    return [
        {"kind": kind, "sign": sign, "label": label, "names": names, "count": len(found[kind])}
        for kind, (sign, label) in REACTIONS.items()
        if kind in found and (names := ", ".join(name for _agent, name in found[kind]))
    ]


def invitation_of(message: Message) -> dict[str, Any] | None:
    """A meeting that is offered, changed or called off."""
    facts = message.facts.get("invitation")
    if not facts:
        return None
    organiser = facts.get("organizer") or {}
    return {
        "summary": facts.get("summary") or _("(no title)"),
        "starts": parse_datetime(facts.get("starts_at") or ""),
        "ends": parse_datetime(facts.get("ends_at") or ""),
        "is_all_day": facts.get("is_all_day", False),
        "is_off": facts.get("method") == "CANCEL",
        "where": facts.get("location", ""),
        "organiser": organiser.get("name") or organiser.get("email", ""),
    }


def marked(text: str, *, calls: bool) -> SafeString:
    """Text in which addresses of the web can be followed, and the names that a note calls stand out."""
    out: list[str] = []
    at = 0
    for link in _WEB.finditer(text):
        address = link[0].rstrip(_TRAILING)
        out.append(_plain(text[at : link.start()], calls=calls))
        shown = escape(address)
        out.append(f'<a href="{shown}" target="_blank" rel="noopener noreferrer nofollow ugc">{shown}</a>')
        at = link.start() + len(address)
    out.append(_plain(text[at:], calls=calls))
    return mark_safe("".join(out))  # noqa: S308 - every piece of it was escaped


def _plain(text: str, *, calls: bool) -> str:
    written = str(escape(text))
    return _CALL.sub(r'<b class="call">\g<0></b>', written) if calls else written


def _is_shown(file: Attachment, page: str) -> bool:
    return bool(file.content_id) and f"cid:{file.content_id}" in page
