"""Workspace, User, Agent, Team: who works here.

Workspace, User and Pace are global; every other table of the product belongs to a workspace.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, override

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock, ids, secrets
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.roles import ALLOWED, May, Role


class Workspace(models.Model):
    """A firm, or the part of one, whose conversations are kept apart from all others'."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    region = models.CharField(_("country"), max_length=2, default="", blank=True)
    is_owner_required = models.BooleanField(_("every customer needs an owner"), default=False)
    is_restricted = models.BooleanField(default=False)  #: some of it stands behind a wall (record.sight)
    is_demo = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=clock.now)

    @override
    def __str__(self) -> str:
        return self.name


class Pace(models.Model):
    """Until when all knocks of somebody at some door have been paid for (kit/pace.py)."""

    key = models.CharField(max_length=120, primary_key=True)
    until = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.key


class Users(BaseUserManager["User"]):
    """People are found and made by their e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in: one across all workspaces."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    zone = models.CharField(_("time zone"), max_length=64, default="", blank=True)
    language = models.CharField(_("language"), max_length=16, default="", blank=True)
    theme = models.CharField(
        _("theme"),
        max_length=8,
        default="auto",
        choices=[("auto", _("as the device")), ("light", _("light")), ("dark", _("dark"))],
    )
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    @override
    def __str__(self) -> str:
        return self.name or self.email


class Team(Owned):
    """Some agents who share a queue."""

    name = models.CharField(_("name"), max_length=80)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="team_name")]

    @override
    def __str__(self) -> str:
        return self.name


class Agent(Owned):
    """A person's seat in a workspace: what they are there."""

    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, related_name="seats")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.AGENT)
    signature = models.TextField(_("signature"), default="", blank=True)
    joined_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="agent_seat")]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def may(self) -> frozenset[May]:
        return frozenset() if self.left_at else ALLOWED[Role(self.role)]


class TeamSeat(Owned):
    """An agent is on a team."""

    team = WorkspaceKey(Team, related_name="seats")
    agent = WorkspaceKey(Agent, related_name="team_seats")

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "agent", "team"], name="team_seat")]


def _next_week() -> datetime:
    return clock.now() + timedelta(days=7)


class Invitation(Owned):
    """Somebody was asked to join; the link in the mail carries the token, we keep its mark."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.AGENT)
    teams = ArrayField(models.UUIDField(), default=list, blank=True)
    token_mark = models.CharField(max_length=64)
    invited_by = WorkspaceKey(Agent)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=_next_week)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "token_mark"], name="invitation_by_token")]


class ApiToken(Owned):
    """A program may act as an agent, within its scopes. We keep its mark."""

    agent = WorkspaceKey(Agent)
    name = models.CharField(_("name"), max_length=80)
    mark = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    made_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "mark"], name="api_token_mark")]

    @override
    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(
        cls, agent: Agent, *, name: str, scopes: list[str], expires_at: datetime | None
    ) -> tuple["ApiToken", str]:
        """A new token and its text, which is shown once."""
        text = f"tw_{agent.workspace_id.hex}_{secrets.new_token()}"
        token = cls.objects.create(
            workspace_id=agent.workspace_id,
            agent=agent,
            name=name,
            mark=secrets.mark_of(text),
            scopes=scopes,
            expires_at=expires_at,
        )
        return token, text


class ApiAnswer(Owned):
    """What a program was answered to a write that it named with a key, so that asking again does nothing."""

    token = WorkspaceKey(ApiToken)
    key = models.CharField(max_length=200)
    print = models.CharField(max_length=64)  #: of the call: method, address and body
    status = models.PositiveSmallIntegerField()
    body = models.TextField(default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "token", "key"], name="api_answer_once")]
        indexes = [models.Index(fields=["workspace", "token", "made_at"], name="api_answer_by_age")]

    @override
    def __str__(self) -> str:
        return self.key
