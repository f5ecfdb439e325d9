"""Evidence: a machine's mail taken apart into its own words, its fields, and the letter it returns.

In:    the mail, parsed with the compat32 policy.
Out:   Evidence.
Touch: nothing.
"""

import re
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from typing import Final

from threadwell.channels.email.charsets import decode
from threadwell.channels.email.words import line

type Fields = dict[str, list[str]]

_MOST_TEXT: Final = 60_000
_STATUS_TYPES: Final = frozenset(
    (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/xdelivery-status",
        "text/delivery-status",
    )
)
_RETURNED_TYPES: Final = frozenset(
    (
        "message/rfc822",
        "message/global",
        "message/global-headers",
        "message/partial",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "text/rfc822-header",
        "text/message-headers",
    )
)
_TAG: Final = re.compile(
    r"<(?:style|script)\b.{0,20000}?</(?:style|script)>|<[^<>]{0,2000}>", re.DOTALL | re.IGNORECASE
)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]*+(.*)")
_STATUS_FIELD: Final = re.compile(
    r"^[ \t]*(?:final-recipient|original-recipient)[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE
)

# Where the machine stops talking and the letter that it returns begins.
_RETURNED_BELOW: Final = re.compile(
    r"^[ \t|>*_=-]*(?:"
    r"(?:below this line|included|enclosed|this|here|below|attached|what follows) is "
    r"(?:a |the |your )?(?:\w+ ){0,2}(?:copy|headers?) of .*"
    r"|(?:the )?(?:original|unsent|returned|undelivered|failed|rejected) (?:message|mail)\b[^\n:.]{0,30}"
    r"(?:headers?|follows?|info|text|begins?|below|attached)[^\n]*"
    r"|(?:the )?(?:original|unsent|returned|undelivered|failed|rejected) (?:message|mail)[ :-]*+"
    r"|(?:your )?(?:message|mail) (?:headers?|text|body) (?:follows?|below).*"
    r"|the header of the original message.*"
    r"|original mail as follows.*"
    r"|(?:start of|beginning of) (?:returned|original) (?:message|mail).*"
    r"|urspr.{1,2}ngliche nachricht.*|message d.origine.*|元のメール.*"
    r")[ \t|>*_=-]*+$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS_BEGIN: Final = re.compile(
    r"^[ \t>|]*(?:received|return-path|dkim-signature|x-received|delivered-to|x-original-to|arc-seal|"
    r"mime-version):[ \t]?\S",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What a report consists of."""

    said: str = ""  #: the machine's own words, without the letter it returns
    groups: list[Fields] = field(default_factory=list)  #: of a delivery status, the mail's own group first
    feedback: list[Fields] = field(default_factory=list)
    disposition: list[Fields] = field(default_factory=list)
    returned: str = ""  #: the letter, at least its headers, as text


def gather(message: Message, *, depth: int = 0) -> Evidence:
    """Look at every part once; the first letter returned is the one meant."""
    evidence = Evidence()
    plain: list[str] = []
    html: list[str] = []
    _gather(message, evidence, plain, html, depth=0)
    said = "\n".join(plain)[:_MOST_TEXT]
    if not said.strip() and html:
        said = (
            _TAG.sub(" ", _BREAK.sub("\n", "\n".join(html)[:_MOST_TEXT]))
            .replace("&lt;", "<")
            .replace("&gt;", ">")
        )
    cut = _end_of_words(said)
    evidence.said = said[:cut]
    evidence.returned = evidence.returned or said[cut:]
    if not evidence.groups and depth == 0 and (inner := _report_within(evidence, message)) is not None:
        return gather(inner, depth=1)
    if not evidence.groups and _STATUS_FIELD.search(evidence.said):
        evidence.groups = _blocks(evidence.said)
    return evidence


def _report_within(evidence: Evidence, message: Message) -> Message | None:
    """A report that a gateway or a list sent on as the letter returned."""
    for part in message.get_payload() if message.is_multipart() else ():
        inner = (
            part.get_payload()
            if isinstance(part, Message) and part.get_content_type() == "message/rfc822"
            else None
        )
        if isinstance(inner, list) and isinstance(inner[0], Message):
            return inner[0] if inner[0].get_content_type() == "multipart/report" else None
    if header(evidence.returned[:4_000], "return-path") == "<>":
        return message_from_string(evidence.returned)
    return None


def header(headers: str, name: str) -> str:
    """A field of the returned letter, unfolded; the first one where there are several."""
    found = re.search(
        rf"^[ \t>|]*{re.escape(name)}[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", headers, re.IGNORECASE | re.MULTILINE
    )
    return " ".join(found[1].split()) if found else ""


def _gather(part: Message, evidence: Evidence, plain: list[str], html: list[str], *, depth: int) -> None:
    content_type = part.get_content_type()
    payload = part.get_payload()
    if content_type in _RETURNED_TYPES:
        evidence.returned = evidence.returned or _as_text(part)
    elif content_type in _STATUS_TYPES:
        evidence.groups += _groups(part)
    elif content_type == "message/feedback-report":
        evidence.feedback += _groups(part)
    elif content_type.endswith("disposition-notification"):
        evidence.disposition += _groups(part)
    elif isinstance(payload, list):
        if depth < 5:
            for child in payload:
                if isinstance(child, Message):
                    _gather(child, evidence, plain, html, depth=depth + 1)
    elif content_type == "text/html":
        html.append(_words(part))
    elif content_type.startswith(("text/plain", "multipart/", "message/")):
        # A multipart without its boundary is one text.
        plain.append(_words(part))


def _words(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return (
        decode(raw, str(part.get_param("charset") or ""))[0].replace("\r\n", "\n")
        if isinstance(raw, bytes)
        else ""
    )


def _as_text(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        inner = payload[0] if payload else None
        if not isinstance(inner, Message):
            return ""
        return "\n".join(f"{name}: {_one_line(value)}" for name, value in inner.raw_items())
    return _words(part)[:_MOST_TEXT]


def _groups(part: Message) -> list[Fields]:
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _blocks(_words(part))
    groups = []
    for group in payload:
        if isinstance(group, Message):
            fields: Fields = {}
            for name, value in group.raw_items():
                fields.setdefault(name.lower(), []).append(_one_line(value))
            groups.append(fields)
            rest = group.get_payload()
            if isinstance(rest, str) and ":" in rest:
                groups += _blocks(rest)
    return [group for group in groups if group]


def _blocks(text: str) -> list[Fields]:
    """Fields in running text, a new group at each empty line and wherever a recipient is named again."""
    groups: list[Fields] = [{}]
    last = ""
    for raw in text.splitlines():
        if not raw.strip():
            groups.append({})
            last = ""
        elif found := _FIELD.fullmatch(raw.strip()):
            last = found[1].lower()
            if last == "final-recipient" and last in groups[-1]:
                groups.append({})
            groups[-1].setdefault(last, []).append(found[2].strip())
        elif last and raw[0] in " \t":
            groups[-1][last][-1] += " " + raw.strip()
    return [group for group in groups if group]


def _one_line(value: object) -> str:
    return line(str(value).encode("utf-8", "surrogateescape"))


def _end_of_words(text: str) -> int:
    marks = [found.start() for found in (_RETURNED_BELOW.search(text), _HEADERS_BEGIN.search(text)) if found]
    return min(marks, default=len(text))
