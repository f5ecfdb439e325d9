"""Identity: how a contact is known, and how sure we are that it is theirs."""

from datetime import datetime
from typing import override

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.people.account import Contact
from threadwell.record.workplace.models import Agent

#: Who said so, as pages tell it; `source` is a word of whoever wrote the row.
SOURCES: dict[str, Promise] = {
    "agent": _("by hand"),
    "api": _("another system"),
    "import": _("an import"),
    "mail": _("a message"),
}


class Identity(Owned):
    """One way a contact is known: an address, a number, a handle."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        HANDLE = "handle", _("handle")
        EXTERNAL = "external", _("number in another system")

    class Trust(models.TextChoices):
        CLAIMED = "claimed", _("somebody says so")
        SEEN = "seen", _("messages came from it")
        VERIFIED = "verified", _("verified")

    contact = WorkspaceKey(Contact, related_name="identities")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=320)  #: normalised; what is compared
    shown = models.CharField(max_length=320)  #: as it was written
    source = models.CharField(max_length=40)  #: "mail", "import", "agent", "api"
    trust = models.CharField(max_length=8, choices=Trust, default=Trust.CLAIMED)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_how = models.CharField(max_length=120, default="", blank=True)
    verified_by = WorkspaceKey(Agent, null=True, blank=True)
    unreachable_since = models.DateTimeField(null=True, blank=True)  #: our letters came back
    unreachable_because = models.CharField(max_length=300, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "value"], name="identity_value")]
        indexes = [
            models.Index(fields=["workspace", "contact"], name="identity_by_contact"),
        ]

    @override
    def __str__(self) -> str:
        return self.shown

    @property
    def source_words(self) -> str:
        """Who said so, in words."""
        return str(SOURCES.get(self.source, self.source))

    def verify(self, *, how: str, by: Agent | None = None, at: datetime | None = None) -> None:
        """It is proven to be theirs; how and by whom."""
        self.trust, self.verified_how, self.verified_by = self.Trust.VERIFIED, how[:120], by
        self.verified_at = at or clock.now()
        self.save(update_fields=["trust", "verified_how", "verified_by", "verified_at"])
