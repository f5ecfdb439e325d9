"""Routing: who gets it, by the rules in force, and why.

    reason about it > hold the conversation > change it > look for an owner > keep the decision

`route` decides about one conversation in the caller's transaction; `route_all` about some that just began,
the facts of all fetched at once. Where rules lead nowhere, a conversation stays with the team of its inbox,
and the decision says why.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.db.models import BigIntegerField, Case, Count, F, When
from django.utils.translation import gettext_lazy as _

from threadwell.flow import assigning
from threadwell.flow.decide import book, facts, settle
from threadwell.flow.decide.need import Need
from threadwell.flow.decide.rules import Matched
from threadwell.flow.decide.settle import Settled
from threadwell.flow.reasoning import Call, Cause, Outcome, Plan, decision_of, plans
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.conversations.models import Conversation
from threadwell.record.notices.models import Notice
from threadwell.record.routing.models import RoutingDecision, RoutingRule
from threadwell.record.workplace.documents import keep_all
from threadwell.record.workplace.models import Agent, Team

MOST_AN_HOUR = 5  #: times that a conversation is routed anew by itself
_HOUR = timedelta(hours=1)
_log = structlog.get_logger(__name__)

#: Causes that come again by themselves, and could do so for ever.
_BY_ITSELF = (Cause.REOPENED, Cause.WEIGHED, Cause.ABSENT)


class NotOpen(DomainError):
    """It is closed, asleep or part of another: nobody is looked for."""

    code = "not-open"


def route(conversation: Conversation, *, cause: str, by: Agent | None = None) -> RoutingDecision:
    """Decide now, and do it."""
    call = Call(conversation_id=conversation.pk, cause=cause)
    found = plans(conversation.workspace_id, [call], now=clock.now())
    decisions = _carry_out(conversation.workspace_id, found, by=by)
    if not decisions:
        raise NotOpen(_("Only open conversations can be routed."))
    _count(conversation.workspace_id, found, at=clock.now())
    conversation.refresh_from_db()
    return decisions[0]


def route_all(workspace_id: UUID, calls: Sequence[Call]) -> int:
    """Decide about each that was not decided about yet; how many. One bad apple spoils none of the others."""
    try:
        return _route_together(workspace_id, calls)
    except DatabaseError:
        raise
    except Exception:
        _log.exception("some conversations could not be routed together", count=len(calls))
    return sum(_route_alone(workspace_id, call) for call in calls)


def _route_together(workspace_id: UUID, calls: Sequence[Call]) -> int:
    now = clock.now()
    with tenancy.entered(workspace_id):
        fresh = _undecided(workspace_id, calls)
        made = plans(workspace_id, fresh, now=now)
        held = _routed_too_often(workspace_id, fresh, now=now)
        quiet = [plan for plan in made if _is_quiet(plan) and plan.call.conversation_id not in held]
        rows = [decision_of(plan) for plan in quiet if plan.call.cause == Cause.ARRIVED]
        keep_all(rows, or_leave=True)
        _count(workspace_id, made, at=now)
        done = {id(plan) for plan in quiet}
        _carry_out(workspace_id, [plan for plan in made if id(plan) not in done], held=held)
    return len(made)


def _route_alone(workspace_id: UUID, call: Call) -> int:
    try:
        return _route_together(workspace_id, [call])
    except DatabaseError:
        raise
    except Exception as accident:
        _log.exception("a conversation could not be routed", conversation=str(call.conversation_id))
        with tenancy.entered(workspace_id):
            _give_up(workspace_id, call, f"the rules failed ({type(accident).__name__})")
        return 1


def _undecided(workspace_id: UUID, calls: Sequence[Call]) -> list[Call]:
    """Each event once, and of several for a conversation the last."""
    events = [call.event_id for call in calls if call.event_id]
    decided = RoutingDecision.objects.of(workspace_id).filter(event__in=events)
    done = set(decided.values_list("event", flat=True))
    newest = {call.conversation_id: call for call in calls if call.event_id not in done}
    return list(newest.values())


def _routed_too_often(workspace_id: UUID, calls: Sequence[Call], *, now: datetime) -> set[UUID]:
    """Those that went round in circles within the last hour."""
    keys = [call.conversation_id for call in calls if call.cause in _BY_ITSELF]
    if not keys:
        return set()
    lately = RoutingDecision.objects.of(workspace_id).filter(
        conversation_id__in=keys, cause__in=_BY_ITSELF, at__gt=now - _HOUR
    )
    lately = lately.exclude(outcome=Outcome.GIVEN)  # handing work on is no circle
    counted = lately.values_list("conversation_id").annotate(Count("pk")).order_by()
    return {key for key, count in counted if count >= MOST_AN_HOUR}


def _is_quiet(plan: Plan) -> bool:
    """Nothing changes by it."""
    said = plan.settled
    stays = said.team_id == settle.key_of(plan.facts.get("own_team"))
    return stays and said.need is None and not (said.priority or said.labels or said.policy)


def _carry_out(
    workspace_id: UUID, made: Sequence[Plan], *, by: Agent | None = None, held: Collection[UUID] = ()
) -> list[RoutingDecision]:
    """Do it. What was closed, put to sleep or joined meanwhile is left alone: nobody is looked for."""
    keys = [plan.call.conversation_id for plan in made]
    rows = assigning.hold(workspace_id, keys, status=Conversation.Status.OPEN, joined_into=None)
    open_ones = {row.pk: row for row in rows}
    decisions: list[RoutingDecision] = []
    asked: list[tuple[Plan, Conversation, Need]] = []
    for plan in made:
        conversation = open_ones.get(plan.call.conversation_id)
        if conversation is None:
            continue
        if conversation.pk in held:
            decisions += _hold(plan, conversation)
            continue
        need = _change(plan, conversation, by=by)
        if need:
            asked.append((plan, conversation, need))
        else:
            decisions.append(decision_of(plan, conversation, by=by))
    needs = [(one, need) for _plan, one, need in asked]
    assigned = assigning.assign_all(needs, cause=assigning.ROUTING, by=by, held=open_ones)
    for (plan, conversation, _need), found in zip(asked, assigned, strict=True):
        decisions.append(decision_of(plan, conversation, found, by=by))
    return keep_all(decisions)


def _change(plan: Plan, conversation: Conversation, *, by: Agent | None) -> Need | None:
    """All but the owner; and what is needed of people, if they are to be looked for."""
    said, because = plan.settled, plan.settled.because
    if said.priority:
        conversation.weigh(said.priority, by=by, because=because)
    if said.labels:
        conversation.label({*conversation.labels, *said.labels}, by=by)
    if said.policy and said.policy != conversation.policy_key:
        conversation.policy_key = said.policy
        conversation.save(update_fields=["policy_key"])
        conversation.record("agreed", by=by, policy=str(said.policy), because=because)
    if said.need and not _is_kept(plan, conversation):
        return said.need
    is_back = plan.call.cause == Cause.REOPENED and conversation.owner_id is not None
    if said.team_id != conversation.team_id and not is_back:
        teams = Team.objects.of(conversation.workspace_id)
        team = teams.filter(pk=said.team_id).first() if said.team_id else None
        conversation.pass_to(team, by=by, because=because)
    return None


def _is_kept(plan: Plan, conversation: Conversation) -> bool:
    """Whoever took it before we came keeps it; so does whoever had it before, unless they are away."""
    if conversation.owner_id is None or plan.facts.get("kept_by"):
        return False
    return plan.call.cause in (Cause.ARRIVED, Cause.REOPENED)


def _hold(plan: Plan, conversation: Conversation) -> list[RoutingDecision]:
    """It went round too often: its team has it, its managers are told, and it rests for an hour."""
    now = clock.now()
    decisions = RoutingDecision.objects.of(conversation.workspace_id).filter(conversation=conversation)
    if decisions.filter(outcome=Outcome.HELD, at__gt=now - _HOUR).exists():
        return []
    because = f"routed {MOST_AN_HOUR} times within an hour; it stays with its team"
    conversation.assign(None, by=None, because=because)
    told = facts.managers_of(conversation.workspace_id, conversation.team_id)
    Notice.give(
        list(Agent.objects.of(conversation.workspace_id).filter(pk__in=told)),
        kind=Notice.Kind.REMINDER,
        key=f"routing-held:{conversation.pk}:{now:%Y%m%d%H}",
        at=now,
        conversation=conversation,
        text=because,
    )
    decision = decision_of(plan, conversation)
    decision.outcome, decision.because = Outcome.HELD, because
    return [decision]


def _give_up(workspace_id: UUID, call: Call, because: str) -> None:
    """Even so it is with the team of its inbox, and says why."""
    conversation = Conversation.objects.of(workspace_id).filter(pk=call.conversation_id).first()
    if conversation is None:
        return
    settled = Settled(outcome=Outcome.FALLBACK, because=because, team_id=conversation.team_id, need=None)
    plan = Plan(
        workspace_id=workspace_id,
        call=call,
        in_force=book.in_force(workspace_id),
        facts={},
        matched=Matched(),
        settled=settled,
    )
    decision_of(plan, conversation).save(force_insert=True)


def _count(workspace_id: UUID, made: Collection[Plan], *, at: datetime) -> None:
    """How often each rule fitted: one statement for all of them."""
    hits = Counter(key for plan in made for key in plan.matched.fitted)
    if hits:
        added = Case(
            *(When(pk=key, then=count) for key, count in hits.items()), output_field=BigIntegerField()
        )
        rows = RoutingRule.objects.of(workspace_id).filter(pk__in=hits)
        rows.update(hits=F("hits") + added, hit_at=at)
