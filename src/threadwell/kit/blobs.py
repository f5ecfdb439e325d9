"""Blobs: bytes under the name of their content (SHA-256), written whole or not at all.

In:    bytes
Out:   their name; the bytes again
Touch: the store that ``settings.BLOBS`` names: a folder, or a bucket

They are compressed, never changed, and safe to write twice.
"""

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from uuid import UUID

import zstandard
from django.conf import settings

from threadwell.kit.stores import Folder, Key, Missing, Store, Unreachable, is_name

__all__ = ["Key", "Missing", "Unreachable", "at", "forget_all", "keep", "name_of", "read", "store"]


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(workspace_id: UUID, content: bytes) -> str:
    """Store ``content`` durably and return its name."""
    key = Key(str(workspace_id), name_of(content))
    if not store().has(key):
        store().put(key, zstandard.ZstdCompressor(level=3, write_content_size=True).compress(content))
    return key.name


def read(workspace_id: UUID, name: str) -> bytes:
    """The bytes held under ``name``; raises `Missing`."""
    if not is_name(name):
        raise Missing("not a blob's name")
    return zstandard.ZstdDecompressor().decompress(store().get(Key(str(workspace_id), name)))


def forget_all(workspace_id: UUID) -> None:
    """Delete everything that is held for a workspace which is no more."""
    store().drop_all(str(workspace_id))


def store() -> Store:
    """Where blobs lie, by the settings."""
    return at(settings.BLOB_BUCKET or str(settings.BLOB_ROOT))


@cache
def at(place: str) -> Store:
    """The store at a place, as `THREADWELL_BLOBS` writes it."""
    if not place.startswith("s3://"):
        return Folder(Path(place))
    # Most have no bucket, and its library weighs more than all of a small process.
    return import_module("threadwell.kit.buckets").Bucket(place)  # type: ignore[no-any-return]
