"""Jot: a note that only the team sees, and whom it calls.

In:    a conversation, words, who writes
Out:   Message
Touch: Message, Attachment, Mention, Event
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from threadwell.kit import clock, html
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import sending, wording
from threadwell.record.conversations.models import Attachment, Conversation, Mention, Message
from threadwell.record.workplace.models import Agent


def down(
    conversation: Conversation,
    *,
    by: Agent,
    text: str,
    source: str,
    mentions: Iterable[Agent],
    files: list[Attachment],
) -> Message:
    """Keep the note with its files and call who is mentioned."""
    page, said = _written(text, source)
    if not said and not files:
        raise Invalid(_("Nothing is written yet."))
    words = wording.wording_of(
        subject="", text=said, writer=(by.name,), files=[file.filename for file in files]
    )
    message = Message.objects.create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        direction=Message.Direction.NOTE,
        channel="",
        agent=by,
        contact_id=conversation.contact_id,
        organisation_id=conversation.organisation_id,
        from_name=by.name,
        text=said,
        html=page,
        state=Message.State.SENT,
        attachment_count=sum(not file.is_inline for file in files),
        words=words.vector,
        at=clock.now(),
    )
    wording.learn(message.workspace_id, words)
    Attachment.objects.of(message.workspace_id).filter(pk__in=[file.pk for file in files]).update(
        message=message, draft=None
    )
    called = _called(
        said, mentions, among=list(Agent.objects.of(conversation.workspace_id).filter(left_at=None))
    )
    Mention.objects.bulk_create(
        Mention(
            workspace_id=conversation.workspace_id, message=message, conversation=conversation, agent=agent
        )
        for agent in called
    )
    sending.tell_of(message, "noted", by=by, mentions=[str(agent.pk) for agent in called])
    return message


def _written(text: str, source: str) -> tuple[str, str]:
    page = html.sanitise(source) if source else ""
    return page, (html.to_text(page) if page else text).strip()


def _called(said: str, named: Iterable[Agent], *, among: list[Agent]) -> list[Agent]:
    """Those handed in and those written as @Name; a longer name goes before a shorter that begins it."""
    called = {agent.pk: agent for agent in named}
    rest = said.casefold()
    for agent in sorted(among, key=lambda one: -len(one.name)):
        mark = re.compile(rf"(?<!\w)@{re.escape(agent.name.casefold())}(?!\w)")
        if agent.name and mark.search(rest):
            rest = mark.sub(" ", rest)
            called[agent.pk] = agent
    return list(called.values())
