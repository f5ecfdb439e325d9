"""The family's models, one noun a file."""

from threadwell.record.work.item import WorkItem
from threadwell.record.work.links import WorkLink
from threadwell.record.work.relations import WorkRelation
from threadwell.record.work.types import WorkItemType, WorkStatus

__all__ = ["WorkItem", "WorkItemType", "WorkLink", "WorkRelation", "WorkStatus"]
