"""Parts: the tree of a mail, cut from its bytes without trusting them.

In:    the raw mail.
Out:   Node (headers as written, the bytes of the body, children), and what was odd on the way.
Touch: nothing.
Never: raises, or looks at any byte more often than the tree is deep.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser

from threadwell.channels.email.params import Params, parameters

_NUL = b"\0"  # in the name of a charset, more than the library's decoders bear
_DEEPEST = 20
_MOST_WORK = 150_000_000  # bytes to look at again, level by level
_MOST_PARTS = 5_000
_MOST_LOOK_ALIKES = 2_000
_FIELD = re.compile(rb"([!-9;-~]{1,120})[ \t]*:")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_TELLING_FIELD = re.compile(
    rb"(?:from|to|cc|subject|date|received|message-id|mime-version|content-[a-z-]+|x-[a-z0-9-]+|return-path"
    rb"|reply-to|sender|references|in-reply-to|delivered-to|dkim-signature|list-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_TYPE = re.compile(r"[ \t]*([^\s;/\"]+)/([^\s;\"]+)")
_TEXT_TYPE = "text/plain"


@dataclass(slots=True, kw_only=True)
class Node:
    """One entity of the tree: a leaf with a body, or a multipart with children."""

    fields: list[tuple[str, bytes]]  #: names in lower case, values unfolded
    head: bytes
    body: bytes
    content_type: str
    params: Params
    disposition: str
    disposition_params: Params
    children: list["Node"] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        return next((value for at, value in self.fields if at == name), b"")

    def all(self, name: str) -> list[bytes]:
        return [value for at, value in self.fields if at == name]

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def encoding(self) -> str:
        return (
            self.first("content-transfer-encoding")
            .split(b"(")[0]
            .strip(b" \t\"';")
            .lower()
            .decode("ascii", "replace")
        )

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        return unwrapped(self.body, self.encoding)


@dataclass(slots=True)
class _Reading:
    warnings: list[str] = field(default_factory=list)
    nodes: int = 0


def tree(raw: bytes) -> tuple[Node, list[str]]:
    """The mail as a tree of parts, and the oddities met."""
    reading = _Reading()
    return _node(_straightened(raw), _TEXT_TYPE, 0, reading), reading.warnings


def unwrapped(body: bytes, encoding: str) -> bytes:
    """Bytes without their transfer encoding; broken encodings give what can be had."""
    if encoding == "base64":
        return _from_base64(body)
    if encoding in ("quoted-printable", "quotedprintable", "qp"):
        return quopri.decodestring(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return from_uuencode(body) or body
    return body


def from_uuencode(body: bytes) -> bytes:
    """What stands between the lines `begin` and `end`."""
    start = body.find(b"begin ")
    lines = body[max(start, 0) :].splitlines()[1:]
    out = bytearray()
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders get the padding wrong; the first byte tells how much of the line counts.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                return bytes(out)
    return bytes(out)


def as_message(node: Node) -> Message:
    """The same tree in the standard library's form, without a second parsing of the big parts."""
    if node.content_type.startswith("message/"):
        return BytesParser().parsebytes(node.head.replace(_NUL, b"") + b"\n\n" + node.body)
    message = Message()
    for name, value in node.fields:
        message.set_raw(name, value.replace(_NUL, b"").decode("ascii", "surrogateescape"))
    if node.children:
        message.set_payload([as_message(child) for child in node.children])
    else:
        message.set_payload(node.body.decode("ascii", "surrogateescape"))
    return message


