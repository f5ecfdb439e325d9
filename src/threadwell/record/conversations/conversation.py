"""Conversation: one topic with one customer, whatever the channels, with one owner and a state."""

from datetime import UTC, datetime
from typing import Self, override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.handling import CanBeHandled
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent, Team

#: Sorts behind every real moment: a conversation that does not wait for us stands last in the queue.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


class Conversations(OwnedQuerySet["Conversation"]):
    """Named readings of the desk."""

    def open(self) -> Self:
        return self.filter(status=Conversation.Status.OPEN)

    def snoozed(self) -> Self:
        return self.filter(status=Conversation.Status.SNOOZED)

    def closed(self) -> Self:
        return self.filter(status=Conversation.Status.CLOSED)

    def owned_by(self, agent: Agent) -> Self:
        return self.filter(owner_id=agent.pk)

    def unassigned(self) -> Self:
        return self.filter(owner=None)

    def of_team(self, team: Team) -> Self:
        return self.filter(team_id=team.pk)


class Conversation(CanBeHandled, Owned):
    """One topic with one customer."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    class Type(models.TextChoices):
        SUPPORT = "support", _("Support")
        SALES = "sales", _("Sales")
        ONBOARDING = "onboarding", _("Onboarding")
        ACCOUNT = "account", _("Account")
        SELF_SERVICE = "self-service", _("Self-service")
        OUTBOUND = "outbound", _("Outbound")

    class Party(models.TextChoices):
        CONTACT = "contact", _("the customer")
        US = "us", _("us")

    number = models.BigIntegerField()
    subject = models.CharField(max_length=500, default="", blank=True)
    subject_base = models.CharField(max_length=200, default="", blank=True)  #: without Re: and tags, folded
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    type = models.CharField(max_length=12, choices=Type, default=Type.SUPPORT)
    inbox = WorkspaceKey(Inbox)
    contact = WorkspaceKey(Contact, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    labels = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    participants = ArrayField(
        models.CharField(max_length=320), default=list, blank=True
    )  #: outside addresses
    preview = models.CharField(max_length=200, default="", blank=True)
    message_count = models.PositiveIntegerField(default=0)
    last_word = models.CharField(max_length=8, choices=Party, default=Party.CONTACT)
    last_message_at = models.DateTimeField(default=clock.now)
    waiting_since = models.DateTimeField(null=True, blank=True)  #: the customer waits for us since then
    queue_at = models.GeneratedField(
        expression=Coalesce("waiting_since", Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    follows = WorkspaceKey("self", null=True, blank=True)  #: opened by a reply that began a new subject there
    joined_into = WorkspaceKey("self", null=True, blank=True)  #: its messages stand there now
    is_apart = models.BooleanField(default=False)  #: split off or moved by a person: never joined by itself
    made_at = models.DateTimeField(default=clock.now)

    objects = Conversations.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="conversation_number"),
            models.CheckConstraint(
                condition=~Q(status="snoozed") | Q(snoozed_until__isnull=False),
                name="conversation_snoozed_until",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "queue_at", "id"], condition=Q(status="open"), name="conversation_queue"
            ),
            models.Index(
                fields=["workspace", "owner", "queue_at", "id"],
                condition=Q(status="open"),
                name="conversation_mine",
            ),
            models.Index(
                fields=["workspace", "team", "queue_at", "id"],
                condition=Q(status="open"),
                name="conversation_team",
            ),
            models.Index(fields=["workspace", "status", "last_message_at", "id"], name="conversation_newest"),
            models.Index(fields=["workspace", "contact", "last_message_at"], name="conversation_by_contact"),
            models.Index(
                fields=["workspace", "snoozed_until"],
                condition=Q(status="snoozed"),
                name="conversation_snoozed",
            ),
            GinIndex(fields=["labels"], name="conversation_labels"),
        ]

    @override
    def __str__(self) -> str:
        return f"C-{self.number}"


class Label(Owned):
    """A word agents put on conversations; conversations carry the name itself."""

    name = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="label_name")]

    @override
    def __str__(self) -> str:
        return self.name
