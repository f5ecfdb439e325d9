"""Tokens: the mark of a conversation that our letters carry, so that an answer finds its way home.

In:    a conversation's key; any text an answer brings back (an address, a Message-ID).
Out:   the token; the key of the conversation whose token stands in the text.
Touch: settings.SECRET_KEY and its fallbacks.

A token is the key and a signature, in letters and digits that survive programs which change the case of
addresses. Nobody without our key can make one, so knowing a conversation's key opens nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
from uuid import UUID

from django.conf import settings

_SIGNATURE_BYTES = 8
LENGTH = 39  #: characters, for 24 bytes: with a plus and a name it fits into the 64 of a local part
_TOKEN = re.compile(r"(?<![a-z0-9])[a-z2-7]{39}(?![a-z0-9])", re.IGNORECASE)


def of(conversation_id: UUID) -> str:
    """The token of a conversation; always the same one while the key is."""
    return _token(conversation_id, settings.SECRET_KEY)


def conversation_in(text: str) -> UUID | None:
    """The conversation whose token stands in an address or a Message-ID, if we made it."""
    keys = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    for found in _TOKEN.finditer(text):
        token = found[0].lower()
        conversation_id = _unpacked(token)
        if conversation_id and any(hmac.compare_digest(token, _token(conversation_id, key)) for key in keys):
            return conversation_id
    return None


def _token(conversation_id: UUID, key: str) -> str:
    signature = hmac.digest(key.encode(), b"reply-token:" + conversation_id.bytes, hashlib.sha256)
    packed = base64.b32encode(conversation_id.bytes + signature[:_SIGNATURE_BYTES])
    return packed.decode().rstrip("=").lower()


def _unpacked(token: str) -> UUID | None:
    try:
        packed = base64.b32decode(token.upper() + "=")
    except binascii.Error:
        return None
    return UUID(bytes=packed[:16])
