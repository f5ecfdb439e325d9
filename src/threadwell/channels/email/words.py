"""Words: header text as people wrote it, from RFC 2047 words in every state of repair.

In:    the value of a header, as bytes.
Out:   clean text on one line.
Touch: nothing.
"""

import binascii
import re
from itertools import groupby

from threadwell.channels.email.charsets import clean, decode

_OPENING = re.compile(rb"=\?([\w.:+()-]{1,60})(?:\*[\w-]*)?\?([bBqQ])\?")
_SPACES = re.compile(r"[\s\x1c-\x1f]+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def line(value: bytes, charset: str = "") -> str:
    """A whole header value as one line of text."""
    text = unworded(value, charset)
    return _SPACES.sub(" ", text).strip()


def unworded(value: bytes, charset: str = "") -> str:
    """The text with encoded words read; `charset` is the hint for naked bytes outside them."""
    if b"=?" not in value:
        return decode(value, charset)[0]
    pieces: list[str] = []
    pending: list[tuple[str, bytes]] = []  # neighbours in one charset are read together
    at = 0
    while opening := _OPENING.search(value, at):
        end = value.find(b"?=", opening.end())
        if end < 0:
            break
        between = value[at : opening.start()]
        if between.strip():
            pieces += [_read(pending), decode(between, charset)[0]]
            pending = []
        elif between and not pending:
            pieces.append(" ")
        label = opening[1].decode("ascii", "replace").lower()
        pending.append((label, _payload(value[opening.end() : end], opening[2])))
        at = end + 2
    pieces += [_read(pending), decode(value[at:], charset)[0]]
    return clean("".join(pieces))


def _read(pending: list[tuple[str, bytes]]) -> str:
    """Neighbouring words: a character may be cut in two between words of one charset."""
    return "".join(
        decode(b"".join(raw for _, raw in words), label)[0]
        for label, words in groupby(pending, key=lambda word: word[0])
    )


def _payload(text: bytes, encoding: bytes) -> bytes:
    if encoding in b"qQ":
        return _HEX.sub(lambda found: bytes((int(found[1], 16),)), text.replace(b"_", b" "))
    core = _NOT_BASE64.sub(b"", text)
    spare = len(core) % 4
    if spare == 1:
        core = core[:-1]
    return binascii.a2b_base64(core + b"=" * (-len(core) % 4))
