"""Mails: letters that have come to harm, and what must hold of the reading of each.

In:    bytes
Out:   what is wrong with the reading, in a word; mutants of good letters
Touch: nothing
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.house.tree import ROOT
from threadwell.channels.email import clues, quotes
from threadwell.channels.email.facts import facts
from threadwell.channels.email.read import letter
from threadwell.kit import html, words

SAMPLES = ROOT / "tests" / "samples"
SLOW = 5.0  #: seconds for a letter of less than half a megabyte
LARGEST = 200_000  #: bytes of a letter that is bred from
ARRIVED = datetime(2026, 11, 22, tzinfo=UTC)
_ACCIDENTS = ("could not be read", "could not be told")
#: What parsers stumble over, put into letters anywhere.
WORDS = (
    *(b"\0", b"\r", b"\n", b"\r\n\r\n", b"\x80\xff", b"\xed\xa0\x80", b"=", b"=\r\n", b"--", b"\x1b$B"),
    *(b"+AGE-", b"''", b"<!--"),
    *(b"Content-Type: multipart/mixed; boundary=", b"boundary=\"\"", b"message/rfc822", b"text/html"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"quoted-printable", b"charset=utf-7", b"charset=utf-16"),
    *(b"charset=iso-2022-jp-2", b"charset=idna", b"charset=unicode_escape", b"charset=\"", b"filename*0*="),
    *(b"=?utf-8?b?", b"?=", b"=?x?q?=00?=", b"<", b">", b"@", b"\"", b"\\", b"(" * 50, b"<div>" * 50),
    *(b"Date: 31 Feb 99999999999", b"Message-ID: <", b"References: " + b"<a@b> " * 40, b"begin 644 x\r\n"),
    *(b"BEGIN:VCALENDAR\r\n", b"DTSTART;TZID=x:", b"RRULE:FREQ=", b"Final-Recipient: rfc822;", b"> " * 40),
    *(b"Subject: " + b"Re: " * 60, b"\xf0\x9f\x98\x80", b"&#0;", b"&#xd800;", b"<style>", b"cid:"),
    *(b"format=flowed", b"<blockquote>", b"On Mon, Ada wrote:\n"),
)  # fmt: skip


def trouble(raw: bytes) -> str:  # noqa: PLR0911 - one fault a line
    """What is wrong with the reading of this mail; empty when all is well."""
    began = time.perf_counter()
    first = letter(raw)
    took = time.perf_counter() - began
    if took > SLOW and len(raw) < 500_000:
        return f"took {took:.1f} s"
    if accidents := [one for one in first.warnings if any(word in one for word in _ACCIDENTS)]:
        return accidents[0]
    told = facts(first)
    if facts(letter(raw)) != told:
        return "read differently the second time"
    text = json.dumps(told, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "half a character that no encoding takes"
    if "\\u0000" in text or "\0" in first.headers:
        return "a NUL, which PostgreSQL takes in no text"
    found = clues.clues_of(first, ours=frozenset({"help@firm.example"}), arrived_at=ARRIVED)
    clues.keys_of(found)
    words.vector_of(words.places_of(("A", [first.subject]), ("D", [first.text])))
    if first.html is not None:
        quotes.fold_html(first.html)
        html.to_text(first.html)
        if "<script" in first.html.lower():
            return "a script"
    return ""


def problem(raw: bytes) -> str:
    """The same, with what is raised as trouble."""
    try:
        return trouble(raw)
    except Exception as accident:
        return f"{type(accident).__name__}: {accident}"


def seeds(folder: Path | None = None) -> list[bytes]:
    """Good letters to breed from: our samples, and whatever mails stand in a folder."""
    places = [*SAMPLES.rglob("*.eml")]
    if folder:
        places += [
            one for one in folder.rglob("*") if one.suffix in {".eml", ".txt", ".box", ".mail", ".msg"}
        ]
    return [one.read_bytes() for one in sorted(places) if one.is_file() and one.stat().st_size <= LARGEST]


def mutants(parents: Sequence[bytes], chance: Random) -> Iterator[bytes]:
    """Endlessly."""
    while True:
        raw = chance.choice(parents)
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            raw = chance.choice(HARMS)(raw, parents, chance)[:LARGEST]
        yield raw


def _flip(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    harmed = bytearray(raw or b"x")
    for _ in range(chance.choice((1, 4, 30))):
        harmed[chance.randrange(len(harmed))] = chance.randrange(256)
    return bytes(harmed)


def _drop(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    begin, end = _span(raw, chance)
    return raw[:begin] + raw[end:]


def _repeat(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    begin, end = _span(raw, chance, longest=200)
    return raw[:begin] + raw[begin:end] * chance.choice((2, 10, 300)) + raw[end:]


def _insert(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    place = chance.randrange(len(raw) + 1)
    return raw[:place] + chance.choice(WORDS) * chance.choice((1, 1, 1, 40)) + raw[place:]


def _splice(raw: bytes, parents: Sequence[bytes], chance: Random) -> bytes:
    other = chance.choice(parents)
    begin, end = _span(other, chance)
    place = chance.randrange(len(raw) + 1)
    return raw[:place] + other[begin:end] + raw[place:]


def _swap_lines(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = chance.randrange(len(lines)), chance.randrange(min(len(lines), 40))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _cut(raw: bytes, _parents: Sequence[bytes], chance: Random) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


type Harm = Callable[[bytes, Sequence[bytes], Random], bytes]
HARMS: tuple[Harm, ...] = (_flip, _drop, _repeat, _insert, _insert, _splice, _swap_lines, _cut)


def _span(raw: bytes, chance: Random, *, longest: int = 4000) -> tuple[int, int]:
    begin = chance.randrange(len(raw) + 1)
    return begin, min(len(raw), begin + chance.randrange(1, longest))


def smallest(raw: bytes, is_bad: Callable[[bytes], object], *, seconds: float = 20) -> bytes:
    """As little of it as still does the same."""
    deadline = time.monotonic() + seconds
    size = len(raw) // 2
    while size and time.monotonic() < deadline:
        for begin in range(0, len(raw), size):
            less = raw[:begin] + raw[begin + size :]
            if time.monotonic() < deadline and is_bad(less):
                raw = less
                break
        else:
            size //= 2
    return raw


def kept(place: Path) -> Iterable[Path]:
    return sorted(one for one in place.iterdir() if one.suffix != ".md") if place.is_dir() else []
