"""Said: how the page answers when something was written in a conversation.

In:    a message that was just written, or what kept it from being sent
Out:   an empty composer with the new lines, or the composer as it was with what is wrong
Touch: nothing
"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from threadwell.flow import outbound
from threadwell.interfaces.web import composer, deeds, lines
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.page import page
from threadwell.record.conversations.models import Conversation, Draft, Message

COMPOSER = "desk/composer.html#composer"
SENT = "answer-sent"


def done(request: Request, conversation: Conversation, message: Message) -> HttpResponse:
    """The message stands in the thread, and one can write the next."""
    fresh = deeds.one(request, conversation.number)
    lines.dress([message], fresh, wish=lines.Wish())
    facts = {**_around(request, fresh), "message": message, "live": True}
    return page(
        request,
        "desk/composer.html#said",
        facts,
        to=f"{deeds.home_of(request, conversation)}#message-{message.pk}",
        events={SENT: {}},
    )


def again(
    request: Request,
    conversation: Conversation,
    draft: Draft,
    *,
    status: int,
    errors: Iterable[str] = (),
    stop: outbound.Stop | None = None,
) -> HttpResponse:
    """The composer with the words as they are, and what keeps them from being sent."""
    draft.refresh_from_db()  # as it was before it was signed
    chosen = request.POST.get("as", "")
    shown = composer.composer_of(request, conversation, draft=draft, errors=errors, stop=stop, chosen=chosen)
    return page(
        request,
        "desk/writing.html#composer",
        {**_around(request, conversation), "composer": shown},
        status=status,
    )


def empty(request: Request, conversation: Conversation) -> HttpResponse:
    """An empty composer."""
    return page(request, COMPOSER, _around(request, conversation), to=deeds.home_of(request, conversation))


def _around(request: Request, conversation: Conversation) -> dict[str, Any]:
    conversation.workspace = request.workspace
    return {
        "conversation": conversation,
        "composer": composer.composer_of(request, conversation),
        **deeds.around(request),
    }
