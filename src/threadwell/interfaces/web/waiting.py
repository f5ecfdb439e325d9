"""Waiting: what stands in the queues until somebody can take it, and why nobody could yet.

In:    a team
Out:   the queues, one in its order, how far a redistribution is
Touch: nothing but through `redistributing`
"""

from uuid import UUID

from django.db.models import Count, Min
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import redistributing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.rota_teams import team_of
from threadwell.record.rota.models import QueuePlace, Redistribution
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import May

SHOWN = 200  #: of a queue; the first ones are those that somebody takes next


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../waiting/"""
    rows = QueuePlace.objects.of(request.workspace).waiting().order_by()
    counted = {key: facts for key, *facts in rows.values_list("team_id").annotate(Count("pk"), Min("since"))}
    teams = Team.objects.of(request.workspace).filter(pk__in=[key for key in counted if key])
    queues = [
        {"team": team, "count": counted[team.pk][0], "since": counted[team.pk][1]}
        for team in teams.order_by("name", "pk")
    ]
    facts = {
        "queues": queues,
        "teamless": _places(request, None) if None in counted else [],
        "here": "waiting",
    }
    return page(request, "rota/queues.html", facts)


@allowed(May.READ)
def show(request: Request, team_id: UUID) -> HttpResponse:
    """GET .../waiting/<team>/"""
    team = team_of(request, team_id)
    count = QueuePlace.objects.of(request.workspace).waiting().filter(team=team).count()
    facts = {
        "team": team,
        "places": _places(request, team),
        "count": count,
        "beyond": max(0, count - SHOWN),
        "here": "waiting",
    }
    return page(request, "rota/queue.html#places", facts)


@allowed(May.SUPERVISE)
def hand_out(request: Request, team_id: UUID) -> HttpResponse:
    """POST .../waiting/<team>/handing-out/: everything that is nobody's in the team is looked at anew."""
    team = team_of(request, team_id)
    row = redistributing.begin(Redistribution.Cause.BY_HAND, team=team, by=request.agent)
    where = reverse("web:redistribution", args=[request.workspace.slug, row.pk])
    return page(request, "rota/redistribution.html", to=where)


@allowed(May.READ)
def progress(request: Request, redistribution_id: UUID) -> HttpResponse:
    """GET .../redistributions/<id>/"""
    rows = Redistribution.objects.of(request.workspace).select_related("giver", "team", "heir", "asked_by")
    found = rows.filter(pk=redistribution_id).first()
    if found is None:
        raise Http404
    title = _("Conversations of %(name)s go to others") % {"name": found.giver or found.team}
    facts = {"row": found, "title": title, "here": "waiting"}
    return page(request, "rota/redistribution.html#progress", facts)


def _places(request: Request, team: Team | None) -> list[QueuePlace]:
    rows = QueuePlace.objects.of(request.workspace).waiting().filter(team=team).in_order()
    return list(rows.select_related("conversation__contact", "conversation__organisation")[:SHOWN])
