"""Orphanages: what stands open without an owner or a next step, mended where it is seen.

In:    a kind; what was chosen, and who shall own it; how long is too long
Out:   the list, each line with why and since when; owners, and a way back
Touch: OrphanWatch; all else through `handling`, `committing` and what is said of customers
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from threadwell.flow import committing, handling, orphans
from threadwell.interfaces.web import deeds, register_pages
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.kit import ids, paging
from threadwell.kit.errors import Invalid
from threadwell.record.people import saying
from threadwell.record.people.models import Source
from threadwell.record.rota.models import Orphan, OrphanWatch
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

SIZE = 50
Kind = Orphan.Kind
#: What stands over the list of each kind.
HEADS = {
    Kind.CONVERSATION: gettext_lazy("Conversations without an owner"),
    Kind.STEPLESS: gettext_lazy("Conversations without a next step"),
    Kind.TASK: gettext_lazy("Overdue tasks without an owner"),
    Kind.CONTACT: gettext_lazy("Customers without an owner"),
    Kind.ORGANISATION: gettext_lazy("Organisations without an owner"),
    Kind.IDLE_CONTACT: gettext_lazy("Customers without a next step"),
    Kind.IDLE_FIRM: gettext_lazy("Organisations without a next step"),
}
STEPLESS = (Kind.STEPLESS, Kind.IDLE_CONTACT, Kind.IDLE_FIRM)  #: what they lack is no owner


class WatchForm(forms.ModelForm):  # type: ignore[type-arg]
    """When it is told, and what is looked for."""

    class Meta:
        model = OrphanWatch
        fields = ("minutes", "counts_open_time", "wants_next_step", "wants_accounts")


@allowed(May.SUPERVISE)
def index(request: Request) -> HttpResponse:
    """GET .../orphans/?kind="""
    return _shown(request, _kind(request.GET.get("kind", "")))


@allowed(May.SUPERVISE)
def mend(request: Request) -> HttpResponse:
    """POST .../orphans/mending/: ``chosen`` of a ``kind`` get an ``owner``."""
    kind = _kind(request.POST.get("kind", ""))
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    if owner is None or kind in STEPLESS:
        raise Invalid(gettext("Choose who shall own it."))
    chosen = orphans.standing(request.workspace, kind, _chosen(request))
    things = list(chosen)
    if not things:
        nothing = gettext("Nothing was mended: choose some, or somebody has mended them already.")
        toast(request, nothing, level=messages.INFO)
        return _back(request, kind)
    undo = _GIVING.get(kind, _give_customers)(request, things, owner)
    orphans.forget(request.workspace.pk, kind, [one.pk for one in things])
    told = ngettext("%(count)s belongs to %(name)s now.", "%(count)s belong to %(name)s now.", len(things))
    toast(request, told % {"count": len(things), "name": owner.name}, undo=undo)
    return _back(request, kind)


@allowed(May.MANAGE)
def watch(request: Request) -> HttpResponse:
    """POST .../orphans/watch/"""
    form = WatchForm(request.POST)
    if not form.is_valid():
        return _shown(request, Kind.CONVERSATION, form=form, status=422)
    orphans.watch_by(request.workspace.pk, **form.cleaned_data)
    toast(request, gettext("Saved."))
    return _back(request, Kind.CONVERSATION)


def _give_conversations(request: Request, things: Sequence[Any], owner: Agent) -> str:
    undo = handling.handle(things, handling.Assign(owner=owner, was=""), by=request.agent)
    return deeds.way_back(request, undo) if undo else ""


def _give_tasks(request: Request, things: Sequence[Any], owner: Agent) -> str:
    with transaction.atomic():
        for task in things:
            committing.change_task(task, by=request.agent, owner=owner)
    return ""


def _give_customers(request: Request, things: Sequence[Any], owner: Agent) -> str:
    batch = ids.new()
    pairs = [(one, {"owner": owner}) for one in things]
    saying.say_many(pairs, source=Source.AGENT, by=request.agent, batch=batch)
    return register_pages.way_back(request, batch)


_GIVING: Mapping[str, Callable[[Request, Sequence[Any], Agent], str]] = {
    Kind.CONVERSATION: _give_conversations,
    Kind.TASK: _give_tasks,
}


def _shown(request: Request, kind: Kind, *, form: WatchForm | None = None, status: int = 200) -> HttpResponse:
    every = Orphan.objects.of(request.workspace)
    counts = dict(every.order_by().values_list("kind").annotate(count=Count("pk")))
    rows = every.filter(kind=kind)
    found = paging.page(rows, by="since", size=SIZE, cursor=request.GET.get("cursor", ""))
    # What somebody has mended in this minute, and what the reader may not see, is left out.
    there = orphans.standing(request.workspace, kind, [one.about for one in found.rows])
    things = {one.pk: one for one in there}
    facts = {
        "kind": kind,
        "kinds": [(one, HEADS[one], counts.get(one, 0)) for one in Kind],
        "lines": [(one, things[one.about]) for one in found.rows if one.about in things],
        "next": found.next,
        "agents": house_of(request).agents,
        "watch": orphans.watch_of(request.workspace.pk),
        "form": form or WatchForm(instance=orphans.watch_of(request.workspace.pk)),
        "may_give": kind not in STEPLESS,
        "noun": kind.removeprefix("idle_").replace("firm", "organisation"),
        "here": "orphans",
    }
    return page(request, "overview/orphans.html", facts, status=status)


def _kind(text: str) -> Kind:
    return Kind(text) if text in Kind.values else Kind.CONVERSATION


def _chosen(request: Request) -> list[UUID]:
    try:
        return [UUID(key) for key in request.POST.getlist("chosen")[:SIZE]]
    except ValueError:
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None


def _back(request: Request, kind: Kind) -> HttpResponse:
    to = f"{reverse('web:orphans', args=[request.workspace.slug])}?kind={kind}"
    return page(request, "overview/orphans.html", to=to)
