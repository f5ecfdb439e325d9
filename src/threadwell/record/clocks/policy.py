"""SlaPolicy: what was agreed: by when we answer whom, what stops the clock, what happens when we are late."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Self, override
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar

LONGEST = 60 * 24 * 366  #: minutes


class Target(models.TextChoices):
    """What is owed."""

    FIRST_RESPONSE = "first_response", _("first answer")
    NEXT_RESPONSE = "next_response", _("answer")
    RESOLUTION = "resolution", _("solution")
    PROMISE = "promise", _("promise")


class SlaPolicies(OwnedQuerySet["SlaPolicy"]):
    """Named readings of policies."""

    def in_order(self) -> Self:
        return self.filter(archived_at=None).order_by("place", "made_at", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a ladder."""

    minutes: int  #: after the deadline; less than none: before it
    deed: str
    team: UUID | None = None

    @property
    def key(self) -> str:
        return f"{self.minutes}:{self.deed}:{self.team.hex if self.team else ''}"


class SlaPolicy(Owned):
    """What was agreed for the conversations that it fits; the first that fits counts."""

    class Reopening(models.TextChoices):
        GOES_ON = "goes-on", _("the clock goes on where it stopped")
        ANEW = "anew", _("a new clock begins")

    class Pause(models.TextChoices):
        SNOOZED = "snoozed", _("while it is snoozed")
        WAITING = "waiting", _("while we wait for the customer")

    class Deed(models.TextChoices):
        NOTIFY = "notify", _("tell its owner")
        RAISE = "raise", _("raise its priority")
        TEAM = "team", _("pass it to a team")
        SUPERVISORS = "supervisors", _("call in the supervisors of its team")

    name = models.CharField(_("name"), max_length=80)
    place = models.PositiveIntegerField(default=100)
    is_on = models.BooleanField(_("in force"), default=True)
    channels = ArrayField(models.CharField(max_length=12), default=list, blank=True)  #: none named: any
    types = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    priorities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    tiers = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    work_types = ArrayField(models.UUIDField(), default=list, blank=True)  #: kinds of work it is about
    first_response = models.PositiveIntegerField(_("first answer"), null=True, blank=True)  #: minutes
    next_response = models.PositiveIntegerField(_("further answers"), null=True, blank=True)
    resolution = models.PositiveIntegerField(_("solution"), null=True, blank=True)
    #: for our promises without a date; one with a date is due by its date
    promise = models.PositiveIntegerField(_("promise"), null=True, blank=True)
    is_open_time = models.BooleanField(_("only business hours count"), default=True)
    calendar = WorkspaceKey(Calendar, null=True, blank=True)  #: nobody's: the customer's, the team's, ours
    pauses = ArrayField(models.CharField(max_length=8, choices=Pause), default=list, blank=True)
    reopening = models.CharField(max_length=8, choices=Reopening, default=Reopening.GOES_ON)
    ladder = models.JSONField(default=list, blank=True)  #: [{"minutes": -30, "deed": "notify", "team": null}]
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = SlaPolicies.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=Q(archived_at=None), name="sla_policy_name"
            )
        ]
        indexes = [models.Index(fields=["workspace", "place"], name="sla_policy_by_place")]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return tuple(
            Rung(
                minutes=int(one["minutes"]),
                deed=str(one["deed"]),
                team=UUID(one["team"]) if one.get("team") else None,
            )
            for one in self.ladder
        )

    def minutes_of(self, target: str) -> int | None:
        minutes: int | None = getattr(self, target)
        return minutes

    def fits(
        self, *, channel: str, type_: str, priority: int, tier: str, work_types: Collection[UUID]
    ) -> bool:
        """Is this what was agreed for such a conversation?"""
        return (
            self.is_on
            and (not self.channels or channel in self.channels)
            and (not self.types or type_ in self.types)
            and (not self.priorities or priority in self.priorities)
            and (not self.tiers or tier.casefold() in {one.casefold() for one in self.tiers})
            and (not self.work_types or not set(self.work_types).isdisjoint(work_types))
        )


def shipped(workspace_id: UUID) -> list[SlaPolicy]:
    """What a workspace begins with."""
    notify, called = SlaPolicy.Deed.NOTIFY, SlaPolicy.Deed.SUPERVISORS
    types = Conversation.Type
    return [
        SlaPolicy(
            workspace_id=workspace_id,
            name="Sales",
            place=10,
            types=[types.SALES],
            first_response=5,
            next_response=60,
            pauses=[SlaPolicy.Pause.SNOOZED],
            ladder=[{"minutes": -2, "deed": notify}, {"minutes": 0, "deed": called}],
        ),
        SlaPolicy(
            workspace_id=workspace_id,
            name="Support",
            place=20,
            types=[types.SUPPORT],
            first_response=240,
            next_response=240,
            pauses=[SlaPolicy.Pause.SNOOZED, SlaPolicy.Pause.WAITING],
            ladder=[
                {"minutes": -30, "deed": notify},
                {"minutes": 0, "deed": SlaPolicy.Deed.RAISE},
                {"minutes": 60, "deed": called},
            ],
        ),
        SlaPolicy(
            workspace_id=workspace_id,
            name="Customer success",
            place=30,
            types=[types.ACCOUNT],
            first_response=24 * 60,
            next_response=24 * 60,
            is_open_time=False,
            pauses=[SlaPolicy.Pause.SNOOZED],
            ladder=[{"minutes": -120, "deed": notify}, {"minutes": 0, "deed": called}],
        ),
    ]
