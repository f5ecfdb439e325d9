"""Work items: the page of one, and the forms to begin and to change it.

In:    a work item's key; what was typed
Out:   pages
Touch: nothing but through the verbs of a work item
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import timelines
from threadwell.interfaces.web.custom_forms import told
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.work_items_forms import (
    WorkItemForm,
    contact_shown,
    contacts_like,
    initial_of,
)
from threadwell.interfaces.web.work_lists import kinds_of, named
from threadwell.kit.errors import DomainError
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.timeline import scope
from threadwell.record.work import finding
from threadwell.record.work.links import link
from threadwell.record.work.models import WorkItem, WorkItemType, WorkRelation
from threadwell.record.work.relations import relations_of
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def show(request: Request, item_id: UUID) -> HttpResponse:
    """GET .../work/<id>/"""
    return page(request, "work/show.html", facts_of(request, one(request, item_id)))


@allowed(May.HANDLE)
def new(request: Request) -> HttpResponse:
    """GET .../work/new/?type=&conversation=&contact=&organisation="""
    kinds = [one for one in kinds_of(request) if not one.archived_at]
    kind = next((one for one in kinds if one.key == request.GET.get("type")), None)
    if kind is None:
        rest = {
            name: value
            for name in ("conversation", "contact", "organisation")
            if (value := request.GET.get(name))
        }
        return page(request, "work/kinds.html", {"kinds": kinds, "rest": urlencode(rest), "here": "work"})
    talk = _conversation(request, request.GET.get("conversation", ""))
    form = _asked(request, kind, initial=_begun(request, kind, talk))
    return _form(request, form, kind=kind, conversation=talk)


@allowed(May.HANDLE)
def create(request: Request) -> HttpResponse:
    """POST .../work/"""
    kinds = [one for one in kinds_of(request) if not one.archived_at]
    kind = next((one for one in kinds if one.key == request.POST.get("type")), None)
    if kind is None:
        raise Http404
    talk = _conversation(request, request.POST.get("conversation", ""))
    form = _asked(request, kind, request.POST)
    if not form.is_valid():
        return _form(request, form, kind=kind, conversation=talk, status=422)
    item = WorkItem.open_one(
        kind,
        by=request.agent,
        status=form.statuses.get(form.cleaned_data.get("status", "")),
        owner=form.chosen_owner,
        team=form.chosen_team,
        **form.facts,
    )
    if talk:
        link(item, talk, by=request.agent)
    toast(request, gettext("%(number)s is there.") % {"number": item})
    return page(request, "work/show.html", to=home_of(request, item))


@allowed(May.HANDLE)
def edit(request: Request, item_id: UUID) -> HttpResponse:
    """GET .../work/<id>/edit/"""
    item = one(request, item_id)
    form = _asked(request, item.type, item=item, initial=initial_of(item))
    return _form(request, form, kind=item.type, item=item)


@allowed(May.HANDLE)
def update(request: Request, item_id: UUID) -> HttpResponse:
    """POST .../work/<id>/"""
    item = one(request, item_id)
    form = _asked(request, item.type, request.POST, item=item)
    if not form.is_valid():
        return _form(request, form, kind=item.type, item=item, status=422)
    try:
        item.change(by=request.agent, **form.facts)
    except DomainError as refused:
        form.add_error(None, str(refused.sentence))
        return _form(request, form, kind=item.type, item=item, status=422)
    item.assign(form.chosen_owner, by=request.agent)
    item.pass_to(form.chosen_team, by=request.agent)
    toast(request, gettext("Saved."))
    return page(request, "work/show.html", to=home_of(request, item))


@allowed(May.HANDLE)
def contacts(request: Request) -> HttpResponse:
    """GET .../work/contacts/?contact=: what the form's field offers while one types"""
    typed = request.GET.get("contact", "").strip()[:100]
    names = contacts_like(request.workspace.pk, typed) if len(typed) >= finding.SHORTEST else []
    return page(request, "work/contacts.html", {"names": names})


