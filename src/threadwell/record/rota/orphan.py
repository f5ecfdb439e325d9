"""Orphan: something open that nobody answers for; OrphanWatch: when that is told, and what is looked for."""

from typing import override

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned

PATIENCE = 30  #: minutes, where a workspace says nothing
LONGEST = 7 * 24 * 60


class OrphanWatch(Owned):
    """How long something may be nobody's before it is told, and whether a next step is looked for."""

    minutes = models.PositiveSmallIntegerField(
        _("minutes until supervisors are told"),
        default=PATIENCE,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
    )
    counts_open_time = models.BooleanField(_("only business hours count"), default=True)
    wants_next_step = models.BooleanField(_("answered conversations need a next step"), default=False)
    wants_accounts = models.BooleanField(
        _("customers with open work need an owner and a next step"), default=False
    )

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace"], name="orphan_watch_once")]

    @override
    def __str__(self) -> str:
        return str(self.minutes)


class Orphan(Owned):
    """Something open without an owner, or without a next step; gone when somebody has mended it.

    ``about`` is its key; no foreign key, for what goes takes its orphan along a minute later.
    """

    class Kind(models.TextChoices):
        CONVERSATION = "conversation", _("conversation without an owner")
        STEPLESS = "stepless", _("conversation without a next step")
        TASK = "task", _("overdue task without an owner")
        CONTACT = "contact", _("customer without an owner")
        ORGANISATION = "organisation", _("organisation without an owner")
        IDLE_CONTACT = "idle_contact", _("customer without a next step")
        IDLE_FIRM = "idle_firm", _("organisation without a next step")

    kind = models.CharField(max_length=12, choices=Kind)
    about = models.UUIDField()
    since = models.DateTimeField()
    found_at = models.DateTimeField(default=clock.now)
    told_at = models.DateTimeField(null=True, blank=True)  #: supervisors know

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "kind", "about"], name="orphan_once")]
        indexes = [
            models.Index(fields=["workspace", "kind", "since", "id"], name="orphan_by_kind"),
            models.Index(fields=["workspace", "since"], condition=Q(told_at=None), name="orphan_untold"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
