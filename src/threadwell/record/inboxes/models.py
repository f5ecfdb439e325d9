"""Inbox, Delivery and what belongs to them: how mail comes in and what became of every piece of it."""

from datetime import datetime
from typing import Any, ClassVar, Self, override
from uuid import UUID

import zstandard
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock, secrets
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey, unasked_workspace
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, Team


class Inboxes(OwnedQuerySet["Inbox"]):
    """Named readings of the inboxes."""

    def of_mail(self) -> Self:
        """Those that mail comes in at; not the one for what is logged by hand."""
        return self.exclude(kind=Inbox.Kind.HAND)


class Inbox(Owned):
    """One configured address of a channel: support@..., later a chat widget or a phone line."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        HAND = "hand", _("Logged by hand")

    class Health(models.TextChoices):
        NEW = "new", _("not connected yet")
        GOOD = "good", _("well")
        WARNING = "warning", _("needs attention soon")
        BROKEN = "broken", _("not working")

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.EMAIL)
    name = models.CharField(_("name"), max_length=80)  #: shown to customers as the sender
    address = models.EmailField(_("address"))
    team = WorkspaceKey(Team, null=True, blank=True)  #: who gets what arrives here
    signature = models.TextField(_("signature"), default="", blank=True)
    #: docs/reference/inboxes.md: how mail comes in and goes out, without its secrets
    settings = models.JSONField(default=dict)
    sealed_secrets = models.BinaryField(default=bytes)
    health = models.CharField(max_length=8, choices=Health, default=Health.NEW)
    health_because = models.TextField(default="", blank=True)
    healthy_at = models.DateTimeField(null=True, blank=True)
    #: since when its server takes nothing that leaves; nothing while it does
    unsendable_since = models.DateTimeField(null=True, blank=True)
    unsendable_because = models.TextField(default="", blank=True)
    credentials_expire_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = Inboxes.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("address"), condition=Q(closed_at=None), name="inbox_address_once"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(kind="hand"), name="inbox_by_hand_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @classmethod
    def by_hand(cls, workspace_id: UUID) -> "Inbox":
        """Where conversations stand that began with a call or a visit somebody wrote down; made at first use.

        No mail comes in or leaves there: to all that looks for inboxes to use, it is closed.
        """
        inbox: Inbox
        inbox, _is_new = cls.objects.of(workspace_id).get_or_create(
            workspace_id=workspace_id,
            kind=cls.Kind.HAND,
            defaults={
                "name": gettext("Logged by hand"),
                "address": "by-hand@invalid",
                "health": cls.Health.GOOD,
                "closed_at": clock.now(),
            },
        )
        return inbox

    def cannot_send(self, because: str) -> None:
        """Its server was not reached, or wanted nothing from us; told once until it works again."""
        rows = Inbox.objects.of(self.workspace_id).filter(pk=self.pk)
        if rows.filter(unsendable_since=None).update(
            unsendable_since=clock.now(), unsendable_because=because
        ):
            tell(self, "inbox.unsendable", because=because)
        else:
            rows.exclude(unsendable_because=because).update(unsendable_because=because)

    def has_sent(self) -> None:
        """Its server took something."""
        rows = Inbox.objects.of(self.workspace_id).filter(pk=self.pk).exclude(unsendable_since=None)
        if rows.update(unsendable_since=None, unsendable_because=""):
            tell(self, "inbox.sendable")

    @property
    def secrets(self) -> dict[str, str]:
        """Passwords and refresh tokens, opened."""
        return secrets.opened_facts(self.sealed_secrets)

    @secrets.setter
    def secrets(self, facts: dict[str, str]) -> None:
        self.sealed_secrets = secrets.sealed_facts(facts)


class Door(models.Model):
    """An address that our gateway answers for, across all workspaces: the directory it asks at RCPT.

    Global, because a mail comes in before anyone knows whose it is.
    """

    address = models.CharField(max_length=320, primary_key=True)  #: lower case
    workspace = models.ForeignKey("workplace.Workspace", on_delete=models.DO_NOTHING, related_name="+")
    inbox_id = models.UUIDField()

    @override
    def __str__(self) -> str:
        return self.address


class Folder(Owned):
    """A folder of an IMAP mailbox that we follow, and how far we have read it."""

    inbox = WorkspaceKey(Inbox, related_name="folders")
    name = models.CharField(max_length=255)
    is_sent = models.BooleanField(default=False)
    uid_validity = models.BigIntegerField(null=True, blank=True)
    uid_from = models.BigIntegerField(default=1)  #: older messages were not asked for
    uid_began = models.BigIntegerField(default=0)  #: what was there before we came is history
    uid_reached = models.BigIntegerField(default=0)  #: every message up to here is held
    uids_skipped = models.JSONField(default=list)  #: below the mark, but not yet held: [{"uid", "why", "at"}]
    seen_at_source = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)  #: of those seen at the source
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "inbox", "name"], name="folder_once")]


class Deliveries(OwnedQuerySet["Delivery"]):
    """Named readings of what arrived."""

    def waiting(self) -> Self:
        return self.filter(state=Delivery.State.WAITING)

    def failed(self) -> Self:
        return self.filter(state=Delivery.State.FAILED)

    def quarantined(self) -> Self:
        return self.filter(state=Delivery.State.QUARANTINED)


class Delivery(Owned):
    """Something arrived: its bytes and what became of it. Kept before anything thinks about it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        READ = "read", _("read")
        SET_ASIDE = "aside", _("set aside")
        QUARANTINED = "quarantined", _("in quarantine")
        FAILED = "failed", _("could not be read")

    class Source(models.TextChoices):
        SMTP = "smtp", _("mail gateway")
        IMAP = "imap", _("mailbox")
        IMPORT = "import", _("import")
        API = "api", _("API")

    workspace = unasked_workspace()
    inbox = WorkspaceKey(Inbox)
    source = models.CharField(max_length=8, choices=Source)
    source_id = models.CharField(max_length=255)  #: unique at its inbox: receiving twice is harmless
    source_facts = models.JSONField(
        default=dict
    )  #: folder, envelope sender, peer; is_sent for our own letters
    raw = models.BinaryField()  #: the bytes as they came, a zstd frame (ADR 0005)
    size = models.BigIntegerField()  #: of the bytes as they came
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    because = models.TextField(default="", blank=True)  #: why it was set aside, quarantined or failed
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=300, default="", blank=True)  #: for people, once read
    sender = models.CharField(max_length=320, default="", blank=True)
    arrived_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = Deliveries.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "inbox", "source_id"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "read", "aside", "quarantined", "failed"]),
                name="delivery_state",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "id"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(
                fields=["workspace", "inbox", "state", "id"], include=["source"], name="delivery_by_state"
            ),
            # Few, and looked for on every page of those who look after the mail.
            models.Index(
                fields=["workspace", "state", "id"],
                condition=Q(state__in=["quarantined", "failed"]),
                name="delivery_held_back",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.source}:{self.source_id}"

    @property
    def content(self) -> bytes:
        """The bytes as they came."""
        return zstandard.ZstdDecompressor().decompress(bytes(self.raw))


