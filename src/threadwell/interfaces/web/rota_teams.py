"""Rota of a team: how it hands out its work, and how its members stand.

In:    a method
Out:   the page of the team's work
Touch: nothing but through `rostering`
"""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import rostering
from threadwell.interfaces.web.availability import drawn
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import clock
from threadwell.record.rota.floor import standing, terms
from threadwell.record.rota.models import Absence, AgentSkill, Availability, Distribution, QueuePlace
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import ALLOWED, May, Role


@allowed(May.READ)
def show(request: Request, team_id: UUID) -> HttpResponse:
    """GET .../settings/teams/<id>/rota/"""
    team = team_of(request, team_id)
    now = clock.now()
    rows = [row for row in standing(team.workspace_id, teams=[team.pk], now=now) if row.is_member]
    workload = terms(team.workspace_id).workload
    keys = [row.agent_id for row in rows]
    absences = Absence.objects.of(request.workspace).at(now).filter(agent_id__in=keys)
    out = {one.agent_id: one for one in absences.select_related("deputy")}
    known: dict[UUID, list[AgentSkill]] = {}
    had = AgentSkill.objects.of(request.workspace).filter(agent_id__in=keys).select_related("skill")
    for one in had.order_by("skill__name"):
        known.setdefault(one.agent_id, []).append(one)
    hours = Availability.objects.of(request.workspace).filter(agent_id__in=keys).select_related("calendar")
    calendars = {one.agent_id: one.calendar for one in hours}
    members = [
        {
            "key": row.agent_id,
            "name": row.name,
            "standing": drawn(row, out.get(row.agent_id), workload),
            "skills": known.get(row.agent_id, []),
            "calendar": calendars.get(row.agent_id),
            "owns": May.HANDLE in ALLOWED[Role(row.role)],
        }
        for row in sorted(rows, key=lambda row: (row.name.casefold(), row.agent_id))
        if not row.has_left
    ]
    found = Distribution.objects.of(request.workspace).filter(team=team).first()
    facts = {
        "team": team,
        "method": found.method if found else Distribution.Method.BY_HAND,
        "methods": Distribution.Method.choices,
        "members": members,
        "waiting": QueuePlace.objects.of(request.workspace).waiting().filter(team=team).count(),
        "may_change": May.SUPERVISE in request.agent.may,
        "section": "teams",
        "here": "settings",
    }
    return page(request, "rota/team.html", facts)


@allowed(May.SUPERVISE)
def hand_out_by(request: Request, team_id: UUID) -> HttpResponse:
    """POST .../settings/teams/<id>/rota/"""
    team = team_of(request, team_id)
    if rostering.hand_out_by(team, request.POST.get("method", ""), by=request.agent):
        toast(request, _("Saved. It counts for what comes from now on."))
    return page(
        request, "rota/team.html", to=reverse("web:team_rota", args=[request.workspace.slug, team.pk])
    )


def team_of(request: Request, team_id: UUID) -> Team:
    found: Team | None = Team.objects.of(request.workspace).filter(pk=team_id).first()
    if found is None:
        raise Http404
    return found
