"""Membership, Alert: who belonged to which organisation when, and what its owner should look at."""

from datetime import date
from typing import override

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.people.account import Contact, Organisation
from threadwell.record.workplace.models import Agent


class Membership(Owned):
    """A contact belongs to an organisation, or did; several over time.

    ``Contact.organisation`` names the one that counts now.
    """

    contact = WorkspaceKey(Contact)
    organisation = WorkspaceKey(Organisation)
    title = models.CharField(_("title"), max_length=120, default="", blank=True)
    is_key_contact = models.BooleanField(_("key contact"), default=False)
    since = models.DateField(_("since"), null=True, blank=True)  #: none: nobody knows
    until = models.DateField(_("until"), null=True, blank=True)  #: none: still; else the last day
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="membership_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "contact"], name="membership_by_contact"),
            models.Index(fields=["workspace", "organisation"], name="membership_by_organisation"),
        ]

    @override
    def __str__(self) -> str:
        return self.title

    @property
    def is_unsaid(self) -> bool:
        """Nobody said so: it is drawn from the organisation alone."""
        return self._state.adding

    def is_current(self, today: date) -> bool:
        return (self.until is None or self.until >= today) and (self.since is None or self.since <= today)


class Alert(Owned):
    """Something happened at an organisation that the account's owner should look at."""

    class Kind(models.TextChoices):
        SPONSOR_CHANGED = "sponsor_changed", _("key contact has moved")

    kind = models.CharField(max_length=20, choices=Kind)
    organisation = WorkspaceKey(Organisation)
    contact = WorkspaceKey(Contact, null=True, blank=True)
    owner = WorkspaceKey(Agent, null=True, blank=True)  #: whom it calls; nobody: the account had no owner
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = WorkspaceKey(Agent, null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(
                fields=["workspace", "organisation"], condition=Q(seen_at=None), name="alert_by_organisation"
            ),
            models.Index(fields=["workspace", "owner"], condition=Q(seen_at=None), name="alert_by_owner"),
        ]

    @override
    def __str__(self) -> str:
        return str(self.kind)

    def see(self, *, by: Agent) -> None:
        """Somebody has taken note."""
        if self.seen_at is None:
            self.seen_at, self.seen_by = clock.now(), by
            self.save(update_fields=["seen_at", "seen_by"])