class Block(Owned):
    """Mail from this address or domain goes to quarantine."""

    pattern = models.CharField(_("address or domain"), max_length=320)  #: "name@host" or "@host", lower case
    reason = models.CharField(_("reason"), max_length=200)
    by = WorkspaceKey(Agent)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "pattern"], name="block_once")]


class MailImport(Owned):
    """A file or folder of old mail that is being taken in: how far it is."""

    inbox = WorkspaceKey(Inbox)
    name = models.CharField(max_length=255)
    by = WorkspaceKey(Agent, null=True, blank=True)
    total = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    already_held = models.BigIntegerField(default=0)
    refused = models.JSONField(default=list)  #: [{"name", "why"}]
    made_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "made_at"], name="mail_import_by_time")]


def blocked_by(blocks: list[Block], sender: str, *, at: datetime) -> Block | None:
    """The block that ``sender`` (an address) falls under, if any."""
    sender = sender.lower()
    host = "@" + sender.rpartition("@")[2]
    return next(
        (b for b in blocks if b.pattern in {sender, host} and (b.expires_at is None or b.expires_at > at)),
        None,
    )


def settings_of(inbox: Inbox, part: str) -> dict[str, Any]:
    """One part ("incoming" or "outgoing") of an inbox's settings."""
    return dict(inbox.settings.get(part) or {})
