"""DryRun: what would have come of other rules, tried on the last conversations before they count."""

from typing import override

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.routing.rule import RoutingRule
from threadwell.record.workplace.models import Agent


class DryRun(Owned):
    """A changed rule, tried on what came lately: how far it is, and what would go elsewhere."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    rule = WorkspaceKey(RoutingRule, null=True, blank=True)  #: nobody's: one that does not stand yet
    #: the rule as it would be: {"is_on", "place", "moments", "conditions", "results", "stops"}
    draft = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    fitted = models.PositiveIntegerField(default=0)  #: to how many the rule applies
    changed = models.PositiveIntegerField(default=0)  #: how many would go elsewhere
    #: [{"before", "after", "count", "examples": [number of a conversation]}]
    changes = models.JSONField(default=list)
    after_key = models.UUIDField(null=True, blank=True)  #: the conversation it has come to
    failed_because = models.CharField(max_length=300, default="", blank=True)
    by = WorkspaceKey(Agent)
    made_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "rule", "made_at"], name="dry_run_by_rule")]

    @override
    def __str__(self) -> str:
        return str(self.state)
