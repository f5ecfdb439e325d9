"""Customer pages: all about one customer or one organisation on one page: four answers, and the story.

In:    a contact's or an organisation's key
Out:   the page; the answers alone; the customer with an owner
Touch: the owner of an account, through `saying`
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from threadwell.interfaces.web import deeds, likenesses, register_pages, timeline_lines, timelines
from threadwell.interfaces.web.commitments_parts import of_contact, of_organisation
from threadwell.interfaces.web.custom_forms import told
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.timelines import contact_at, organisation_at
from threadwell.kit import clock, ids
from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.people import saying
from threadwell.record.people.models import Contact, Identity, Organisation, Source
from threadwell.record.people.one import standing
from threadwell.record.timeline import answers, story
from threadwell.record.timeline.scope import Scope
from threadwell.record.work import finding
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.roles import May

SHOWN = 8  #: people and pieces of work beside the timeline


@allowed(May.READ)
def contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/"""
    found = contact_at(request, contact_id)
    if found.pk != contact_id:
        return page(request, "customers/show.html", to=_home(request, found))
    whose = answers.scope_of(found)
    facts = {
        "contact": found,
        "organisation": found.organisation,
        "identities": (identities := list(IDENTITIES(whose.keys, request.workspace.pk))),
        "write_url": _write_url(request, identities),
        "answers": (answered := answers.of_contact(found, whose)),
        "commitments": of_contact(found, whose.keys, answered.next_step),
    }
    return page(request, "customers/show.html", {**facts, **_around(request, found, whose)})


@allowed(May.READ)
def organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/"""
    found = organisation_at(request, organisation_id)
    if found.pk != organisation_id:
        return page(request, "customers/show.html", to=_home(request, found))
    whose = answers.scope_of(found)
    people = Contact.objects.of(request.workspace).filter(standing(), organisation_id__in=whose.keys)
    below = Organisation.objects.of(request.workspace).filter(standing(), parent=found)
    facts = {
        "organisation": found,
        "people": list(people.order_by("name", "pk")[:SHOWN]),
        "people_count": people.count(),
        "below": (first := list(below.order_by("name", "pk")[: SHOWN + 1]))[:SHOWN],
        "has_more_below": len(first) > SHOWN,
        "answers": (answered := answers.of_organisation(found, whose)),
        "commitments": of_organisation(found, whose.keys, answered.next_step),
    }
    return page(request, "customers/show.html", {**facts, **_around(request, found, whose)})


@allowed(May.READ)
def answers_of_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/answers/"""
    found = contact_at(request, contact_id)
    shown = answers.of_contact(found, answers.scope_of(found))
    return page(request, "timeline/short.html", {"contact": found, "account": found, "answers": shown})


@allowed(May.HANDLE)
def own_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/owner/ owner="""
    return _owned(request, contact_at(request, contact_id))


@allowed(May.HANDLE)
def own_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """POST .../organisations/<id>/owner/ owner="""
    return _owned(request, organisation_at(request, organisation_id))


def _owned(request: Request, account: Contact | Organisation) -> HttpResponse:
    owner = deeds.owner_of(request, request.POST.get("owner", ""))
    batch = ids.new()
    said = saying.say_all(account, {"owner": owner}, source=Source.AGENT, by=request.agent, batch=batch)
    if said.changed and owner:
        told = gettext("%(name)s is responsible now.") % {"name": owner.name}
        toast(request, told, undo=register_pages.way_back(request, batch))
    return page(request, "customers/show.html", to=_home(request, account))


def _home(request: Request, account: Contact | Organisation) -> str:
    name = "contact" if isinstance(account, Contact) else "organisation"
    return reverse(f"web:{name}", args=[request.workspace.slug, account.pk])


def _write_url(request: Request, identities: Iterable[Identity]) -> str:
    mails = [one for one in identities if one.kind == Identity.Kind.EMAIL and not one.unreachable_since]
    address = reverse("web:new_conversation", args=[request.workspace.slug])
    return f"{address}?{urlencode({'to': mails[0].shown})}" if mails else ""


def _around(request: Request, account: Contact | Organisation, whose: Scope) -> dict[str, Any]:
    now = clock.now()
    year = story.of_year(whose, now=now, zone=timezone.get_current_timezone_name())
    timeline = timelines.lines_of(request, account, whose)
    drawn = timeline_lines.year_of(year, now=now)
    asked = timeline["shown"]
    return {
        "account": account,
        "story": year,
        "story_work": timeline_lines.counted(year.work),
        "year": drawn,
        "channels": sorted({*drawn["channels"], *asked.filters.channels} or {"email"}),
        "types": Conversation.Type.choices,
        "asked": request.GET,
        "home_url": _home(request, account),
        "facts": _own_fields(account),
        "work": _work(request, account, whose, year.open_work),
        "likeness": likenesses.beside(request, account, whose.keys),
        "here": "contacts",
        **timeline,
    }


def _own_fields(account: Contact | Organisation) -> list[tuple[str, str, bool]]:
    if not account.custom:
        return []
    is_contact = isinstance(account, Contact)
    about = CustomField.About.CONTACT if is_contact else CustomField.About.ORGANISATION
    return told(fields_of(account.workspace_id, about), account.custom)


def _work(request: Request, account: Contact | Organisation, whose: Scope, count: int) -> dict[str, Any]:
    items = list(WORK[whose.column](whose.keys, request.workspace.pk))
    about = "contact" if isinstance(account, Contact) else "organisation"
    listed, new = (reverse(f"web:{name}", args=[request.workspace.slug]) for name in ("work", "new_work"))
    return {
        "items": items[:SHOWN],
        "more": max(0, count - SHOWN),
        "url": f"{listed}?{about}={account.pk}",
        "new_url": f"{new}?{about}={account.pk}",
    }


def _open_work(column: str) -> QuestionOfMany[WorkItem]:
    def ask(keys: Sequence[UUID], workspace_id: UUID) -> QuerySet[WorkItem]:
        rows = WorkItem.objects.of(workspace_id).filter(**{f"{column}__in": keys}).open()
        items: QuerySet[WorkItem] = finding.shown(rows).order_by("due_order", "pk")[: SHOWN + 1]
        return items

    return QuestionOfMany(ask)


IDENTITIES: QuestionOfMany[Identity] = QuestionOfMany(
    lambda keys, workspace_id: (
        Identity.objects.of(workspace_id).filter(contact_id__in=keys).order_by("kind", "pk")[:20]
    )
)
WORK = {column: _open_work(column) for column in ("contact_id", "organisation_id")}
