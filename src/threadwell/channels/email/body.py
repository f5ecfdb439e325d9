"""Body: what of the tree is text to read, and what is a file beside it.

In:    the tree of parts.
Out:   Body: segments of text and HTML in their order, files, and how it was signed or sealed.
Touch: nothing.
Never: drops a part. What is not shown as text is a file.
"""

import re
from dataclasses import dataclass, field

from threadwell.channels.email import names, smime, tnef
from threadwell.channels.email.charsets import decode
from threadwell.channels.email.flowed import unflowed
from threadwell.channels.email.parts import Node, from_uuencode, tree
from threadwell.kit.html import escape

_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w:.-]{2,40})", re.IGNORECASE)
_MOST_UUENCODED = 500
_NO_TEXT_LINE = re.compile(rb"\s*\Z|--|content-[a-z-]{2,30}:|mime-version:", re.IGNORECASE)
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=[!-`][ -`]{4,}\r?$)", re.MULTILINE)
_UUENCODED_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class Segment:
    """A piece of the text; a piece may come in both forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True, kw_only=True)
class File:
    """A part kept as it is."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    method: str = ""  #: of a calendar part


@dataclass(slots=True)
class Body:
    segments: list[Segment] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    signed: str = ""
    encrypted: str = ""
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def body_of(node: Node) -> Body:
    """Sort the parts of a mail."""
    body = Body()
    _sort(node, body, is_first=True, depth=0)
    if not body.segments and not node.children and node.content_type.startswith("text/"):
        # The only part, of a kind of text that nobody knows: better shown than only attached.
        body.segments.append(Segment(plain=_text(node, node.content(), body)))
    if node.children and not body.segments and not body.files and (left := _outside_parts(node)):
        body.warn("The text stands outside the parts of the mail.")
        body.segments.append(Segment(plain=_text(node, left, body)))
    return body


def _outside_parts(node: Node) -> bytes:
    """Text that no part holds, because the delimiters are broken."""
    return b"\n".join(line for line in node.body.splitlines() if not _NO_TEXT_LINE.match(line))


def _sort(node: Node, body: Body, *, is_first: bool, depth: int) -> None:
    kind = node.content_type
    if node.children:
        _BRANCHES.get(kind, _in_order)(node, body, depth)
    elif _is_text(node, is_first=is_first):
        _take_text(node, body)
    elif kind in _SEALED and depth < 4:
        _unseal(node, body, depth)
    elif kind in _TNEF or names.written_name(node).lower() == "winmail.dat":
        _unpack(node, body)
    else:
        _keep(node, body)


def _is_text(node: Node, *, is_first: bool) -> bool:
    """RFC 8621 §4.1.4: named text is a file, unless the mail opens with it."""
    return (
        node.content_type in ("text/plain", "text/html")
        and node.disposition != "attachment"
        and (is_first or not names.written_name(node))
    )


def _in_order(node: Node, body: Body, depth: int) -> None:
    for place, child in enumerate(node.children):
        _sort(child, body, is_first=place == 0, depth=depth + 1)


def _alternative(node: Node, body: Body, depth: int) -> None:
    """The same text in several forms becomes one segment."""
    plain: list[str] = []
    html: list[str] = []
    for child in node.children:
        form = Body()
        _sort(child, form, is_first=True, depth=depth + 1)
        if any(segment.html is not None for segment in form.segments):
            html.append(joined_html(form.segments))
            # An alternative within the alternative, or text between pictures (Apple Mail).
            if len(node.children) == 1:
                plain += [segment.plain for segment in form.segments if segment.plain is not None]
        else:
            plain += [segment.plain for segment in form.segments if segment.plain is not None]
        _add(form, body)
    if plain or html:
        body.segments.append(
            Segment(plain="\n\n".join(plain) if plain else None, html="\n".join(html) if html else None)
        )


def _add(form: Body, body: Body) -> None:
    body.files += form.files
    body.signed = body.signed or form.signed
    body.encrypted = body.encrypted or form.encrypted
    for sentence in form.warnings:
        body.warn(sentence)


def _related(node: Node, body: Body, depth: int) -> None:
    start = node.params.get("start", "")
    root = next(
        (at for at, child in enumerate(node.children) if start and content_id(child) == start.strip("<> ")), 0
    )
    _sort(node.children[root], body, is_first=True, depth=depth + 1)
    has_text = bool(body.segments)
    for place, child in enumerate(node.children):
        if place == root:
            continue
        if child.children or not has_text:
            _sort(child, body, is_first=False, depth=depth + 1)
        else:
            _keep_unless_packed(child, body)


def _keep_unless_packed(node: Node, body: Body) -> None:
    if node.content_type in _TNEF:
        _unpack(node, body)
    else:
        _keep(node, body)


