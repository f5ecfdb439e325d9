"""Register pages: what the list of contacts and the list of organisations do alike.

In:    a request, a register
Out:   the list, a saved view of it, many changed at once with a way back
Touch: SavedView; accounts through `saying`
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.flow import many
from threadwell.interfaces.web import deeds, listing, saved_views
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.registers import SORTS, Asked, Register
from threadwell.interfaces.web.saved_views import LONGEST
from threadwell.kit import ids
from threadwell.kit.errors import Invalid
from threadwell.record.people import saying
from threadwell.record.people.models import Alert, Source

AT_ONCE = 5000  #: records that are changed together


def index(request: Request, register: Register) -> HttpResponse:
    """The list."""
    asked = Asked(request, register, request.GET)
    shown = asked.page()
    base = reverse(f"web:{register.place}", args=[request.workspace.slug])
    facts = {
        "register": register,
        "asked": asked,
        "rows": asked.drawn(list(shown.rows)),
        "columns": asked.columns,
        "offered": asked.offered,
        "sorts": [
            {"key": key, "name": name, "url": f"{base}?{asked.query(sort=key)}"}
            for key, name in SORTS.items()
        ],
        "base": base,
        "query": asked.query(),
        "older_url": f"{base}?{asked.query(cursor=shown.next)}" if shown.next else "",
        "is_later": "cursor" in request.GET,
        "alerts": alerts_of(request),
        "here": "contacts",
        "urls": {
            name: reverse(f"web:{place}", args=[request.workspace.slug])
            for name, place in (
                ("new", f"new_{register.one}"),
                ("bulk", f"{register.place}_bulk"),
                ("views", f"{register.place}_views"),
            )
        },
        "agents": house_of(request).agents,
        "saved": next(
            (one for one in house_of(request).saved if str(one.pk) == request.GET.get("view")), None
        ),
    }
    return page(request, "customers/list.html", facts)


def alerts_of(request: Request) -> list[Alert]:
    """What the reader should look at in their own accounts."""
    mine = Alert.objects.of(request.workspace).filter(owner=request.agent, seen_at=None)
    return list(mine.select_related("organisation", "contact").order_by("-at")[:20])


def save_view(request: Request, register: Register) -> HttpResponse:
    """The list as it is narrowed now, in the side bar."""
    asked = Asked(request, register, QueryDict(request.POST.get("query", "")[:LONGEST]))
    return saved_views.kept(request, register.place, asked.query())


def saved_at(request: Request, key: str) -> str:
    """Where a saved view leads that shows one of our lists, not a part of the desk."""
    view = listing.saved_view(request, key)
    if view is None or view.filters.get("place") not in saved_views.BESIDE_THE_DESK:
        return ""
    base = reverse(f"web:{view.filters['place']}", args=[request.workspace.slug])
    return f"{base}?{view.filters.get('query', '')}&view={view.pk}"


def change_many(request: Request, register: Register) -> HttpResponse:
    """Another owner or tier for those that were chosen, with a way back."""
    query = request.POST.get("query", "")[:LONGEST]
    back = f"{reverse(f'web:{register.place}', args=[request.workspace.slug])}?{query}"
    values, said = _wanted(request)
    records = _chosen(request, register, query)
    if not records:
        toast(request, gettext("Choose some of them first."))
        return page(request, "customers/list.html", to=back)
    batch = ids.new()
    pairs = [(one, values) for one in records]
    done = saying.say_many(pairs, source=Source.AGENT, by=request.agent, batch=batch)
    count = sum(bool(one.changed) for one in done)
    if not count:
        toast(request, gettext("Nothing changed: they were so already."))
        return page(request, "customers/list.html", to=back)
    told = ngettext("%(count)s record: %(said)s", "%(count)s records: %(said)s", count)
    toast(request, told % {"count": count, "said": said}, undo=way_back(request, batch))
    return page(request, "customers/list.html", to=back)


def way_back(request: Request, batch: UUID) -> str:
    """The address that takes a batch back."""
    return deeds.way_back(request, many.undo_of(batch, by=request.agent))


def _wanted(request: Request) -> tuple[dict[str, Any], str]:
    if request.POST.get("deed") == "tier":
        tier = " ".join(request.POST.get("tier", "").split())
        return {"tier": tier}, gettext("tier “%(tier)s”") % {"tier": tier} if tier else gettext("no tier")
    if request.POST.get("deed") != "owner":
        raise Invalid(gettext("There is no such deed."))
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    if owner is None and request.workspace.is_owner_required:
        raise Invalid(gettext("Every customer needs an owner here: choose one."))
    said = gettext("%(name)s is the owner") % {"name": owner.name} if owner else gettext("no owner")
    return {"owner": owner}, said


def _chosen(request: Request, register: Register, query: str) -> list[Any]:
    if request.POST.get("everything"):
        rows = Asked(request, register, QueryDict(query)).rows
    else:
        try:
            keys = [UUID(key) for key in request.POST.getlist("chosen")]
        except ValueError:
            raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None
        rows = register.model.objects.of(request.workspace).filter(pk__in=keys)
    records = list(rows.order_by("pk")[: AT_ONCE + 1])
    if len(records) > AT_ONCE:
        raise Invalid(gettext("Choose %(most)s at most.") % {"most": AT_ONCE})
    return records
