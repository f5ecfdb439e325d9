"""The family's models, one noun a file."""

from threadwell.record.followups.auto_reply import AutoReply
from threadwell.record.followups.ladder import FollowUp, FollowUpLadder, FollowUpStep
from threadwell.record.followups.snooze import SnoozeCondition

__all__ = ["AutoReply", "FollowUp", "FollowUpLadder", "FollowUpStep", "SnoozeCondition"]
