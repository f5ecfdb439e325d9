"""Acknowledgements: what an inbox says by itself to who writes for the first time.

In:    when, and the words
Out:   the page of it
Touch: nothing but through `acknowledging`
"""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import acknowledging
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_parts import PLACE, one, place
from threadwell.interfaces.web.ladder_forms import AcknowledgementForm
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.roles import May


@allowed(May.MANAGE)
def show(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/automatic-reply/"""
    inbox = one(request, inbox_id)
    form = AcknowledgementForm(initial=settings_of(inbox, acknowledging.PART))
    return _shown(request, inbox, form)


@allowed(May.MANAGE)
def update(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/automatic-reply/"""
    inbox = one(request, inbox_id)
    form = AcknowledgementForm(request.POST)
    if form.is_valid():
        try:
            acknowledging.choose(inbox, by=request.agent, **form.cleaned_data)
        except Invalid as refused:
            form.add_error("text", str(refused.sentence))
        else:
            toast(request, gettext("Saved."))
            return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))
    return _shown(request, inbox, form, status=422)


def _shown(request: Request, inbox: Inbox, form: AcknowledgementForm, *, status: int = 200) -> HttpResponse:
    facts = {"inbox": inbox, "form": form, **PLACE}
    return page(request, "inboxes/acknowledgement.html", facts, status=status)
