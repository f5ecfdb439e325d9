"""Talks: a call, a visit or a meeting is written down, at a customer, in a conversation, or from anywhere.

In:    with whom, as the address says it or as somebody searched; the form
Out:   the form; after it the conversation in which the talk stands
Touch: nothing but through `logging_talks`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from threadwell.flow import logging_talks
from threadwell.flow.logging_talks import Whom
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.commitments_forms import TalkForm
from threadwell.interfaces.web.commitments_parts import CHANGED
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May

FOUND, OPEN = 12, 20


@allowed(May.NOTE)
def new(request: Request) -> HttpResponse:
    """GET .../calls/new/?contact=&q=: with somebody who is found by name, number or address."""
    key = request.GET.get("contact", "")
    if key:
        return _form(request, _whom_of(request, contact_id=_uuid(key)))
    asked = request.GET.get("q", "").strip()[:100]
    facts = {
        "q": asked,
        "found": by_parts.contacts(request.workspace.pk, asked, most=FOUND) if asked else [],
        "here": "new_call",
    }
    return page(request, "commitments/talk_whom.html#whom", facts)


@allowed(May.NOTE)
def create(request: Request) -> HttpResponse:
    """POST .../calls/new/"""
    return _log(request, _whom_of(request, contact_id=_uuid(request.POST.get("contact", ""))))


@allowed(May.NOTE)
def new_at_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/calls/new/"""
    return _form(request, _whom_of(request, contact_id=contact_id))


@allowed(May.NOTE)
def create_at_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/calls/new/"""
    return _log(request, _whom_of(request, contact_id=contact_id))


@allowed(May.NOTE)
def new_at_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/calls/new/"""
    return _form(request, _whom_of(request, organisation_id=organisation_id))


@allowed(May.NOTE)
def create_at_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """POST .../organisations/<id>/calls/new/"""
    return _log(request, _whom_of(request, organisation_id=organisation_id))


@allowed(May.NOTE)
def new_in(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/calls/new/"""
    return _form(request, Whom(conversation=deeds.one(request, number)))


@allowed(May.NOTE)
def create_in(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/calls/new/"""
    return _log(request, Whom(conversation=deeds.one(request, number)))


def _log(request: Request, whom: Whom) -> HttpResponse:
    open_ones = _open_with(request, whom)
    form = TalkForm(request.POST, request=request, conversations=_choices(open_ones))
    if not form.is_valid():
        return _form(request, whom, form=form, status=422)
    into = next((one for one in open_ones if str(one.number) == form.cleaned_data["into"]), None)
    if into is not None:
        whom = Whom(contact=whom.contact, organisation=whom.organisation, conversation=into)
    try:
        message = logging_talks.log(form.talked(), whom, by=request.agent)
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _form(request, whom, form=form, status=422)
    toast(request, _("Written down: %(title)s.") % {"title": message.subject})
    home = f"{deeds.home_of(request, message.conversation)}#message-{message.pk}"
    if request.htmx and _stays(request, whom):
        # The message comes by the stream; the dialog closes.
        return page(request, "commitments/done.html#nothing", events={CHANGED: {}, "done": {}})
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": home})
    return page(request, "commitments/done.html", to=home)


def _stays(request: Request, whom: Whom) -> bool:
    """Was it logged from the page on which it will stand?"""
    came_from = deeds.came_from(request).partition("?")[0]
    return whom.conversation is not None and came_from.endswith(f"/{whom.conversation.number}/")


def _form(request: Request, whom: Whom, *, form: TalkForm | None = None, status: int = 200) -> HttpResponse:
    open_ones = _open_with(request, whom)
    if form is None:
        initial: dict[str, Any] = {
            "kind": request.GET.get("kind", "call"),
            "owner": str(request.agent.pk),
            "into": str(whom.conversation.number) if whom.conversation else "",
            "place": _number_of(request, whom),
            "contact": whom.contact.pk if whom.contact else None,
        }
        form = TalkForm(request=request, conversations=_choices(open_ones), initial=initial)
    contact = whom.contact or (whom.conversation.contact if whom.conversation else None)
    facts = {
        "form": form,
        "contact": contact,
        "organisation": whom.organisation or (contact.organisation if contact else None),
        "conversation": whom.conversation,
        "here": "new_call",
        "action": request.path,
    }
    return page(request, "commitments/talk_form.html#form", facts, status=status)


def _whom_of(
    request: Request, *, contact_id: UUID | None = None, organisation_id: UUID | None = None
) -> Whom:
    contacts = Contact.objects.of(request.workspace).select_related("organisation")
    contact = contacts.filter(pk=contact_id).first() if contact_id else None
    organisations = Organisation.objects.of(request.workspace)
    organisation = organisations.filter(pk=organisation_id).first() if organisation_id else None
    if contact is None and organisation is None:
        raise Http404
    return Whom(contact=contact, organisation=organisation)


def _open_with(request: Request, whom: Whom) -> list[Conversation]:
    """The open conversations in which the talk may stand, the newest first."""
    if whom.conversation:
        return [whom.conversation]
    rows = Conversation.objects.of(request.workspace).open().filter(joined_into=None)
    if whom.contact:
        rows = rows.filter(contact_id__in=members_of(whom.contact))
    elif whom.organisation:
        rows = rows.filter(organisation_id__in=members_of(whom.organisation))
    return list(
        rows.select_related("inbox", "contact__organisation", "organisation").order_by("-last_message_at")[
            :OPEN
        ]
    )


def _choices(conversations: list[Conversation]) -> list[tuple[str, str]]:
    return [(str(one.number), f"{one}, {one.subject}"[:80]) for one in conversations]


def _number_of(request: Request, whom: Whom) -> str:
    contact = whom.contact or (whom.conversation.contact if whom.conversation else None)
    if contact is None:
        return ""
    numbers = Identity.objects.of(request.workspace).filter(contact=contact, kind=Identity.Kind.PHONE)
    return str(numbers.order_by("made_at").values_list("shown", flat=True).first() or "")


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Http404 from None
