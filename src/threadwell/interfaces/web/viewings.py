"""Viewings: who has a conversation open right now, and what they are doing there.

In:    a beat of somebody's page: reading, writing, or gone
Out:   whom the others see
Touch: Viewing, ReadMark; the notification channel, when something has changed
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from threadwell.flow.reply.follow_up import SEEN_FOR
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.kit.questions import Question
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Viewing
from threadwell.record.journal.telling import CHANNEL, NOTIFY
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

VIEWED = "viewing"  #: the name of the notification; nothing is written in the journal
LEFT = "left"
DOINGS = {
    "reading": Viewing.Doing.READING,
    "writing": Viewing.Doing.REPLYING,
    "replying": Viewing.Doing.REPLYING,
    "noting": Viewing.Doing.NOTING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewers:
    """The others who have it open."""

    people: list[Agent] = field(default_factory=list)
    text: str = ""
    is_clash: bool = False  #: one of them is writing to the customer


@allowed(May.READ, changes=May.READ)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/presence/"""
    conversation = _conversation(request, number)
    doing, tab = request.POST.get("doing", ""), request.POST.get("tab", "")[:40]
    mine = Viewing.objects.of(request.workspace).filter(
        conversation=conversation, agent=request.agent, tab=tab
    )
    if doing == LEFT:
        if mine.delete()[0]:
            _call_out(conversation)
        return HttpResponse(status=204)
    if doing not in DOINGS:
        raise Invalid(_("There is no such doing."))
    before = mine.values_list("doing", "at").first()
    now = clock.now()
    Viewing.objects.bulk_create(
        [
            Viewing(
                workspace_id=request.workspace.pk,
                conversation=conversation,
                agent=request.agent,
                tab=tab,
                doing=DOINGS[doing],
                at=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["workspace", "conversation", "agent", "tab"],
        update_fields=["doing", "at"],
    )
    queues.mark_read(request.agent, [conversation], now=now)
    if before is None or before[0] != DOINGS[doing] or before[1] < now - SEEN_FOR:
        _call_out(conversation)
    return HttpResponse(status=204)


def present(workspace_id: UUID, conversations: Iterable[UUID]) -> dict[UUID, list[Viewing]]:
    """Who has which of these open, whoever asks."""
    wanted = list(conversations)
    found: dict[UUID, list[Viewing]] = {key: [] for key in wanted}
    if not wanted:
        return found
    for one in _there(len(wanted))(workspace_id, clock.now() - SEEN_FOR, *wanted):
        found[one.conversation_id].append(one)
    return found


@lru_cache
def _there(conversations: int) -> Question[Viewing]:
    def ask(workspace_id: UUID, since: datetime, *keys: UUID) -> Any:
        rows = Viewing.objects.of(workspace_id).filter(conversation_id__in=keys[:conversations], at__gt=since)
        return rows.select_related("agent").order_by("agent__name", "at")

    return Question(ask)


def seen_by(agent_id: UUID, viewings: Iterable[Viewing]) -> Viewers:
    """What one of them sees of the others; several tabs of one person are one."""
    doing: dict[UUID, Viewing] = {}
    for one in viewings:
        if one.agent_id == agent_id:
            continue
        known = doing.get(one.agent_id)
        if known is None or known.doing == Viewing.Doing.READING:
            doing[one.agent_id] = one
    people = [one.agent for one in doing.values()]
    said = [_sentence(one) for one in doing.values()]
    return Viewers(
        people=people,
        text=", ".join(said),
        is_clash=any(one.doing == Viewing.Doing.REPLYING for one in doing.values()),
    )


def viewers_of(conversation: Conversation, agent: Agent) -> Viewers:
    """The others who have it open now."""
    return seen_by(agent.pk, present(conversation.workspace_id, [conversation.pk])[conversation.pk])


def _sentence(viewing: Viewing) -> str:
    who = {"who": viewing.agent.name}
    match viewing.doing:
        case Viewing.Doing.REPLYING:
            return _("%(who)s is writing a reply") % who
        case Viewing.Doing.NOTING:
            return _("%(who)s is writing a note") % who
        case _:
            return _("%(who)s is reading") % who


def _call_out(conversation: Conversation) -> None:
    told = {"workspace": conversation.workspace_id.hex, "about": str(conversation.pk), "name": VIEWED}
    with connection.cursor() as cursor:
        cursor.execute(NOTIFY, [CHANNEL, json.dumps(told)])


def _conversation(request: Request, number: int) -> Conversation:
    try:
        found: Conversation = Conversation.objects.of(request.workspace).get(number=number)
    except Conversation.DoesNotExist:
        raise Http404 from None
    return found
