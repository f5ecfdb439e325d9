"""Handing over: a conversation changes hands with what its next owner needs to know.

In:    a conversation, who is asked, the packet
Out:   Handover
Touch: Handover, Conversation (owner, team, `handed_to`), Task (owner), Notice, Follow, events

Until somebody accepts, the giver stays its owner. Nobody answered in time: the giver and who supervises
the team are told, once, and it goes on waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.flow.timed import ladder, striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.later import every
from threadwell.record.commitments import next_step
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.notices.models import Notice
from threadwell.record.sight import seeing
from threadwell.record.teamwork.models import Follow, Handover
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import ALLOWED, May, Role

TEXT = 5000
PATIENCE = timedelta(hours=4)  #: before it is escalated, unless the giver says otherwise
FARTHEST = timedelta(days=60)
CARRIED = 50  #: promises and tasks in a packet at most
_OWNING = [role for role in Role if May.HANDLE in ALLOWED[role]]


class AlreadyHandedOver(DomainError):
    """Somebody is asked already."""

    code = "handover-pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What the next owner needs to know."""

    reason: str
    summary: str
    next_step: str = ""


def suggested(conversation: Conversation) -> Packet:
    """What a packet begins with: the last talk, and the next step."""
    said = conversation.messages.filter(kind=Message.Kind.MESSAGE).select_related("agent")
    last = [one for one in said.order_by("-at", "-pk")[:3] if one.text.strip()]
    lines = [f"{one.from_name or one.from_address}: {_short(one.text)}" for one in reversed(last)]
    step = next_step.next_step_of_conversation(conversation)
    return Packet(reason="", summary="\n".join(lines), next_step=step.what if step else "")


def open_commitments(conversation: Conversation) -> dict[str, list[dict[str, Any]]]:
    """The promises and tasks that are open in it, as a packet keeps them."""
    where = {"conversation_id": conversation.pk}
    promises = Promise.objects.of(conversation.workspace_id).open().filter(**where)
    tasks = Task.objects.of(conversation.workspace_id).open().filter(**where)
    return {
        "promises": [_kept(one, one.text) for one in promises.order_by("comes_at", "pk")[:CARRIED]],
        "tasks": [_kept(one, one.title) for one in tasks.order_by("comes_at", "pk")[:CARRIED]],
    }


def hand_over(
    conversation: Conversation,
    packet: Packet,
    *,
    by: Agent,
    agent: Agent | None = None,
    team: Team | None = None,
    answer_by: datetime | None = None,
) -> Handover:
    """Ask a colleague or a team to take it."""
    _refuse_receiver(by, agent, team)
    if agent and not seeing.may_see(agent, conversation):
        raise Invalid(_("%(name)s may not see this conversation.") % {"name": agent.name})
    answer_by = _in_time(answer_by)
    with transaction.atomic():
        held = _held(conversation)
        if held.aside_of_id or held.joined_into_id:
            raise Invalid(_("Hand over the conversation with the customer itself."))
        if held.status == Conversation.Status.CLOSED:
            raise Invalid(_("It is closed. Open it again to hand it over."))
        if Handover.objects.of(held.workspace_id).pending().filter(conversation=held).exists():
            raise AlreadyHandedOver(_("%(who)s is asked already.") % {"who": held.handed_to})
        handover: Handover = Handover.objects.create(
            workspace_id=held.workspace_id,
            conversation=held,
            giver=by,
            agent=agent,
            team=team,
            reason=_worded(packet.reason, _("Say why you hand it over.")),
            summary=_worded(packet.summary, _("Say in a few words how it stands.")),
            next_step=packet.next_step.strip()[:TEXT],
            packet=open_commitments(held),
            answer_by=answer_by,
            made_at=clock.now(),
        )
        held.handed_to = handover.receiver[:120]
        if held.owner_id is None:
            held.assign(by, by=by, because=_("hands it over; until then it is theirs"))
        held.save(update_fields=["handed_to"])
        told = {"handover": str(handover.pk), "to": handover.receiver, "because": handover.reason}
        held.record("handed_over", by=by, **told)
        _tell(_asked(handover), handover, "asked", who=by.name)
        return handover


def accept(handover: Handover, *, by: Agent) -> Handover:
    """It is theirs from now on, with the giver's open tasks; the giver follows it."""
    with transaction.atomic():
        held = _locked(handover)
        giver = held.giver
        held.accept(by=by)
        tasks = (
            Task.objects.of(held.workspace_id)
            .open()
            .filter(conversation_id=held.conversation_id, owner_id=giver.pk)
        )
        for task in tasks.select_for_update(of=("self",)):
            task.change(by=by, owner=by)
        Follow.draw_in(held.conversation, [giver], because=Follow.Because.HANDED_OVER)
        _tell([giver], held, "accepted", who=by.name)
        return held


def give_back(handover: Handover, *, by: Agent, because: str) -> Handover:
    """They do not take it; the giver is told why."""
    with transaction.atomic():
        held = _locked(handover)
        held.give_back(by=by, because=_worded(because, _("Say why you return it.")))
        _tell([held.giver], held, "returned", who=by.name, because=held.answer)
        return held


