"""Priorities: how urgent a conversation is.

In:    a priority
Out:   the conversation's head, and a way back
Touch: nothing but through `handling`
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def give(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/priority/"""
    priority = deeds.priority_of(request.POST.get("priority", ""))
    return deeds.done(request, number, handling.Weigh(priority=priority), weighed(priority))


def weighed(priority: int) -> str:
    names = dict(Conversation.Priority.choices)
    return gettext("Priority: %(name)s.") % {"name": names.get(priority, "")}
