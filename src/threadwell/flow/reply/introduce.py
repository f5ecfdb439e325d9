"""Introduce: an agent writes first, to somebody whom we may not know yet.

In:    a draft without a conversation
Out:   Conversation
Touch: Contact, Identity, Conversation, Viewing, ReadMark, Follow, Event
"""

from uuid import UUID

from django.db import IntegrityError, transaction

from threadwell.channels.port import Address
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation, Counter, Draft, ReadMark, Viewing
from threadwell.record.people.models import Contact, Identity
from threadwell.record.teamwork.models import Follow
from threadwell.record.workplace import at_home
from threadwell.record.workplace.models import Agent


def open_for(draft: Draft, *, by: Agent, base: str) -> Conversation:
    """The conversation that the draft begins, with the first whom it is written to; ``by`` owns it."""
    assert draft.inbox is not None
    contact = contact_of(draft)
    conversation = Conversation.objects.create(
        workspace_id=draft.workspace_id,
        number=Counter.reserve(draft.workspace_id, "conversation")[0],
        subject=draft.subject[:500],
        subject_base=base[:200],
        type=Conversation.Type.OUTBOUND,
        inbox=draft.inbox,
        contact=contact,
        organisation_id=contact.organisation_id if contact else None,
        owner=by,
        team_id=draft.inbox.team_id,
        last_word=Conversation.Party.US,
        last_message_at=clock.now(),
    )
    conversation.record("opened", by=by)
    return conversation


def contact_of(draft: Draft) -> Contact | None:
    """The first whom it is written to."""
    first = next((one for part in (draft.to, draft.cc, draft.bcc) for one in part), None)
    return _met(draft.workspace_id, name=first["name"], email=first["email"]) if first else None


def meet(workspace_id: UUID, person: Address) -> Contact:
    """The contact behind an address, made when we have never met."""
    return _met(workspace_id, name=person.name, email=person.email)


def undone(conversation: Conversation) -> bool:
    """The letter that began it was taken back: with nothing else in it or about it, it never was.

    Its number is not given again. What others have tied to it meanwhile keeps it.
    """
    workspace_id = conversation.workspace_id
    if conversation.messages.exists():
        return False
    try:
        with transaction.atomic():
            for passing in (Viewing, ReadMark, Follow):
                passing.objects.of(workspace_id).filter(conversation=conversation).delete()
            Conversation.objects.of(workspace_id).filter(pk=conversation.pk).delete()
            # Else a tie would be found at the very end.
            at_home.asked(workspace_id, "*", "threadwell_keys_hold()", [])
    except IntegrityError:
        return False
    return True


def _met(workspace_id: UUID, *, name: str, email: str) -> Contact:
    address = email.strip().casefold()[:320]
    identities = Identity.objects.of(workspace_id).select_related("contact")
    if known := identities.filter(kind=Identity.Kind.EMAIL, value=address).first():
        met: Contact = known.contact
        return met
    contact = Contact.objects.create(
        workspace_id=workspace_id, name=(name or address.partition("@")[0])[:200]
    )
    Identity.objects.create(
        workspace_id=workspace_id,
        contact=contact,
        kind=Identity.Kind.EMAIL,
        value=address,
        shown=email[:320],
        source="agent",
    )
    return contact
