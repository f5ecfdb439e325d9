"""Restriction: a class of accounts, inboxes and fields that only some may see, and why.

Everybody in a workspace sees everything, until somebody makes one of these. What stands behind it is hidden
by row security from everyone but its insiders (walls.py); the workspace's owners always see all of it.
"""

from datetime import datetime
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import Role


class Restrictions(OwnedQuerySet["Restriction"]):
    """Named readings of restrictions."""

    def standing(self) -> Self:
        return self.filter(dissolved_at=None)


class Restriction(Owned):
    """A wall inside the workspace: what it is called and why it stands."""

    name = models.CharField(_("name"), max_length=80)
    reason = models.CharField(_("reason"), max_length=300)  #: shown to whoever stands before it
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    dissolved_at = models.DateTimeField(null=True, blank=True)
    dissolved_by = WorkspaceKey(Agent, null=True, blank=True)

    objects: ClassVar[Any] = Restrictions.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=Q(dissolved_at=None), name="restriction_name"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Subject(Owned):
    """Something that stands behind a restriction; what belongs to it stands there too."""

    class Kind(models.TextChoices):
        CONTACT = "contact", _("contact")
        ORGANISATION = "organisation", _("organisation")
        INBOX = "inbox", _("inbox")
        FIELD = "field", _("field")

    restriction = WorkspaceKey(Restriction, related_name="subjects")
    kind = models.CharField(max_length=12, choices=Kind)
    key = models.UUIDField(null=True, blank=True)  #: no foreign key: accounts and inboxes stand above
    field = models.CharField(max_length=60, default="", blank=True)  #: "identity.phone", "contact.iban"
    added_by = WorkspaceKey(Agent, null=True, blank=True)
    added_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "restriction", "kind", "key", "field"],
                nulls_distinct=False,
                name="sight_subject_once",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "key"], name="sight_subject_by_key")]

    @override
    def __str__(self) -> str:
        return self.field or str(self.key)


class Insider(Owned):
    """Somebody who may look behind a restriction: a role, a team or one agent, perhaps only for a while."""

    restriction = WorkspaceKey(Restriction, related_name="insiders")
    role = models.CharField(max_length=16, choices=Role, default="", blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    agent = WorkspaceKey(Agent, null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    let_in_by = WorkspaceKey(Agent, null=True, blank=True)
    let_in_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "restriction", "role", "team", "agent"],
                nulls_distinct=False,
                name="insider_once",
            ),
            models.CheckConstraint(
                condition=~Q(role="") & Q(team=None, agent=None)
                | Q(role="", agent=None) & Q(team__isnull=False)
                | Q(role="", team=None) & Q(agent__isnull=False),
                name="insider_is_one",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.role or str(self.team or self.agent)

    def is_in(self, *, now: datetime) -> bool:
        return self.until is None or self.until > now


class AccessRequest(Owned):
    """Somebody who stands before a restriction asks to be let in; and what they were answered."""

    restriction = WorkspaceKey(Restriction)
    agent = WorkspaceKey(Agent)
    why = models.CharField(_("what for"), max_length=300, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)
    answered_by = WorkspaceKey(Agent, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_granted = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "restriction", "agent"],
                condition=Q(answered_at=None),
                name="access_request_open_once",
            )
        ]
        indexes = [models.Index(fields=["workspace", "made_at"], name="access_request_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.agent} → {self.restriction}"
