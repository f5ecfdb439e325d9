"""The family's models, one noun a file."""

from threadwell.record.rota.absence import Absence, Redistribution
from threadwell.record.rota.availability import Availability, Workload
from threadwell.record.rota.orphan import Orphan, OrphanWatch
from threadwell.record.rota.skills import AgentSkill, Skill
from threadwell.record.rota.turns import Distribution, QueuePlace, Turn

__all__ = [
    "Absence",
    "AgentSkill",
    "Availability",
    "Distribution",
    "Orphan",
    "OrphanWatch",
    "QueuePlace",
    "Redistribution",
    "Skill",
    "Turn",
    "Workload",
]
