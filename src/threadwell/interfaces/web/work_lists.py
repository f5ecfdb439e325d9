"""Work lists: all work, narrowed, ordered and with the columns one chose; views of it; many changed at once.

In:    the part of an address behind the question mark; what was chosen
Out:   a page of rows with their cells; a view in the side bar; changed work with a way back
Touch: the session, which remembers the columns; SavedView; work through `many`
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import many
from threadwell.interfaces.web import deeds, saved_views
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.saved_views import LONGEST
from threadwell.interfaces.web.work_items_filters import FIELD, WorkFilterForm
from threadwell.kit import paging
from threadwell.kit.errors import Invalid
from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work import finding
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus
from threadwell.record.workplace.roles import May

SIZE = 50
AT_ONCE = 1000  #: pieces of work that are changed together
CUSTOM = "custom-"
SORTS = {"due": "due_order", "newest": "-changed_at"}
SORT_NAMES = {"due": _("Due first"), "newest": _("Changed last")}
COLUMNS: dict[str, Promise] = {
    "type": _("Kind"),
    "status": _("Status"),
    "customer": _("Customer"),
    "owner": _("Owner"),
    "team": _("Team"),
    "due": _("Due"),
    "amount": _("Amount"),
    "system": _("System"),
    "made": _("Created"),
    "changed": _("Changed"),
    "closed": _("Closed"),
}
USUAL = ("status", "customer", "owner", "due", "amount")
REMEMBERED = "columns-work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One piece of work: the template draws what it knows, and the rest as text."""

    item: WorkItem
    cells: list[tuple[str, str]]  #: column, text of a field of the workspace's own


