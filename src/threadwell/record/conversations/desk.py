"""What agents keep beside the conversations: drafts, marks, views, and how to take things back."""

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.conversations.message import Attachment, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent


class Draft(Owned):
    """What an agent has begun to write; one per agent, conversation and kind."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("reply")
        FORWARD = "forward", _("forward")
        NOTE = "note", _("note")
        NEW = "new", _("new conversation")

    agent = WorkspaceKey(Agent)
    conversation = WorkspaceKey(Conversation, null=True, blank=True)
    inbox = WorkspaceKey(Inbox, null=True, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.REPLY)
    answers = WorkspaceKey(Message, null=True, blank=True)  #: the message it answers or passes on
    to = models.JSONField(default=list)  #: [{"name", "email"}]
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    subject = models.CharField(max_length=998, default="", blank=True)
    html = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    is_quoting = models.BooleanField(default=True)  #: the answered message goes along below
    begun_at = models.DateTimeField(default=clock.now)  #: what came after this, the writer may not have seen
    saved_at = models.DateTimeField(default=clock.now)
    #: the draft that has these words too, of the conversation this one's was joined into; they go together
    brought_into = WorkspaceKey("self", models.DB_CASCADE, null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "agent", "conversation", "kind"],
                condition=~Q(conversation=None),
                name="draft_once",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "agent", "saved_at"], name="draft_by_agent"),
            # The database looks for those that go together by this alone.
            models.Index(fields=["brought_into"], condition=~Q(brought_into=None), name="draft_brought_into"),
        ]

    @property
    def is_begun(self) -> bool:
        """Somebody has put something into it."""
        return bool(self.text.strip() or self.html.strip() or self.attachments.exists())

    @property
    def files(self) -> OwnedQuerySet[Attachment]:
        """What goes along with it, and with those whose words it has."""
        theirs = Q(draft_id=self.pk) | Q(draft__brought_into_id=self.pk)
        return Attachment.objects.of(self.workspace_id).filter(theirs)


class Mention(Owned):
    """A note calls a colleague."""

    message = WorkspaceKey(Message)
    conversation = WorkspaceKey(Conversation)
    agent = WorkspaceKey(Agent)
    made_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "message", "agent"], name="mention_once")]
        indexes = [
            models.Index(
                fields=["workspace", "agent", "made_at"], condition=Q(seen_at=None), name="mention_unseen"
            )
        ]


class ReadMark(Owned):
    """Up to when an agent has read a conversation."""

    agent = WorkspaceKey(Agent)
    conversation = WorkspaceKey(Conversation)
    read_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "agent", "conversation"], name="read_mark_once")
        ]


class SavedView(Owned):
    """A filter somebody wants again."""

    agent = WorkspaceKey(Agent)
    name = models.CharField(_("name"), max_length=60)
    is_shared = models.BooleanField(_("for the whole team"), default=False)
    filters = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "agent"], name="saved_view_by_agent")]

    @override
    def __str__(self) -> str:
        return self.name


class Viewing(Owned):
    """An agent has a conversation open right now, and what they are doing there; forgotten after a minute."""

    class Doing(models.TextChoices):
        READING = "reading", _("is reading")
        REPLYING = "replying", _("is writing a reply")
        NOTING = "noting", _("is writing a note")

    agent = WorkspaceKey(Agent)
    conversation = WorkspaceKey(Conversation)
    tab = models.CharField(max_length=40)
    doing = models.CharField(max_length=10, choices=Doing, default=Doing.READING)
    at = models.DateTimeField(default=clock.now)
    #: until then they are held to be answering, for they began to while nobody owned it
    claims_until = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "conversation", "agent", "tab"], name="viewing_once")
        ]


class Undo(Owned):
    """How to take back what was done: the state before, for every row that was changed."""

    kind = models.CharField(max_length=20)  #: "handle", "move", "split"
    by = WorkspaceKey(Agent, null=True, blank=True)  #: nobody: the product joined them itself
    conversations = ArrayField(models.UUIDField(), default=list)
    facts = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = WorkspaceKey(Agent, null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "by", "made_at"], name="undo_by_agent")]
