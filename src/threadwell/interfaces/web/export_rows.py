"""Export rows: what lists show, as rows of a table: all of it, page by page, and nothing else.

In:    a request with the filters of a list in its address
Out:   a header and rows
Touch: nothing
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from threadwell.interfaces.web import listing, timeline_rows, timelines, work_lists
from threadwell.interfaces.web.commitments_parts import rows_of
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.registers import CONTACTS, ORGANISATIONS, Asked, Register
from threadwell.kit import clock, paging
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.queues import Place
from threadwell.record.fields import values
from threadwell.record.work import finding
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import TeamSeat

AT_ONCE = 1000  #: rows of a query


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A header, and the rows when somebody takes them."""

    header: list[str]
    rows: Iterator[list[Any]]


def contacts(request: Request) -> Table:
    return _of_register(request, CONTACTS)


def organisations(request: Request) -> Table:
    return _of_register(request, ORGANISATIONS)


def conversations(request: Request) -> Table:
    """The view that ``view`` names, narrowed like the list."""
    view = listing.view_of(request, request.GET.get("view", Place.OPEN), request.GET)
    rows = view.rows.select_related("contact", "organisation", "owner", "team", "inbox")
    header = [
        *(_("Number"), _("Subject"), _("Status"), _("Priority"), _("Type"), _("Customer"), _("Organisation")),
        *(_("Owner"), _("Team"), _("Inbox"), _("Labels"), _("Messages"), _("Begun"), _("Last message")),
        *(_("Waits since"), _("Closed")),
    ]
    return Table(header=header, rows=_through(rows, view.sort.by, _conversation))


def work(request: Request) -> Table:
    """Work as its list is narrowed."""
    asked = work_lists.Asked(request, request.GET)
    names = {str(one.pk): one.name for one in house_of(request).agents}
    header = [
        *(_("Number"), _("Title"), _("Kind"), _("Status"), _("Owner"), _("Team"), _("Due"), _("Amount")),
        *(_("Currency"), _("Customer"), _("Organisation"), _("System"), _("External id"), _("Begun")),
        *(_("Closed"), *(one.label for one in asked.fields)),
    ]

    def cells(item: Any) -> list[Any]:
        told = [values.shown(one, item.custom.get(one.key), names) for one in asked.fields]
        return [*_work_item(item), *told]

    return Table(header=header, rows=_through(finding.shown(asked.rows), "due_order", cells))


def tasks(request: Request) -> Table:
    """Tasks as their list shows them: mine, my teams', overdue, done, or all that are open."""
    every = rows_of(request, Task).select_related("owner", "team", "contact", "organisation")
    show = request.GET.get("show", "mine")
    if show == "mine":
        every = every.open().owned_by(request.agent)
    elif show == "team":
        teams = [team.pk for team in house_of(request).my_teams]
        mates = TeamSeat.objects.of(request.workspace).filter(team_id__in=teams).values("agent_id")
        every = every.open().filter(Q(team_id__in=teams) | Q(owner_id__in=mates))
    elif show == "overdue":
        every = every.overdue(now=clock.now())
    else:
        every = every.done() if show == "done" else every.open()
    header = [
        *(_("Title"), _("Owner"), _("Team"), _("Due"), _("Customer"), _("Organisation")),
        *(_("Done"), _("Note"), _("Begun")),
    ]
    return Table(header=header, rows=_through(every, "pk", _task))


def timeline(request: Request) -> Table:
    """The story of a customer or of work, as its page is narrowed; ``story`` names whose it is."""
    whose, shown = timelines.narrowed_story(request)
    return Table(
        header=timeline_rows.header(), rows=timeline_rows.rows(whose, shown, slug=request.workspace.slug)
    )


TABLES: dict[str, Callable[[Request], Table]] = {
    "contacts": contacts,
    "organisations": organisations,
    "conversations": conversations,
    "work": work,
    "tasks": tasks,
    "timeline": timeline,
}


def _of_register(request: Request, register: Register) -> Table:
    asked = Asked(request, register, request.GET)
    header = [_("Key"), _("Name"), *(str(name) for name in asked.offered.values())]
    return Table(header=header, rows=asked.lines())


def _through(rows: Any, by: str, cells: Callable[[Any], list[Any]]) -> Iterator[list[Any]]:
    cursor = ""
    while True:
        page = paging.page(rows, by=by, size=AT_ONCE, cursor=cursor)
        yield from (cells(row) for row in page.rows)
        cursor = page.next
        if not cursor:
            return


def _conversation(one: Conversation) -> list[Any]:
    return [
        *(one.number, one.subject, one.get_status_display(), one.get_priority_display()),
        *(one.get_type_display(), one.with_whom, _named(one.organisation), _named(one.owner)),
        *(_named(one.team), one.inbox.name, one.labels, one.message_count, one.made_at, one.last_message_at),
        *(one.waiting_since, one.closed_at),
    ]


def _work_item(one: WorkItem) -> list[Any]:
    return [
        *(one.number, one.title, one.type.name, one.status.name, _named(one.owner), _named(one.team)),
        *(one.due_at, one.amount, one.currency, _named(one.contact), _named(one.organisation)),
        *(one.system, one.external_id, one.made_at, one.closed_at),
    ]


def _task(one: Task) -> list[Any]:
    return [
        *(one.title, _named(one.owner), _named(one.team), one.due_at, _named(one.contact)),
        *(_named(one.organisation), one.done_at, one.done_note, one.made_at),
    ]


def _named(one: Any) -> str:
    return one.name if one else ""
