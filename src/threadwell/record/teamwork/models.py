"""The family's models, one noun a file."""

from threadwell.record.teamwork.follow import Follow
from threadwell.record.teamwork.handover import Handover
from threadwell.record.teamwork.reaction import Reaction

__all__ = ["Follow", "Handover", "Reaction"]
