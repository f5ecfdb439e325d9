"""AutoReply: when somebody last got an automatic reply from an inbox."""

from datetime import datetime, timedelta
from typing import override

from django.db import connection, models

from threadwell.kit import clock, ids
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.inboxes.models import Inbox


class AutoReply(Owned):
    """One row an inbox and address: nobody gets a second one within the window."""

    inbox = WorkspaceKey(Inbox)
    address = models.CharField(max_length=320)  #: folded
    at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "inbox", "address"], name="auto_reply_once")
        ]

    @override
    def __str__(self) -> str:
        return self.address

    @classmethod
    def claim(cls, inbox: Inbox, address: str, *, at: datetime, each: timedelta) -> bool:
        """Whether it is this one's turn. Of two who ask at once, one is told yes."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO followups_autoreply (id, workspace_id, inbox_id, address, at)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (workspace_id, inbox_id, address)"
                " DO UPDATE SET at = EXCLUDED.at WHERE followups_autoreply.at <= %s",
                [ids.new(), inbox.workspace_id, inbox.pk, address[:320], at, at - each],
            )
            return bool(cursor.rowcount)