def _straightened(raw: bytes) -> bytes:
    """The mail from its first header on, with line ends that can be told from text."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw[:1] in b"\r\n \t" and raw[:1]:
        rest = raw.lstrip(b"\r\n \t")
        raw = rest if _FIELD.match(rest) else raw
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw.replace(b"\r\r\n", b"\r\n") if b"\r\r\n" in raw[:4000] else raw


def _node(raw: bytes, default: str, depth: int, reading: _Reading) -> Node:
    reading.nodes += 1
    head, body = _split(raw, reading, is_top=depth == 0)
    fields = _fields(head)
    node = Node(
        fields=fields, head=head, body=body, content_type=default, params={}, disposition="",
        disposition_params={},
    )  # fmt: skip
    if written := node.first("content-type"):
        node.content_type, node.params = _typed(written, default)
    if written := node.first("content-disposition"):
        kind, _, _ = written.partition(b";")
        node.disposition = kind.strip(b" \t\"'").lower().decode("ascii", "replace")
        node.disposition_params = parameters(written)
    if node.content_type.startswith("multipart/"):
        _branch(node, depth, reading)
    return node


def _split(raw: bytes, reading: _Reading, *, is_top: bool) -> tuple[bytes, bytes]:
    """Head and body of an entity. A line in the head that is no header ends it, unless headers follow."""
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return b"", raw[1 if raw[:1] == b"\n" else 2 :]
    empty = _EMPTY_LINE.search(raw)
    head, body = (raw[: empty.start()], raw[empty.end() :]) if empty else (raw, b"")
    at = 0
    lines = head.split(b"\n")
    for number, line in enumerate(lines):
        if line[:1] not in (b" ", b"\t") and not _FIELD.match(line):
            if not any(_TELLING_FIELD.match(later) for later in lines[number + 1 :]):
                if is_top and number:
                    reading.warnings.append("The headers run into the text without an empty line.")
                return raw[:at], raw[at:]
            if is_top:
                reading.warnings.append("A line among the headers is no header.")
            break
        at += len(line) + 1
    return head, body


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    fields: list[tuple[str, list[bytes]]] = []
    for line in head.split(b"\n"):
        found = _FIELD.match(line) if line[:1] not in (b" ", b"\t") else None
        if found:
            fields.append((found[1].decode("ascii").lower(), [line[found.end() :].strip()]))
        elif fields and (more := line.strip()):
            fields[-1][1].append(more)
    return [(name, value[0] if len(value) == 1 else b" ".join(value)) for name, value in fields]


def _typed(written: bytes, default: str) -> tuple[str, Params]:
    kind, _, rest = written.partition(b";")
    found = _TYPE.match(kind.decode("latin-1"))
    params = parameters(written) if rest else {}
    if found:
        return f"{found[1]}/{found[2]}".lower(), params
    # RFC 2045 §5.2: what cannot be understood is read as plain text; a bare "text" or "html" is common.
    word = kind.strip().lower()
    return {b"html": "text/html", b"multipart": "multipart/mixed"}.get(word, default), params


def _branch(node: Node, depth: int, reading: _Reading) -> None:
    """Cut a multipart into its children; without any cut it stays a leaf and its bytes are kept."""
    if depth >= _DEEPEST or depth * len(node.body) > _MOST_WORK or reading.nodes >= _MOST_PARTS:
        reading.warnings.append("The parts are nested too deeply; the rest is attached as it came.")
        node.content_type = "application/octet-stream"
        return
    boundary = node.params.get("boundary", "").encode("utf-8", "replace")
    chunks = _chunks(node.body, boundary) if boundary else None
    if chunks is None and (found := _sniffed(node.body)):
        reading.warnings.append("The boundary between the parts is wrong; the one in use was taken.")
        chunks = _chunks(node.body, found)
    if not chunks:
        reading.warnings.append("The mail says that it has parts, but none could be found.")
        node.content_type = _TEXT_TYPE
        return
    if len(types := node.all("content-type")) > 1:
        chunks[:0] = _before_delimiters(node, boundary, types[1])
    default = "message/rfc822" if node.content_type == "multipart/digest" else _TEXT_TYPE
    for place, chunk in enumerate(chunks):
        if reading.nodes >= _MOST_PARTS:
            reading.warnings.append("There are too many parts; the rest is attached in one piece.")
            rest = b"Content-Type: application/octet-stream\n\n" + b"\n".join(chunks[place:])
            node.children.append(_node(rest, default, depth + 1, reading))
            return
        node.children.append(_node(chunk, default, depth + 1, reading))


def _before_delimiters(node: Node, boundary: bytes, written: bytes) -> list[bytes]:
    """The first part of a mail whose opening delimiter got lost, so that its headers ran into ours."""
    first, _ = next(_delimiters(node.body, b"--" + boundary), (0, False))
    if not boundary or not node.body[:first].strip():
        return []
    encoding = node.first("content-transfer-encoding")
    head = b"Content-Type: " + written + b"\nContent-Transfer-Encoding: " + encoding
    return [head + b"\n\n" + node.body[:first]]


def _chunks(body: bytes, boundary: bytes) -> list[bytes] | None:
    """What stands between the delimiters; None when there is no delimiter at all."""
    chunks: list[bytes] = []
    at, start = 0, -1
    for found, is_last in _delimiters(body, b"--" + boundary):
        if start >= 0:
            chunks.append(_trimmed(body[start:found]))
        at = body.find(b"\n", found + len(boundary)) + 1 or len(body)
        start = -1 if is_last else at
    if start >= 0 and body[start:].strip():
        chunks.append(body[start:])
    elif at and body[at:].strip() and not any(chunk.strip() for chunk in chunks):
        chunks.append(body[at:])  # all that there is stands behind the closing delimiter
    return chunks if chunks or at else None


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[tuple[int, bool]]:
    """Where the delimiter lines begin, and whether each is a closing one."""
    if body.count(delimiter) > _MOST_LOOK_ALIKES:
        # Compiling costs more than most mails, but look-alikes by the million must not be walked through.
        whole_line = re.compile(re.escape(delimiter) + rb"(--)?[ \t]*(?=\r?\n|\r?\Z)")
        for found in whole_line.finditer(body):
            if not found.start() or body[found.start() - 1] == 10:
                yield found.start(), bool(found[1])
        return
    place = body.find(delimiter)
    while place >= 0:
        after = place + len(delimiter)
        end = body.find(b"\n", after)
        rest = body[after : min(after + 200, len(body) if end < 0 else end)].strip()
        if (not place or body[place - 1] == 10) and rest in (b"", b"--"):
            yield place, bool(rest)
        place = body.find(delimiter, after)


def _trimmed(chunk: bytes) -> bytes:
    # RFC 2046 §5.1.1: the line end before a delimiter belongs to the delimiter.
    if chunk.endswith(b"\r\n"):
        return chunk[:-2]
    return chunk.removesuffix(b"\n")


def _sniffed(body: bytes) -> bytes:
    """The delimiter that the body seems to use: its first line of that look, when headers follow."""
    found = re.search(
        rb"(?:\A|\n)--([^\s]{4,70})[ \t]*\r?\ncontent-[a-z-]{4,30}:", body[:200_000], re.IGNORECASE
    )
    return found[1] if found else b""


def _from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError):
        pass
    # Text after the padding (a mailing list's footer, mostly) is no base64; whole groups before it are.
    letters = re.sub(rb"[^A-Za-z0-9+/=]", b"", body)
    core, _, _ = letters.partition(b"=")
    whole = len(core) // 4 * 4
    spare = core[whole:]
    if len(spare) > 1:
        return binascii.a2b_base64(core + b"=" * (4 - len(spare)))
    return binascii.a2b_base64(core[:whole])
