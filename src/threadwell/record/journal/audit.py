"""AuditEntry: who came in or could not, took something out, got leave, or saw what stands behind a wall.

Rows are added, never changed.

The database refuses to change or delete an entry (a trigger, whoever asks); it goes only with its workspace.
"""

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.models import Agent, Workspace


class AuditEntry(Owned):
    """Somebody did something that others may have to answer for."""

    class Deed(models.TextChoices):
        SAW = "saw", _("saw it")
        CHANGED = "changed", _("changed it")
        EXPORTED = "exported", _("took it out")
        REFUSED = "refused", _("was refused")
        ENTERED = "entered", _("signed in")
        FAILED = "failed", _("could not sign in")
        LOCKED = "locked", _("was locked out")
        GRANTED = "granted", _("changed who may do what")

    #: only the database itself deletes entries, when their workspace goes
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, related_name="+", db_index=False)
    by = WorkspaceKey(Agent, null=True, blank=True)
    by_name = models.CharField(max_length=120)  #: as they were called then
    token = models.CharField(max_length=80, default="", blank=True)  #: the program that acted as them
    deed = models.CharField(max_length=8, choices=Deed)
    kind = models.CharField(max_length=20)  #: "conversation", "contact"
    about = models.UUIDField(null=True, blank=True)
    walls = ArrayField(models.UUIDField(), default=list)  #: the restrictions it stands behind
    #: the address that was asked for; of leave that was given, the event's name
    place = models.CharField(max_length=200, default="", blank=True)
    origin = models.CharField(max_length=45, default="", blank=True)  #: the reader's network address
    at = models.DateTimeField(default=clock.now)
    times = models.PositiveIntegerField(default=1, db_default=1)  #: so often until it was written down

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["workspace", "at", "id"], name="audit_by_time"),
            models.Index(fields=["workspace", "by", "at"], name="audit_by_agent"),
            models.Index(fields=["workspace", "about", "at"], name="audit_by_subject"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.by_name} {self.deed}"
