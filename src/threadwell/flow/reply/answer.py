"""Answer: what a draft begins with, read off the message it answers and nothing else.

In:    a message, our own addresses
Out:   recipients, subject, quote
Touch: nothing
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from selectolax.lexbor import LexborHTMLParser

from threadwell.channels.email import subjects
from threadwell.channels.port import Address
from threadwell.kit import html
from threadwell.record.conversations.models import Draft, Message

REPLY, REPLY_ALL, FORWARD, NOTE, NEW = "reply", "reply_all", "forward", "note", "new"
OF_A_MESSAGE = (REPLY, REPLY_ALL, FORWARD)
KINDS = {
    REPLY: Draft.Kind.REPLY,
    REPLY_ALL: Draft.Kind.REPLY,
    FORWARD: Draft.Kind.FORWARD,
    NOTE: Draft.Kind.NOTE,
    NEW: Draft.Kind.NEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """To whom an answer goes."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The earlier message as it stands below the new words."""

    html: str
    text: str


def recipients_of(message: Message, kind: str, ours: Collection[str]) -> Recipients:
    """Reply: Reply-To, or From. Reply all: also everybody in To and Cc. Never ourselves."""
    if kind not in {REPLY, REPLY_ALL}:
        return Recipients()
    written_to = {part: people_of(message.recipients.get(part, ())) for part in ("to", "cc")}
    if message.direction == Message.Direction.OUT:
        to, rest = written_to["to"], written_to["cc"]
    else:
        to = people_of(message.facts.get("reply_to", ()))
        writer = Address(name=message.from_name, email=message.from_address)
        # Some lists and forms put our own address there: an answer to ourselves helps nobody.
        if not any(not is_ours(person.email, ours) for person in to):
            to = (writer,)
        rest = (*written_to["to"], *written_to["cc"])
    to = _others(to, ours, seen=())
    return Recipients(to=to, cc=_others(rest, ours, seen=to) if kind == REPLY_ALL else ())


def subject_of(message: Message, kind: str) -> str:
    if kind == FORWARD:
        return subjects.passing_on(message.subject)[:998]
    return subjects.answering(message.subject)[:998]


def quote_of(message: Message, kind: str, *, zone: str) -> Quote:
    """The message below the answer, or passed on whole with the head that it had."""
    return _passed_on(message, zone) if kind == Draft.Kind.FORWARD else _answered(message, zone)


def people_of(named: Iterable[dict[str, Any]]) -> tuple[Address, ...]:
    """Addresses as rows keep them."""
    return tuple(Address(name=one.get("name", ""), email=one.get("email", "")) for one in named)


def named(people: Iterable[Address]) -> list[dict[str, str]]:
    """Addresses as rows keep them, the other way."""
    return [{"name": person.name, "email": person.email} for person in people]


def is_ours(address: str, ours: Collection[str]) -> bool:
    """One of our inboxes, with or without a tag behind a plus."""
    local, _at, host = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{host}" in ours or f"{local}@{host}" in ours


def _others(
    people: Iterable[Address], ours: Collection[str], *, seen: Iterable[Address]
) -> tuple[Address, ...]:
    taken = {person.email.casefold() for person in seen}
    kept: list[Address] = []
    for person in people:
        address = person.email.casefold()
        if address and address not in taken and not is_ours(address, ours):
            taken.add(address)
            kept.append(person)
    return tuple(kept)


def _answered(message: Message, zone: str) -> Quote:
    who = message.from_name or message.from_address
    head = _("On %(date)s, %(who)s wrote:") % {"date": _when(message, zone), "who": who}
    body = _without_pictures(_html_of(message))
    page = format_html('<div>{}</div><blockquote type="cite">{}</blockquote>', head, mark_safe(body))  # noqa: S308 - sanitised
    lines = "\n".join(f"> {line}".rstrip() for line in _text_of(message).splitlines())
    return Quote(html=page, text=f"{head}\n{lines}")


def _passed_on(message: Message, zone: str) -> Quote:
    head = [
        _("---------- Forwarded message ----------"),
        _("From: %(who)s") % {"who": _shown((Address(name=message.from_name, email=message.from_address),))},
        _("Date: %(date)s") % {"date": _when(message, zone)},
        _("Subject: %(subject)s") % {"subject": message.subject},
        _("To: %(who)s") % {"who": _shown(people_of(message.recipients.get("to", ())))},
    ]
    if copied := people_of(message.recipients.get("cc", ())):
        head.append(_("Cc: %(who)s") % {"who": _shown(copied)})
    page = f"<div>{'<br>'.join(escape(line) for line in head)}</div><br>{_with_pictures(_html_of(message))}"
    return Quote(html=page, text="\n".join([*head, "", _text_of(message)]))


def _shown(people: Iterable[Address]) -> str:
    return ", ".join(f"{one.name} <{one.email}>" if one.name else one.email for one in people)


def _when(message: Message, zone: str) -> str:
    at = message.dated_at or message.at
    return date_format(timezone.localtime(at, ZoneInfo(zone)), "DATETIME_FORMAT")


def _text_of(message: Message) -> str:
    return f"{message.text}\n\n{message.quoted}".strip() if message.quoted else message.text.strip()


def _html_of(message: Message) -> str:
    return message.html or html.escape(_text_of(message))


def _without_pictures(page: str) -> str:
    """Pictures would go along again with every answer, or fetch something: their words stay."""
    if "<img" not in page:
        return page
    tree = LexborHTMLParser(page)
    for picture in tree.css("img"):
        said = picture.attributes.get("alt") or ""
        picture.replace_with(f"[{said}]" if said else "")
    return _inside(tree)


def _with_pictures(page: str) -> str:
    """Pictures that wait for leave to be shown on the desk are put back: the letter goes on as it came."""
    if "data-remote-src" not in page:
        return page
    tree = LexborHTMLParser(page)
    for picture in tree.css("img[data-remote-src]"):
        attributes = picture.attrs
        attributes["src"] = attributes.get("data-remote-src") or ""
        del attributes["data-remote-src"]
    return _inside(tree)


def _inside(tree: LexborHTMLParser) -> str:
    return (tree.body.inner_html or "") if tree.body else ""
