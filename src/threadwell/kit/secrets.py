"""Secrets: what must not stand in the database as it is (passwords, refresh tokens), and one-way marks.

In:    text, and ``settings.SECRET_RING`` (Fernet keys, the newest first)
Out:   sealed bytes, opened text, hashes of tokens
Touch: nothing
"""

import hashlib
import json
import secrets
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["Unreadable", "mark_of", "new_token", "opened", "opened_facts", "sealed", "sealed_facts"]


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


@cache
def _ring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRET_RING])
