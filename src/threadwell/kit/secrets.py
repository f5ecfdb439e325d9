"""Secrets: what must not stand in the database as it is (passwords, refresh tokens), and one-way marks.

In:    text, and the key ring (Fernet keys, the newest first) in ``SECRET_RING_FILE`` or ``SECRET_RING``
Out:   sealed bytes, opened text, hashes of tokens
Touch: reads the file of the ring, again whenever it has changed

A ring that changes (`threadwell secrets rotate`) counts for running processes from their next look on.
"""

import hashlib
import json
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = [
    "Unreadable",
    "is_box",
    "is_newest",
    "mark_of",
    "new_token",
    "opened",
    "opened_facts",
    "resealed",
    "sealed",
    "sealed_facts",
]


class Unreadable(Exception):
    """A sealed value was made with a key that is no longer in the ring."""


def sealed(text: str) -> bytes:
    """``text`` encrypted with the newest key of the ring."""
    return _ring().encrypt(text.encode())


def opened(box: bytes | memoryview) -> str:
    """What `sealed` was given; raises `Unreadable` when its key is gone."""
    try:
        return _ring().decrypt(bytes(box)).decode()
    except InvalidToken:
        raise Unreadable("this secret was sealed with a key that is not in the key ring") from None


def is_newest(box: bytes | memoryview) -> bool:
    """Was it sealed with the newest key of the ring?"""
    try:
        Fernet(_keys()[0]).decrypt(bytes(box))
    except InvalidToken:
        return False
    return True


def resealed(box: bytes | memoryview) -> bytes:
    """The same under the newest key; raises `Unreadable`."""
    return sealed(opened(box))


def is_box(text: str) -> bool:
    """Does this look like something that `sealed` made? What was kept before we sealed it does not."""
    return text.startswith("gAAAA")


def sealed_facts(facts: dict[str, str]) -> bytes:
    """Several secrets in one box."""
    return sealed(json.dumps(facts))


def opened_facts(box: bytes | memoryview) -> dict[str, str]:
    """What `sealed_facts` was given; an empty box holds nothing."""
    return dict(json.loads(opened(box))) if bytes(box) else {}


def new_token() -> str:
    """A token nobody guesses: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def mark_of(token: str) -> str:
    """What is stored of a token: enough to recognise it, not enough to use it (SHA-256)."""
    return hashlib.sha256(token.encode()).hexdigest()


def _ring() -> MultiFernet:
    return _made_of(_keys())


def _keys() -> tuple[str, ...]:
    """As they are now: whoever seals with a key that has been taken away loses what they seal."""
    file = settings.SECRET_RING_FILE
    try:
        state = file.stat() if file else None
    except FileNotFoundError:
        state = None
    return _read(file, state.st_mtime_ns, state.st_ino) if state else tuple(settings.SECRET_RING)


@lru_cache(maxsize=1)
def _read(file: Path, _changed: int, _number: int) -> tuple[str, ...]:
    return tuple(file.read_text().split())


@lru_cache(maxsize=4)
def _made_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