def _signed(node: Node, body: Body, depth: int) -> None:
    protocol = node.params.get("protocol", "").lower()
    kinds = {child.content_type for child in node.children}
    is_pgp = "pgp" in protocol or "application/pgp-signature" in kinds
    body.signed = (
        "pgp" if is_pgp else "smime" if "pkcs7" in protocol or kinds & set(_SIGNATURES) else body.signed
    )
    _in_order(node, body, depth)


def _encrypted(node: Node, body: Body, depth: int) -> None:
    body.encrypted = "pgp" if "pgp" in node.params.get("protocol", "pgp").lower() else "smime"
    body.warn("The mail is encrypted; its content can be read with the key only.")
    _in_order(node, body, depth)


_BRANCHES = {
    "multipart/alternative": _alternative,
    "multipart/related": _related,
    "multipart/signed": _signed,
    "multipart/encrypted": _encrypted,
}


def _take_text(node: Node, body: Body) -> None:
    content = node.content()
    if node.content_type == "text/html":
        html = _text(node, content, body)
        if html.strip():
            body.segments.append(Segment(html=html))
        return
    if b"begin " in content:
        content = _without_uuencoded(content, body)
    text = _text(node, content, body)
    if node.params.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=node.params.get("delsp", "").lower() == "yes")
    if "-----BEGIN PGP " in text:
        body.signed = body.signed or ("pgp" if "-----BEGIN PGP SIGNED MESSAGE-----" in text else "")
        body.encrypted = body.encrypted or ("pgp" if "-----BEGIN PGP MESSAGE-----" in text else "")
    if text.strip():
        body.segments.append(Segment(plain=text))


def _text(node: Node, content: bytes, body: Body) -> str:
    label = node.params.get("charset", "")
    if not label and node.content_type == "text/html" and (found := _META_CHARSET.search(content[:4000])):
        label = found[1].decode("ascii")
    text, honest = decode(content, label)
    if not honest:
        body.warn(f"The text is not in the charset that it claims ({label[:40] or 'none'}); it was guessed.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_uuencoded(content: bytes, body: Body) -> bytes:
    """Files between `begin` and `end` lines, as old programs write them into the text."""
    kept, at = b"", 0
    while (found := _UUENCODED.search(content, at)) and len(body.files) < _MOST_UUENCODED:
        end = _UUENCODED_END.search(content, found.end())
        stop = end.end() if end else len(content)
        inside = from_uuencode(content[found.start() : stop])
        name = names.tidy(decode(found[1])[0]) or f"part-{len(body.files) + 1}.bin"
        body.files.append(File(filename=name, content_type=names.type_of(name), content=inside))
        kept += content[at : found.start()]
        at = stop
    return kept + content[at:]


def _keep(node: Node, body: Body) -> None:
    kind = node.content_type
    if kind == "message/partial":
        number, total = node.params.get("number", "?")[:6], node.params.get("total", "?")[:6]
        body.warn(f"The mail is one piece of several: {number} of {total}.")
    if kind == "message/external-body":
        body.warn("A part of the mail lies elsewhere; only where it lies is attached.")
    body.files.append(
        File(
            filename=names.file_name(node, len(body.files) + 1),
            content_type=kind,
            content=node.content(),
            content_id=content_id(node),
            method=node.params.get("method", ""),
        )
    )


def content_id(node: Node) -> str:
    """The name by which the HTML may call for the part, without <>."""
    return decode(node.first("content-id"))[0].strip().strip("<>").strip()


def _unpack(node: Node, body: Body) -> None:
    """Outlook's winmail.dat: its text and files take its place; unreadable, it stays what it is."""
    packed = tnef.unpacked(node.content())
    if packed is None:
        body.warn("The file winmail.dat could not be unpacked.")
        _keep(node, body)
        return
    has_text = any((segment.plain or segment.html or "").strip() for segment in body.segments)
    if not has_text and (packed.html or packed.text):
        body.segments.append(Segment(plain=packed.text or None, html=packed.html or None))
    for written, content in packed.files:
        name = names.tidy(written) or f"part-{len(body.files) + 1}.bin"
        body.files.append(File(filename=name, content_type=names.type_of(name), content=content))


def _unseal(node: Node, body: Body, depth: int) -> None:
    """S/MIME in one piece: signed mail is read from inside its envelope, encrypted mail is kept."""
    content = node.content()
    inside = smime.signed_content(content) if "enveloped" not in node.params.get("smime-type", "") else None
    if inside is None:
        body.encrypted = "smime"
        body.warn("The mail is encrypted; its content can be read with the key only.")
    else:
        body.signed = "smime"
        inner, warnings = tree(inside)
        body.warnings += warnings
        _sort(inner, body, is_first=True, depth=depth + 1)
    _keep(node, body)


def joined_html(segments: list[Segment]) -> str:
    """The HTML of all segments, plain ones written as HTML."""
    return "\n".join(
        segment.html if segment.html is not None else f"<div>{escape(segment.plain or '')}</div>"
        for segment in segments
    )
