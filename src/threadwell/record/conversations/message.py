"""Message, Attachment, Outgoing: what was said, what came with it, and its way out."""

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock, scanner
from threadwell.kit.tenancy import Owned, WorkspaceKey, unasked_workspace
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.inboxes.models import Delivery, Inbox
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent

#: What a year with a customer is counted by: it is read off the index, and the messages stay on the disk.
COUNTED = ("direction", "kind", "channel", "conversation")


class Message(Owned):
    """Something somebody said in a conversation, or a note only the team sees."""

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("from us")
        NOTE = "note", _("internal note")

    class Kind(models.TextChoices):
        MESSAGE = "message", _("message")
        AUTOMATIC = "automatic", _("automatic reply")
        BOUNCE = "bounce", _("bounce")
        FEEDBACK = "feedback", _("complaint report")
        DELIVERY_REPORT = "delivery_report", _("delivery report")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        HELD = "held", _("waiting to be sent")
        QUEUED = "queued", _("being sent")
        SENT = "sent", _("sent")
        DELAYED = "delayed", _("delayed")
        BOUNCED = "bounced", _("bounced")
        FAILED = "failed", _("could not be sent")
        CANCELLED = "cancelled", _("taken back")

    workspace = unasked_workspace()
    conversation = WorkspaceKey(Conversation, related_name="messages")
    delivery = WorkspaceKey(Delivery, null=True, blank=True)
    direction = models.CharField(max_length=4, choices=Direction)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.MESSAGE)
    channel = models.CharField(max_length=12, default="email")
    #: the customer it is with: who wrote, or to whom we wrote; for a note, the one it is about
    contact = WorkspaceKey(Contact, null=True, blank=True)
    #: the one that contact belonged to when it was said
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    agent = WorkspaceKey(Agent, null=True, blank=True)  #: who wrote, when one of us did
    from_name = models.CharField(max_length=200, default="", blank=True)
    from_address = models.CharField(max_length=320, default="", blank=True)
    recipients = models.JSONField(default=dict)  #: {"to": [{"name", "email"}], "cc": [...], "bcc": [...]}
    subject = models.CharField(max_length=998, default="", blank=True)
    text = models.TextField(default="", blank=True)  #: what is new in it, as text
    quoted = models.TextField(default="", blank=True)  #: what it repeats of earlier messages
    html = models.TextField(default="", blank=True)  #: sanitised; "" when there was only text
    message_id = models.CharField(max_length=998, default="", blank=True)
    #: docs/reference/messages.md: references, reply_to, authentication, spam, warnings, invitation, signed
    facts = models.JSONField(default=dict)
    joined_by = models.CharField(max_length=20, default="", blank=True)  #: the signal that won
    joined_because = models.CharField(max_length=300, default="", blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    state_because = models.TextField(default="", blank=True)
    attachment_count = models.PositiveSmallIntegerField(default=0)  #: those not shown inline
    words = SearchVectorField(null=True)
    subject_base = models.CharField(max_length=200, default="", blank=True)  #: without Re: and tags, folded
    people = ArrayField(
        models.CharField(max_length=320), default=list, blank=True
    )  #: outside addresses in it
    is_adrift = models.BooleanField(default=False)  #: an answer that names nothing it answers
    at = models.DateTimeField(default=clock.now)  #: when it arrived or was written; orders the thread
    dated_at = models.DateTimeField(null=True, blank=True)  #: what its Date header says

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["workspace", "conversation", "at", "id"], name="message_by_conversation"),
            models.Index(
                fields=["workspace", "contact", "at", "id"],
                condition=~Q(contact=None),
                include=COUNTED,
                name="message_of_contact",
            ),
            models.Index(
                fields=["workspace", "organisation", "at", "id"],
                condition=~Q(organisation=None),
                include=COUNTED,
                name="message_of_organisation",
            ),
            models.Index(fields=["workspace", "at", "id"], name="message_by_time"),
            models.Index(
                fields=["workspace", "subject_base", "at"],
                condition=~Q(subject_base=""),
                name="message_by_subject",
            ),
            GinIndex(fields=["workspace", "words"], name="message_words"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "delivery"], condition=~Q(delivery=None), name="message_of_delivery_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.subject or self.text[:60]


class Attachment(Owned):
    """A file that came with a message or will go with a draft. Its bytes are a blob under ``sha256``."""

    class Scan(models.TextChoices):
        NONE = "", _("not scanned")  #: nothing scanned files when it came
        WAITING = "waiting", _("not yet scanned")
        CLEAN = "clean", _("nothing found")
        UNREAD = "unread", _("could not be scanned")  #: such as one too large for the scanner
        WITHHELD = "withheld", _("harmful")  #: it is neither shown nor sent

        @classmethod
        def at_first(cls) -> "Attachment.Scan":
            """Of a file that was just kept."""
            return cls.WAITING if scanner.is_on() else cls.NONE

    message = WorkspaceKey(Message, null=True, blank=True, related_name="attachments")
    draft = WorkspaceKey("conversations.Draft", null=True, blank=True, related_name="attachments")
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=300, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=clock.now)
    scan = models.CharField(max_length=8, choices=Scan, default=Scan.NONE, db_default="", blank=True)
    found = models.CharField(max_length=200, default="", db_default="", blank=True)  #: what was found in it

    class Meta(Owned.Meta):
        indexes = [
            models.Index(
                fields=["workspace", "message", "position"],
                condition=~Q(message=None),
                name="attachment_by_message",
            ),
            models.Index(fields=["workspace", "draft"], condition=~Q(draft=None), name="attachment_by_draft"),
            models.Index(
                fields=["workspace", "id"], condition=Q(scan="waiting"), name="attachment_to_be_scanned"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.filename


class Outgoing(Owned):
    """A message on its way out: when it may go, how often it was tried, what each recipient's server said."""

    message = WorkspaceKey(Message, related_name="outgoing")
    inbox = WorkspaceKey(Inbox)
    due_at = models.DateTimeField()  #: not before: the undo window, a later hour, the next try
    cancel_on_reply = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    raw = models.BinaryField(
        default=bytes
    )  #: the mail as it was first built (zstd), so that each try sends the same
    #: {"address": {"state": "sent", "refused", "delayed" or "bounced", "reply": "550 5.1.1 ...", "at"}}
    recipients = models.JSONField(default=dict)
    #: how to take it back: {"draft": what was written, "before": the conversation as it stood}
    facts = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True, blank=True)  #: for the first time
    #: since then a server may have it without our knowing (ADR 0007); empty once it has answered
    handing_over_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "message"], name="outgoing_once")]
        indexes = [
            models.Index(fields=["workspace", "due_at"], condition=Q(done_at=None), name="outgoing_due")
        ]


class Dispatch(models.Model):
    """An Outgoing that is not done: the list a worker goes through, across all workspaces.

    Global, because a worker must learn whose turn it is before it can enter a workspace; it says no more.
    """

    outgoing_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey("workplace.Workspace", on_delete=models.DO_NOTHING, related_name="+")
    inbox_id = models.UUIDField()
    conversation_id = models.UUIDField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)  #: a worker is at it

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="dispatch_due"),
            models.Index(fields=["conversation_id", "outgoing_id"], name="dispatch_in_order"),
        ]

    @override
    def __str__(self) -> str:
        return str(self.outgoing_id)
