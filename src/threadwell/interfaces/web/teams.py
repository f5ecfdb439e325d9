"""Teams: who shares a queue.

In:    a name, members
Out:   the page of teams, the page of one
Touch: nothing but through `staffing`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import staffing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import May

PLACE = {"section": "teams", "here": "settings"}


class TeamForm(forms.Form):
    """A team's name, and who is on it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    members = forms.MultipleChoiceField(
        label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, agents: list[Agent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(agent.pk): agent for agent in agents}
        self.fields["members"].choices = [(key, agent.name) for key, agent in self.by_id.items()]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def chosen(self) -> list[Agent]:
        return [self.by_id[key] for key in self.cleaned_data["members"]]


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    teams = list(Team.objects.of(request.workspace).order_by("name"))
    members: dict[UUID, list[Agent]] = {}
    seats = TeamSeat.objects.of(request.workspace).select_related("agent").order_by("agent__name")
    for seat in seats.filter(agent__left_at=None):
        members.setdefault(seat.team_id, []).append(seat.agent)
    shown = [{"team": team, "members": members.get(team.pk, [])} for team in teams]
    return page(request, "settings/teams.html", {"teams": shown, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    return page(request, "settings/team.html", {"form": _form(request), **PLACE})


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = _form(request, request.POST)
    if not form.is_valid():
        return _again(request, form)
    try:
        team = staffing.make_team(form.cleaned_data["name"], members=form.chosen, by=request.agent)
    except staffing.NameTaken as taken:
        return _again(request, form, taken)
    toast(request, gettext("The team “%(name)s” is there.") % {"name": team.name})
    return _back(request)


@allowed(May.MANAGE)
def show(request: Request, team_id: UUID) -> HttpResponse:
    team = _one(request, team_id)
    seated = TeamSeat.objects.of(request.workspace).filter(team=team).values_list("agent_id", flat=True)
    form = _form(request, initial={"name": team.name, "members": [str(key) for key in seated]})
    return page(request, "settings/team.html", {"form": form, "team": team, **PLACE})


@allowed(May.MANAGE)
def update(request: Request, team_id: UUID) -> HttpResponse:
    team = _one(request, team_id)
    form = _form(request, request.POST)
    if not form.is_valid():
        return _again(request, form, team=team)
    try:
        staffing.rename_team(team, form.cleaned_data["name"], by=request.agent)
    except staffing.NameTaken as taken:
        return _again(request, form, taken, team=team)
    staffing.staff(team, form.chosen, by=request.agent)
    toast(request, gettext("Saved."))
    return _back(request)


def _form(request: Request, given: Any = None, **more: Any) -> TeamForm:
    agents = list(Agent.objects.of(request.workspace).filter(left_at=None).order_by("name", "pk"))
    return TeamForm(given, agents=agents, **more)


def _one(request: Request, team_id: UUID) -> Team:
    try:
        found: Team = Team.objects.of(request.workspace).get(pk=team_id)
    except Team.DoesNotExist:
        raise Http404 from None
    return found


def _again(
    request: Request, form: TeamForm, taken: staffing.NameTaken | None = None, team: Team | None = None
) -> HttpResponse:
    if taken:
        form.add_error("name", str(taken.sentence))
    return page(
        request,
        "settings/team.html",
        {"form": form, "team": team, **PLACE},
        status=422,
    )


def _back(request: Request) -> HttpResponse:
    return page(request, "settings/teams.html", to=reverse("web:teams", args=[request.workspace.slug]))
