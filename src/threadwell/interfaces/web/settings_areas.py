"""Settings areas: what can be set up in a workspace, and who may.

In:    a seat
Out:   the areas it may enter, by groups, as links; the page that lists them
Touch: nothing

Whoever adds a page of settings adds its row here. On a page of settings stand the links of its group: all of
them together are more than a line holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One row of the settings."""

    place: str  #: the name of its address
    name: Promise
    detail: Promise
    icon: str
    needs: May


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Areas that stand beside each other."""

    name: Promise
    areas: tuple[Area, ...]


GROUPS = (
    Group(
        name=_("Yours"),
        areas=(
            Area(
                place="profile",
                name=_("You"),
                detail=_("Name, signature, time zone, language, look, how you sign in"),
                icon="circle-user-round",
                needs=May.READ,
            ),
            Area(
                place="my_rota",
                name=_("Availability"),
                detail=_("Online, busy or away; out of office with a deputy; your hours and skills"),
                icon="user-check",
                needs=May.READ,
            ),
            Area(
                place="notifications",
                name=_("Notifications"),
                detail=_("What reaches you by mail, in your browser or in a chat tool, and when not"),
                icon="bell",
                needs=May.READ,
            ),
            Area(
                place="tokens",
                name=_("API tokens"),
                detail=_("Tokens with which a program acts as you"),
                icon="key-round",
                needs=May.READ,
            ),
        ),
    ),
    Group(
        name=_("People"),
        areas=(
            Area(
                place="people",
                name=_("People"),
                detail=_("Who works here, as what; invitations"),
                icon="users-round",
                needs=May.READ,
            ),
            Area(
                place="teams",
                name=_("Teams"),
                detail=_("Who shares a queue"),
                icon="layers",
                needs=May.READ,
            ),
            Area(
                place="notice_rooms",
                name=_("Rooms of teams"),
                detail=_("Chat rooms that hear of a team's deadlines; what was sent, and what was not"),
                icon="message-square-text",
                needs=May.MANAGE,
            ),
            Area(
                place="skills",
                name=_("Skills"),
                detail=_("What one may have to know to answer"),
                icon="lightbulb",
                needs=May.READ,
            ),
            Area(
                place="workload",
                name=_("Workload"),
                detail=_("What a conversation weighs, how much an agent carries"),
                icon="layers",
                needs=May.READ,
            ),
        ),
    ),
    Group(
        name=_("Who answers, and by when"),
        areas=(
            Area(
                place="routing_rules",
                name=_("Routing"),
                detail=_("Rules by which conversations find their team and their owner"),
                icon="waypoints",
                needs=May.READ,
            ),
            Area(
                place="policies",
                name=_("Deadlines"),
                detail=_("By when we answer whom, and what happens when we are late"),
                icon="timer",
                needs=May.READ,
            ),
            Area(
                place="calendars",
                name=_("Business hours"),
                detail=_("When somebody is there: weeks, holidays, closed days"),
                icon="clock",
                needs=May.READ,
            ),
            Area(
                place="ladders",
                name=_("Follow-ups"),
                detail=_("What is done, step by step, while a customer stays silent"),
                icon="list-checks",
                needs=May.READ,
            ),
        ),
    ),
    Group(
        name=_("Mail"),
        areas=(
            Area(
                place="inboxes",
                name=_("Inboxes"),
                detail=_("The addresses that customers write to, and how they are"),
                icon="mail",
                needs=May.READ,
            ),
            Area(
                place="blocks",
                name=_("Blocks"),
                detail=_("Whose mail goes to quarantine"),
                icon="ban",
                needs=May.MANAGE,
            ),
            Area(
                place="imports",
                name=_("Imports"),
                detail=_("Old mail out of files"),
                icon="upload",
                needs=May.MANAGE,
            ),
        ),
    ),
    Group(
        name=_("Records"),
        areas=(
            Area(
                place="custom_fields",
                name=_("Fields"),
                detail=_("What your firm keeps about customers, conversations and work beside the usual"),
                icon="type",
                needs=May.MANAGE,
            ),
            Area(
                place="work_types",
                name=_("Kinds of work"),
                detail=_("Orders, claims, deals: their statuses and numbers"),
                icon="package",
                needs=May.MANAGE,
            ),
            Area(
                place="record_imports",
                name=_("Import tables"),
                detail=_("Customers, work and past interactions out of CSV, XLSX and vCards"),
                icon="file-text",
                needs=May.MANAGE,
            ),
        ),
    ),
    Group(
        name=_("Workspace"),
        areas=(
            Area(
                place="workspace",
                name=_("Workspace"),
                detail=_("Its name, its address, its time zone"),
                icon="settings",
                needs=May.MANAGE,
            ),
            Area(
                place="restrictions",
                name=_("Restrictions"),
                detail=_("Customers, inboxes and fields that only some may see"),
                icon="lock",
                needs=May.READ,
            ),
            Area(
                place="audit",
                name=_("Audit"),
                detail=_("Who signed in, changed rights, took lists out, looked at what is restricted"),
                icon="eye",
                needs=May.AUDIT,
            ),
        ),
    ),
)


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    return page(request, "settings/index.html", {"here": "settings"})


def open_to(seat: Agent) -> Iterator[dict[str, object]]:
    for group in GROUPS:
        for area in group.areas:
            if area.needs in seat.may:
                yield {
                    "group": group.name,
                    "place": area.place,
                    "url": reverse(f"web:{area.place}", args=[seat.workspace.slug]),
                    "name": area.name,
                    "detail": area.detail,
                    "icon": area.icon,
                }
