"""Beside: what a letter of a side conversation may not do, and what the main conversation learns of it.

In:    a conversation; a letter of it
Out:   addresses that are kept out
Touch: Conversation (`asides_open`, `asides_waiting` of the main one), Event
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from threadwell.kit import clock
from threadwell.kit.errors import DomainError
from threadwell.record.conversations import asides
from threadwell.record.conversations.models import Conversation, Counter
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Agent


class NotAside(DomainError):
    """A side conversation stands beside one with a customer, not beside another side conversation."""

    code = "not-aside"


def kept_out(conversation: Conversation) -> frozenset[str]:
    """Whom letters of this conversation may not reach; nobody, for one with a customer."""
    return asides.kept_out(conversation) if conversation.aside_of_id else frozenset()


def opened(main: Conversation, *, by: Agent, inbox: Inbox, contact: Contact, subject: str) -> Conversation:
    """A side conversation with that contact; nothing of the main one goes along but its team."""
    if main.aside_of_id:
        raise NotAside(_("This is a side conversation itself."))
    aside: Conversation = Conversation.objects.create(
        workspace_id=main.workspace_id,
        number=Counter.reserve(main.workspace_id, "conversation")[0],
        subject=subject[:500],
        status=Conversation.Status.ASIDE,
        aside_of=main,
        is_apart=True,
        type=main.type,
        inbox=inbox,
        contact=contact,
        organisation_id=contact.organisation_id,
        team_id=main.team_id,
        last_word=Conversation.Party.US,
        last_message_at=clock.now(),
    )
    aside.record("opened", by=by)
    return aside


def tell_main(aside: Conversation, what: str, *, by: Agent | None = None, **facts: Any) -> Conversation:
    """The main conversation knows how it stands aside, and tells what happened there."""
    main = asides.main_of(aside)
    asides.recount(main)
    main.record(
        f"aside_{what}", by=by, aside=str(aside.pk), aside_number=aside.number, subject=aside.subject, **facts
    )
    return main


def wrongly_reached(addresses: Iterable[str], conversation: Conversation) -> tuple[str, ...]:
    """Those of the addresses that this conversation must never be written to."""
    return asides.reaches(addresses, kept_out(conversation))
