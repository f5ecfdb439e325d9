"""Ids: UUID version 7, so that keys sort by the time they were made (RFC 9562 section 5.7).

In:    nothing, or a moment
Out:   uuid.UUID
Touch: nothing
"""

from datetime import datetime
from uuid import UUID

from uuid_utils import compat


def new() -> UUID:
    """A fresh key."""
    return compat.uuid7()


def at(moment: datetime) -> UUID:
    """A fresh key that sorts as if it had been made at ``moment``: for history that is imported."""
    return compat.uuid7(int(moment.timestamp()), moment.microsecond * 1000)
