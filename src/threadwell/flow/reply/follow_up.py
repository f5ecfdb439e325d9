"""Follow up: what time brings about.

In:    a workspace, a moment
Out:   conversations that are open again
Touch: Conversation, Viewing
Never: decides what is said
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.record.conversations.models import Conversation, Viewing

AT_A_TIME = 200
SEEN_FOR = timedelta(minutes=1)


def wake_up(workspace_id: UUID, *, now: datetime) -> int:
    """Snoozed conversations whose time has come are open again; how many."""
    due = (
        Conversation.objects.of(workspace_id)
        .snoozed()
        .filter(snoozed_until__lte=now)
        .order_by("snoozed_until")
        .select_for_update(skip_locked=True)[:AT_A_TIME]
    )
    return sum(one.reopen(by=None, because=_("the time it was put off to has come")) for one in due)


def forget_viewers(workspace_id: UUID, *, now: datetime) -> None:
    """Whoever has not been heard of for a minute no longer has the conversation open."""
    silent = Viewing.objects.of(workspace_id).filter(at__lt=now - SEEN_FOR)
    silent.exclude(claims_until__gt=now).delete()
