"""Stores: where packed blobs lie. One is a folder; another is a bucket (kit/buckets.py).

In:    a workspace, a blob's name, its packed bytes
Out:   the bytes again, and what is held, in the order of its names
Touch: the folder
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol


class Missing(LookupError):
    """No bytes are held under that name."""


class Unreachable(OSError):
    """The store does not answer, or takes nothing more; what came must be put off."""


class Key(NamedTuple):
    """One blob: whose, and under which name."""

    workspace: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.workspace}/{self.name[:2]}/{self.name[2:4]}/{self.name}"


class Store(Protocol):
    """What every place for blobs can do; writing twice is harmless."""

    def has(self, key: Key) -> bool: ...
    def put(self, key: Key, packed: bytes) -> None: ...
    def get(self, key: Key) -> bytes: ...
    def drop(self, key: Key) -> None: ...
    def drop_all(self, workspace: str) -> None: ...
    def held(self) -> Iterator[Key]: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """Files spread over 65,536 folders for each workspace, each written whole or not at all."""

    root: Path

    def has(self, key: Key) -> bool:
        place = self.root / key.path
        return place.exists() and bool(place.stat().st_size)

    def put(self, key: Key, packed: bytes) -> None:
        place = self.root / key.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as draft:
            draft.write(packed)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(place)
        _sync_folder(place.parent)

    def get(self, key: Key) -> bytes:
        try:
            return (self.root / key.path).read_bytes()
        except FileNotFoundError:
            raise Missing(f"no blob {key.name}") from None

    def drop(self, key: Key) -> None:
        (self.root / key.path).unlink(missing_ok=True)

    def drop_all(self, workspace: str) -> None:
        shutil.rmtree(self.root / workspace, ignore_errors=True)

    def held(self) -> Iterator[Key]:
        for workspace in _names(self.root):
            for one in _names(self.root / workspace):
                for two in _names(self.root / workspace / one):
                    for name in _names(self.root / workspace / one / two):
                        # A draft, which a power cut has left, has another kind of name.
                        if is_name(name):
                            yield Key(workspace, name)


def is_name(name: str) -> bool:
    return len(name) == 64 and name.isalnum()


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may forget the name although the bytes are on disk.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
