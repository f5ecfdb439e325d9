"""Timelines: a stretch of a customer's story, as its address narrows it.

In:    filters in an address, where the last stretch ended
Out:   the lines
Touch: nothing
"""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from threadwell.interfaces.web import timeline_lines
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.timeline_lines import EVENTS, NOTES, PROMISES, WORK, Shown
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.timeline import answers, moments
from threadwell.record.timeline.moments import Filters, Mark
from threadwell.record.timeline.scope import Scope
from threadwell.record.workplace.roles import May

LAST = UUID(int=2**128 - 1)
KINDS = (WORK, PROMISES, NOTES, EVENTS)
LONGEST = 4000  #: letters of an address that are carried on


@allowed(May.READ)
def of_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/timeline/"""
    contact = contact_at(request, contact_id)
    return _more(request, contact, answers.scope_of(contact))


@allowed(May.READ)
def of_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/timeline/"""
    organisation = organisation_at(request, organisation_id)
    return _more(request, organisation, answers.scope_of(organisation))


def contact_at(request: Request, contact_id: UUID) -> Contact:
    """The contact that stands for it, with all that its page shows."""
    rows = Contact.objects.of(request.workspace).select_related(
        "owner",
        "organisation__owner",
        "organisation__one_with__owner",
        "one_with__owner",
        "one_with__organisation__owner",
    )
    found = rows.filter(pk=contact_id).first()
    if found is None:
        raise Http404
    return root_of(found)


def organisation_at(request: Request, organisation_id: UUID) -> Organisation:
    rows = Organisation.objects.of(request.workspace).select_related(
        "owner", "parent", "one_with__owner", "one_with__parent"
    )
    found = rows.filter(pk=organisation_id).first()
    if found is None:
        raise Http404
    return root_of(found)


def shown_of(given: QueryDict) -> Shown:
    """What the address asks to see; what cannot be meant narrows nothing."""
    kinds = frozenset(given.getlist("show")) & set(KINDS) if "narrowed" in given else Shown().kinds
    direction, type_ = given.get("direction", ""), given.get("type", "")
    filters = Filters(
        channels=tuple(one[:12] for one in given.getlist("channel")[:20] if one),
        direction=direction if direction in {"in", "out"} else "",
        type=type_ if type_ in Conversation.Type.values else "",
        person=_uuid(given.get("person", "")),
        work_item=_uuid(given.get("work_item", "")),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", ""), after=1),
        words=given.get("words", "")[:200],
        without_notes=NOTES not in kinds,
    )
    return Shown(filters=filters, kinds=kinds)


def lines_of(request: Request, account: Contact | Organisation, whose: Scope) -> dict[str, Any]:
    """The stretch that the address asks for, and where it goes on."""
    given = request.GET
    shown = shown_of(given)
    before = timeline_lines.marked(given.get("at", ""), given.get("before", ""))
    chosen = _chosen(request, given.get("moment", ""))
    found = timeline_lines.stretch(
        whose,
        shown,
        slug=request.workspace.slug,
        before=chosen or before,
        month=given.get("month", "")[:7] if before else "",
    )
    return {
        "stretch": found,
        "shown": shown,
        "chosen": given.get("moment", "") if chosen else "",
        "account": account,
        "timeline_url": timeline_url(request, account),
        "earlier_url": _earlier_url(request, account, found),
        "watched_url": "" if before or chosen else _newer_url(request, account, found.newest),
    }


def timeline_url(request: Request, account: Contact | Organisation) -> str:
    name = "contact_timeline" if isinstance(account, Contact) else "organisation_timeline"
    return reverse(f"web:{name}", args=[request.workspace.slug, account.pk])


def _more(request: Request, account: Contact | Organisation, whose: Scope) -> HttpResponse:
    after = timeline_lines.marked(request.GET.get("at", ""), request.GET.get("after", ""))
    if after is None:
        part = "#more" if "before" in request.GET else "#timeline"
        return page(request, f"timeline/timeline.html{part}", lines_of(request, account, whose))
    shown = shown_of(request.GET)
    fresh = timeline_lines.laid_out(
        moments.since(whose, shown.filters, after), month=f"{timezone.localtime(after.at):%Y-%m}"
    )
    facts = {"stretch": fresh, "watched_url": _newer_url(request, account, fresh.newest or after)}
    return page(request, "timeline/timeline.html#news", facts)


def _carried(request: Request) -> list[tuple[str, str]]:
    """What the address narrows by."""
    places = {"at", "before", "after", "month", "moment"}
    return [(name, one) for name, many in request.GET.lists() if name not in places for one in many]


def _earlier_url(request: Request, account: Any, found: timeline_lines.Stretch) -> str:
    if found.earlier is None:
        return ""
    place = [("at", found.earlier.at.isoformat()), ("before", str(found.earlier.key)), ("month", found.month)]
    return f"{timeline_url(request, account)}?{urlencode(_carried(request) + place)[:LONGEST]}"


def _newer_url(request: Request, account: Any, newest: Mark | None) -> str:
    """The address that says what came since; a page asks it again and again."""
    newest = newest or Mark(at=clock.now(), key=LAST)
    place = [("at", newest.at.isoformat()), ("after", str(newest.key))]
    return f"{timeline_url(request, account)}?{urlencode(_carried(request) + place)[:LONGEST]}"


def _chosen(request: Request, key: str) -> Mark | None:
    """The place right above a message that a link names."""
    wanted = _uuid(key)
    if wanted is None:
        return None
    at = Message.objects.of(request.workspace).filter(pk=wanted).values_list("at", flat=True).first()
    return Mark(at=at, key=LAST) if at else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _day(text: str, *, after: int = 0) -> datetime | None:
    try:
        day = parse_date(text)
        return timezone.make_aware(datetime.combine(day + timedelta(days=after), time.min)) if day else None
    except (ValueError, OverflowError):
        return None
