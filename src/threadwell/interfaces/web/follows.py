"""Follows: to be told what happens in a conversation, or not any more.

In:    a conversation's number
Out:   the panel beside it
Touch: nothing but through `teamwork`
"""

from django.http import HttpResponse

from threadwell.flow import teamwork
from threadwell.interfaces.web import deeds, together
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.roles import May


@allowed(May.READ, changes=May.READ)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/following/"""
    conversation = deeds.one(request, number)
    teamwork.follow(conversation, by=request.agent)
    return _panel(request, conversation)


@allowed(May.READ, changes=May.READ)
def destroy(request: Request, number: int) -> HttpResponse:
    """DELETE .../conversations/<number>/following/"""
    conversation = deeds.one(request, number)
    teamwork.unfollow(conversation, by=request.agent)
    return _panel(request, conversation)


def _panel(request: Request, conversation: Conversation) -> HttpResponse:
    home = deeds.home_of(request, conversation)
    return page(request, "teamwork/together.html#together", together.of(request, conversation), to=home)
