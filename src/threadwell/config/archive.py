"""Archive: one file that holds a whole installation, written in one go and proved when it is read.

In:    named bytes; or such a file
Out:   the file, whole or not at all; its members in their order
Touch: the file, and beside it a draft while it is written

It is a tar, so that it can be opened without us: ``about.json`` first, ``sums.json`` last. Whatever lacks
its end, or differs from the sums in it, is no archive (`Broken`). Blobs carry their sum as their name.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import zstandard

from threadwell.config.problems import Problem

FORMAT = 1
ABOUT, SUMS, BLOBS = "about.json", "sums.json", "blobs/"
_BLOCK = 512
_LONG = 8 << 30
_CHUNK = 1 << 20


class Broken(Problem):
    """The file is not what an archive must be; the sentence says where it differs."""


class Writer:
    """Members are added in order; `sums` is the last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sums: dict[str, str] = {}
        self._blobs = 0

    def add(self, name: str, content: bytes) -> None:
        self.stream(name, [content])

    def blob(self, workspace: str, name: str, packed: bytes) -> None:
        self._member(f"{BLOBS}{workspace}/{name}", [packed])
        self._blobs += 1

    def stream(self, name: str, chunks: Iterable[bytes]) -> int:
        """Add what nobody knows the length of before its end; says how long it was."""
        summing = hashlib.sha256()
        length = self._member(name, _summed(chunks, summing))
        self._sums[name] = summing.hexdigest()
        return length

    def close(self, told: dict[str, Any]) -> None:
        """Add the sums, and what else is to be compared after a restore."""
        text = json.dumps({**told, "members": self._sums, "blobs": self._blobs}, sort_keys=True)
        self._member(SUMS, [json.dumps({"sha256": _sum_of(text), "told": text}).encode()])
        self._file.write(b"\0" * _BLOCK * 2)

    def _member(self, name: str, chunks: Iterable[bytes]) -> int:
        begin = self._file.tell()
        self._file.write(b"\0" * _BLOCK)
        length = sum(self._file.write(chunk) for chunk in chunks)
        self._file.write(b"\0" * (-length % _BLOCK))
        end = self._file.tell()
        header = tarfile.TarInfo(name)
        header.size, header.mode = length, 0o600
        # Long names fit into one block by the older format, long contents by the newer.
        block = header.tobuf(tarfile.USTAR_FORMAT if length < _LONG else tarfile.GNU_FORMAT)
        assert len(block) == _BLOCK, name
        self._file.seek(begin)
        self._file.write(block)
        self._file.seek(end)
        return length


class Member:
    """One member while it is read; its bytes can be had once."""

    def __init__(self, name: str, size: int, begin: int, file: IO[bytes]) -> None:
        self.name, self.size, self.begin = name, size, begin
        self._file = file
        self._summing = hashlib.sha256()

    def chunks(self) -> Iterator[bytes]:
        left = self.size
        while chunk := self._file.read(min(_CHUNK, left)):
            left -= len(chunk)
            self._summing.update(chunk)
            yield chunk
        if left:
            raise Broken(f"The file ends in the middle of {self.name}.")

    def content(self) -> bytes:
        return b"".join(self.chunks())

    def sum(self) -> str:
        for _ in self.chunks():
            pass
        return self._summing.hexdigest()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write ``path``; until all of it is on disk, there is only a draft whose name ends with ``.part``."""
    draft = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"Somebody else is writing {draft} already.") from None
        try:
            file.truncate(0)  # what a killed run has left
            yield Writer(file)
            file.flush()
            os.fsync(file.fileno())
            draft.replace(path)
        except OSError as problem:
            draft.unlink(missing_ok=True)
            raise Problem(f"{path} was not written: {problem}.") from None
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def members(path: Path) -> Iterator[Member]:
    """Every member in its order. Whether they are what was written, `proved` says."""
    try:
        with tarfile.open(path, "r:") as tar:
            while (header := tar.next()) is not None:
                inside = tar.extractfile(header)
                if inside is None:
                    raise Broken(f"{path}: {header.name} is no file.")
                yield Member(header.name, header.size, header.offset_data, inside)
                tar.members = []  # type: ignore[attr-defined]  # it would keep them all
    except (OSError, tarfile.TarError) as problem:
        raise Broken(f"{path} cannot be read as a backup ({problem}).") from None


def one(path: Path, name: str) -> bytes:
    """The content of one member, not looking beyond it; raises `Broken` when there is none."""
    for member in members(path):
        if member.name == name:
            return member.content()
    raise Broken(f"{path} is not a backup of Threadwell: there is no {name} in it.")


def about(path: Path) -> dict[str, Any]:
    """What the file says of itself, without reading further."""
    told: dict[str, Any] = json.loads(one(path, ABOUT))
    if told.get("format") != FORMAT:
        raise Broken(f"{path} was written by another version of Threadwell (format {told.get('format')}).")
    return told


def proved(path: Path) -> dict[str, Any]:
    """Read all of it, compare every sum, and say what it told at its end; raises `Broken`."""
    about(path)
    sums: dict[str, str] = {}
    blobs, told = 0, None
    for member in members(path):
        if told is not None:
            raise Broken(f"{path}: something follows its end.")
        if member.name == SUMS:
            told = _told(path, member.content())
        elif member.name.startswith(BLOBS):
            packed = member.content()
            if hashlib.sha256(_unpacked(path, member.name, packed)).hexdigest() != Path(member.name).name:
                raise Broken(f"{path}: {member.name} is damaged.")
            blobs += 1
        else:
            sums[member.name] = member.sum()
    if told is None:
        raise Broken(f"{path} has no end: it was not written to the last.")
    for name in sorted(sums.keys() | told["members"].keys()):
        if sums.get(name) != told["members"].get(name):
            raise Broken(f"{path}: {name} is not what was written.")
    if blobs != told["blobs"]:
        raise Broken(f"{path}: {told['blobs']} blobs were written, {blobs} are in it.")
    return told


def _told(path: Path, content: bytes) -> dict[str, Any]:
    try:
        end = json.loads(content)
        if _sum_of(end["told"]) == end["sha256"]:
            told: dict[str, Any] = json.loads(end["told"])
            return told
    except (ValueError, KeyError, TypeError):
        pass
    raise Broken(f"{path}: its sums are damaged.")


def _unpacked(path: Path, name: str, packed: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError:
        raise Broken(f"{path}: {name} is damaged.") from None


def _summed(chunks: Iterable[bytes], summing: Any) -> Iterator[bytes]:
    for chunk in chunks:
        summing.update(chunk)
        yield chunk


def _sum_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
