"""People: who works here, as what.

In:    a role, a seat taken away or given back
Out:   the page of people
Touch: nothing but through `staffing`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import joining, staffing
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.kit import clock
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import May, Role

PLACE = {"section": "people", "here": "settings"}


class InvitationForm(forms.Form):
    """Whom to ask, and what they shall be."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.AGENT)
    teams = forms.MultipleChoiceField(label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, by: Agent, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(team.pk): team for team in teams}
        self.fields["role"].choices = roles_for(by)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["teams"].choices = [(key, team.name) for key, team in self.by_id.items()]  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """What somebody is."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, by: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_for(by)  # type: ignore[attr-defined]  # a ChoiceField


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    return shown(request, invitation_form(request))


@allowed(May.MANAGE)
def show(request: Request, agent_id: UUID) -> HttpResponse:
    agent = one(request, agent_id)
    facts = {
        "person": agent,
        "form": RoleForm(initial={"role": agent.role}, by=request.agent),
        "is_fixed": agent.role == Role.OWNER and May.OWN not in request.agent.may,
        "heirs": [one for one in house_of(request).agents if one.pk != agent.pk],
        **PLACE,
    }
    return page(request, "settings/person.html", facts)


@allowed(May.MANAGE)
def give_role(request: Request, agent_id: UUID) -> HttpResponse:
    """PUT .../people/<id>/role/"""
    agent = one(request, agent_id)
    form = RoleForm(request.POST, by=request.agent)
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
    heir = deeds.owner_of(request, request.POST.get("heir", ""))
    staffing.leave(agent, by=request.agent, heir=heir)
    said = gettext("%(name)s can no longer sign in here. Their open conversations go to others.")
    toast(request, said % {"name": agent.name})
    return back(request)


@allowed(May.MANAGE)
def give_seat(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../people/<id>/seat/"""
    agent = one(request, agent_id)
    staffing.come_back(agent, by=request.agent)
    toast(request, gettext("%(name)s works here again.") % {"name": agent.name})
    return back(request)


def shown(request: Request, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    """The page of people, with a form to invite one more."""
    workspace = request.workspace
    on_teams: dict[UUID, list[TeamSeat]] = {}
    for seat in TeamSeat.objects.of(workspace).select_related("team").order_by("team__name"):
        on_teams.setdefault(seat.agent_id, []).append(seat)
    agents = (
        Agent.objects.of(workspace)
        .select_related("user")
        .order_by(F("left_at").asc(nulls_first=True), "name", "pk")
    )
    facts = {
        "people": [{"agent": agent, "seats": on_teams.get(agent.pk, [])} for agent in agents],
        "invitations": list(joining.waiting(workspace.pk)),
        "form": form,
        "now": clock.now(),
        **PLACE,
    }
    return page(request, "settings/people.html", facts, status=status)


def invitation_form(request: Request, given: Any = None) -> InvitationForm:
    teams = list(Team.objects.of(request.workspace).order_by("name"))
    return InvitationForm(given, by=request.agent, teams=teams)


def roles_for(agent: Agent) -> list[tuple[str, str]]:
    """The roles this seat may give."""
    return [(role.value, str(role.label)) for role in Role if role != Role.OWNER or May.OWN in agent.may]


def one(request: Request, agent_id: UUID) -> Agent:
    try:
        found: Agent = Agent.objects.of(request.workspace).get(pk=agent_id)
    except Agent.DoesNotExist:
        raise Http404 from None
    return found


def back(request: Request) -> HttpResponse:
    return page(request, "settings/people.html", to=reverse("web:people", args=[request.workspace.slug]))
