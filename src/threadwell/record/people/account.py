"""Contact and Organisation: who the customer is.

The indexes of parts of names are in migration 0011: they stand on what the database folds.
"""

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.models import Agent


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
            models.Index(
                fields=["workspace", "name", "id"], condition=Q(one_with=None), name="organisation_listed"
            ),
            models.Index(
                fields=["workspace", "changed_at", "id"],
                condition=Q(one_with=None),
                name="organisation_by_change",
            ),
            models.Index(
                fields=["workspace", "owner", "name"],
                condition=Q(one_with=None),
                name="organisation_by_owner",
            ),
            GinIndex(fields=["domains"], name="organisation_domains"),
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
                fields=["workspace", "name", "id"], condition=Q(one_with=None), name="contact_listed"
            ),
            models.Index(
                fields=["workspace", "changed_at", "id"], condition=Q(one_with=None), name="contact_by_change"
            ),
            models.Index(
                fields=["workspace", "owner", "name"], condition=Q(one_with=None), name="contact_by_owner"
            ),
            models.Index(
                fields=["workspace", "one_with"], condition=~Q(one_with=None), name="contact_merged"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name
