"""The family's models, one noun a file."""

from threadwell.record.clocks.clock import Bookmark, Clock, ClockStep
from threadwell.record.clocks.policy import SlaPolicy

__all__ = ["Bookmark", "Clock", "ClockStep", "SlaPolicy"]
