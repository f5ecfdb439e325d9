"""Outlook: the Thread-Index that it puts on letters.

In:    the header's value.
Out:   ThreadIndex, or None where it is not one.
Touch: nothing.

MS-OXOMSG 2.2.1.3: 22 bytes name the conversation (a time and a GUID); each answer adds five.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass

_ROOT = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadIndex:
    """The mark of a conversation, and whether the letter says that it begins it."""

    conversation: str
    is_beginning: bool


def thread_index(value: str) -> ThreadIndex | None:
    """Read the header; what is too short or not Base64 says nothing."""
    try:
        raw = b64decode("".join(value[:2000].split()))
    except (binascii.Error, ValueError):
        return None
    if len(raw) < _ROOT:
        return None
    return ThreadIndex(conversation=raw[:_ROOT].hex(), is_beginning=len(raw) == _ROOT)
