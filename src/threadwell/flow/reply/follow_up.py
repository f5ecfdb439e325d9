"""Follow up: what time brings about.

In:    a workspace, a moment
Out:   nothing
Touch: Viewing
Never: decides what is said
"""

from datetime import datetime, timedelta
from uuid import UUID

from threadwell.record.conversations.models import Viewing

SEEN_FOR = timedelta(minutes=1)


def forget_viewers(workspace_id: UUID, *, now: datetime) -> None:
    """Whoever has not been heard of for a minute no longer has the conversation open."""
    silent = Viewing.objects.of(workspace_id).filter(at__lt=now - SEEN_FOR)
    silent.exclude(claims_until__gt=now).delete()
