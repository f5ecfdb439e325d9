"""RoutingRule, RuleVersion, RuleBook: who gets what, how that was put at each time, and what was in force.

What a rule says is never overwritten: each change is a version, and each set of versions that was in force
together is a book. A decision names its book, so that it can be made once more years later.
"""

from typing import Any, ClassVar, Self, override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.workplace.models import Agent


class RoutingRules(OwnedQuerySet["RoutingRule"]):
    """Named readings of rules."""

    def in_order(self) -> Self:
        return self.filter(archived_at=None).order_by("place", "made_at", "pk")


class Moment(models.TextChoices):
    """When rules are asked."""

    ARRIVED = "arrived", _("a conversation begins")
    REOPENED = "reopened", _("the customer writes again after it was closed")
    WEIGHED = "weighed", _("its priority changes")
    KEY_CONTACT = "key-contact", _("a key contact of a customer moves on")


class RoutingRule(Owned):
    """A rule by its name and place; what it says stands in its newest version."""

    name = models.CharField(_("name"), max_length=80)
    place = models.PositiveIntegerField(default=100)  #: the first is asked first
    is_on = models.BooleanField(_("in force"), default=False)
    shipped_as = models.SlugField(
        max_length=40, default="", blank=True
    )  #: one that every workspace begins with
    version = models.PositiveIntegerField(default=1)  #: the number of its newest version
    hits = models.PositiveBigIntegerField(default=0)  #: how often it fitted
    hit_at = models.DateTimeField(null=True, blank=True)
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = RoutingRules.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=Q(archived_at=None), name="routing_rule_name"
            ),
            models.UniqueConstraint(
                fields=["workspace", "shipped_as"], condition=~Q(shipped_as=""), name="routing_rule_shipped"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "place"], name="routing_rule_by_place")]

    @override
    def __str__(self) -> str:
        return self.name


class RuleVersion(Owned):
    """What a rule said from a moment on; never changed."""

    rule = WorkspaceKey(RoutingRule, related_name="versions")
    number = models.PositiveIntegerField()
    moments = ArrayField(models.CharField(max_length=12, choices=Moment), default=list)
    conditions = models.JSONField(default=dict)  #: docs/howto/routing.md: {"all": [{"fact", "is", "value"}]}
    results = models.JSONField(default=dict)  #: {"team": key, "owner": {"who": ...}, "priority": 3, ...}
    stops = models.BooleanField(default=True)  #: no rule behind it is asked
    restored_from = models.PositiveIntegerField(null=True, blank=True)  #: the number of an older version
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "rule", "number"], name="rule_version_number")
        ]

    @override
    def __str__(self) -> str:
        return str(self.number)


class RuleBook(Owned):
    """The rules that were in force between two changes, in their order."""

    number = models.PositiveIntegerField()
    pages = models.JSONField(default=list)  #: [[key of the rule, key of its version]], the first asked first
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="rule_book_number")]

    @override
    def __str__(self) -> str:
        return str(self.number)
