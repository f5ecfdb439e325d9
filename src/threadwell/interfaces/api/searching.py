"""Searching: all history, in the words of docs/reference/search.md.

In:    what one would type on the search page
Out:   messages that fit
Touch: nothing
"""

from typing import Any

from ninja import Router

from threadwell.interfaces.api import talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.texts import Cursor, Limit, Question
from threadwell.record.conversations import marking, search
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.roles import May

router = Router(tags=["Search"])
BEGIN, END = "⟦", "⟧"


@router.get("/search", response=talk.Hits, auth=Scope(May.READ))
def find(
    request: Call,
    q: Question,
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """Messages that fit: whole words before parts of words, the newest first in each."""
    asked = search.read(q, by=request.agent)
    hits = search.messages(request.workspace_id, asked, most=limit, cursor=cursor)
    return {
        "items": [_hit(one, asked.marked) for one in hits.messages],
        "next": hits.next or None,
        "not_understood": [str(sentence) for sentence in asked.not_understood],
    }


def _hit(one: Message, found: list[str]) -> dict[str, Any]:
    pieces = marking.pieces(one.text or one.quoted, found)
    return {
        "message": one.pk,
        "conversation": one.conversation.number,
        "subject": one.subject or one.conversation.subject,
        "direction": one.direction,
        "sender": {"name": one.from_name, "email": one.from_address},
        "snippet": "".join(f"{BEGIN}{text}{END}" if is_marked else text for text, is_marked in pieces),
        "at": one.at,
    }
