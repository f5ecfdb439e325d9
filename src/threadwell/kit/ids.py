"""Ids: UUID version 7, so that keys sort by the time they were made (RFC 9562 section 5.7).

In:    nothing
Out:   uuid.UUID
Touch: nothing
"""

from uuid import UUID

from uuid_utils import compat


def new() -> UUID:
    """A fresh key."""
    return compat.uuid7()
