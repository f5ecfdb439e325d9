"""The family's models, one noun a file."""

from threadwell.record.routing.decision import RoutingDecision
from threadwell.record.routing.dry_run import DryRun
from threadwell.record.routing.rule import RoutingRule, RuleBook, RuleVersion

__all__ = ["DryRun", "RoutingDecision", "RoutingRule", "RuleBook", "RuleVersion"]
