"""Foreseeing: what would come of joining conversations, before anybody does it.

In:    conversations, and the one that would stay
Out:   Foreseen: how many messages, who takes part, whom an answer would reach, what it would be like
Touch: nothing
"""

from collections.abc import Sequence
from dataclasses import dataclass

from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.flow.cut import blending
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.models import Agent, Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A conversation as it would be."""

    messages: int
    participants: tuple[str, ...]
    customers: tuple[str, ...]  #: more than one: an answer reaches only who wrote last
    answer_to: tuple[Address, ...]
    answer_cc: tuple[Address, ...]  #: when all are answered
    status: str
    priority: str
    owner: Agent | None
    team: Team | None
    labels: tuple[str, ...]


def joined(rows: Sequence[Conversation], *, into: Conversation) -> Foreseen:
    """These as one."""
    state = blending.together(into, [one for one in rows if one.pk != into.pk])
    answered = [found for one in rows if (found := outbound.to_answer(one))]
    last = max(answered, key=lambda one: (one.direction == "in", one.at), default=None)
    suggested = outbound.suggested(last) if last else {}
    to, everybody = suggested.get("reply"), suggested.get("reply_all")
    people = {str(one.customer): one.customer.pk for one in rows if one.customer}
    return Foreseen(
        messages=sum(one.message_count for one in rows),
        participants=tuple(sorted({who for one in rows for who in one.participants})),
        customers=tuple(sorted(people)),
        answer_to=to.to if to else (),
        answer_cc=everybody.cc if everybody else (),
        status=str(Conversation.Status(state["status"][0]).label),
        priority=str(Conversation.Priority(state["priority"]).label),
        owner=next((one.owner for one in rows if one.owner and str(one.owner_id) == state["owner"]), None),
        team=next((one.team for one in rows if one.team and str(one.team_id) == state["team"]), None),
        labels=tuple(state["labels"]),
    )
