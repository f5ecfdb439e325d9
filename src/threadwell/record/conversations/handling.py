"""What can be done with a conversation besides writing in it: assign, close, snooze, label.

An abstract model beneath Conversation. Every verb changes the row, records an event in the same
transaction, and says whether anything changed, so that a second press is harmless.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, Team


class Handled(Owned):
    """Something that stands in a queue until it is done."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")
        #: with a third party, beside the conversation with the customer: it stands in no queue, done or not
        ASIDE = "aside", _("Aside")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    number = models.BigIntegerField()
    subject = models.CharField(max_length=500, default="", blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    labels = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        abstract = True

    @property
    def is_aside(self) -> bool:
        return self.status == self.Status.ASIDE

    @property
    def is_done(self) -> bool:
        return self.status == self.Status.CLOSED or (self.is_aside and self.closed_at is not None)

    def record(self, name: str, *, by: Agent | None, **facts: Any) -> None:
        """Write down that something happened to this conversation."""
        tell(self, f"conversation.{name}", by=by, number=self.number, **facts)

    def assign(self, owner: Agent | None, *, by: Agent | None, because: str = "") -> bool:
        before = self.owner_id
        if before == (owner.pk if owner else None):
            return False
        self.owner = owner
        self.save(update_fields=["owner"])
        self.record(
            "assigned" if owner else "unassigned",
            by=by,
            owner=str(owner.pk) if owner else None,
            owner_name=owner.name if owner else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def pass_to(self, team: Team | None, *, by: Agent | None, because: str = "") -> bool:
        if self.team_id == (team.pk if team else None):
            return False
        before = self.team_id
        self.team = team
        self.save(update_fields=["team"])
        self.record(
            "passed",
            by=by,
            team=str(team.pk) if team else None,
            team_name=team.name if team else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def close(self, *, by: Agent | None, because: str = "") -> bool:
        if self.is_done:
            return False
        self._turn(self.Status.CLOSED, closed_at=clock.now())
        self.record("closed", by=by, because=because)
        return True

    def reopen(self, *, by: Agent | None, because: str = "") -> bool:
        """Open again, from closed or snoozed."""
        if self.status == self.Status.OPEN or (self.is_aside and not self.is_done):
            return False
        before = self.status
        self._turn(self.Status.OPEN)
        self.record("reopened", by=by, before=before, because=because)
        return True

    def snooze(self, *, until: datetime, by: Agent | None, because: str = "") -> bool:
        if self.is_aside:
            return False
        if self.status == self.Status.SNOOZED and self.snoozed_until == until:
            return False
        self._turn(self.Status.SNOOZED, snoozed_until=until)
        self.record("snoozed", by=by, until=until.isoformat(), because=because)
        return True

    def weigh(self, priority: int, *, by: Agent | None, because: str = "") -> bool:
        if self.priority == priority:
            return False
        before, self.priority = self.priority, priority
        self.save(update_fields=["priority"])
        self.record("weighed", by=by, priority=priority, before=before, because=because)
        return True

    def label(self, labels: Iterable[str], *, by: Agent | None) -> bool:
        """Carry exactly these labels."""
        wanted = sorted(set(labels))
        if wanted == sorted(self.labels):
            return False
        before, self.labels = self.labels, wanted
        self.save(update_fields=["labels"])
        self.record("labelled", by=by, labels=wanted, before=before)
        return True

    def retitle(self, subject: str, *, by: Agent | None) -> bool:
        if self.subject == subject:
            return False
        before, self.subject = self.subject, subject
        self.save(update_fields=["subject"])
        self.record("retitled", by=by, subject=subject, before=before)
        return True

    def _turn(
        self,
        status: str,
        *,
        closed_at: datetime | None = None,
        snoozed_until: datetime | None = None,
    ) -> None:
        if not self.is_aside:
            self.status = status
        self.closed_at, self.snoozed_until = closed_at, snoozed_until
        self.save(update_fields=["status", "closed_at", "snoozed_until"])
