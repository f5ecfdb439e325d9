"""Way: a place outside the product where notices reach somebody, and each notice's way there.

In:    agents, teams, notices
Out:   rows
Touch: nothing
"""

from datetime import datetime
from typing import Any, ClassVar, Self, override
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock, secrets
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.notices.notice import Notice
from threadwell.record.workplace.models import Agent, Team


class By(models.TextChoices):
    """How notices travel."""

    MAIL = "mail", _("e-mail")
    PUSH = "push", _("push to a browser or phone")
    CHAT = "chat", _("chat tool")


class NoticeWay(Owned):
    """A browser that lets itself be called, or a room of a chat tool; of one agent, or of a team."""

    by = models.CharField(max_length=4, choices=By)
    agent = WorkspaceKey(Agent, null=True, blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    label = models.CharField(max_length=80)  #: "Firefox on Linux", "slack"
    mark = models.CharField(max_length=64)  #: of the address, which is sealed
    box = models.BinaryField()  #: {"url": "..."}, or what a browser gave: endpoint, p256dh, auth
    made_at = models.DateTimeField(default=clock.now)
    faulty_since = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=300, default="", blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "agent", "team", "mark"], name="notice_way_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(agent=None) | Q(team=None),
                name="notice_way_of_one",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.label

    @property
    def address(self) -> dict[str, str]:
        """Where it leads; raises `secrets.Unreadable`."""
        return secrets.opened_facts(self.box)

    @classmethod
    def to(cls, address: dict[str, str], **facts: Any) -> Self:
        """One not yet kept."""
        plain = address.get("endpoint") or address["url"]
        return cls(mark=secrets.mark_of(plain), box=secrets.sealed_facts(address), **facts)


class PushKey(Owned):
    """The key by which browsers know that it is this workspace that calls them (RFC 8292)."""

    public = models.CharField(max_length=100)  #: as browsers take it: base64url of the point
    box = models.BinaryField()  #: {"pem": "..."}
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace"], name="push_key_once")]

    @override
    def __str__(self) -> str:
        return self.public

    @property
    def pem(self) -> str:
        return secrets.opened_facts(self.box)["pem"]


class NoticeTrips(OwnedQuerySet["NoticeTrip"]):
    """Named readings of trips."""

    def due(self, now: datetime) -> Self:
        return self.filter(done_at=None, due_at__lte=now)


class NoticeTrip(Owned):
    """One notice on one way: when it is due, what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        SENT = "sent", _("sent")
        SEEN = "seen", _("seen before it left")
        FAILED = "failed", _("could not be sent")
        WITHHELD = "withheld", _("kept back: it may not be seen any more")

    notice = WorkspaceKey(Notice, related_name="trips")
    agent = WorkspaceKey(Agent)
    by = models.CharField(max_length=4, choices=By)
    way = WorkspaceKey(NoticeWay, null=True, blank=True)  #: nobody's: the agent's mailbox
    label = models.CharField(max_length=80, default="", blank=True)  #: stays when the way is gone
    is_second = models.BooleanField(default=False)  #: for the case that the first was not seen
    due_at = models.DateTimeField()
    parcel = models.UUIDField(null=True, blank=True)  #: those that went together
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=300, default="", blank=True)

    objects: ClassVar[Any] = NoticeTrips.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "notice", "by", "way"], name="notice_trip_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "due_at"], condition=Q(done_at=None), name="notice_trip_due"),
            models.Index(fields=["workspace", "agent", "id"], name="notice_trip_by_agent"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.notice_id} by {self.by}"

    @property
    def place(self) -> tuple[UUID, str, UUID | None]:
        """What goes to the same place may go together."""
        return self.agent_id, self.by, self.way_id
