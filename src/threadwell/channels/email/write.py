"""Write: a mail as other programs like it, from what somebody said.

In:    Mail
Out:   its bytes, with CRLF line ends, the same for every try; and `is_address`, whether one can be written to
Touch: nothing
Never: lets a name, a subject or a file name write a header of its own
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, override

from threadwell.channels.email import names
from threadwell.channels.email.flowed import flowed
from threadwell.channels.port import Address

NAMES_AT_MOST = 20  #: of the letters before it that a mail names: the first, and the nearest
_LONGEST_ADDRESS, _LONGEST_LOCAL = 254, 64  # RFC 5321 §4.5.3.1
_LONGEST_ID = 400
_LONGEST_LINE = 900  # under the 998 of RFC 5322 §2.1.1
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(
    rf"(?P<local>[^\s\x00-\x20\x7f-\x9f@<>()\[\],;:\\\"]+)@(?P<host>{_LABEL}(?:\.{_LABEL})*)\Z"
)
_ID = re.compile(r"[!-;=?-~]+\Z")
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9.@_+=$-]")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z")
# What would end a line or turn its direction; a lone surrogate cannot be encoded at all.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_UNWRITABLE_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to go along; one with a `content_id` is shown where the HTML says `cid:`."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is to be written, and to whom. Blind copies are no part of it: only the envelope has them."""

    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    subject: str
    date: datetime
    message_id: str  #: this and the next two without <>
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = ""  #: "auto-replied" and the like, where no person pressed Send (RFC 3834)
    text: str
    html: str = ""
    files: tuple[File, ...] = ()


def mail(letter: Mail) -> bytes:
    """The mail, ready for SMTP."""
    message = EmailMessage(policy=_policy(letter))
    _address(message, letter)
    _place(message, letter)
    _say(message, letter)
    for file in letter.files:
        if not (file.content_id and letter.html):
            _attach(message, file)
    return message.as_bytes()


def is_address(email: str) -> bool:
    """Whether a mail can be written to it, as far as its form tells."""
    found = _ADDRESS.match(email)
    if not found or len(email) > _LONGEST_ADDRESS or len(found["local"].encode()) > _LONGEST_LOCAL:
        return False
    local = found["local"]
    return not (local.startswith(".") or local.endswith(".") or ".." in local) and bool(
        _ascii_host(found["host"])
    )


def wire_address(email: str) -> str:
    """The address as SMTP says it: the host in ASCII, the rest as it is."""
    local, _, host = email.rpartition("@")
    return f"{local}@{_ascii_host(host) or host}"


def one_line(text: str, *, at_most: int = 998) -> str:
    """Text that may stand in a header: no line ends, no controls, nothing that passes for an encoded word."""
    return " ".join(_UNWRITABLE.sub(" ", text).split())[:at_most].strip().replace("=?", "= ?")


class _Policy(EmailPolicy):
    """The standard library's, but ids stay on their line: broken ones are not recognised everywhere."""

    @override
    def fold(self, name: str, value: Any) -> str:
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        return str(super().fold(name, value))

    @override
    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


def _policy(letter: Mail) -> EmailPolicy:
    people = (letter.from_, *letter.to, *letter.cc, *((letter.reply_to,) if letter.reply_to else ()))
    # Only a local part can't be written in ASCII; few servers take such a mail, so it is not asked of others.
    needs_utf8 = any(not wire_address(person.email).isascii() for person in people)
    return _Policy(linesep="\r\n", utf8=needs_utf8)


def _address(message: EmailMessage, letter: Mail) -> None:
    message["From"] = _person(letter.from_)
    message["To"] = [_person(person) for person in letter.to] or "undisclosed-recipients:;"
    if letter.cc:
        message["Cc"] = [_person(person) for person in letter.cc]
    if letter.reply_to:
        message["Reply-To"] = _person(letter.reply_to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.date)


def _place(message: EmailMessage, letter: Mail) -> None:
    """Where it belongs among other letters. Ids are tokens of others: written as they came, or not at all."""
    message["Message-ID"] = f"<{letter.message_id}>"
    if in_reply_to := _ids([letter.in_reply_to]):
        message["In-Reply-To"] = in_reply_to[0]
    if references := _ids([*letter.references, letter.in_reply_to]):
        if len(references) > NAMES_AT_MOST:
            references = [references[0], *references[1 - NAMES_AT_MOST :]]
        message["References"] = " ".join(references)
    if letter.auto_submitted:
        message["Auto-Submitted"] = one_line(letter.auto_submitted)
    message["MIME-Version"] = "1.0"


def _ids(written: list[str]) -> list[str]:
    # Last place counts: the nearest letter stands last, and once.
    ids = [one.strip().strip("<>") for one in written]
    good = [one for one in ids if _ID.match(one) and len(one) <= _LONGEST_ID]
    return [f"<{one}>" for one in reversed(dict.fromkeys(reversed(good)))]


def _person(person: Address) -> HeaderAddress:
    local, _, host = wire_address(person.email).rpartition("@")
    return HeaderAddress(display_name=one_line(person.name, at_most=200), username=local, domain=host)


def _say(message: EmailMessage, letter: Mail) -> None:
    message.set_content(flowed(_writable(letter.text)) + "\n", subtype="plain", cte=_encoding(letter.text))
    message.set_param("format", "flowed")
    if not letter.html:
        return
    message.add_alternative(_page(letter.html), subtype="html", cte=_encoding(letter.html))
    page = message.get_payload()[-1]  # type: ignore[index]
    assert isinstance(page, MIMEPart)
    for file in letter.files:
        if file.content_id:
            main, sub = _type(file).split("/")
            page.add_related(
                file.content,
                main,
                sub,
                cid=f"<{_NOT_OF_AN_ID.sub('', file.content_id)}>",
                filename=_name(file),
                disposition="inline",
            )


def _attach(message: EmailMessage, file: File) -> None:
    main, sub = _type(file).split("/")
    message.add_attachment(file.content, main, sub, filename=_name(file))


def _name(file: File) -> str:
    return names.tidy(one_line(file.filename)) or "attachment"


def _type(file: File) -> str:
    kind = file.content_type.lower().strip()
    # RFC 2046 §5.2.1 lets mails in a mail stand only as they are; as plain bytes they arrive unchanged.
    if not _TYPE.match(kind) or kind.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return kind


def _page(html: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>{_writable(html)}</body></html>\n'
    )


def _writable(text: str) -> str:
    return _UNWRITABLE_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _encoding(text: str) -> str:
    """The transfer encoding: quoted-printable keeps the spaces at line ends that flowed text lives on."""
    if sum(not character.isascii() for character in text) * 3 > len(text):
        return "base64"
    return "quoted-printable"


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return ""
