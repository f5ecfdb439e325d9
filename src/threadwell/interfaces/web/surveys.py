"""Surveys: whether and how an inbox asks its customers, under settings; what one conversation was given.

In:    choices, a conversation
Out:   the page of it, lines
Touch: nothing but through `surveying`
"""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext

from threadwell.flow import surveying
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_parts import PLACE, one, place
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.survey_forms import SurveyForm
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.surveys.models import Survey
from threadwell.record.workplace.roles import May

SHOWN = 5


@allowed(May.MANAGE)
def show(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/satisfaction/"""
    inbox = one(request, inbox_id)
    return _shown(request, inbox, SurveyForm(initial=surveying.wishes_of(inbox)))


@allowed(May.MANAGE)
def update(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/satisfaction/"""
    inbox = one(request, inbox_id)
    form = SurveyForm(request.POST)
    if form.is_valid():
        try:
            surveying.choose(inbox, by=request.agent, **form.cleaned_data)
        except Invalid as refused:
            form.add_error(None, str(refused.sentence))
        else:
            toast(request, gettext("Saved."))
            return page(request, "inboxes/inbox.html", to=place(request, "inbox", inbox))
    return _shown(request, inbox, form, status=422)


def of_conversation(conversation: Conversation, *, without: Collection[str] = ()) -> list[Survey]:
    """What the customer thought of it, and whether they were asked; the newest first."""
    if "surveys" in without:
        return []
    rows = Survey.objects.of(conversation.workspace_id).filter(conversation_id=conversation.pk)
    return list(rows.order_by("-pk")[:SHOWN])


def said(inbox: Inbox) -> str:
    """Whether it asks, in words."""
    wish = surveying.wishes_of(inbox)
    return gettext("asked after a conversation was closed") if wish["is_on"] else gettext("nobody is asked")


def _shown(request: Request, inbox: Inbox, form: SurveyForm, *, status: int = 200) -> HttpResponse:
    return page(request, "surveys/settings.html", {"inbox": inbox, "form": form, **PLACE}, status=status)
