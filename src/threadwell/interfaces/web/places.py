"""Places: where one can go on the desk, with how many conversations stand there.

In:    a request inside a workspace
Out:   the links of the side bar and of the phone's menu; the counts by place
Touch: nothing
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.templatetags.threadwell import address_of
from threadwell.kit.questions import Question
from threadwell.record.commitments.models import Task
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Label, SavedView
from threadwell.record.conversations.queues import Place
from threadwell.record.inboxes.models import Delivery, Inbox
from threadwell.record.notices.models import Notice
from threadwell.record.rota.models import Orphan
from threadwell.record.teamwork.models import Handover
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import ALLOWED, May, Role

TEAM = "team-"
SAVED = "saved-"

#: Places beside the desk that say how many wait there.
NAMED = ("quarantine", "notices", "tasks", "orphans", "handovers")
#: What closed is nobody counts.
COUNTED = tuple(place for place in Place if place is not Place.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How a place is called and found."""

    name: Promise
    icon: str
    keys: str = ""
    needs: May = May.READ


SIGNS: dict[str, Sign] = {
    Place.MINE: Sign(name=_("Mine"), icon="user-round", keys="g m"),
    Place.UNASSIGNED: Sign(name=_("Unassigned"), icon="inbox", keys="g u"),
    Place.OPEN: Sign(name=_("All open"), icon="layers", keys="g o"),
    Place.DUE: Sign(name=_("Due soon"), icon="hourglass", keys="g e"),
    Place.MENTIONS: Sign(name=_("Mentions"), icon="at-sign", keys="g n"),
    Place.DRAFTS: Sign(name=_("Drafts"), icon="pencil", keys="g d"),
    Place.SNOOZED: Sign(name=_("Snoozed"), icon="alarm-clock", keys="g s"),
    Place.CLOSED: Sign(name=_("Closed"), icon="check-check", keys="g c"),
}
#: Pages beside the desk, by the name of their address.
BESIDE: dict[str, Sign] = {
    "tasks": Sign(name=_("Tasks"), icon="square-check-big", keys="g t"),
    "promises": Sign(name=_("Promises"), icon="handshake", keys="g p"),
    "handovers": Sign(name=_("Hand-overs"), icon="user-check", keys="g h"),
    "waiting": Sign(name=_("Waiting queue"), icon="clock-alert", keys="g a"),
    "overview": Sign(name=_("Overview"), icon="chart-column", keys="g v", needs=May.SUPERVISE),
    "orphans": Sign(name=_("Unattended"), icon="circle-dashed", keys="g r", needs=May.SUPERVISE),
    "notices": Sign(name=_("Notices"), icon="bell", keys="g b"),
    "work": Sign(name=_("Work"), icon="package", keys="g w"),
    "contacts": Sign(name=_("Customers"), icon="circle-user-round", keys="g k"),
    "ledger": Sign(name=_("Ledger"), icon="list-checks", keys="g l", needs=May.SEE_LEDGER),
    "quarantine": Sign(name=_("Quarantine"), icon="shield-alert", keys="g q", needs=May.SEE_LEDGER),
    "settings": Sign(name=_("Settings"), icon="settings", keys="g ,"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One line of the side bar."""

    key: str
    name: str | Promise
    url: str
    icon: str = ""
    count: str = ""
    keys: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """All the lines, in their groups."""

    views: list[Link]
    teams: list[Link]
    saved: list[Link]
    places: list[Link]

    @property
    def look(self) -> Hashable:
        """All that can differ between the side bars of two readers of one role."""
        every = (*self.views, *self.teams, *self.saved, *self.places)
        return tuple((link.key, link.count, isinstance(link.name, str) and link.name) for link in every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something one can choose by its name."""

    pk: UUID
    name: str
    is_mine: bool = False


@dataclass(slots=True, kw_only=True)
class House:
    """What there is to choose from in a workspace."""

    agents: list[Named] = field(default_factory=list)  #: who can own conversations
    teams: list[Named] = field(default_factory=list)
    inboxes: list[Named] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    saved: list[Named] = field(default_factory=list)

    @property
    def look(self) -> Hashable:
        """All that menus made of it show."""
        every = (*self.agents, *self.teams, *self.inboxes, *self.saved)
        return (tuple((one.pk, one.name, one.is_mine) for one in every), tuple(self.labels))

    @property
    def my_teams(self) -> list[Named]:
        """Those the agent sits on; all, for somebody who sits on none."""
        return [team for team in self.teams if team.is_mine] or self.teams


def nav_of(request: Request) -> Nav:
    """The side bar of this reader."""
    house, counts = house_of(request), counts_of(request)

    def desk(key: str, name: str | Promise, icon: str = "", keys: str = "") -> Link:
        url = _address("view", request, key)
        return Link(key=key, name=name, url=url, icon=icon, count=counts.get(key, ""), keys=keys)

    return Nav(
        views=[desk(key, sign.name, sign.icon, sign.keys) for key, sign in SIGNS.items()],
        teams=[desk(f"{TEAM}{team.pk}", team.name, "users-round") for team in house.my_teams],
        saved=[desk(f"{SAVED}{view.pk}", view.name, "bookmark") for view in house.saved],
        places=list(_beside(request, counts)),
    )


def house_of(request: Request) -> House:
    """Everything with a name, read once a request, with one query."""
    known = getattr(request, "house", None)
    if known is None:
        known = cast("Any", request).house = _looked_up(request)
    return cast("House", known)


def counts_of(request: Request) -> dict[str, str]:
    """How many stand where."""
    agent, house = request.agent, house_of(request)
    teams = [team.pk for team in house.my_teams]
    inboxes = [inbox.pk for inbox in house.inboxes] if May.SEE_LEDGER in agent.may else []
    [found] = _counting(len(teams), len(inboxes))(agent.workspace_id, agent.pk, *teams, *inboxes)
    keys = (*COUNTED, *(f"{TEAM}{team}" for team in teams), *NAMED)
    return {key: readable(count) for key, count in zip(keys, found, strict=True)}


def readable(count: int) -> str:
    return str(count or "") if count < queues.COUNTED else f"{queues.COUNTED - 1}+"


@cache
def _counting(teams: int, inboxes: int) -> Question[Any]:
    def ask(workspace_id: UUID, agent_id: UUID, *keys: UUID) -> Any:
        agent = Agent(pk=agent_id, workspace_id=workspace_id)
        waiting = (
            queues.calling(agent) if place is Place.MENTIONS else queues.at(place, agent) for place in COUNTED
        )
        of_teams = [queues.of_team(key, agent) for key in keys[:teams]]
        # By inbox, for that is what the index leads with.
        laid = Delivery.objects.of(workspace_id).filter(inbox_id__in=keys[teams:])
        held = laid.filter(state=Delivery.State.QUARANTINED)
        told = Notice.objects.of(workspace_id).to(agent).unseen()
        late = Task.objects.of(workspace_id).open().owned_by(agent).filter(comes_at__lt=Now())
        lost = Orphan.objects.of(workspace_id)
        handed = Handover.objects.of(workspace_id).pending().for_agent(agent)
        return queues.counted(agent, (*waiting, *of_teams, held, told, late, lost, handed))

    return Question(ask)


def _beside(request: Request, counts: Mapping[str, str]) -> Iterator[Link]:
    for name, sign in BESIDE.items():
        if sign.needs in request.agent.may:
            url = _address(name, request)
            count = counts.get(name, "")
            yield Link(key=name, name=sign.name, url=url, icon=sign.icon, count=count, keys=sign.keys)


def _address(name: str, request: Request, *args: str) -> str:
    return address_of(settings.ROOT_URLCONF, name, request.workspace.slug, *args)


def _looked_up(request: Request) -> House:
    house = House()
    for kind, key, name, is_mine in NAMES(request.workspace.pk, request.agent.pk):
        match kind:
            case "agent":
                house.agents.append(Named(pk=key, name=name, is_mine=is_mine))
            case "team":
                house.teams.append(Named(pk=key, name=name, is_mine=is_mine))
            case "inbox":
                house.inboxes.append(Named(pk=key, name=name))
            case "label":
                house.labels.append(name)
            case _:
                house.saved.append(Named(pk=key, name=name, is_mine=is_mine))
    return house


def _named(workspace: UUID, agent_id: UUID) -> Any:
    owning = [role for role in Role if May.HANDLE in ALLOWED[role]]
    my_seats = TeamSeat.objects.of(workspace).filter(agent_id=agent_id, team_id=OuterRef("pk"))
    mine = Q(agent_id=agent_id)
    kinds = (
        ("agent", Agent.objects.of(workspace).filter(left_at=None, role__in=owning), Q(pk=agent_id)),
        ("team", Team.objects.of(workspace), Q(Exists(my_seats))),
        ("inbox", Inbox.objects.of(workspace).filter(closed_at=None), Q(pk=None)),
        ("label", Label.objects.of(workspace), Q(pk=None)),
        ("saved", SavedView.objects.of(workspace).filter(mine | Q(is_shared=True)), mine),
    )
    first, *rest = (
        rows.annotate(
            of_kind=Value(kind), called=Cast(F("name"), TextField()), is_mine=_as_fact(is_mine)
        ).values_list("of_kind", "pk", "called", "is_mine")
        for kind, rows, is_mine in kinds
    )
    return first.union(*rest, all=True).order_by("of_kind", "called")


def _as_fact(condition: Q) -> Any:
    return ExpressionWrapper(condition, output_field=BooleanField())


NAMES = Question(_named)
