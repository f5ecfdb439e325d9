"""Timelines: a stretch of the story of a customer or of work, as its address narrows it.

In:    filters in an address, where the last stretch ended, or what was told meanwhile
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

from threadwell.interfaces.web import timeline_lines, timeline_news
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.timeline_lines import EVENTS, NOTES, PROMISES, RATINGS, WORK, Shown
from threadwell.kit.questions import Question
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.timeline import answers, scope
from threadwell.record.timeline.moments import Filters, Mark
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.roles import May

LAST = UUID(int=2**128 - 1)
KINDS = (WORK, PROMISES, RATINGS, NOTES, EVENTS)
LONGEST = 4000  #: letters of an address that are carried on
#: Of a page: what its timeline shows before anybody has narrowed it.
USUAL = frozenset({WORK, PROMISES, RATINGS, NOTES})
USUAL_OF_WORK = frozenset({PROMISES, RATINGS, NOTES, EVENTS})

type Subject = Contact | Organisation | WorkItem


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


@allowed(May.READ)
def of_work_item(request: Request, item_id: UUID) -> HttpResponse:
    """GET .../work/<id>/timeline/"""
    item = _item_at(request, item_id)
    return _more(request, item, scope.of_work_item(item))


def scope_at(request: Request, kind: str, key: UUID) -> Scope:
    """Whose story it is that a page shows."""
    match kind:
        case "contact":
            return answers.scope_of(contact_at(request, key))
        case "organisation":
            return answers.scope_of(organisation_at(request, key))
        case "work":
            return scope.of_work_item(_item_at(request, key))
    raise Http404


def contact_at(request: Request, contact_id: UUID) -> Contact:
    """The contact that stands for it, with all that its page shows."""
    for found in CONTACT(request.workspace.pk, contact_id):
        return root_of(found)
    raise Http404


def organisation_at(request: Request, organisation_id: UUID) -> Organisation:
    for found in ORGANISATION(request.workspace.pk, organisation_id):
        return root_of(found)
    raise Http404


def _item_at(request: Request, item_id: UUID) -> WorkItem:
    found = WorkItem.objects.of(request.workspace).filter(pk=item_id).first()
    if found is None:
        raise Http404
    return found


def shown_of(given: QueryDict, usual: frozenset[str] = USUAL) -> Shown:
    """What the address asks to see; what cannot be meant narrows nothing."""
    kinds = frozenset(given.getlist("show")) & set(KINDS) if "narrowed" in given else usual
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


def lines_of(request: Request, subject: Subject, whose: Scope) -> dict[str, Any]:
    """The stretch that the address asks for, and where it goes on."""
    given = request.GET
    shown = shown_of(given, _usual(subject))
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
        "story_key": f"{_kind(subject)}:{subject.pk}",
        "timeline_url": timeline_url(request, subject),
        "earlier_url": _earlier_url(request, subject, found),
        "export_url": _export_url(request, subject),
        "told_url": "" if before or chosen else _told_url(request, subject),
    }


def timeline_url(request: Request, subject: Subject) -> str:
    return reverse(f"web:{_kind(subject)}_timeline", args=[request.workspace.slug, subject.pk])


def _kind(subject: Subject) -> str:
    if isinstance(subject, WorkItem):
        return "work"
    return "contact" if isinstance(subject, Contact) else "organisation"


def _usual(subject: Subject) -> frozenset[str]:
    return USUAL_OF_WORK if isinstance(subject, WorkItem) else USUAL


def _more(request: Request, subject: Subject, whose: Scope) -> HttpResponse:
    told = [key for text in request.GET.getlist("told")[: timeline_news.MOST + 1] if (key := _uuid(text))]
    if told:
        shown = shown_of(request.GET, _usual(subject))
        found = timeline_news.news(whose, shown, told, slug=request.workspace.slug)
        if found:
            facts = {"stretch": found.stretch, "gone": found.gone}
            return page(request, "timeline/timeline.html#news", facts)
    facts = {**lines_of(request, subject, whose), "is_riding": True}
    part = "#more" if "before" in request.GET else "#timeline"
    return page(request, f"timeline/timeline.html{part}", facts)


def _carried(request: Request) -> list[tuple[str, str]]:
    """What the address narrows by."""
    places = {"at", "before", "month", "moment", "told"}
    return [(name, one) for name, many in request.GET.lists() if name not in places for one in many]


def _earlier_url(request: Request, subject: Subject, found: timeline_lines.Stretch) -> str:
    if found.earlier is None:
        return ""
    place = [("at", found.earlier.at.isoformat()), ("before", str(found.earlier.key)), ("month", found.month)]
    return f"{timeline_url(request, subject)}?{urlencode(_carried(request) + place)[:LONGEST]}"


def _export_url(request: Request, subject: Subject) -> str:
    base = reverse("web:export", args=[request.workspace.slug, "timeline", "csv"])
    story = [("story", f"{_kind(subject)}:{subject.pk}")]
    return f"{base}?{urlencode(story + _carried(request))[:LONGEST]}"


def _told_url(request: Request, subject: Subject) -> str:
    """The address that draws the lines of events that were told, narrowed as the page is."""
    return f"{timeline_url(request, subject)}?{urlencode(_carried(request))[:LONGEST]}"


def _chosen(request: Request, key: str) -> Mark | None:
    """The place right above a message that a link names."""
    wanted = _uuid(key)
    if wanted is None:
        return None
    at = Message.objects.of(request.workspace).filter(pk=wanted).values_list("at", flat=True).first()
    return Mark(at=at, key=LAST) if at else None


def narrowed_story(request: Request) -> tuple[Scope, Shown]:
    """Whose story an address names, and what of it shall be seen."""
    kind, _colon, key = request.GET.get("story", "").partition(":")
    found = _uuid(key)
    if found is None:
        raise Http404
    usual = USUAL_OF_WORK if kind == "work" else USUAL
    return scope_at(request, kind, found), shown_of(request.GET, usual)


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


CONTACT: Question[Contact] = Question(
    lambda workspace_id, key: (
        Contact.objects.of(workspace_id)
        .filter(pk=key)
        .select_related(
            "owner",
            "organisation__owner",
            "organisation__one_with__owner",
            "one_with__owner",
            "one_with__organisation__owner",
        )
    )
)
ORGANISATION: Question[Organisation] = Question(
    lambda workspace_id, key: (
        Organisation.objects.of(workspace_id)
        .filter(pk=key)
        .select_related("owner", "parent", "one_with__owner", "one_with__parent")
    )
)
