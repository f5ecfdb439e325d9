"""Circle: who else takes part in a conversation is told what happens there.

In:    a conversation, what was done in it and by whom
Out:   nothing
Touch: Notice, Follow, Conversation (`is_followed`)
"""

from collections.abc import Sequence
from typing import Any

from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.notices.models import Notice
from threadwell.record.sight import seeing
from threadwell.record.teamwork.follow import followers_of
from threadwell.record.teamwork.models import Follow
from threadwell.record.workplace.models import Agent


def called(message: Message, agents: Sequence[Agent]) -> None:
    """A note calls these: they follow from now on, and are told."""
    others = seeing.those_who_may_see(
        message.conversation, [one for one in agents if one.pk != message.agent_id]
    )
    if not others:
        return
    Follow.draw_in(message.conversation, others, because=Follow.Because.MENTIONED)
    Notice.give(
        others,
        kind=Notice.Kind.MENTIONED,
        key=f"mentioned:{message.pk.hex}",
        at=clock.now(),
        conversation=message.conversation,
        who=message.from_name,
        message=str(message.pk),
    )


def spoke(message: Message) -> None:
    """Who answers in a conversation follows it from then on."""
    if message.agent and not message.conversation.aside_of_id:
        Follow.draw_in(message.conversation, [message.agent], because=Follow.Because.ANSWERED)


def told(
    conversation: Conversation,
    what: str,
    *,
    key: str,
    who: str,
    by: Agent | None = None,
    but: Sequence[Agent] = (),
    **facts: Any,
) -> None:
    """Those who follow are told; not who did it, nor ``but`` those who know already."""
    if not conversation.is_followed:
        return
    known = {one.pk for one in (by, *but) if one}
    others = [one for one in followers_of(conversation) if one.pk not in known]
    Notice.give(
        seeing.those_who_may_see(conversation, others),
        kind=Notice.Kind.FOLLOWED,
        key=f"{what}:{key}",
        at=clock.now(),
        conversation=conversation,
        what=what,
        who=who,
        **facts,
    )
