"""Contact, Organisation, Identity: who the customer is, as far as conversations show it."""

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.people.merging import DuplicateSearch, Merge, MergeProposal
from threadwell.record.workplace.models import Agent

__all__ = [
    "Account",
    "Contact",
    "DuplicateSearch",
    "Identity",
    "Merge",
    "MergeProposal",
    "Organisation",
]


class Account(Owned):
    """Contact and Organisation alike: an owner, a tier, perhaps another record that is really the same."""

    owner = WorkspaceKey(Agent, null=True, blank=True)
    owner_since = models.DateTimeField(null=True, blank=True)
    tier = models.CharField(_("tier"), max_length=40, default="", blank=True)
    #: merged: the record that stands for this one now; never one that is itself merged into another
    one_with = WorkspaceKey("self", null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)  #: key of a custom field: its value
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        abstract = True


class Organisation(Account):
    """A firm or household that contacts belong to."""

    name = models.CharField(_("name"), max_length=200)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    parent = WorkspaceKey("self", null=True, blank=True)

    class Meta(Account.Meta):
        indexes = [
            models.Index("workspace", Lower("name"), name="organisation_by_name"),
            models.Index(
                fields=["workspace", "parent"], condition=~Q(parent=None), name="organisation_by_parent"
            ),
            models.Index(
                fields=["workspace", "one_with"], condition=~Q(one_with=None), name="organisation_merged"
            ),
            GinIndex(fields=["domains"], name="organisation_domains"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="organisation_name_parts"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Contact(Account):
    """A person who speaks to us. What we call them; how we reach them is in Identity."""

    name = models.CharField(_("name"), max_length=200, default="", blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    language = models.CharField(_("language"), max_length=16, default="", blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="", blank=True)

    class Meta(Account.Meta):
        indexes = [
            models.Index(fields=["workspace", "organisation"], name="contact_by_organisation"),
            models.Index(
                fields=["workspace", "one_with"], condition=~Q(one_with=None), name="contact_merged"
            ),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="contact_name_parts"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Identity(Owned):
    """One way a contact is known: an address, a number, a handle."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        HANDLE = "handle", _("handle")
        EXTERNAL = "external", _("number in another system")

    contact = WorkspaceKey(Contact, related_name="identities")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=320)  #: normalised; what is compared
    shown = models.CharField(max_length=320)  #: as it was written
    source = models.CharField(max_length=40)  #: "mail", "import", "agent", "api"
    verified_at = models.DateTimeField(null=True, blank=True)
    unreachable_since = models.DateTimeField(null=True, blank=True)  #: our letters came back
    unreachable_because = models.CharField(max_length=300, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "value"], name="identity_value")]
        indexes = [
            models.Index(fields=["workspace", "contact"], name="identity_by_contact"),
            GinIndex(OpClass(Upper("value"), name="gin_trgm_ops"), name="identity_value_parts"),
        ]

    @override
    def __str__(self) -> str:
        return self.shown
