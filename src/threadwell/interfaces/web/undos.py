"""Undos: what was done is taken back.

In:    the key of an undo
Out:   the list as it is now
Touch: nothing but through `handling`
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext, ngettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import toast
from threadwell.record.conversations.models import Undo
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def create(request: Request, undo_id: UUID) -> HttpResponse:
    """POST .../undos/<id>/undoing/"""
    try:
        undo = Undo.objects.of(request.workspace).get(pk=undo_id)
    except Undo.DoesNotExist:
        raise Http404 from None
    restored = handling.take_back(undo, by=request.agent)
    missed = len(undo.conversations) - restored
    if missed:
        said = ngettext(
            "%(count)s conversation stays as it is: somebody has changed it since.",
            "%(count)s conversations stay as they are: somebody has changed them since.",
            missed,
        )
        toast(request, said % {"count": missed}, level=messages.WARNING)
    else:
        toast(request, gettext("Taken back."))
    return deeds.refreshed(request, undo.conversations)
