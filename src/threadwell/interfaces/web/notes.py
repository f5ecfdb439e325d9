"""Notes: what only the team sees, and whom it calls.

In:    the composer's form
Out:   the note in its thread; the names that can be called
Touch: nothing but through `outbound`
"""

from django.http import HttpResponse, JsonResponse

from threadwell.flow import outbound
from threadwell.interfaces.web import composer, files, said
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.kit.errors import Invalid
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May


@allowed(May.NOTE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/notes/"""
    conversation = composer.place_of(request, number)
    draft = composer.kept(request, conversation, kind=composer.NOTE)
    try:
        files.take_posted(request, draft)
        message = outbound.note(
            conversation,
            by=request.agent,
            text=draft.text,
            html=draft.html,
            files=draft.files,
        )
    except Invalid as wrong:
        return said.again(request, conversation, draft, status=422, errors=[str(wrong.sentence)])
    return said.done(request, conversation, message)


@allowed(May.NOTE)
def colleagues(request: Request) -> JsonResponse:
    """GET .../colleagues/: which colleagues and teams can be called with an @."""
    agents = Agent.objects.of(request.workspace).filter(left_at=None).exclude(pk=request.agent.pk)
    names = list(agents.order_by("name").values_list("name", flat=True)[:1000])
    teams = Team.objects.of(request.workspace).order_by("name").values_list("name", flat=True)[:500]
    return JsonResponse({"names": [*names, *teams]})
