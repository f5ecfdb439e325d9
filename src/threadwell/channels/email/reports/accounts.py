"""Accounts: whom a letter did not reach, and what was said about each of them.

In:    Evidence and the headers of the report.
Out:   a list of Account, in the order of the report.
Touch: nothing.

The fields of RFC 3464 come first; then X-Failed-Recipients; then the lines and phrases that mail programs
without such fields have in common: an address at a line's start, or after "to", "recipient" and the like.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from threadwell.channels.email.reports.evidence import Evidence, Fields, header

_ADDRESS: Final = (
    r"[^\s<>@,;:\"'()\[\]|：；，、（）【】「」《》]{1,120}@[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?"
)
_ANY: Final = re.compile(_ADDRESS)
_LEADING: Final = re.compile(
    r"^[ \t>*•·-]*(?:[^\s@：]{1,12}：[ \t]*)?(?:\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3}[ ])?)?"
    rf"[\"'<(]*({_ADDRESS})(?=[\"'>)]*(?:[\s:.,<\[]|$))",
    re.MULTILINE,
)
_INLINE: Final = re.compile(
    r"\b(?:recipient(?:\(s\)|s)?(?: was| is)?"
    r"|(?:un)?deliver(?:y|ing|ed|able)?(?: of)?(?: (?:your|the|this) (?:e-?mail|message))?[ \n]{1,3}(?:to|"
    r"for)"
    r"|(?:message|mail|reach|sent|addressed) (?:to|for)|rcpt to|address(?:es)?"
    r"|allowed size|full|failed|attempts|user(?: ?id)?|host|account|errors?|smtp=|envoi|an|para)"
    rf"\W{{0,6}}({_ADDRESS})",
    re.IGNORECASE,
)
# Addresses that stand alone on a line, yet are not whom the letter was for.
_ABOUT_SOMEBODY_ELSE: Final = re.compile(
    r"(?:sent by|generated from|contact|from|sender|hello|dear|via|please|postmaster|reply-to|"
    r"support)[:\W]*(?:the )?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a server said about one recipient."""

    recipient: str
    action: str  #: failed, delayed, delivered, relayed, expanded; empty when not told
    status: str  #: as the Status field gave it
    diagnostic: str  #: the server's own answer
    excerpt: str  #: what the human part says about this recipient
    context: str  #: all that the human part says; with several recipients, what it says before the first
    remote: str  #: the host that answered, and the one that reports
    category: str  #: what the reporting server makes of it, where it says so


def of(evidence: Evidence, headers: Mapping[str, str]) -> list[Account]:
    """Everybody whom the report is about."""
    from_fields = _from_fields(evidence)
    if from_fields:
        return from_fields
    named = _ANY.findall(headers.get("x-failed-recipients", ""))
    excerpts = _excerpts(evidence.said, headers)
    if named:
        excerpts = {address: excerpts.get(address.lower(), "") for address in dict.fromkeys(named)}
    if not excerpts and (address := _addressee(evidence.returned)):
        excerpts = {address: ""}
    context = _context(evidence.said, list(excerpts))
    return [
        Account(
            recipient=address,
            action="",
            status="",
            diagnostic="",
            excerpt=excerpt,
            context=context,
            remote="",
            category="",
        )
        for address, excerpt in excerpts.items()
    ]


def _from_fields(evidence: Evidence) -> list[Account]:
    reporting = next(
        (_value(group, "reporting-mta") for group in evidence.groups if "reporting-mta" in group), ""
    )
    about = [
        group
        for group in evidence.groups
        if group.keys() & {"final-recipient", "original-recipient", "action", "status"}
    ]
    accounts = []
    context = _context(evidence.said, [_recipient(group) for group in about])
    for group in about:
        address = _recipient(group) or (_addressee(evidence.returned) if len(about) == 1 else "")
        if not address:
            continue
        accounts.append(
            Account(
                recipient=address,
                action=_value(group, "action").lower().split(" ")[0].strip(";()"),
                status=_value(group, "status"),
                diagnostic=" ".join(group.get("diagnostic-code", ())),
                excerpt=_excerpt(evidence.said, address),
                context=context,
                remote=f"{_value(group, 'remote-mta')} {reporting}".lower(),
                category=_value(group, "x-powermta-bouncecategory").lower(),
            )
        )
    return accounts


def _recipient(group: Fields) -> str:
    """The address that we wrote to comes first: forwarding makes the final one a stranger's."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        found = _ANY.search(_value(group, name).replace("<@", "<"))
        if found:
            # An old source route stands before the address: @relay:user@host
            return found[0]
    return ""


def _value(group: Fields, name: str) -> str:
    return next(iter(group.get(name, ())), "")


def _context(said: str, addresses: list[str]) -> str:
    if len(addresses) == 1:
        return said
    lowered = said.lower()
    places = [place for address in addresses if address and (place := lowered.find(address.lower())) >= 0]
    return said[: min(places, default=0)]


def _excerpt(said: str, address: str) -> str:
    lowered = said.lower()
    at = lowered.find(address.lower())
    if at < 0:
        return ""
    others = [
        found.start() for found in _LEADING.finditer(said, at + 1) if found[1].lower() != address.lower()
    ]
    return said[at : min(others, default=len(said))]


def _excerpts(said: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Address to what is said about it; the sender's own address is nobody's account."""
    sender = headers.get("to", "").lower()
    for pattern in (_LEADING, _INLINE):
        found = [place for place in pattern.finditer(said) if not _is_somebody_else(said, place)]
        others = [place for place in found if place[1].lower() not in sender]
        if found:
            return _cut(said, others or found)
    return {}


def _is_somebody_else(said: str, place: re.Match[str]) -> bool:
    before = said[max(0, place.start() - 60) : place.start(1)].rstrip(" <\n\t\"'(")
    return bool(_ABOUT_SOMEBODY_ELSE.search(before)) or place[1].lower().startswith("postmaster@")


def _cut(said: str, places: list[re.Match[str]]) -> dict[str, str]:
    excerpts: dict[str, str] = {}
    for place, after in zip(places, [*places[1:], None], strict=True):
        address = place[1].rstrip(".").lower()
        start = said.rfind("\n", 0, place.start(1)) + 1
        end = said.rfind("\n", 0, after.start(1)) + 1 if after else len(said)
        excerpts[address] = f"{excerpts.get(address, '')}\n{said[start : max(start, end)]}".strip()
    return excerpts


def _addressee(returned: str) -> str:
    for name in ("x-failed-recipients", "x-hmxmroriginalrecipient", "to", "delivered-to", "x-envelope-to"):
        if found := _ANY.search(header(returned, name)):
            return found[0]
    found = re.search(rf"\bfor <?({_ADDRESS})>?;", returned)
    return found[1] if found else ""
