"""Jot: a note that only the team sees, and whom it calls.

In:    a conversation, words, who writes
Out:   Message
Touch: Message, Attachment, Mention, Event
"""

import re
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.kit import clock, html
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import sending, wording
from threadwell.record.conversations.models import Attachment, Conversation, Mention, Message
from threadwell.record.sight import seeing
from threadwell.record.workplace.models import Agent, TeamSeat


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
        said,
        mentions,
        among=list(Agent.objects.of(conversation.workspace_id).filter(left_at=None)),
        teams=_crews(conversation.workspace_id) if "@" in said else {},
    )
    called = seeing.those_who_may_see(conversation, called)
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


def _crews(workspace_id: UUID) -> dict[str, list[UUID]]:
    """Who is on each team, by its name."""
    crews: dict[str, list[UUID]] = {}
    seats = TeamSeat.objects.of(workspace_id).filter(agent__left_at=None)
    for name, agent_id in seats.values_list("team__name", "agent_id"):
        crews.setdefault(name, []).append(agent_id)
    return crews


def _called(
    said: str, named: Iterable[Agent], *, among: list[Agent], teams: dict[str, list[UUID]]
) -> list[Agent]:
    """Those handed in and those written as @Name or @Team; a longer name before one that begins it."""
    by_key = {agent.pk: agent for agent in among}
    called = {agent.pk: agent for agent in named}
    names = [(agent.name, [agent.pk]) for agent in among] + list(teams.items())
    rest = said.casefold()
    for name, keys in sorted(names, key=lambda one: -len(one[0])):
        mark = re.compile(rf"(?<!\w)@{re.escape(name.casefold())}(?!\w)")
        if name and mark.search(rest):
            rest = mark.sub(" ", rest)
            called |= {key: by_key[key] for key in keys if key in by_key}
    return list(called.values())
