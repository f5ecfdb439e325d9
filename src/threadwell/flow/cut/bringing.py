"""Bringing: of two drafts of one person in conversations that were joined, one takes the words of the other.

In:    a draft in a conversation that was joined, the agent's draft where it goes on
Out:   the words of both in the one; each its own again when the conversations are taken apart
Touch: Draft

The draft that is brought in stays as it is, with its files, so that nothing has to be remembered: what was
written goes out of the other again as far as it still stands there word for word.
"""

import re
from uuid import UUID

from django.db.models import Q

from threadwell.kit import clock, html
from threadwell.record.conversations.models import Conversation, Draft

_SIGNATURE = re.compile(r"(?m)^-- ?$")
_BETWEEN = "<div><br></div>"
_EDGE = re.compile(r"(</?div>|<br ?/?>|\s+)")


def others(conversation: Conversation, agent_id: UUID) -> list[Draft]:
    """What the agent has begun to write in conversations that go on in this one, and not brought in."""
    rows = Draft.objects.of(conversation.workspace_id).filter(
        agent_id=agent_id, conversation__joined_into_id=conversation.pk, brought_into=None
    )
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def bring(other: Draft, into: Draft) -> None:
    """The words of the other stand behind those that are there, unless they stand there already."""
    into.text, into.html = behind(into, other.text, other.html)
    into.saved_at = clock.now()
    into.save(update_fields=["text", "html", "saved_at"])
    other.brought_into = into
    other.save(update_fields=["brought_into"])


def behind(into: Draft, text: str, html: str) -> tuple[str, str]:
    """The draft's words with others behind them, unless they stand there already: as text and as HTML."""
    words, signature = _parts(text)
    if not words or _found(words, into.text):
        return into.text, into.html
    said, own = _parts(into.text)
    pages = (into.html or _as_html(said), html or _as_html(words)) if into.html or html else ()
    both = "\n\n".join(part for part in (said, words) if part) + (own or signature)
    return both, _BETWEEN.join(page for page in pages if page)


def let_go(workspace_id: UUID, family: set[UUID]) -> None:
    """Drafts that stand in different conversations again have their own words again."""
    apart = Q(conversation_id__in=family) | Q(brought_into__conversation_id__in=family)
    rows = Draft.objects.of(workspace_id).exclude(brought_into=None).filter(apart)
    rows = rows.select_related("conversation", "brought_into__conversation").order_by("pk")
    for other in rows.select_for_update(of=("self",)):
        into = other.brought_into
        assert into
        if _root(other) != _root(into):
            other.brought_into = None
            other.save(update_fields=["brought_into"])
            _take_out(other, into)


def _root(draft: Draft) -> UUID | None:
    assert draft.conversation
    return draft.conversation.joined_into_id or draft.conversation_id


def _take_out(other: Draft, into: Draft) -> None:
    words = _parts(other.text)[0]
    found = _found(words, into.text) if words else None
    page = _page_without(other, words, into) if into.html else ""
    if found is None or page is None:
        return  # they were written over: both keep them
    said = (into.text[: found.start()].rstrip(), into.text[found.end() :].lstrip("\n"))
    into.text, into.html = "\n\n".join(part for part in said if part), page
    if _parts(into.text)[0] or into.attachments.exists():
        into.save(update_fields=["text", "html"])
    else:
        into.delete()


def _parts(text: str) -> tuple[str, str]:
    """The words, and the signature below them."""
    if (mark := _SIGNATURE.search(text)) is None:
        return text.strip(), ""
    return text[: mark.start()].strip(), f"\n\n{text[mark.start() :]}"


def _found(words: str, text: str) -> re.Match[str] | None:
    """The words as paragraphs of their own, the last time they stand there."""
    places = list(re.finditer(rf"(?:^|\n){re.escape(words)}(?=\n|$)", text))
    return places[-1] if places else None


def _page_without(other: Draft, words: str, into: Draft) -> str | None:
    """An editor may have put other edges around them."""
    before, inner, after = into.html.rpartition(_bare(other.html or _as_html(words)))
    if not inner:
        return None
    rest = "<br><br>".join(part for part in (_bare(before), _bare(after)) if part)
    return html.sanitise(f"<div>{rest}</div>") if rest else ""


def _bare(page: str) -> str:
    """Without the lines and blocks that it begins and ends with."""
    parts = _EDGE.split(page)
    words = [place for place, part in enumerate(parts) if part and not _EDGE.fullmatch(part)]
    return "".join(parts[words[0] : words[-1] + 1]) if words else ""


def _as_html(text: str) -> str:
    lines = "<br>".join(html.escape(line) for line in text.split("\n"))
    return f"<div>{lines}</div>" if text else ""
