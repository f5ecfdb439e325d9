"""Drafts: what somebody is writing, kept while they write.

In:    the composer's form
Out:   nothing; that it was kept
Touch: Draft
"""

from uuid import UUID

from django.http import HttpResponse

from threadwell.flow import surgery
from threadwell.interfaces.web import composer, deeds, said
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.roles import May


@allowed(May.NOTE)
def update(request: Request, number: int) -> HttpResponse:
    """PUT .../conversations/<number>/draft/; words that a device kept come with ``whose`` and ``known``."""
    conversation = composer.place_of(request, number)
    if "whose" in request.POST:
        return _from_device(request, conversation)
    if _is_empty(request):
        draft = composer.draft_of(conversation, request.agent)
        if draft is None:
            return HttpResponse(status=204)
    if not composer.is_late(request, conversation):
        composer.kept(request, conversation)
    return HttpResponse(status=204)


@allowed(May.NOTE)
def destroy(request: Request, number: int) -> HttpResponse:
    """DELETE .../conversations/<number>/draft/"""
    conversation = composer.place_of(request, number)
    composer.forget(conversation, request.agent)
    return said.empty(request, conversation)


@allowed(May.NOTE)
def bring_in(request: Request, number: int, draft_id: UUID) -> HttpResponse:
    """POST .../conversations/<number>/drafts/<id>/: what was begun in one that goes on here."""
    conversation = deeds.one(request, number)
    draft = composer.draft_of(conversation, request.agent)
    if draft or not _is_empty(request):
        draft = composer.kept(request, conversation)
    for begun in surgery.other_drafts(conversation, request.agent):
        if begun.pk == draft_id:
            surgery.bring_in(begun, conversation, into=draft)
    return said.empty(request, conversation)


def _from_device(request: Request, conversation: Conversation) -> HttpResponse:
    if request.POST["whose"] != str(request.agent.pk):
        return HttpResponse(status=409)  # somebody else's, who uses the same device
    if not _is_empty(request):
        composer.catch_up(composer.begun(request, conversation), request.POST)
    return HttpResponse(status=204)


def _is_empty(request: Request) -> bool:
    return not any(request.POST.get(field, "").strip() for field in ("text", "html"))
