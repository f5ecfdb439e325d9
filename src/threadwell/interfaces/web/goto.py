"""Goto: one field that leads everywhere.

In:    some letters
Out:   places, conversations, customers, work and pages that fit, as links
Touch: nothing
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.places import Link, nav_of
from threadwell.interfaces.web.settings_areas import open_to
from threadwell.kit.words import folded
from threadwell.record.conversations import finding
from threadwell.record.conversations.models import Conversation
from threadwell.record.people.models import Contact
from threadwell.record.work import finding as works
from threadwell.record.workplace.roles import May

MOST = 6  #: of a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    url: str
    name: str | Promise
    detail: str | Promise = ""
    icon: str = ""
    keys: str = ""
    person: Any = None
    is_organisation: bool = False


@allowed(May.READ)
def show(request: Request) -> HttpResponse:
    """GET .../goto/?q="""
    asked = request.GET.get("q", "").strip()[:100]
    groups = [
        {"name": gettext("Go to"), "entries": list(_places(request, asked))},
        {"name": gettext("Conversations"), "entries": list(_conversations(request, asked))},
        {"name": gettext("Customers"), "entries": list(_customers(request, asked))},
        {"name": gettext("Work"), "entries": list(_work(request, asked))},
        {"name": gettext("Settings"), "entries": list(_areas(request, asked))},
    ]
    return page(request, "parts/goto_list.html", {"groups": [one for one in groups if one["entries"]]})


def _places(request: Request, asked: str) -> Iterator[Entry]:
    writing = gettext("New message")
    if May.REPLY in request.agent.may and _fits(asked, writing):
        url = reverse("web:new_conversation", args=[request.workspace.slug])
        yield Entry(url=url, name=writing, icon="plus", keys="C")
    nav = nav_of(request)
    links: list[Link] = [*nav.views, *nav.teams, *nav.saved, *nav.places]
    for link in links if asked else [*nav.views, *nav.places]:
        if _fits(asked, link.name):
            detail = (
                gettext("%(count)s open") % {"count": link.count} if link in nav.teams and link.count else ""
            )
            yield Entry(url=link.url, name=link.name, detail=detail, icon=link.icon, keys=link.keys.upper())


def _conversations(request: Request, asked: str) -> Iterator[Entry]:
    if not asked:
        return
    for one in finding.conversations(request.workspace.pk, asked, most=MOST):
        who = one.with_whom
        detail = ", ".join(part for part in (str(one), who, str(one.get_status_display())) if part)
        yield Entry(
            url=deeds.home_of(request, one),
            name=one.subject or gettext("(no subject)"),
            detail=detail,
            icon="mail",
        )


def _customers(request: Request, asked: str) -> Iterator[Entry]:
    """Customers and organisations, each with the page that answers for them."""
    people = finding.contacts(request.workspace.pk, asked, most=MOST)
    latest = _latest(request, people)
    for person in people:
        talk = latest.get(person.pk)
        said = gettext("Last talk: %(subject)s") % {"subject": talk.subject or talk} if talk else ""
        yield Entry(
            url=reverse("web:contact", args=[request.workspace.slug, person.pk]),
            name=person.name or gettext("Unknown sender"),
            detail=". ".join(str(part) for part in (person.organisation, said) if part),
            person=person,
        )
    for firm in finding.organisations(request.workspace.pk, asked, most=MOST):
        url = reverse("web:organisation", args=[request.workspace.slug, firm.pk])
        detail = ", ".join([gettext("Organisation"), *firm.domains[:2]])
        yield Entry(url=url, name=firm.name, detail=detail, person=firm, is_organisation=True)


def _latest(request: Request, people: Iterable[Contact]) -> dict[Any, Conversation]:
    keys = [one.pk for one in people]
    every = Conversation.objects.of(request.workspace).filter(joined_into=None)
    theirs = every.filter(Q(contact_id__in=keys) | Q(contact__one_with_id__in=keys))
    root = Coalesce("contact__one_with_id", "contact_id")
    newest: Any = theirs.annotate(root=root).order_by("root", "-last_message_at").distinct("root")
    return {one.root: one for one in newest}


def _work(request: Request, asked: str) -> Iterator[Entry]:
    for one in works.by_words(request.workspace.pk, asked, most=MOST):
        who = str(one.firm or one.customer or "")
        yield Entry(
            url=reverse("web:work_item", args=[request.workspace.slug, one.pk]),
            name=f"{one.number} {one.title}",
            detail=", ".join(part for part in (one.status.name, who) if part),
            icon=one.type.icon,
        )


def _areas(request: Request, asked: str) -> Iterator[Entry]:
    for area in open_to(request.agent):
        if asked and (_fits(asked, area["name"]) or _fits(asked, area["detail"])):
            yield Entry(
                url=str(area["url"]),
                name=str(area["name"]),
                detail=str(area["detail"]),
                icon=str(area["icon"]),
            )


def _fits(asked: str, name: object) -> bool:
    return folded(asked) in folded(str(name))
