"""Read: what a mail says.

In:    the raw bytes, however broken.
Out:   Letter; the same bytes always give the same letter.
Touch: nothing.
Never: raises. What cannot be understood is shown as it came, with a warning.
"""

import hashlib
import re
from collections.abc import Callable
from urllib.parse import unquote

from threadwell.channels.email import marks, quotes, reports, words
from threadwell.channels.email.addresses import addresses
from threadwell.channels.email.body import Body, File, body_of, joined_html
from threadwell.channels.email.charsets import clean, decode, label_for
from threadwell.channels.email.dates import moment
from threadwell.channels.email.invitation import invitation
from threadwell.channels.email.parts import Node, as_message, tree
from threadwell.channels.port import Address, Authentication, Invitation, Kind, Letter, Part
from threadwell.kit import html as markup

_ID = re.compile(rb"<([^<>]{1,998})>")
_CALLED_FOR = re.compile(r"""cid:([^"'\s)>]+)""", re.IGNORECASE)
_WRITTEN_BY_PEOPLE = ("from", "subject", "to", "cc", "reply-to", "sender")
_LINK = re.compile(r"https?://[^\s<>]+|mailto:[^\s<>]+")
_NO_LETTER = re.compile(r"[\W_]+")
_RAW_SHOWN = 200_000
_HEADERS_SHOWN = 256_000
_TEXT_KEPT = 2_000_000
_VISIBLE_SOUGHT = 200_000  # letters; behind them nobody looks for the answer
_STAND_IN_SHARE = 5  # a plain form this much shorter than what people see is a stand-in
_LINKS_SHARE = 3  # more than a third of it links: no text for people
_TELLING = 80  # letters; a shorter text proves nothing


def letter(raw: bytes) -> Letter:
    """Read a mail."""
    try:
        return _read(raw)
    except Exception as accident:  # a mail that we stumble over is shown raw, never lost
        return _as_it_came(raw, accident)


def _read(raw: bytes) -> Letter:
    root, warnings = tree(raw)
    body = body_of(root)
    header = _Header(root)
    shown = _shown(body)
    parts = _parts(body.files, shown.html)
    verdict = _attempt(lambda: reports.examine(as_message(root), shown.text), body, "what kind of mail it is")
    return Letter(
        from_=header.people("from"),
        sender=next(iter(header.people("sender")), None),
        reply_to=header.people("reply-to"),
        to=header.people("to"),
        cc=header.people("cc"),
        bcc=header.people("bcc"),
        subject=header.line("subject"),
        date=header.date,
        message_id=next(iter(header.ids("message-id")), ""),
        in_reply_to=header.ids("in-reply-to"),
        references=header.ids("references"),
        thread_index="".join(header.line("thread-index").split()),
        list_id=header.line("list-id"),
        auto_submitted=header.line("auto-submitted"),
        text=shown.text,
        visible_text=shown.visible_text,
        html=shown.html,
        parts=parts,
        kind=verdict.kind if verdict else Kind.MESSAGE,
        kind_because=verdict.because if verdict else "",
        bounces=verdict.bounces if verdict else (),
        invitation=_invitation(body.files),
        signed=body.signed,
        encrypted=body.encrypted,
        authentication=marks.authentication(header.fields),
        spam=marks.spam_mark(header.fields),
        warnings=(*warnings, *header.warnings(), *body.warnings),
        headers=_block(root.head),
    )


class _Header:
    """The fields of the topmost header."""

    def __init__(self, root: Node) -> None:
        self.fields: dict[str, list[bytes]] = {}
        for name, value in root.fields:
            self.fields.setdefault(name, []).append(value)
        naked = b" ".join(
            value for name in _WRITTEN_BY_PEOPLE for value in self.fields.get(name, ()) if not value.isascii()
        )
        self._charset = label_for(naked, hint=_first_charset(root)) if naked else ""
        self.date = next((read for value in self.fields.get("date", ()) if (read := moment(value))), None)

    def first(self, name: str) -> bytes:
        """The first that says something."""
        return next((value for value in self.fields.get(name, ()) if value), b"")

    def line(self, name: str) -> str:
        return words.line(self.first(name), self._charset)

    def people(self, name: str) -> tuple[Address, ...]:
        written = self.fields.get(name, ())
        if name not in ("from", "sender"):
            return addresses(b", ".join(value for value in written if value), self._charset)
        if len(written) < 2:
            return _as_one(addresses(written[0], self._charset)) if written else ()
        # Of several senders the first that could be written to.
        named = [addresses(value, self._charset) for value in written if value]
        return next(
            (some for some in named if any("@" in one.email for one in some)), named[0] if named else ()
        )

    def ids(self, name: str) -> tuple[str, ...]:
        """Message ids without their brackets, in the order written, each once."""
        value = b" ".join(self.fields.get(name, ()))
        if not value:
            return ()
        if b"=?" in value:
            # RFC 2047 §5 forbids encoded words here; Python's library folds ids as long as ours into them.
            value = words.unworded(value).encode()
        found = [b"".join(one.split()) for one in _ID.findall(value)]
        if not found:
            found = [one.strip(b"<>,;") for one in value.split() if b"@" in one or name == "message-id"]
        return tuple(dict.fromkeys(clean(one.decode("utf-8", "replace")) for one in found if one))

    def warnings(self) -> list[str]:
        told = []
        if not self.first("from"):
            told.append("The mail does not say who it is from.")
        told += [
            f"The header {name} stands there more than once; the first was taken."
            for name in ("from", "date", "subject", "message-id")
            if len(self.fields.get(name, ())) > 1
        ]
        if self.first("date") and self.date is None:
            told.append("The date cannot be read.")
        return told


