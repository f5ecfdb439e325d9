"""Conversation: one topic with one customer, whatever the channels, with one owner and a state."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.handling import Handled
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.workplace.models import Agent, Team

#: Sorts behind every real moment: a conversation that does not wait for us stands last in the queue.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
#: Channels of words that nobody waits to have answered.
SPOKEN = ("phone", "visit")


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


class Conversation(Handled):
    """One topic with one customer."""

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

    subject_base = models.CharField(max_length=200, default="", blank=True)  #: without Re: and tags, folded
    type = models.CharField(max_length=12, choices=Type, default=Type.SUPPORT)
    inbox = WorkspaceKey(Inbox)
    contact = WorkspaceKey(Contact, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
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
    follows = WorkspaceKey("self", null=True, blank=True)  #: opened by a reply that began a new subject there
    joined_into = WorkspaceKey("self", null=True, blank=True)  #: its messages stand there now
    #: its status, owner, team, priority and labels before it was joined with others; empty: it is alone
    alone = models.JSONField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)  #: key of a custom field: its value
    due_at = models.DateTimeField(null=True, blank=True)  #: what we owe next (record.clocks); empty: nothing
    due_for = models.CharField(max_length=16, default="", blank=True)  #: the target of that clock
    #: the policy that a routing rule named (record.clocks stands above); empty: the first that fits
    policy_key = models.UUIDField(null=True, blank=True)
    is_apart = models.BooleanField(default=False)  #: split off or moved by a person: never joined by itself
    #: of which this is a side conversation with a third party (asides.py)
    aside_of = WorkspaceKey("self", null=True, blank=True)
    asides_open = models.PositiveSmallIntegerField(default=0)  #: its side conversations that are not done
    asides_waiting = models.PositiveSmallIntegerField(default=0)  #: those in which a third party is to answer
    handed_to = models.CharField(max_length=120, default="", blank=True)  #: who is asked to take it over
    is_followed = models.BooleanField(default=False)  #: by some agent
    made_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = Conversations.as_manager()

    class Meta(Handled.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="conversation_number"),
            models.CheckConstraint(
                condition=~Q(status="snoozed") | Q(snoozed_until__isnull=False),
                name="conversation_snoozed_until",
            ),
            # Who writes to one that is being joined meanwhile is stopped here, and looks again.
            models.CheckConstraint(
                condition=Q(joined_into=None) | Q(message_count=0), name="conversation_joined_is_empty"
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
            models.Index(
                fields=["workspace", "due_at", "id"], condition=~Q(due_at=None), name="conversation_due"
            ),
            GinIndex(fields=["labels"], name="conversation_labels"),
            # For PostgreSQL, which looks for those that point at a conversation that goes.
            models.Index(
                fields=["workspace", "follows"], condition=~Q(follows=None), name="conversation_follows"
            ),
            models.Index(
                fields=["workspace", "joined_into"],
                condition=~Q(joined_into=None),
                name="conversation_joined_into",
            ),
            models.Index(
                fields=["workspace", "aside_of"], condition=~Q(aside_of=None), name="conversation_asides"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"C-{self.number}"

    @property
    def customer(self) -> Contact | None:
        """The contact, or the one that stands for it since they were merged."""
        return root_of(self.contact) if self.contact else None

    @property
    def firm(self) -> Organisation | None:
        """The organisation, or the one that stands for it."""
        return root_of(self.organisation) if self.organisation else None

    @property
    def with_whom(self) -> str:
        """What to call the other side: a name, else an address, else nothing."""
        name = (self.customer.name if self.customer else "") or (self.contact.name if self.contact else "")
        return name or (self.participants[0] if self.participants else "")

    def retype(self, type_: str, *, by: Agent | None, because: str = "") -> bool:
        """It is an interaction of another type."""
        if self.type == type_:
            return False
        before, self.type = self.type, type_
        self.save(update_fields=["type"])
        self.record("sorted", by=by, type=type_, before=before, because=because)
        return True

    def fill_in(self, custom: Mapping[str, Any], *, by: Agent | None) -> bool:
        """Its own fields hold these values, checked before."""
        if self.custom == custom:
            return False
        before, self.custom = self.custom, dict(custom)
        self.save(update_fields=["custom"])
        fields = sorted(key for key in before.keys() | custom.keys() if before.get(key) != custom.get(key))
        self.record("filled_in", by=by, fields=fields, before={key: before.get(key) for key in fields})
        return True

    def recount(self) -> None:
        """Read off its messages what the conversation says about them, after some came or went."""
        said = self.messages.exclude(direction="note")
        people = said.values_list("people", flat=True)
        self.message_count = said.count()
        self.participants = sorted({address for addresses in people for address in addresses})[:100]
        words = said.filter(kind="message")
        if last := said.order_by("-at", "-pk").first():
            self.last_message_at = last.at
            # What people said last; what machines said only where nobody did.
            self.preview = (words.order_by("-at", "-pk").first() or last).text[:200]
        spoken = Q(channel__in=SPOKEN)
        # Who spoke with somebody was answered while they spoke; who was not reached still waits.
        ours = words.filter((Q(direction="out") & ~spoken) | (spoken & Q(facts__talk__outcome="spoke")))
        answered = ours.order_by("-at").values_list("at", flat=True).first()
        asked = words.filter(direction="in").exclude(spoken)
        if answered:
            asked = asked.filter(at__gt=answered)
        self.waiting_since = asked.order_by("at").values_list("at", flat=True).first()
        self.last_word = self.Party.CONTACT if self.waiting_since or not answered else self.Party.US
        self.save(
            update_fields=[
                "message_count",
                "participants",
                "last_message_at",
                "preview",
                "waiting_since",
                "last_word",
            ]
        )


class Label(Owned):
    """A word agents put on conversations; conversations carry the name itself."""

    name = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="label_name")]

    @override
    def __str__(self) -> str:
        return self.name
