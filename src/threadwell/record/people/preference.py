"""Preference: how a contact likes to be spoken to, learned from what was said, or told by hand."""

from typing import override

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.people.account import Contact
from threadwell.record.workplace.models import Agent


class Preference(Owned):
    """One preference, with what speaks for it."""

    class Kind(models.TextChoices):
        CHANNEL = "channel", _("channel")
        HOURS = "hours", _("hours of the day")
        LANGUAGE = "language", _("language")
        AGENT = "agent", _("does well with")

    contact = WorkspaceKey(Contact)
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.JSONField()  #: "email"; [9, 12] (from, until); "de"; the key of an agent
    evidence = models.JSONField(default=dict)  #: counts that speak for it, of how many
    learned_at = models.DateTimeField(default=clock.now)
    said_by = WorkspaceKey(Agent, null=True, blank=True)  #: told by hand: learning leaves it alone
    said_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "contact", "kind"], name="preference_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"

    @property
    def is_by_hand(self) -> bool:
        return self.said_at is not None
