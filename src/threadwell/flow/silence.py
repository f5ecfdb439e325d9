"""Silence: the customer breaks it, and what waited only for their silence is over.

In:    a conversation in which the customer has just written
Out:   drafts of letters that were planned; follow-ups that have ended
Touch: Outgoing, Message, Draft, FollowUp, Notice, events
"""

import contextlib

from django.utils.translation import gettext as _

from threadwell.flow import outbound, pursuing
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation, Draft, Message, Outgoing
from threadwell.record.notices.models import Notice


def broken(conversation: Conversation) -> list[Draft]:
    """Planned letters are drafts again, and their authors are told; follow-ups end."""
    pursuing.answered(conversation)
    waiting = Outgoing.objects.of(conversation.workspace_id).filter(
        message__conversation=conversation, message__state=Message.State.HELD, cancel_on_reply=True
    )
    drafts: list[Draft] = []
    for one in waiting.select_related("message__agent"):
        message, key = one.message, one.pk.hex
        # What a worker has begun to send is beyond recall; the answer is kept all the same.
        with contextlib.suppress(outbound.TooLate):
            drafts.append(outbound.take_back(message, by=None, because=_("the customer answered first")))
            _tell_author(message, conversation, key=key)
    return drafts


def _tell_author(message: Message, conversation: Conversation, *, key: str) -> None:
    if message.agent is None or message.agent.left_at:
        return
    text = _("The customer answered first: “%(subject)s” was not sent. It is a draft again.")
    Notice.give(
        [message.agent],
        kind=Notice.Kind.REMINDER,
        key=f"not-sent:{key}",
        at=clock.now(),
        conversation=conversation,
        text=text % {"subject": message.subject},
    )
