"""Drafts: what somebody is writing, kept while they write.

In:    the composer's form
Out:   nothing; that it was kept
Touch: Draft
"""

from django.http import HttpResponse

from threadwell.interfaces.web import composer, said
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.record.workplace.roles import May


@allowed(May.NOTE)
def update(request: Request, number: int) -> HttpResponse:
    """PUT .../conversations/<number>/draft/"""
    conversation = composer.place_of(request, number)
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


def _is_empty(request: Request) -> bool:
    return not any(request.POST.get(field, "").strip() for field in ("text", "html"))
