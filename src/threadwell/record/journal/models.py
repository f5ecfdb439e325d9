"""Event: what happened, written in the transaction that made it happen."""

from typing import override

from django.db import models

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey, unasked_workspace
from threadwell.record.journal.audit import AuditEntry
from threadwell.record.journal.knock import Knock
from threadwell.record.workplace.models import Agent

__all__ = ["AuditEntry", "Event", "Knock"]


class Event(Owned):
    """Something happened to something. Names and facts: docs/reference/events.md.

    ``about`` is the key of what it happened to; no foreign key, for the journal outlives its subjects.
    """

    workspace = unasked_workspace()
    name = models.CharField(max_length=60)  #: "conversation.closed"
    about = models.UUIDField()
    by = WorkspaceKey(Agent, null=True, blank=True)  #: nobody: the product itself did it
    facts = models.JSONField(default=dict)  #: with "because" when nobody decided it
    at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["workspace", "about", "at"], name="event_by_subject"),
            models.Index(fields=["workspace", "name", "at"], name="event_by_name"),
        ]

    @override
    def __str__(self) -> str:
        return self.name
