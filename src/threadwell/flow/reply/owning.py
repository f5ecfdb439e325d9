"""Owning: in some inboxes only the owner of a conversation answers.

In:    a conversation, who wants to answer
Out:   `NotOwner`, when it is not theirs
Touch: nothing
"""

from django.utils.translation import gettext as _

from threadwell.kit.errors import DomainError
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.models import Agent


class NotOwner(DomainError):
    """In this inbox only the owner of a conversation answers."""

    code = "not-owner"


def is_asked_for(inbox: Inbox) -> bool:
    """Is it set so that only the owner of a conversation may write to its customer?"""
    return bool(settings_of(inbox, "answering").get("only_owner"))


def refuse_others(conversation: Conversation, by: Agent) -> None:
    """Raise when somebody else has to answer here."""
    if conversation.aside_of_id or conversation.owner_id == by.pk or not is_asked_for(conversation.inbox):
        return
    if conversation.owner:
        sentence = _("Only its owner, %(who)s, answers here. Take it first.")
        raise NotOwner(sentence % {"who": conversation.owner})
    raise NotOwner(_("Only its owner answers here, and nobody owns it. Take it first."))
