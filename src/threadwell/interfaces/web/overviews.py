"""Overviews: how it stands, for whoever leads: figures that open their lists, and work that goes to others.

In:    a team, or none; what shall go to whom
Out:   the board, which the page asks for anew when something happens; a new owner, and a way back
Touch: nothing but through `handling`
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import handling, overseeing
from threadwell.interfaces.web import deeds, ownerships
from threadwell.interfaces.web.availability import DOTS
from threadwell.interfaces.web.bulk import MOST
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import TEAM, house_of
from threadwell.kit import replica
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.queues import Filters, Place
from threadwell.record.rota.models import Availability
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

#: The figures in their order: name, words, what narrows the list to it, how it is drawn when there are some.
FIGURES: tuple[tuple[str, Promise, dict[str, str], str], ...] = (
    ("waiting", _("Waiting for us"), {"waiting": "on"}, ""),
    ("overdue", _("Overdue"), {"due": "overdue"}, "late"),
    ("soon", _("Due soon"), {"due": "soon"}, "soon"),
    ("unowned", _("No owner"), {"owner": "nobody"}, "soon"),
    ("open", _("Open"), {}, ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, and the list that it counts."""

    name: str
    label: str | Promise
    count: int
    url: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An agent or a team, with the figures of theirs."""

    line: Any  #: overseeing.AgentLine or TeamLine
    figures: list[Figure]
    state: str | Promise = ""
    dot: str = ""

    @property
    def share(self) -> int | None:
        """How full they are, of 100; nothing where there is no limit."""
        if not self.line.capacity:
            return None
        return int(min(100, 100 * self.line.load / self.line.capacity))

    @property
    def carried(self) -> str:
        if self.line.capacity is None:
            return ngettext("%(count)s point", "%(count)s points", self.line.load) % {"count": self.line.load}
        return gettext("%(load)s of %(capacity)s") % {"load": self.line.load, "capacity": self.line.capacity}


@allowed(May.SUPERVISE)
def show(request: Request) -> HttpResponse:
    """GET .../overview/?team="""
    return _shown(request, _team_key(request, request.GET.get("team", "")))


@allowed(May.SUPERVISE)
def choose(request: Request) -> HttpResponse:
    """GET .../overview/giving/?number= or ?from=&team=: to whom it shall go."""
    team = _team_key(request, request.GET.get("team", ""))
    facts: dict[str, Any] = {"team": team or "", "agents": house_of(request).agents, "here": "overview"}
    if giver := deeds.owner_of(request, request.GET.get("from", "")):
        facts |= {"giver": giver, "count": len(_waiting_with(request, giver, team))}
    else:
        number = request.GET.get("number", "")
        facts["conversation"] = deeds.one(request, int(number) if _is_number(number) else 0)
    return page(request, "overview/give.html", facts)


@allowed(May.SUPERVISE)
def give(request: Request) -> HttpResponse:
    """POST .../overview/giving/: ``number`` with ``was``, or what waits ``from`` somebody, to ``owner``."""
    team = _team_key(request, request.POST.get("team", ""))
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    giver = deeds.owner_of(request, request.POST.get("from", ""))
    if giver:
        given, was = _waiting_with(request, giver, team), str(giver.pk)
    else:
        number = request.POST.get("number", "")
        given = [deeds.one(request, int(number) if _is_number(number) else 0)]
        was = request.POST.get("was", "")
    # Whose it was when it was seen counts: of two supervisors at once the second is told what the first did.
    try:
        undo = handling.handle(given, handling.Assign(owner=owner, was=was), by=request.agent)
    except handling.Overtaken as late:
        if request.htmx:
            raise  # the corner of the page says it
        toast(request, str(late.sentence), level=messages.WARNING)
        return _shown(request, team, to=_address(request, team))
    if undo is None:
        nothing = gettext("Nothing was given: it is theirs already, or nothing waits any more.")
        toast(request, nothing, level=messages.INFO)
    else:
        count = len(undo.facts)
        told = ngettext("%(count)s conversation: %(said)s", "%(count)s conversations: %(said)s", count)
        words = told % {"count": count, "said": ownerships.owned(owner)}
        toast(request, words, undo=deeds.way_back(request, undo))
    return _shown(request, team, to=_address(request, team))


def _shown(request: Request, team: UUID | None, *, to: str | None = None) -> HttpResponse:
    told = replica.read(lambda: overseeing.overview(request.agent, team_id=team))
    facts = {
        "told": told,
        "team": team,
        "teams": house_of(request).teams,
        "figures": list(_figures(request, told.whole, team)),
        "agents": [_of_agent(request, line, team) for line in told.agents],
        "crews": [_of_team(request, line) for line in told.teams],
        "here": "overview",
    }
    return page(request, "overview/show.html#board", facts, to=to)


def _of_agent(request: Request, line: overseeing.AgentLine, team: UUID | None) -> Row:
    is_out = line.state == overseeing.OUT
    return Row(
        line=line,
        figures=list(_figures(request, line.figures, team, owner=str(line.agent_id))),
        state=gettext("Out of office") if is_out else Availability.State(line.state).label,
        dot="done" if is_out else DOTS[line.state],
    )


def _of_team(request: Request, line: overseeing.TeamLine) -> Row:
    return Row(line=line, figures=list(_figures(request, line.figures, line.team_id)))


def _figures(
    request: Request, figures: overseeing.Figures, team: UUID | None, *, owner: str = ""
) -> Iterator[Figure]:
    """Each with the address of the list whose rows it counts."""
    view = reverse("web:view", args=[request.workspace.slug, f"{TEAM}{team}" if team else Place.OPEN])
    for name, label, narrowing, look in FIGURES:
        if owner and name == "unowned":
            continue
        query = urlencode({"owner": owner, **narrowing} if owner else narrowing)
        count = getattr(figures, name)
        url = f"{view}?{query}" if query else view
        yield Figure(name=name, label=label, count=count, url=url, look=look if count else "")


def _waiting_with(request: Request, giver: Agent, team: UUID | None) -> list[Conversation]:
    """What waits with somebody, the longest first."""
    filters = Filters(owner=giver.pk, team=team, is_waiting=True)
    rows = queues.narrowed(queues.at(Place.OPEN, request.agent), filters, request.agent)
    found = list(rows.order_by("queue_at", "pk")[: MOST + 1])
    if len(found) > MOST:
        raise Invalid(
            gettext("More than %(most)s wait there; give some of them in the list.") % {"most": MOST}
        )
    return found


def _team_key(request: Request, text: str) -> UUID | None:
    if not text:
        return None
    found = next((team.pk for team in house_of(request).teams if str(team.pk) == text), None)
    if found is None:
        raise Http404
    return found


def _address(request: Request, team: UUID | None) -> str:
    base = reverse("web:overview", args=[request.workspace.slug])
    return f"{base}?team={team}" if team else base


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 18  # a bigint
