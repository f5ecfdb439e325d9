"""Ladder: what is done when an answer is due soon, due, or late.

In:    a step of a clock that is still running, its conversation
Out:   what came of it, in words
Touch: Notice, Conversation (priority, team, owner), Event
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.record.clocks.models import Clock, ClockStep, SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.notices.models import Notice
from threadwell.record.workplace.models import Agent, Team, TeamSeat
from threadwell.record.workplace.roles import ALLOWED, May, Role

Deed = SlaPolicy.Deed
_CALLED = [role for role in Role if May.SUPERVISE in ALLOWED[role]]


def climb(step: ClockStep, clock: Clock, conversation: Conversation, *, now: datetime) -> str:
    """Do it; what came of it."""
    match step.deed:
        case Deed.NOTIFY:
            return _notify(step, clock, conversation, now)
        case Deed.RAISE:
            return _raise(clock, conversation)
        case Deed.TEAM:
            return _pass_on(step, clock, conversation)
        case _:
            return _call_in(step, clock, conversation, now)


def supervisors_of(team: Team | None, workspace_id: UUID) -> list[Agent]:
    """Those on the team who supervise; where there are none, all who do."""
    every = Agent.objects.of(workspace_id).filter(left_at=None, role__in=_CALLED).order_by("name", "pk")
    if team:
        seats = TeamSeat.objects.of(workspace_id).filter(team=team).values_list("agent_id", flat=True)
        if found := list(every.filter(pk__in=list(seats))):
            return found
    return list(every)


def _notify(step: ClockStep, clock: Clock, conversation: Conversation, now: datetime) -> str:
    # Of a promise also whoever gave our word.
    named = (clock.promise.agent if clock.promise else None, conversation.owner)
    told = list({one.pk: one for one in named if one and one.left_at is None}.values())
    told = told or _crew_of(conversation)
    if not told:
        told = supervisors_of(conversation.team, conversation.workspace_id)
    kind = Notice.Kind.DUE if clock.due_at and now <= clock.due_at else Notice.Kind.OVERDUE
    _tell(told, kind, step, clock, conversation, now)
    return _("told %(names)s") % {"names": _names(told)} if told else _("nobody is there to be told")


def _call_in(step: ClockStep, clock: Clock, conversation: Conversation, now: datetime) -> str:
    called = supervisors_of(conversation.team, conversation.workspace_id)
    _tell(called, Notice.Kind.CALLED, step, clock, conversation, now)
    return _("called in %(names)s") % {"names": _names(called)} if called else _("nobody supervises here")


def _raise(clock: Clock, conversation: Conversation) -> str:
    highest = max(Conversation.Priority.values)
    if conversation.priority >= highest:
        return _("its priority is the highest already")
    conversation.weigh(conversation.priority + 1, by=None, because=_because(clock))
    return _("raised its priority to %(priority)s") % {
        "priority": Conversation.Priority(conversation.priority).label
    }


def _pass_on(step: ClockStep, clock: Clock, conversation: Conversation) -> str:
    team = Team.objects.of(conversation.workspace_id).filter(pk=step.facts.get("team")).first()
    if team is None:
        return _("the team it should go to is gone; it stays where it is")
    conversation.pass_to(team, by=None, because=_because(clock))
    seats = TeamSeat.objects.of(conversation.workspace_id).filter(team=team)
    if conversation.owner_id and not seats.filter(agent_id=conversation.owner_id).exists():
        conversation.assign(None, by=None, because=_because(clock))
    return _("passed to %(team)s") % {"team": team.name}


def _crew_of(conversation: Conversation) -> list[Agent]:
    if conversation.team_id is None:
        return []
    seats = TeamSeat.objects.of(conversation.workspace_id).filter(team_id=conversation.team_id)
    crew = Agent.objects.of(conversation.workspace_id).filter(
        pk__in=list(seats.values_list("agent_id", flat=True)), left_at=None
    )
    return list(crew.order_by("name", "pk"))


def _tell(
    agents: list[Agent],
    kind: str,
    step: ClockStep,
    clock: Clock,
    conversation: Conversation,
    now: datetime,
) -> None:
    Notice.give(
        agents,
        kind=kind,
        key=f"{clock.pk.hex}:{step.key}",
        at=now,
        conversation=conversation,
        target=clock.target,
        due_at=clock.due_at.isoformat() if clock.due_at else "",
        policy=clock.policy.name,
    )


def _because(clock: Clock) -> str:
    words = {"what": clock.get_target_display(), "policy": clock.policy.name}
    return _("its %(what)s is due, says “%(policy)s”") % words


def _names(agents: list[Agent]) -> str:
    names = [agent.name for agent in agents]
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else _("%(names)s and others") % {"names": shown}
