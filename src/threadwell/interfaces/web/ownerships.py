"""Ownerships: whose conversation it is, and which team's.

In:    an agent or a team, or nobody
Out:   the conversation's head, and a way back
Touch: nothing but through `handling`
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def give(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/owner/"""
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    was = request.POST.get("was")  # two at once: the second is told what the first did
    return deeds.done(request, number, handling.Assign(owner=owner, was=was), owned(owner))


@allowed(May.HANDLE)
def pass_on(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/team/"""
    team = deeds.team_of(request, request.POST.get("team", ""))
    return deeds.done(request, number, handling.PassTo(team=team), passed(team))


def owned(owner: Agent | None) -> str:
    return (
        gettext("Assigned to %(name)s.") % {"name": owner.name} if owner else gettext("Nobody owns it now.")
    )


def passed(team: Team | None) -> str:
    return (
        gettext("Passed to %(name)s.") % {"name": team.name} if team else gettext("In no team's queue now.")
    )
