"""Commitments: the panel that says what binds us, beside a conversation, at a contact or an organisation.

In:    a conversation's number, a contact's or an organisation's key
Out:   the panel
Touch: nothing
"""

from uuid import UUID

from django.http import Http404, HttpResponse

from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.commitments_parts import of_contact, of_conversation, of_organisation
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.record.commitments import next_step
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import members_of
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def beside(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/commitments/"""
    conversation = deeds.one(request, number)
    facts = {"conversation": conversation, "commitments": of_conversation(conversation)}
    return page(request, "commitments/of_conversation.html#panel", facts)


@allowed(May.READ)
def at_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """GET .../customers/<id>/commitments/"""
    contact = Contact.objects.of(request.workspace).filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    members = members_of(contact)
    step = next_step.next_step_of_contact(contact.workspace_id, members)
    shown = of_contact(contact, members, step)
    return page(request, "commitments/of_customer.html#panel", {"contact": contact, "commitments": shown})


@allowed(May.READ)
def at_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """GET .../organisations/<id>/commitments/"""
    organisation = Organisation.objects.of(request.workspace).filter(pk=organisation_id).first()
    if organisation is None:
        raise Http404
    members = members_of(organisation)
    step = next_step.next_step_of_organisation(organisation.workspace_id, members)
    shown = of_organisation(organisation, members, step)
    return page(
        request, "commitments/of_customer.html#panel", {"organisation": organisation, "commitments": shown}
    )
