"""People: who works here, as what.

In:    a role, a seat taken away or given back
Out:   the page of people
Touch: nothing but through `staffing`
"""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import joining, staffing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.record.workplace.models import Agent, TeamSeat
from threadwell.record.workplace.roles import May, Role


class RoleForm(forms.Form):
    """What somebody is."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    workspace = request.workspace
    agents = list(Agent.objects.of(workspace).select_related("user").order_by("name", "pk"))
    on_teams: dict[UUID, list[TeamSeat]] = {}
    seats = TeamSeat.objects.of(workspace).select_related("team").order_by("team__name")
    for seat in seats:
        on_teams.setdefault(seat.agent_id, []).append(seat)
    shown = {
        "here": "settings",
        "present": [
            {"agent": agent, "seats": on_teams.get(agent.pk, []), "is_fixed": _is_fixed(agent, request)}
            for agent in agents
            if not agent.left_at
        ],
        "gone": [agent for agent in agents if agent.left_at],
        "invitations": list(joining.waiting(workspace.pk).select_related("invited_by")),
        "roles": roles_for(request.agent),
    }
    return page(request, "settings/people.html", shown)


@allowed(May.MANAGE)
def give_role(request: Request, agent_id: UUID) -> HttpResponse:
    """PUT .../people/<id>/role/"""
    agent = one(request, agent_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    if staffing.give_role(agent, Role(form.cleaned_data["role"]), by=request.agent):
        said = gettext("%(name)s is now: %(role)s.")
        toast(request, said % {"name": agent.name, "role": agent.get_role_display()})
    return back(request)


@allowed(May.MANAGE)
def take_seat(request: Request, agent_id: UUID) -> HttpResponse:
    """DELETE .../people/<id>/seat/"""
    agent = one(request, agent_id)
    staffing.leave(agent, by=request.agent)
    said = gettext("%(name)s can no longer sign in here. Their open conversations wait for somebody else.")
    toast(request, said % {"name": agent.name})
    return back(request)


@allowed(May.MANAGE)
def give_seat(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../people/<id>/seat/"""
    agent = one(request, agent_id)
    staffing.come_back(agent, by=request.agent)
    toast(request, gettext("%(name)s works here again.") % {"name": agent.name})
    return back(request)


def roles_for(agent: Agent) -> list[tuple[str, str]]:
    """The roles this seat may give."""
    return [(role.value, str(role.label)) for role in Role if role != Role.OWNER or May.OWN in agent.may]


def _is_fixed(agent: Agent, request: Request) -> bool:
    """An owner's seat is out of reach for anybody but owners."""
    return agent.role == Role.OWNER and May.OWN not in request.agent.may


def one(request: Request, agent_id: UUID) -> Agent:
    try:
        found: Agent = Agent.objects.of(request.workspace).select_for_update().get(pk=agent_id)
    except Agent.DoesNotExist:
        raise Http404 from None
    return found


def back(request: Request) -> HttpResponse:
    return page(request, "settings/people.html", to=reverse("web:people", args=[request.workspace.slug]))