class Asked:
    """The list of work as one request asks for it."""

    def __init__(self, request: Request, given: QueryDict) -> None:
        self.request, self.given = request, given
        self.kinds = kinds_of(request)
        self.chosen = next((one for one in self.kinds if one.key == given.get("type")), None)
        self.searched = values.fields_of(
            request.workspace, CustomField.About.WORK_ITEM, of_type=self.chosen.pk if self.chosen else None
        )
        self.fields = [one for one in self.searched if self.chosen or one.of_type is None]
        self.form = WorkFilterForm(
            given,
            house=house_of(request),
            kinds=self.kinds,
            statuses=self.chosen.statuses() if self.chosen else [],
            fields=self.fields,
        )
        self.sort = given.get("sort", "") if given.get("sort") in SORTS else "due"

    @cached_property
    def filters(self) -> finding.Filters:
        return self.form.filters(self.request.agent)

    @property
    def rows(self) -> Any:
        every = WorkItem.objects.of(self.request.workspace)
        return finding.narrowed(every, self.filters, searched=self.searched)

    @cached_property
    def narrowing(self) -> str:
        return self.form.query()

    @property
    def offered(self) -> dict[str, str | Promise]:
        own: dict[str, str | Promise] = {f"{CUSTOM}{one.key}": one.label for one in self.fields}
        return {**COLUMNS, **own}

    @cached_property
    def columns(self) -> dict[str, str | Promise]:
        """The columns to show, in their order: as the address says, or as last time."""
        asked = [one for one in self.given.getlist("column") if one in self.offered]
        if asked:
            self.request.session[REMEMBERED] = asked
        chosen = set(asked or self.request.session.get(REMEMBERED, USUAL))
        return {key: name for key, name in self.offered.items() if key in chosen}

    def query(self, **other: str) -> str:
        """The address's part for what is asked; one meaning, one spelling."""
        sort = {"sort": self.sort} if self.sort != "due" else {}
        columns = [("column", one) for one in self.given.getlist("column")]
        pairs = [*{**sort, **other}.items(), *columns]
        return "&".join(part for part in (self.narrowing, urlencode(pairs)) if part)

    def page(self) -> paging.Page[Any]:
        rows = finding.shown(self.rows)
        return paging.page(rows, by=SORTS[self.sort], size=SIZE, cursor=self.given.get("after", ""))

    def drawn(self, items: list[WorkItem]) -> Iterator[Row]:
        names = {str(one.pk): one.name for one in house_of(self.request).agents}
        own = {f"{CUSTOM}{one.key}": one for one in self.fields}
        for item in items:
            cells = [
                (key, values.shown(own[key], item.custom.get(own[key].key), names) if key in own else "")
                for key in self.columns
            ]
            yield Row(item=item, cells=cells)


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../work/?type=&status=&state=&owner=&team=&due=&customer=&q=&sort=&column=&after="""
    asked = Asked(request, request.GET)
    found = asked.page()
    base = reverse("web:work", args=[request.workspace.slug])
    house = house_of(request)
    context = {
        "asked": asked,
        "form": asked.form,
        "rows": list(asked.drawn(list(found.rows))),
        "kinds": [one for one in asked.kinds if not one.archived_at],
        "chosen": asked.chosen,
        "statuses": asked.chosen.statuses() if asked.chosen else [],
        "is_narrowed": bool(asked.narrowing),
        "more_filters": _more_filters(request),
        "about": _about(request),
        "base": base,
        "query": asked.query(),
        "sorts": [
            {"key": key, "name": name, "url": f"{base}?{asked.query(sort=key)}"}
            for key, name in SORT_NAMES.items()
        ],
        "older_url": f"{base}?{asked.query(after=found.next)}" if found.next else "",
        "agents": house.agents,
        "teams": house.teams,
        "saved": next((one for one in house.saved if str(one.pk) == request.GET.get("view")), None),
        "here": "work",
    }
    return page(request, "work/list.html", context)


@allowed(May.READ, changes=May.READ)
def save_view(request: Request) -> HttpResponse:
    """POST .../work/views/: the list as it is narrowed now, in the side bar."""
    asked = Asked(request, QueryDict(request.POST.get("query", "")[:LONGEST]))
    return saved_views.kept(request, "work", asked.query())


@allowed(May.HANDLE)
def change_many(request: Request) -> HttpResponse:
    """POST .../work/bulk/: ``deed`` and its value to those ``chosen``, or to ``everything``."""
    query = request.POST.get("query", "")[:LONGEST]
    back = f"{reverse('web:work', args=[request.workspace.slug])}?{query}"
    deed, said = _wanted(request)
    items = _chosen(request, query)
    undo = many.change(items, deed, by=request.agent) if items else None
    if not items:
        toast(request, gettext("Choose some of them first."))
    elif undo is None:
        toast(request, gettext("Nothing changed: they were so already."))
    else:
        told = ngettext(
            "%(count)s piece of work: %(said)s", "%(count)s pieces of work: %(said)s", len(undo.facts)
        )
        way_back = deeds.way_back(request, undo)
        toast(request, told % {"count": len(undo.facts), "said": said}, undo=way_back)
    return page(request, "work/list.html", to=back)


def kinds_of(request: Request) -> list[WorkItemType]:
    """All kinds of work here, in their order."""
    return list(WorkItemType.objects.of(request.workspace).order_by("position", "pk"))


def named(request: Request, model: Any, name: str) -> Any:
    """What the address names by its key, if it is there."""
    try:
        return model.objects.of(request.workspace).filter(pk=UUID(request.GET.get(name, ""))).first()
    except ValueError:
        return None


def _wanted(request: Request) -> tuple[many.Deed, str]:
    match request.POST.get("deed"):
        case "owner":
            owner = deeds.owner_of(request, request.POST.get("owner", ""))
            said = gettext("%(name)s is the owner") % {"name": owner.name} if owner else gettext("no owner")
            return many.Give(owner=owner), said
        case "team":
            team = deeds.team_of(request, request.POST.get("team", ""))
            said = gettext("team %(name)s") % {"name": team.name} if team else gettext("no team")
            return many.PassOn(team=team), said
        case "due":
            due_at = _moment(request.POST.get("due", ""))
            return many.Date(due_at=due_at), gettext("another due time") if due_at else gettext("no due time")
        case "status":
            status = _status(request, request.POST.get("status", ""))
            return many.MoveTo(status=status), gettext("moved to “%(status)s”") % {"status": status.name}
        case _:
            raise Invalid(gettext("There is no such deed."))


def _chosen(request: Request, query: str) -> list[WorkItem]:
    if request.POST.get("everything"):
        rows = Asked(request, QueryDict(query)).rows
    else:
        try:
            keys = [UUID(key) for key in request.POST.getlist("chosen")]
        except ValueError:
            raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None
        rows = WorkItem.objects.of(request.workspace).filter(pk__in=keys)
    items = list(rows.order_by("pk")[: AT_ONCE + 1])
    if len(items) > AT_ONCE:
        raise Invalid(gettext("Choose %(most)s at most.") % {"most": AT_ONCE})
    return items


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is not None:
            return timezone.make_aware(moment) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        pass
    raise Invalid(gettext("This is not a moment: give a day and a time."))


def _status(request: Request, key: str) -> WorkStatus:
    try:
        return WorkStatus.objects.of(request.workspace).get(pk=UUID(key))
    except (ValueError, WorkStatus.DoesNotExist):
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None


def _about(request: Request) -> str:
    """The customer whose work alone is listed."""
    one = named(request, Contact, "contact") or named(request, Organisation, "organisation")
    return str(one) if one else ""


def _more_filters(request: Request) -> bool:
    """Whether one of the filters that are folded away is in use."""
    return any(
        value and (name in {"team", "due", "customer", "status"} or name.startswith(FIELD))
        for name, value in request.GET.items()
    )
