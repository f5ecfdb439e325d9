"""Goto: one field that leads everywhere.

In:    some letters
Out:   places, conversations, customers, work and pages that fit, as links
Touch: nothing
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

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
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact
from threadwell.record.work import finding as works
from threadwell.record.work.models import WorkItem
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
    key = request.workspace.pk
    talks = finding.conversations(key, asked, most=MOST) if asked else []
    work = works.by_words(key, asked, most=MOST)
    groups = [
        {"name": gettext("Go to"), "entries": list(_places(request, asked))},
        {"name": gettext("Conversations"), "entries": list(_conversations(request, talks))},
        {"name": gettext("Customers"), "entries": list(_customers(request, asked, talks, work))},
        {"name": gettext("Work"), "entries": list(_work(request, work))},
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


def _conversations(request: Request, talks: Iterable[Conversation]) -> Iterator[Entry]:
    for one in talks:
        who = one.with_whom
        detail = ", ".join(part for part in (str(one), who, str(one.get_status_display())) if part)
        yield Entry(
            url=deeds.home_of(request, one),
            name=one.subject or gettext("(no subject)"),
            detail=detail,
            icon="mail",
        )


def _customers(
    request: Request, asked: str, talks: Iterable[Conversation], work: Iterable[WorkItem]
) -> Iterator[Entry]:
    """Customers and organisations, each with the page that answers for them."""
    people = by_parts.contacts(request.workspace.pk, asked, most=MOST)
    latest = finding.latest(request.workspace.pk, people)
    for person in people:
        talk = latest.get(person.pk)
        said = gettext("Last talk: %(subject)s") % {"subject": talk.subject or talk} if talk else ""
        yield _customer(
            request, person, detail=". ".join(str(one) for one in (person.organisation, said) if one)
        )
    if not people and any(sign.isdigit() for sign in asked):
        yield from _behind(request, talks, work)
    for firm in by_parts.organisations(request.workspace.pk, asked, most=MOST):
        url = reverse("web:organisation", args=[request.workspace.slug, firm.pk])
        detail = ", ".join([gettext("Organisation"), *firm.domains[:2]])
        yield Entry(url=url, name=firm.name, detail=detail, person=firm, is_organisation=True)


def _behind(request: Request, talks: Iterable[Conversation], work: Iterable[WorkItem]) -> Iterator[Entry]:
    """Whose order it is, and who wrote of it."""
    told: dict[Any, Entry] = {}
    for person, of in [*((one.customer, one) for one in work), *((one.customer, one) for one in talks)]:
        if person is not None and person.pk not in told:
            told[person.pk] = _customer(request, person, detail=str(of))
    yield from list(told.values())[:MOST]


def _customer(request: Request, person: Contact, *, detail: str) -> Entry:
    return Entry(
        url=reverse("web:contact", args=[request.workspace.slug, person.pk]),
        name=person.name or gettext("Unknown sender"),
        detail=detail,
        person=person,
    )


def _work(request: Request, work: Iterable[WorkItem]) -> Iterator[Entry]:
    for one in work:
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
