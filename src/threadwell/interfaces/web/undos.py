"""Undos: what was done is taken back.

In:    the key of an undo
Out:   the list as it is now
Touch: nothing but through `many`
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.flow import many
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.record.conversations.models import Undo
from threadwell.record.workplace.roles import May

#: Where one goes after an undo that was pressed nowhere.
BESIDE_THE_DESK = {many.WORK: "web:work", many.SAID: "web:contacts"}

#: Pages that show conversations, and have no list of the desk.
BOARDS = ("web:overview", "web:orphans")


@allowed(May.HANDLE)
def create(request: Request, undo_id: UUID) -> HttpResponse:
    """POST .../undos/<id>/undoing/"""
    try:
        undo = Undo.objects.of(request.workspace).get(pk=undo_id)
    except Undo.DoesNotExist:
        raise Http404 from None
    back = many.take_back(undo, by=request.agent)
    if back.kept:
        toast(request, _left(undo.kind, back.kept) % {"count": back.kept}, level=messages.WARNING)
    else:
        toast(request, gettext("Taken back."))
    to = deeds.came_from(request)
    if undo.kind not in BESIDE_THE_DESK and not _is_board(request, to):
        return deeds.refreshed(request, undo.conversations)
    to = to or reverse(BESIDE_THE_DESK[undo.kind], args=[request.workspace.slug])
    if request.htmx:
        # The whole page shows what was changed: load it anew.
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return page(request, "customers/list.html", to=to)


def _is_board(request: Request, to: str) -> bool:
    """A page that shows conversations otherwise than the desk does."""
    return to.startswith(tuple(reverse(name, args=[request.workspace.slug]) for name in BOARDS))


def _left(kind: str, count: int) -> str:
    match kind:
        case many.SAID:
            return ngettext(
                "%(count)s value stays as it is: somebody has changed it since.",
                "%(count)s values stay as they are: somebody has changed them since.",
                count,
            )
        case many.WORK:
            return ngettext(
                "%(count)s piece of work stays as it is: somebody has changed it since.",
                "%(count)s pieces of work stay as they are: somebody has changed them since.",
                count,
            )
        case _:
            return ngettext(
                "%(count)s conversation stays as it is: somebody has changed it since.",
                "%(count)s conversations stay as they are: somebody has changed them since.",
                count,
            )
