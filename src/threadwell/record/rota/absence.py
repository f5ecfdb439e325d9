"""Absence: somebody is out of office; Redistribution: their open work goes to others."""

from datetime import datetime
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.workplace.models import Agent, Team


class OpenWork(models.TextChoices):
    """What becomes of the conversations somebody has open."""

    KEEP = "keep", _("stays with them")
    DEPUTY = "deputy", _("goes to the deputy")
    TEAM = "team", _("goes back to the teams")


class Absences(OwnedQuerySet["Absence"]):
    """Named readings of absences."""

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    def at(self, moment: datetime) -> Self:
        return self.standing().filter(begins_at__lte=moment, ends_at__gt=moment)

    def to_come(self, moment: datetime) -> Self:
        return self.standing().filter(ends_at__gt=moment)


class Absence(Owned):
    """Somebody is out of office from one moment to another; who stands in, and what becomes of their work."""

    agent = WorkspaceKey(Agent)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    deputy = WorkspaceKey(Agent, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, default="", blank=True)
    open_work = models.CharField(_("open work"), max_length=8, choices=OpenWork, default=OpenWork.KEEP)
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    begun_at = models.DateTimeField(null=True, blank=True)  #: what it brings about was done
    over_at = models.DateTimeField(null=True, blank=True)  #: its end was noticed
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = Absences.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="absence_ends_later"),
            models.CheckConstraint(condition=~Q(deputy=F("agent")), name="absence_deputy_is_another"),
        ]
        indexes = [
            models.Index(fields=["workspace", "agent", "ends_at"], name="absence_by_agent"),
            models.Index(
                fields=["workspace", "ends_at"],
                condition=Q(over_at=None, withdrawn_at=None),
                name="absence_to_watch",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.reason or str(self.agent_id)

    def is_on(self, moment: datetime) -> bool:
        return self.withdrawn_at is None and self.begins_at <= moment < self.ends_at


class Redistribution(Owned):
    """Open conversations are given to others in one go; how far it is."""

    class Cause(models.TextChoices):
        LEFT = "left", _("somebody left")
        ABSENT = "absent", _("somebody is out of office")
        BY_HAND = "by-hand", _("somebody asked for it")

    cause = models.CharField(max_length=8, choices=Cause)
    giver = WorkspaceKey(Agent, null=True, blank=True)  #: whose they were; nobody: those of a team
    team = WorkspaceKey(Team, null=True, blank=True)  #: whose queue they stood in
    heir = WorkspaceKey(Agent, null=True, blank=True)  #: who gets them first; nobody: as the teams do it
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    given = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    read_to = models.UUIDField(null=True, blank=True)  #: the last conversation that was looked at
    asked_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "made_at", "id"], name="redistribution_by_age")]

    @override
    def __str__(self) -> str:
        return f"{self.done}/{self.total}"
