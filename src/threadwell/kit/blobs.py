"""Blobs: bytes under the name of their content (SHA-256), written whole or not at all.

In:    bytes
Out:   their name; the bytes again
Touch: the folder ``settings.BLOB_ROOT``

Files are compressed, spread over 65,536 folders, never changed, and safe to write twice.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from uuid import UUID

import zstandard
from django.conf import settings


class Missing(LookupError):
    """No bytes are held under that name."""


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(workspace_id: UUID, content: bytes) -> str:
    """Store ``content`` durably and return its name."""
    name = name_of(content)
    place = _place(workspace_id, name)
    if place.exists() and place.stat().st_size:
        return name
    place.parent.mkdir(parents=True, exist_ok=True)
    packed = zstandard.ZstdCompressor(level=3, write_content_size=True).compress(content)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as draft:
        draft.write(packed)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(place)
    _sync_folder(place.parent)
    return name


def read(workspace_id: UUID, name: str) -> bytes:
    """The bytes held under ``name``; raises `Missing`."""
    try:
        packed = _place(workspace_id, name).read_bytes()
    except FileNotFoundError:
        raise Missing(f"no blob {name}") from None
    return zstandard.ZstdDecompressor().decompress(packed)


def forget_all(workspace_id: UUID) -> None:
    """Delete everything that is held for a workspace which is no more."""
    shutil.rmtree(Path(settings.BLOB_ROOT) / str(workspace_id), ignore_errors=True)


def _place(workspace_id: UUID, name: str) -> Path:
    if len(name) != 64 or not name.isalnum():
        raise Missing("not a blob's name")
    return Path(settings.BLOB_ROOT) / str(workspace_id) / name[:2] / name[2:4] / name


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may forget the name although the bytes are on disk.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
