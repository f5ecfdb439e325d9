"""The family's models, one noun a file."""

from threadwell.record.commitments.decision import Decision
from threadwell.record.commitments.promise import Promise
from threadwell.record.commitments.talk import StructuredNote, Talk
from threadwell.record.commitments.task import Task

__all__ = ["Decision", "Promise", "StructuredNote", "Talk", "Task"]
