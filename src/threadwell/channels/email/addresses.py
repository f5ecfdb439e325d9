"""Addresses: who a header names.

In:    the value of From, To, Reply-To ..., as bytes.
Out:   a tuple of Address; nothing that was written is left out, however it was written.
Touch: nothing.
"""

import re

from threadwell.channels.email.charsets import decode
from threadwell.channels.email.words import line, unworded
from threadwell.channels.port import Address

# Nearly all mail: a name without quirks, and one address in angle brackets.
# It never tries again what it has read (the plus signs): thousands of blanks in a header are read once.
_SIMPLE = re.compile(
    rb"\s*+(?:\"([^\"\\=<>]*+)\"\s*+|([^\"\\=<>,;:()@]*+))<([^\s<>\"\\,;:()@]++@[^\s<>\"\\,;:()@]++)>\s*+"
)
_BARE = re.compile(rb"\s*([^\s<>\"\\,;:()@=]+@[^\s<>\"\\,;:()@=]+)\s*")
_TOKEN = re.compile(
    r"(?P<word>=\?[\w.:+()*-]{1,80}\?[bBqQ]\?[^?]{0,2000}\?=)"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<angle><[^<>]*>)"
    r"|(?P<comment>\()"
    r"|(?P<mark>[,;:])"
    r"|(?P<space>\s+)"
    r"|(?P<text>[^\s\"<>(),;:]+|[\"<>)])",
    re.DOTALL,
)
_PLAUSIBLE = re.compile(r"(?<![^\s@<>,;()])[^\s@<>,;()]++@[^\s@<>,;()]+")
_DOT = re.compile(r"(?<!\s)\s*+\.\s*+|\.\s*+")
_LONGEST = 400_000
_LONGEST_NAME = 1_000


def addresses(value: bytes, charset: str = "") -> tuple[Address, ...]:
    """Everybody named in the header, groups flattened."""
    if found := _SIMPLE.fullmatch(value):
        name = found[1] if found[1] is not None else found[2]
        return (Address(name=line(name, charset), email=line(found[3], charset)),)
    if found := _BARE.fullmatch(value):
        return (Address(name="", email=line(found[1], charset)),)
    return tuple(_Scan(value[:_LONGEST], charset).run())


class _Scan:
    """Reads a list of addresses token by token; a part at a time, each ended by a comma or semicolon."""

    def __init__(self, value: bytes, charset: str) -> None:
        # Naked bytes are read once, by the charset that fits the whole header.
        self._text = decode(value, charset)[0]
        self._found: list[Address] = []
        self._start_part()

    def run(self) -> list[Address]:
        at = 0
        while at < len(self._text) and (token := _TOKEN.match(self._text, at)):
            at = token.end()
            if token["comment"]:
                at = self._comment(at)
            else:
                self._take(token)
        self._end_part()
        return self._found

    def _start_part(self) -> None:
        self._name: list[str] = []  # raw pieces before or after the brackets, spaces kept
        self._angle: str | None = None
        self._comments: list[str] = []

    def _take(self, token: re.Match[str]) -> None:
        kind, text = token.lastgroup, token[0]
        if kind == "angle":
            self._bracket(text[1:-1])
        elif kind == "quoted":
            self._name.append("\0" + re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) + "\0")
        elif kind != "mark":
            self._name.append(text)
        elif text == ":" and self._angle is None and "@" not in "".join(self._name):
            self._start_part()  # the name of a group
        elif text == ":":
            self._name.append(text)
        else:
            self._end_part()

    def _bracket(self, inside: str) -> None:
        if self._angle is not None:
            # Two in one part: a comma was forgotten, unless the first was empty.
            if self._angle:
                self._end_part()
            else:
                self._angle = None
        self._angle = self._mailbox(inside)

    def _mailbox(self, inside: str) -> str:
        if "(" in inside:
            kept, at = "", 0
            while (start := inside.find("(", at)) >= 0:
                end = _closing(inside, start + 1)
                kept += inside[at:start]
                self._comments.append(inside[start + 1 : end - 1])
                at = end
            inside = kept + inside[at:]
        inside = "".join(inside.split()) if "@" in inside else " ".join(inside.split())
        if inside.startswith("@") and ":" in inside:
            inside = inside.partition(":")[2]  # RFC 5322 §4.4: a route is to be ignored
        return inside.strip("'\"") if inside.count('"') != 2 else inside

    def _comment(self, at: int) -> int:
        end = _closing(self._text, at)
        closed = end <= len(self._text) and self._text[end - 1 : end] == ")"
        self._comments.append(self._text[at : end - 1 if closed else end])
        return end

    def _end_part(self) -> None:
        name, email = "".join(self._name)[:_LONGEST_NAME], self._angle
        if email is None:
            name, email = self._without_brackets(name)
        comments = " ".join(_readable(comment) for comment in self._comments)[:_LONGEST_NAME]
        shown = _readable(name) or " ".join(comments.split())
        if not email and "@" in shown and (hidden := _PLAUSIBLE.search(shown)) and self._angle is None:
            # The whole address stood inside an encoded word.
            email = hidden[0]
            shown = (shown[: hidden.start()] + shown[hidden.end() :]).strip(" <>\"'")
        # An empty pair of brackets names nobody when others are named.
        if email or (shown and self._angle is None):
            self._found.append(Address(name=shown, email=_readable(email)))
        self._start_part()

    def _without_brackets(self, name: str) -> tuple[str, str]:
        if "\0" not in name and "=?" not in name:
            before, at, after = name.partition("@")
            words = (before + at + _DOT.sub(".", after)).split()  # RFC 5322 §4.4 had spaces round dots
            if len(words) == 1 and (self._comments or "@" in name):
                return "", words[0]
            with_at = [word for word in words if "@" in word.strip("@")]
            if len(with_at) == 1 and not with_at[0].endswith("@"):
                return " ".join(word for word in words if word is not with_at[0]), with_at[0].strip("[]")
            if "@" in name and len(words) > 1:
                return "", "".join(words)
        elif name.count("\0") == 2 and name.startswith("\0") and "\0@" in name:
            return "", name.replace("\0", '"')  # "a quoted local part"@example.com
        return name, ""


def _closing(text: str, at: int) -> int:
    """The place behind the bracket that closes this comment; comments nest."""
    depth = 1
    for found in re.compile(r"\\.|[()]", re.DOTALL).finditer(text, at):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)


def _readable(raw: str) -> str:
    if "=?" in raw:
        raw = raw.replace("\0 \0", " ").replace("\0", "")
        raw = unworded(raw.encode("utf-8", "replace"))
    text = re.sub(r"\\([()\\\"])", r"\1", raw.replace("\0", ""))
    text = " ".join(text.split())
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if text.startswith('"') and text.count('"') == 1:
        text = text[1:]  # never closed
    return text
