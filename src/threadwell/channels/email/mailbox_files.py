"""Mailbox files: letters out of files and folders that other programs wrote.

In:    a path: a letter (.eml), a folder of letters, a Maildir, an mbox (also mboxrd, also packed with gzip)
Out:   Found, one by one, as bytes; a letter that cannot be taken says why
Touch: reads these files, in a stream: an mbox may be larger than the memory
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from threadwell.channels.email.sent_names import is_sent_name

LETTER_ENDINGS = frozenset({".eml", ".emlx", ".mail"})
_OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  #: how Outlook's own .msg files begin
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
#: "From ada@x.example Mon Jan  1 10:00:00 2026": what stands between two letters of an mbox.
_BETWEEN = re.compile(
    rb"From [^\r\n]{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:\d{1,2} +)?"
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")  #: how a header begins
_BEGIN = 4096
_LINE = 1024 * 1024  #: bytes read at most as one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A letter, or a file that is none."""

    name: str  #: for people
    raw: bytes  #: empty when it cannot be taken
    why: str  #: it cannot be taken; else empty
    is_sent: bool
    written_at: datetime | None  #: of the file; the letter itself knows better


def letters(path: Path, *, limit: int) -> Iterator[Found]:
    """Every letter at ``path``, in an order that is the same each time; none larger than ``limit`` bytes."""
    if path.is_dir():
        yield from _folder(path, limit)
    else:
        yield from _file(path, limit, is_sent=is_sent_name(_stem(path)))


def count(path: Path) -> int:
    """How many letters there will be, as well as a quick look tells."""
    if path.is_dir():
        return sum(count(child) for child in _children(path))
    try:
        with _opened(path) as stream:
            if stream.read(5) != b"From ":
                return 1
            stream.seek(0)
            return (
                sum(1 for line in _lines(stream) if line.startswith(b"From ") and _BETWEEN.match(line)) or 1
            )
    except (OSError, EOFError, zlib.error):
        return 1


def _folder(path: Path, limit: int) -> Iterator[Found]:
    is_sent = is_sent_name(path.name.rsplit(".", 1)[-1])
    for child in _children(path):
        if child.is_dir() and child.name in {"cur", "new"}:
            for letter in _children(child):
                yield from _file(letter, limit, is_sent=is_sent)
        elif child.is_dir():
            yield from _folder(child, limit)
        else:
            yield from _file(child, limit, is_sent=is_sent or is_sent_name(_stem(child)))


def _children(path: Path) -> list[Path]:
    """What is in a folder; drafts of a Maildir and a program's own books are not."""
    is_maildir = (path / "cur").is_dir() or (path / "new").is_dir()
    is_part = path.name in {"cur", "new"}
    return [
        child
        for child in sorted(path.iterdir())
        if child.name != "tmp"
        and (not is_maildir or child.is_dir())
        and (is_part or child.is_dir() or not child.name.startswith("."))
    ]


def _file(path: Path, limit: int, *, is_sent: bool) -> Iterator[Found]:
    try:
        with _opened(path) as stream:
            begin = stream.read(8)
            stream.seek(0)
            if begin.startswith(b"From "):
                yield from _mbox(path, stream, limit, is_sent=is_sent)
            elif begin == _OUTLOOK:
                yield _refused(path.name, _("It is Outlook's own format. Save it as .eml first."))
            elif begin.startswith(_ZIP):
                yield _refused(path.name, _("Archives are not unpacked. Take the letters out of it first."))
            elif not _may_be_a_letter(path, stream):
                yield _refused(path.name, _("It is neither a letter nor an mbox."))
            else:
                yield _one(path, stream.read(limit + 1), limit, is_sent=is_sent)
    except (OSError, EOFError, zlib.error) as problem:
        yield _refused(path.name, _("It cannot be read: %(problem)s.") % {"problem": problem})


def _may_be_a_letter(path: Path, stream: BinaryIO) -> bool:
    """Called one, or kept as one, it is taken however broken; anything else must begin as one."""
    if path.suffix.lower() in LETTER_ENDINGS or path.parent.name in {"cur", "new"}:
        return True
    begin = stream.read(_BEGIN).lstrip()
    stream.seek(0)
    return not begin or _FIELD.match(begin) is not None


def _one(path: Path, raw: bytes, limit: int, *, is_sent: bool) -> Found:
    if not raw.strip():
        return _refused(path.name, _("It is empty."))
    if len(raw) > limit:
        return _refused(path.name, _too_large(limit))
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Found(name=path.name, raw=raw, why="", is_sent=is_sent, written_at=written)


def _mbox(path: Path, stream: BinaryIO, limit: int, *, is_sent: bool) -> Iterator[Found]:
    for number, (raw, is_whole) in enumerate(_between(stream, limit), start=1):
        name = f"{path.name} #{number}"
        if not is_whole:
            yield _refused(name, _too_large(limit))
        elif not raw.strip():
            yield _refused(name, _("It is empty."))
        else:
            yield Found(name=name, raw=raw, why="", is_sent=is_sent, written_at=None)


def _between(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """The letters of an mbox, and whether each is whole or was too large to be kept."""
    first = stream.readline(_LINE)
    # Some programs write another form of line; then anything after a blank line must do.
    between = _BETWEEN if _BETWEEN.match(first) else re.compile(rb"From \S+@\S+ ")
    lines: list[bytes] = []
    size, is_after_blank = 0, False
    for line in _lines(stream):
        if is_after_blank and line.startswith(b"From ") and between.match(line):
            yield _unquoted(lines), size <= limit
            lines, size = [], 0
        else:
            size += len(line)
            if size <= limit:
                lines.append(line)
            else:
                lines.clear()
        is_after_blank = line in {b"\n", b"\r\n"}
    yield _unquoted(lines), size <= limit


def _unquoted(lines: list[bytes]) -> bytes:
    # The blank line before the next letter belongs to the file, not to the letter.
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines = lines[:-1]
    return _QUOTED.sub(rb"\1", b"".join(lines))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LINE):
        yield line


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as plain:
        is_packed = plain.read(2) == _GZIP
    return cast("BinaryIO", gzip.open(path)) if is_packed else path.open("rb")


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".mbox")


def _refused(name: str, why: str) -> Found:
    return Found(name=name, raw=b"", why=why, is_sent=False, written_at=None)


def _too_large(limit: int) -> str:
    return _("It is larger than %(limit)s MiB (THREADWELL_MAIL_LIMIT).") % {"limit": limit // 1024 // 1024}
