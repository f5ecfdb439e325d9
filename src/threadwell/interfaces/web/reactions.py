"""Reactions: a word without words on a message or a note; only the team sees it.

In:    a message's key, which reaction
Out:   the message's card
Touch: nothing but through `teamwork`
"""

from uuid import UUID

from django.http import HttpResponse

from threadwell.flow import teamwork
from threadwell.interfaces.web import messages
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.workplace.roles import May


@allowed(May.NOTE)
def turn(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/reactions/: put it there, or take one's own away again."""
    message = messages.one(request, message_id)
    kind = request.POST.get("kind", "")
    if not teamwork.react(message, kind, by=request.agent):
        teamwork.take_reaction(message, kind, by=request.agent)
    return messages.card(request, messages.one(request, message_id))
