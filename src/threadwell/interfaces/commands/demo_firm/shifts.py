"""Shifts of the demo firm: who is there today, who is away, what people know, how teams hand out.

In:    the firm as it was made, with its story told
Out:   skills, states, an absence with its deputy, methods
Touch: nothing but through `rostering`
"""

from datetime import datetime, timedelta
from uuid import UUID

from threadwell.flow import rostering
from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.kit import tenancy
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.models import Availability, Distribution

#: what somebody knows, on which level
SKILLS = {
    "Portuguese": {"joao.pires": 5, "tomas.ferreira": 5, "maria.santos": 5},
    "German": {"katrin.lorenz": 5, "jonas.berg": 3},
    "French": {"helene.vasseur": 5},
    "Heat pumps": {"jonas.berg": 4, "priya.nair": 5, "sanne.dijkstra": 2},
    "Customs": {"marek.nowak": 3, "maria.santos": 4},
}
METHODS = {
    "Installations": Distribution.Method.LEAST_LOADED,
    "Billing": Distribution.Method.ROUND_ROBIN,
}
STATES = {"priya.nair": Availability.State.BUSY, "tomas.ferreira": Availability.State.AWAY}


def staff(firm: Staffed, *, now: datetime) -> None:
    """The rota of today."""
    lead = firm.agents["maria.santos"]
    with tenancy.entered(firm.workspace.pk):
        levels: dict[str, dict[UUID, int]] = {}
        for name, known in SKILLS.items():
            skill = rostering.make_skill(name, by=lead)
            for key, level in known.items():
                levels.setdefault(key, {})[skill.pk] = level
        for key, mine in levels.items():
            rostering.give_skills(firm.agents[key], mine, by=lead)
        for team, method in METHODS.items():
            rostering.hand_out_by(firm.teams[team], method, by=lead)
        for key, state in STATES.items():
            rostering.say_state(firm.agents[key], state, by=lead)
        rostering.go_out(
            firm.agents["helene.vasseur"],
            begins_at=now,
            ends_at=now + timedelta(days=6),
            deputy=firm.agents["joao.pires"],
            reason="Family holiday",
            open_work=OpenWork.KEEP,
            by=lead,
        )
