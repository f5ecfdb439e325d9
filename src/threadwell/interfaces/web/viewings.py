"""Viewings: who has a conversation open right now, what they are doing there, and who is answering.

In:    a beat of somebody's page: reading, writing, hidden, or gone
Out:   whom the others see
Touch: Viewing, ReadMark; the notification channel, when something has changed

Who begins to answer what nobody owns claims it for some minutes: the others are warned, and nothing is
locked. The claim ends with the answer, with leaving, and when somebody owns the conversation.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
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
LEFT, HIDDEN = "left", "hidden"
CLAIM = timedelta(minutes=5)
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
    claim: str = ""  #: who is answering, when that is one of them


@allowed(May.READ, changes=May.READ)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/presence/"""
    conversation = _conversation(request, number)
    doing, tab = request.POST.get("doing", ""), request.POST.get("tab", "")[:40]
    mine = Viewing.objects.of(request.workspace).filter(
        conversation=conversation, agent=request.agent, tab=tab
    )
    now = clock.now()
    if doing == HIDDEN:
        # Who looks something up in another window still answers.
        mine.filter(claims_until__gt=now).update(at=now - SEEN_FOR, doing=Viewing.Doing.READING)
        mine = mine.exclude(claims_until__gt=now)
    if doing in (LEFT, HIDDEN):
        if mine.delete()[0]:
            _call_out(conversation)
        return HttpResponse(status=204)
    if doing not in DOINGS:
        raise Invalid(_("There is no such doing."))
    before = mine.values_list("doing", "at", "claims_until").first()
    claims_until = _claim(conversation, request.agent, doing, held=before[2] if before else None, now=now)
    Viewing.objects.bulk_create(
        [
            Viewing(
                workspace_id=request.workspace.pk,
                conversation=conversation,
                agent=request.agent,
                tab=tab,
                doing=DOINGS[doing],
                at=now,
                claims_until=claims_until,
            )
        ],
        update_conflicts=True,
        unique_fields=["workspace", "conversation", "agent", "tab"],
        update_fields=["doing", "at", "claims_until"],
    )
    queues.mark_read(request.agent, [conversation], now=now)
    was_known = before is not None and before[0] == DOINGS[doing] and before[1] >= now - SEEN_FOR
    if not was_known or bool(before and before[2]) != bool(claims_until):
        _call_out(conversation)
    return HttpResponse(status=204)


def end_claim(conversation: Conversation, agent: Agent) -> None:
    """They have answered."""
    mine = Viewing.objects.of(conversation.workspace_id).filter(conversation=conversation, agent=agent)
    if mine.exclude(claims_until=None).update(claims_until=None):
        _call_out(conversation)


def present(workspace_id: UUID, conversations: Iterable[UUID]) -> dict[UUID, list[Viewing]]:
    """Who has which of these open, whoever asks."""
    wanted = list(conversations)
    found: dict[UUID, list[Viewing]] = {key: [] for key in wanted}
    if not wanted:
        return found
    now = clock.now()
    for one in _there(len(wanted))(workspace_id, now - SEEN_FOR, now, *wanted):
        found[one.conversation_id].append(one)
    return found


@lru_cache
def _there(conversations: int) -> Question[Viewing]:
    def ask(workspace_id: UUID, since: datetime, now: datetime, *keys: UUID) -> Any:
        rows = Viewing.objects.of(workspace_id).filter(
            Q(at__gt=since) | Q(claims_until__gt=now), conversation_id__in=keys[:conversations]
        )
        return rows.select_related("agent").order_by("agent__name", "at")

    return Question(ask)


def seen_by(agent_id: UUID, viewings: Iterable[Viewing]) -> Viewers:
    """What one of them sees of the others; several tabs of one person are one."""
    doing: dict[UUID, Viewing] = {}
    for one in viewings:
        if one.agent_id == agent_id:
            continue
        known = doing.get(one.agent_id)
        if known is None or _weight(one) > _weight(known):
            doing[one.agent_id] = one
    people = [one.agent for one in doing.values()]
    said = [_sentence(one) for one in doing.values()]
    return Viewers(
        people=people,
        text=", ".join(said),
        is_clash=any(_weight(one) >= _WRITES for one in doing.values()),
        claim=next((one.agent.name for one in doing.values() if _claims(one)), ""),
    )


def viewers_of(conversation: Conversation, agent: Agent, *, without: Collection[str] = ()) -> Viewers:
    """The others who have it open now; nobody is asked for when there are known to be none (`beside`)."""
    if "viewers" in without:
        return Viewers()
    return seen_by(agent.pk, present(conversation.workspace_id, [conversation.pk])[conversation.pk])


def _claim(
    conversation: Conversation, agent: Agent, doing: str, *, held: datetime | None, now: datetime
) -> datetime | None:
    """Until when this tab's agent is held to be answering; the first to begin is."""
    if conversation.owner_id is not None or conversation.is_done or conversation.is_aside:
        return None
    is_held = held is not None and held > now
    if DOINGS[doing] != Viewing.Doing.REPLYING:
        return held if is_held else None
    if not is_held:
        rows = Conversation.objects.of(conversation.workspace_id).filter(pk=conversation.pk)
        # The key stays free: a beat of the same tab that is about to be written refers to it.
        rows.select_for_update(no_key=True).values_list("pk").get()
        others = Viewing.objects.of(conversation.workspace_id).filter(
            conversation=conversation, claims_until__gt=now
        )
        if others.exclude(agent=agent).exists():
            return None
    return now + CLAIM


#: From which weight on somebody writes to the customer, or is about to.
_WRITES = 2


def _weight(viewing: Viewing) -> int:
    if _claims(viewing):
        return 3
    return {Viewing.Doing.READING: 0, Viewing.Doing.NOTING: 1}.get(Viewing.Doing(viewing.doing), _WRITES)


def _claims(viewing: Viewing) -> bool:
    return viewing.claims_until is not None and viewing.claims_until > clock.now()


def _sentence(viewing: Viewing) -> str:
    who = {"who": viewing.agent.name}
    if _claims(viewing):
        return _("%(who)s is answering") % who
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
        rows = Conversation.objects.of(request.workspace).select_related("joined_into")
        found: Conversation = rows.get(number=number)
    except Conversation.DoesNotExist:
        raise Http404 from None
    return found.joined_into or found
