"""Together: the panel beside a conversation: who was asked to take it, who is asked aside, who follows.

In:    a conversation's number
Out:   the panel
Touch: nothing
"""

from typing import Any

from django.http import HttpResponse

from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.record.conversations import asides
from threadwell.record.conversations.models import Conversation
from threadwell.record.teamwork.follow import followers_of
from threadwell.record.teamwork.models import Handover
from threadwell.record.workplace.roles import May

CHANGED = "together-changed"  #: our event: the panel and open sheets ask anew
SHOWN = 50


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/together/"""
    conversation = deeds.one(request, number)
    return page(request, "teamwork/together.html#together", of(request, conversation))


def of(request: Request, conversation: Conversation) -> dict[str, Any]:
    """What the panel shows."""
    pending = Handover.objects.of(request.workspace).pending().filter(conversation=conversation)
    handover = pending.select_related("giver", "agent", "team").first()
    followers = followers_of(conversation)
    return {
        "conversation": conversation,
        "handover": handover,
        "is_asked": bool(handover and handover.may_be_answered_by(request.agent)),
        "asides": list(asides.of(conversation).filter(message_count__gt=0).select_related("contact")[:SHOWN]),
        "followers": followers,
        "follows": any(one.pk == request.agent.pk for one in followers),
    }