def facts_of(request: Request, item: WorkItem) -> dict[str, Any]:
    """All that the page of one shows."""
    relations = relations_of(item)
    return {
        "item": item,
        "ways": item.may_go_to(),
        "fields": _values(request, item),
        "relations": [_seen_from(item, one) for one in relations],
        "is_blocked": any(
            one.kind == WorkRelation.Kind.BLOCKS and one.other_id == item.pk and one.item.closed_at is None
            for one in relations
        ),
        "agents": house_of(request).agents,
        "here": "work",
        **_timeline(request, item),
    }


def _timeline(request: Request, item: WorkItem) -> dict[str, Any]:
    whose = scope.of_work_item(item)
    talks = finding.conversations_of(item)
    return {
        "conversations": talks,
        "channels": sorted({"email", *(one.inbox.kind for one in talks)}),
        "types": Conversation.Type.choices,
        "asked": request.GET,
        "home_url": home_of(request, item),
        **timelines.lines_of(request, item, whose),
    }


def one(request: Request, item_id: UUID) -> WorkItem:
    """A work item of this workspace."""
    rows = WorkItem.objects.of(request.workspace).select_related(*finding.BESIDE)
    found: WorkItem | None = rows.filter(pk=item_id).first()
    if found is None:
        raise Http404
    return found


def home_of(request: Request, item: WorkItem) -> str:
    return reverse("web:work_item", args=[request.workspace.slug, item.pk])


def _values(request: Request, item: WorkItem) -> list[tuple[str, str, bool]]:
    """The custom fields that have a value: name, value, whether it is a link."""
    return told(fields_of(request.workspace, CustomField.About.WORK_ITEM, of_type=item.type_id), item.custom)


def _seen_from(item: WorkItem, relation: WorkRelation) -> dict[str, Any]:
    """A relation as it reads from one of its two sides."""
    is_first = relation.item_id == item.pk
    words = {
        WorkRelation.Kind.PARENT: (gettext("has the part"), gettext("is a part of")),
        WorkRelation.Kind.BLOCKS: (gettext("blocks"), gettext("is blocked by")),
        WorkRelation.Kind.RELATES: (gettext("relates to"), gettext("relates to")),
    }[WorkRelation.Kind(relation.kind)]
    return {
        "pk": relation.pk,
        "word": words[0] if is_first else words[1],
        "other": relation.other if is_first else relation.item,
    }


def _begun(request: Request, kind: WorkItemType, talk: Conversation | None) -> dict[str, Any]:
    """What a new one's form holds before anybody has typed."""
    contact: Contact | None = talk.contact if talk else named(request, Contact, "contact")
    organisation = (
        talk.organisation if talk and talk.organisation else named(request, Organisation, "organisation")
    )
    if contact and not organisation:
        organisation = contact.organisation
    return {
        "title": talk.subject if talk else "",
        "owner": request.agent.pk,
        "currency": kind.currency if kind.is_deal else "",
        "contact": contact_shown(contact) if contact else "",
        "contact_key": contact.pk if contact else None,
        "organisation": organisation.name if organisation else "",
    }


def _asked(request: Request, kind: WorkItemType, given: Any = None, **more: Any) -> WorkItemForm:
    suggest = reverse("web:work_contacts", args=[request.workspace.slug])
    return WorkItemForm(given, kind=kind, house=house_of(request), suggest=suggest, **more)


def _form(request: Request, form: WorkItemForm, *, status: int = 200, **facts: Any) -> HttpResponse:
    names = Organisation.objects.of(request.workspace).filter(one_with=None).order_by("name")
    context = {
        "form": form,
        "organisations": list(names.values_list("name", flat=True)[:500]),
        "here": "work",
        **facts,
    }
    return page(request, "work/form.html", context, status=status)


def _conversation(request: Request, number: str) -> Conversation | None:
    if not number.isdecimal() or len(number) > 17:
        return None
    rows = Conversation.objects.of(request.workspace).select_related("contact__organisation", "organisation")
    found: Conversation | None = rows.filter(number=int(number)).first()
    return found
