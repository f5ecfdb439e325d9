"""Work items' deeds: what is done with one on its page: moved, given to somebody, tied to other things.

In:    a work item's key, what it shall be
Out:   its page again, with a way back
Touch: nothing but through the verbs of a work item, its relations and its links
"""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import deeds, work_items
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.work.item import MovedMeanwhile
from threadwell.record.work.links import link, unlink
from threadwell.record.work.models import WorkItem, WorkRelation, WorkStatus
from threadwell.record.work.relations import relate, unrelate
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def move(request: Request, item_id: UUID) -> HttpResponse:
    """POST .../work/<id>/moves/: ``status``, and in ``seen`` the one it was seen in."""
    item = work_items.one(request, item_id)
    move_it(request, item)
    return _back(request, item)


@allowed(May.HANDLE)
def move_back(request: Request, item_id: UUID, event_id: UUID) -> HttpResponse:
    """POST .../work/<id>/moves/<event>/undoing/"""
    item = work_items.one(request, item_id)
    events = Event.objects.of(request.workspace).filter(name="work_item.moved", about=item.pk)
    moved = events.filter(pk=event_id).first()
    if moved is None:
        raise Http404
    before = _status(request, str(moved.facts.get("before", "")))
    if str(item.status_id) != moved.facts.get("status"):
        raise MovedMeanwhile(
            gettext("Somebody has moved %(number)s to “%(status)s” meanwhile.")
            % {"number": item, "status": item.status.name}
        )
    item.turn(before, by=request.agent)
    toast(request, gettext("Taken back."))
    if request.htmx:
        # The note stands on boards and lists as well: whichever it is shows itself anew.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _back(request, item)


@allowed(May.HANDLE)
def assign(request: Request, item_id: UUID) -> HttpResponse:
    """POST .../work/<id>/owner/"""
    item = work_items.one(request, item_id)
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    if owner and May.HANDLE not in owner.may:
        raise Invalid(gettext("%(name)s cannot own work here.") % {"name": owner.name})
    if item.assign(owner, by=request.agent):
        toast(request, gettext("%(number)s: %(name)s") % {"number": item, "name": owner or gettext("nobody")})
    return _back(request, item)


@allowed(May.HANDLE)
def add_relation(request: Request, item_id: UUID) -> HttpResponse:
    """POST .../work/<id>/relations/: ``kind`` as read from here, ``number`` of the other."""
    item, other = work_items.one(request, item_id), _other(request)
    match request.POST.get("kind", ""):
        case "part-of":
            changed = relate(other, WorkRelation.Kind.PARENT, item, by=request.agent)
        case "blocked-by":
            changed = relate(other, WorkRelation.Kind.BLOCKS, item, by=request.agent)
        case kind:
            changed = relate(item, kind, other, by=request.agent)
    toast(request, gettext("Noted.") if changed else gettext("That was noted already."))
    return _back(request, item)


@allowed(May.HANDLE)
def remove_relation(request: Request, item_id: UUID, relation_id: UUID) -> HttpResponse:
    """DELETE .../work/<id>/relations/<relation>/"""
    item = work_items.one(request, item_id)
    rows = WorkRelation.objects.of(request.workspace).select_related("item", "other")
    relation = rows.filter(pk=relation_id).first()
    if relation is None or item.pk not in {relation.item_id, relation.other_id}:
        raise Http404
    unrelate(relation, by=request.agent)
    toast(request, gettext("They no longer stand so to each other."))
    return _back(request, item)


@allowed(May.HANDLE)
def add_link(request: Request, item_id: UUID) -> HttpResponse:
    """POST .../work/<id>/links/: ``number`` of the conversation."""
    item = work_items.one(request, item_id)
    text = request.POST.get("number", "").strip().upper().removeprefix("C-").removeprefix("#")
    rows = Conversation.objects.of(request.workspace)
    talk = rows.filter(number=int(text)).first() if text.isdecimal() and len(text) < 18 else None
    if talk is None:
        raise Invalid(gettext("There is no conversation with this number."))
    link(item, talk, by=request.agent)
    toast(request, gettext("%(item)s and %(talk)s belong together now.") % {"item": item, "talk": talk})
    return _back(request, item)


@allowed(May.HANDLE)
def remove_link(request: Request, item_id: UUID, number: int) -> HttpResponse:
    """DELETE .../work/<id>/links/<number>/"""
    item = work_items.one(request, item_id)
    unlink(item, deeds.one(request, number), by=request.agent)
    toast(request, gettext("They no longer belong together."))
    return _back(request, item)


def move_it(request: Request, item: WorkItem) -> None:
    """To the status that was chosen; the toast takes it back."""
    seen = request.POST.get("seen", "")
    try:
        seen_in = UUID(seen) if seen else None
    except ValueError:
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None
    to = _status(request, request.POST.get("status", ""))
    if not item.move(to, by=request.agent, seen=seen_in):
        return
    event = (
        Event.objects.of(request.workspace)
        .filter(about=item.pk, name="work_item.moved")
        .order_by("-at", "-pk")[0]
    )
    undo = reverse("web:work_move_back", args=[request.workspace.slug, item.pk, event.pk])
    toast(request, gettext("%(number)s: %(status)s") % {"number": item, "status": to.name}, undo=undo)


def _status(request: Request, key: str) -> WorkStatus:
    try:
        found: WorkStatus | None = WorkStatus.objects.of(request.workspace).filter(pk=UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Invalid(gettext("This status is gone. Load the page again."))
    return found


def _other(request: Request) -> WorkItem:
    number = request.POST.get("number", "").strip().upper()[:60]
    found: WorkItem | None = WorkItem.objects.of(request.workspace).filter(number=number).first()
    if found is None:
        raise Invalid(gettext("There is no work with this number."))
    return found


def _back(request: Request, item: WorkItem) -> HttpResponse:
    """The page one came from: the item's own, or a board, which shows itself anew."""
    return page(request, "work/show.html", to=work_items.home_of(request, item))
