"""Availability: the switch beside one's name, and how much of what one can carry one carries.

In:    a state; a sign of life of somebody's page
Out:   the switch as it stands now
Touch: nothing but through `rostering`
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.flow import rostering
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import clock
from threadwell.record.rota.floor import Standing, standing, terms
from threadwell.record.rota.models import Absence, Availability, Workload
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

#: How a state is drawn: the kind of its dot.
DOTS = {"online": "good", "busy": "late", "away": "soon", "offline": "done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Somebody's working state, as it is told."""

    state: str
    dot: str
    load: int
    capacity: int | None
    out: Absence | None = None

    @property
    def name(self) -> str:
        return _("Out of office") if self.out else str(Availability.State(self.state).label)

    @property
    def carried(self) -> str:
        """ "7 of 10"."""
        if self.capacity is None:
            return ngettext("%(count)s point", "%(count)s points", self.load) % {"count": self.load}
        return _("%(load)s of %(capacity)s") % {"load": self.load, "capacity": self.capacity}


@allowed(May.READ)
def show(request: Request) -> HttpResponse:
    """GET .../availability/"""
    return _switch(request)


@allowed(May.HANDLE)
def say(request: Request) -> HttpResponse:
    """POST .../availability/"""
    state = request.POST.get("state", "")
    if rostering.say_state(request.agent, state, by=request.agent):
        toast(request, _("You are now: %(state)s.") % {"state": Availability.State(state).label})
    return _switch(request, to=reverse("web:my_rota", args=[request.workspace.slug]))


@allowed(May.READ, changes=May.READ)
def beat(request: Request) -> HttpResponse:
    """POST .../availability/beat/: a key was pressed, or a page was opened."""
    if May.HANDLE in request.agent.may:
        rostering.was_seen(request.agent)
    # Not as a page: what waits to be told in a corner is for the page that somebody looks at.
    return HttpResponse(render_to_string("rota/switch.html#switch", _facts(request), request))


def shown_of(agent: Agent) -> Shown:
    """The state of one."""
    rows = standing(agent.workspace_id, wanted=[(None, agent.pk)], now=clock.now())
    row = next(one for one in rows if one.agent_id == agent.pk)
    out = Absence.objects.of(agent.workspace_id).at(clock.now()).filter(agent=agent).first()
    return drawn(row, out, terms(agent.workspace_id).workload)


def drawn(row: Standing, out: Absence | None, workload: Workload) -> Shown:
    """A row of the floor, as it is told."""
    state = row.state or Availability.State.ONLINE
    if row.is_idle and state in (Availability.State.ONLINE, Availability.State.BUSY):
        state = Availability.State.AWAY
    capacity = row.capacity if row.capacity is not None else workload.capacity
    dot = "done" if out else DOTS[state]
    return Shown(state=state, dot=dot, load=row.load, capacity=capacity, out=out)


def _switch(request: Request, *, to: str | None = None) -> HttpResponse:
    return page(request, "rota/switch.html#switch", _facts(request), to=to)


def _facts(request: Request) -> dict[str, Any]:
    return {"standing": shown_of(request.agent), "states": Availability.State.choices}
