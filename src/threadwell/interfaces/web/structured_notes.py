"""Structured notes: what was discussed and decided, and the next step, in a conversation or at a customer.

In:    where it is written; the form
Out:   the form; after it the conversation in which the note stands
Touch: nothing but through `logging_talks`
"""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from threadwell.flow import logging_talks
from threadwell.flow.logging_talks import Whom
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.commitments_forms import PointsForm
from threadwell.interfaces.web.commitments_parts import CHANGED
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.roles import May


@allowed(May.NOTE)
def new_in(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/structured-notes/new/"""
    return _form(request, Whom(conversation=deeds.one(request, number)))


@allowed(May.NOTE)
def create_in(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/structured-notes/new/"""
    return _note(request, Whom(conversation=deeds.one(request, number)))


@allowed(May.NOTE)
def new_at_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/structured-notes/new/"""
    return _form(request, _at_contact(request, contact_id))


@allowed(May.NOTE)
def create_at_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """POST .../customers/<id>/structured-notes/new/"""
    return _note(request, _at_contact(request, contact_id))


@allowed(May.NOTE)
def new_at_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/structured-notes/new/"""
    return _form(request, _at_organisation(request, organisation_id))


@allowed(May.NOTE)
def create_at_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """POST .../organisations/<id>/structured-notes/new/"""
    return _note(request, _at_organisation(request, organisation_id))


def _note(request: Request, whom: Whom) -> HttpResponse:
    form = PointsForm(request.POST, request=request)
    if not form.is_valid():
        return _form(request, whom, form=form, status=422)
    try:
        message = logging_talks.note_down(form.points(), whom, by=request.agent)
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _form(request, whom, form=form, status=422)
    toast(request, _("The note is written down."))
    if request.htmx:
        return page(request, "commitments/done.html#nothing", events={CHANGED: {}, "done": {}})
    home = f"{deeds.home_of(request, message.conversation)}#message-{message.pk}"
    return page(request, "commitments/done.html", to=home)


def _form(request: Request, whom: Whom, *, form: PointsForm | None = None, status: int = 200) -> HttpResponse:
    form = form or PointsForm(request=request, initial={"owner": str(request.agent.pk)})
    facts = {
        "form": form,
        "action": request.path,
        "contact": whom.contact,
        "organisation": whom.organisation,
        "conversation": whom.conversation,
    }
    return page(request, "commitments/note_form.html#form", facts, status=status)


def _at_contact(request: Request, contact_id: UUID) -> Whom:
    contact = (
        Contact.objects.of(request.workspace).select_related("organisation").filter(pk=contact_id).first()
    )
    if contact is None:
        raise Http404
    return Whom(contact=contact)


def _at_organisation(request: Request, organisation_id: UUID) -> Whom:
    organisation = Organisation.objects.of(request.workspace).filter(pk=organisation_id).first()
    if organisation is None:
        raise Http404
    return Whom(organisation=organisation)
