"""Closings: a conversation is done, or not done after all.

In:    a conversation's number
Out:   its head, and a way back
Touch: nothing but through `handling`
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/closing/"""
    return deeds.done(request, number, handling.Close(), gettext("Closed."))


@allowed(May.HANDLE)
def destroy(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/reopening/"""
    return deeds.done(request, number, handling.Reopen(), gettext("Open again."))
