"""Availability: is an agent there, and for how much work; Workload: what work weighs in a workspace."""

from datetime import datetime
from typing import override

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.hours.models import Calendar
from threadwell.record.workplace.models import Agent

CAPACITY = 20  #: points, where a workspace says nothing
MOST = 1000  #: points that somebody may be given
IDLE_MINUTES = 15


class Availability(Owned):
    """An agent's working state, as they set it; and when they were last seen at the desk.

    Whoever has none has never opened the desk, and counts as there.
    """

    class State(models.TextChoices):
        ONLINE = "online", _("Online")
        BUSY = "busy", _("Busy")
        AWAY = "away", _("Away")
        OFFLINE = "offline", _("Offline")

    agent = WorkspaceKey(Agent)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ONLINE)
    since = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)  #: a key was pressed or a page was opened
    #: nothing has been heard of them since then; what they set comes back with them
    idle_since = models.DateTimeField(null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )  #: points; nothing said: as the workspace
    calendar = WorkspaceKey(Calendar, null=True, blank=True)  #: working hours; none: at any time

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "agent"], name="availability_once")]
        indexes = [models.Index(fields=["workspace", "state", "seen_at"], name="availability_by_state")]

    @override
    def __str__(self) -> str:
        return self.standing

    @property
    def standing(self) -> str:
        """What they set; away when they set that they are there and have gone silent."""
        is_there = self.state in (self.State.ONLINE, self.State.BUSY)
        return self.State.AWAY if is_there and self.idle_since else self.State(self.state)

    @property
    def standing_since(self) -> datetime:
        return self.idle_since if self.idle_since and self.standing == self.State.AWAY else self.since


class Workload(Owned):
    """What a conversation weighs here, how much an agent carries, and when somebody counts as gone."""

    capacity = models.PositiveSmallIntegerField(
        _("capacity of an agent"),
        null=True,
        blank=True,
        default=CAPACITY,
        validators=[MaxValueValidator(MOST)],
    )  #: points; nothing: no limit
    channels = models.JSONField(default=dict, blank=True)  #: kind of inbox: points, 1 where nothing is said
    priorities = models.JSONField(default=dict, blank=True)  #: priority: points on top
    idle_minutes = models.PositiveSmallIntegerField(_("minutes until away"), default=IDLE_MINUTES)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace"], name="workload_once")]

    @override
    def __str__(self) -> str:
        return str(self.capacity)

    def points_of(self, channel: str, priority: int) -> int:
        return int(self.channels.get(channel, 1)) + int(self.priorities.get(str(priority), 0))