def _as_one(named: tuple[Address, ...]) -> tuple[Address, ...]:
    """Somebody who writes the family name first and forgets the quotes round the comma is one person."""
    *family, person = named or (Address(name="", email=""),)
    if not family or "@" not in person.email or not person.name or any(one.email for one in family):
        return named
    return (Address(name=", ".join(one.name for one in named), email=person.email),)


def _first_charset(node: Node) -> str:
    """The charset of the first text, which the headers mostly share."""
    if not node.children:
        return node.params.get("charset", "")
    return next((found for child in node.children if (found := _first_charset(child))), "")


class _Shown:
    """The text of a mail in the forms that people read."""

    __slots__ = ("html", "text", "visible_text")

    def __init__(self, *, text: str, visible_text: str, html: str | None) -> None:
        self.text, self.visible_text, self.html = text, visible_text, html


def _shown(body: Body) -> _Shown:
    texts: list[str] = []
    is_all_plain = True
    for segment in body.segments:
        text = segment.plain or ""
        if segment.html is not None:
            read = markup.to_text(segment.html)
            if read and _says_otherwise(text, read):
                text, is_all_plain = read, False
        texts.append(text.strip("\n"))
    text = _kept(clean("\n\n".join(text for text in texts if text.strip())), body)
    source = (
        joined_html(body.segments) if any(segment.html is not None for segment in body.segments) else None
    )
    html = _attempt(lambda: clean(markup.sanitise(source)), body, "its HTML") if source is not None else None
    is_from_html = source is not None and not is_all_plain and not markup.is_too_much(source)
    visible = _attempt(
        lambda: quotes.visible_html(source or "") if is_from_html else quotes.visible(text[:_VISIBLE_SOUGHT]),
        body,
        "what in it is quoted",
    )
    return _Shown(text=text, visible_text=clean(text if visible is None else visible), html=html)


def _says_otherwise(plain: str, read: str) -> bool:
    """Whether the plain form is worth less than what people see: a stand-in, links, another text."""
    if len(plain) * _STAND_IN_SHARE < len(read) or not plain.strip():
        return True
    if len(read) < _TELLING:
        return False
    if sum(len(link) for link in _LINK.findall(plain)) * _LINKS_SHARE > len(plain):
        return True
    if sum(sample in read for sample in _samples(plain)) >= 4:
        return False  # as it stands; nearly all mail ends here
    seen = _NO_LETTER.sub("", read)
    samples = _samples(_NO_LETTER.sub("", plain))
    return len(samples) == 8 and sum(sample in seen for sample in samples) < 2


def _samples(text: str) -> list[str]:
    step = max(len(text) // 9, 1)
    return [text[at : at + 8] for at in range(step, len(text) - 8, step)][:8]


def _kept(text: str, body: Body) -> str:
    """A text longer than anybody reads is cut, and kept whole as a file."""
    if len(text) <= _TEXT_KEPT:
        return text
    body.warn("The text is very long; the whole of it is attached.")
    body.files.append(File(filename="whole-text.txt", content_type="text/plain", content=text.encode()))
    return text[:_TEXT_KEPT]


def _attempt[T](deed: Callable[[], T], body: Body, what: str) -> T | None:
    try:
        return deed()
    except Exception as accident:  # one part of the reading failing must not cost the others
        body.warn(f"It could not be told {what} ({type(accident).__name__}).")
        return None


def _parts(files: list[File], html: str | None) -> tuple[Part, ...]:
    called_for = {unquote(name) for name in _CALLED_FOR.findall(html)} if html and "cid:" in html else set()
    return tuple(
        Part(
            filename=file.filename,
            content_type=clean(file.content_type),
            size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            inline=bool(file.content_id) and file.content_id in called_for,
            content_id=file.content_id,
            content=file.content,
        )
        for file in files
    )


def _invitation(files: list[File]) -> Invitation | None:
    calendars = (file for file in files if file.content_type in ("text/calendar", "application/ics"))
    return next(
        (found for file in calendars if (found := invitation(file.content, method=file.method))), None
    )


def _block(head: bytes) -> str:
    return decode(head[:_HEADERS_SHOWN])[0].replace("\r\n", "\n").replace("\r", "\n")


def _as_it_came(raw: bytes, accident: Exception) -> Letter:
    text = decode(raw[:_RAW_SHOWN])[0].replace("\r\n", "\n")
    whole = File(filename="message.eml", content_type="message/rfc822", content=raw)
    return Letter(
        from_=(), sender=None, reply_to=(), to=(), cc=(), bcc=(), subject="", date=None, message_id="",
        in_reply_to=(), references=(), thread_index="", list_id="", auto_submitted="", text=text,
        visible_text=text, html=None, parts=_parts([whole], None), kind=Kind.MESSAGE, kind_because="",
        bounces=(), invitation=None, signed="", encrypted="",
        authentication=Authentication(spf=None, dkim=None, dmarc=None, server=""), spam=None,
        warnings=(f"The mail could not be read ({type(accident).__name__}); it is shown as it came.",),
        headers=_block(raw[: max(raw.find(b"\n\n"), 0)]),
    )  # fmt: skip