def withdraw(handover: Handover, *, by: Agent) -> Handover:
    """The giver, or who supervises, takes the question back."""
    with transaction.atomic():
        held = _locked(handover)
        if by.pk != held.giver_id and May.SUPERVISE not in by.may:
            raise Invalid(_("Only %(who)s or a supervisor can take it back.") % {"who": held.giver})
        held.withdraw(by=by)
        return held


def overtake(conversation: Conversation, *, by: Agent) -> None:
    """Somebody gave it to somebody meanwhile: nobody is asked to take it over any more."""
    if conversation.handed_to:
        pending = Handover.objects.of(conversation.workspace_id).pending().filter(conversation=conversation)
        for one in pending.select_related("giver", "agent", "team").select_for_update(of=("self",)):
            one.conversation = conversation
            one.withdraw(by=by, because=_("it was given to %(who)s") % {"who": conversation.owner})


@every("* * * * *", "handing_over.each_minute")
def each_minute(timestamp: int) -> None:
    """What nobody answered in time, in every workspace."""
    striking.in_every(lambda key: escalate(key, now=clock.now()), "hand-overs")


def escalate(workspace_id: UUID, *, now: datetime) -> int:
    """Those whose time is over are told of, each once; how many. What was closed meanwhile is not."""
    with tenancy.entered(workspace_id):
        _forget_closed(workspace_id)
        late = Handover.objects.of(workspace_id).pending().filter(answer_by__lte=now, escalated_at=None)
        rows = list(
            late.select_related("conversation", "giver", "agent", "team")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("answer_by")[:200]
        )
        for one in rows:
            one.escalate(at=now)
            team = one.team or one.conversation.team
            called = {who.pk: who for who in (one.giver, *ladder.supervisors_of(team, workspace_id))}
            _tell(list(called.values()), one, "late", who=one.receiver)
        return len(rows)


def _forget_closed(workspace_id: UUID) -> None:
    """Nobody is asked to take over what is closed."""
    closed = (
        Handover.objects.of(workspace_id)
        .pending()
        .filter(conversation__status=Conversation.Status.CLOSED, conversation__joined_into=None)
    )
    for one in closed.select_related("conversation").order_by("conversation_id")[:200]:
        with transaction.atomic():
            held = _locked(one)
            is_over = held.conversation.status == Conversation.Status.CLOSED
            if is_over and held.state == Handover.State.PENDING:
                held.withdraw(by=None, because=_("it was closed"))


def _asked(handover: Handover) -> list[Agent]:
    if handover.agent:
        return [handover.agent]
    seats = TeamSeat.objects.of(handover.workspace_id).filter(team=handover.team)
    crew = Agent.objects.of(handover.workspace_id).filter(
        pk__in=seats.values("agent_id"), left_at=None, role__in=_OWNING
    )
    others = [one for one in crew if one.pk != handover.giver_id]
    return seeing.those_who_may_see(handover.conversation, others)


def _tell(agents: list[Agent], handover: Handover, what: str, *, who: str, because: str = "") -> None:
    Notice.give(
        agents,
        kind=Notice.Kind.HANDOVER,
        key=f"handover:{handover.pk.hex}:{what}",
        at=clock.now(),
        conversation=handover.conversation,
        what=what,
        who=who,
        because=because,
    )


def _refuse_receiver(by: Agent, agent: Agent | None, team: Team | None) -> None:
    if (agent is None) == (team is None):
        raise Invalid(_("Name a colleague or a team, and only one of them."))
    if agent and agent.pk == by.pk:
        raise Invalid(_("Hand it to somebody else than yourself."))
    if agent and May.HANDLE not in agent.may:
        raise Invalid(_("%(name)s cannot own conversations here.") % {"name": agent.name})
    if team:
        seats = TeamSeat.objects.of(team.workspace_id).filter(
            team=team, agent__left_at=None, agent__role__in=_OWNING
        )
        if not seats.exclude(agent=by).exists():
            raise Invalid(_("Nobody else on %(team)s could take it.") % {"team": team})


def _in_time(answer_by: datetime | None) -> datetime:
    now = clock.now()
    if answer_by is None:
        return now + PATIENCE
    if not now < answer_by <= now + FARTHEST:
        raise Invalid(_("Choose a time that is still to come, in the next 60 days."))
    return answer_by


def _kept(one: Promise | Task, words: str) -> dict[str, Any]:
    return {"id": str(one.pk), "words": words[:300], "due_at": one.due_at.isoformat() if one.due_at else None}


def _worded(text: str, missing: str) -> str:
    if not (said := text.strip()[:TEXT]):
        raise Invalid(missing)
    return said


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= 240 else f"{said[:240]}…"


def _held(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.of(conversation.workspace_id).select_for_update(of=("self",))
    held: Conversation = rows.get(pk=conversation.pk)
    return held


def _locked(handover: Handover) -> Handover:
    """First the conversation, then the hand-over: in the order in which everybody takes them."""
    conversation = _held(handover.conversation)
    rows = Handover.objects.of(handover.workspace_id).select_related("giver", "agent", "team")
    held: Handover = rows.select_for_update(of=("self",)).get(pk=handover.pk)
    held.conversation = conversation
    return held
