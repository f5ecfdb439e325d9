"""Subjects: what a conversation is called on the desk; mails keep their own.

In:    a subject
Out:   the conversation's head, and a way back
Touch: nothing but through `handling`
"""

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def give(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/subject/"""
    subject = request.POST.get("subject", "")
    return deeds.done(request, number, handling.Retitle(subject=subject), gettext("Subject changed."))
