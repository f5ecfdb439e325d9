"""Reasoning: what the rules say to conversations, and why; nothing is done yet.

Facts are fetched for some conversations at once, the rules are asked by pure functions over these values,
and what they say is settled among those who are there. A dry run, a question "why would this go there?" and
routing itself all come here; `again` decides once more from the record of a decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from threadwell.flow.decide import book, facts, pick, rules, settle
from threadwell.flow.decide.book import InForce
from threadwell.flow.decide.need import Assigned, Need
from threadwell.flow.decide.rules import Matched
from threadwell.flow.decide.settle import Settled
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.owning import Giving
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Agent

Cause, Outcome = RoutingDecision.Cause, RoutingDecision.Outcome
#: Asked about by hand, or since its owner is away, a conversation is asked about as if it had just come.
MOMENTS = {Cause.BY_HAND: Cause.ARRIVED, Cause.ABSENT: Cause.ARRIVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Something happened to a conversation, so that it is routed."""

    conversation_id: UUID
    cause: str
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done with a conversation, and why; nothing is done yet."""

    workspace_id: UUID
    call: Call
    in_force: InForce
    facts: dict[str, Any]
    matched: Matched
    settled: Settled


def plans(
    workspace_id: UUID,
    calls: Sequence[Call],
    *,
    now: datetime,
    with_rules: InForce | None = None,
    afresh: bool = False,
) -> list[Plan]:
    """What the rules say to each that is there; touches nothing. ``afresh``: as if it had just begun."""
    in_force = with_rules or book.in_force(workspace_id)
    keys = {call.conversation_id for call in calls}
    known = facts.gather(workspace_id, keys, in_force.asked, now=now, afresh=afresh)
    owners = {
        known[call.conversation_id]["has_owner"]
        for call in calls
        if call.cause == Cause.REOPENED and call.conversation_id in known
    }
    house = _House(
        workspace_id=workspace_id,
        handing_out=facts.teams_that_hand_out(workspace_id),
        absent=facts.absent(workspace_id, owners - {""}, now=now),
    )
    return [
        _plan(house, call, in_force, known[call.conversation_id])
        for call in calls
        if call.conversation_id in known
    ]


def again(decision: RoutingDecision) -> tuple[Matched, Settled]:
    """Decide once more from the record: the same rules, the same facts."""
    held = book.opened(decision.workspace_id, decision.book_id)
    moment = MOMENTS.get(Cause(decision.cause), decision.cause)
    matched = rules.match(held.rules, decision.facts, moment=moment)
    return matched, settle.settle(matched, decision.facts)


def comes_out_the_same(decision: RoutingDecision) -> bool:
    """Does the record, read once more, give the decision that was made?"""
    if decision.outcome == Outcome.GIVEN:
        return _is_given_the_same(decision)
    matched, settled = again(decision)
    same_rules: bool = list(matched.tried) == decision.tried and matched.written() == decision.result
    if decision.outcome == Outcome.HELD or not same_rules:
        return same_rules
    if settled.outcome != decision.outcome:
        return False
    if not decision.pick or settled.need is None:
        return True
    return _is_picked_the_same(settled.need, decision)


def given_out(
    workspace_id: UUID, given: Sequence["Given"], *, cause: str, by: Agent | None
) -> list[RoutingDecision]:
    """What was decided where no rules were asked: a queue was refilled, work was handed on."""
    held = book.in_force(workspace_id)
    now = clock.now()
    return [
        RoutingDecision(
            workspace_id=workspace_id,
            conversation_id=one.giving.conversation.pk,
            cause=cause,
            book_id=held.book_id,
            outcome=Outcome.GIVEN,
            because=one.assigned.because[:300],
            candidates=one.assigned.looked_at(),
            pick={**one.assigned.facts, "need": one.need.plain()},
            team_id=one.giving.team.pk if one.giving.team else None,
            owner_id=one.assigned.owner_id,
            is_waiting=one.assigned.is_waiting,
            by=by,
            at=now,
        )
        for one in given
    ]


class Given(Protocol):
    """Something that was given out."""

    @property
    def giving(self) -> Giving: ...
    @property
    def need(self) -> Need: ...
    @property
    def assigned(self) -> Assigned: ...


def decision_of(
    plan: Plan,
    conversation: Conversation | None = None,
    assigned: Assigned | None = None,
    *,
    by: Agent | None = None,
) -> RoutingDecision:
    """What was decided, and what came of it, to be kept; without a conversation nothing changed by it."""
    because = [plan.settled.because, assigned.because if assigned else ""]
    return RoutingDecision(
        workspace_id=plan.workspace_id,
        conversation_id=plan.call.conversation_id,
        cause=plan.call.cause,
        event=plan.call.event_id,
        book_id=plan.in_force.book_id,
        facts=plan.facts,
        tried=list(plan.matched.tried),
        result=plan.matched.written(),
        outcome=plan.settled.outcome,
        because="; ".join(one for one in because if one)[:300],
        candidates=assigned.looked_at() if assigned else [],
        pick=dict(assigned.facts) if assigned else {},
        team_id=conversation.team_id if conversation else plan.settled.team_id,
        owner_id=conversation.owner_id if conversation else None,
        is_waiting=bool(assigned and assigned.is_waiting),
        by=by,
        at=clock.now(),
    )


def _is_given_the_same(decision: RoutingDecision) -> bool:
    if "colleagues" not in decision.pick:  # nobody was looked for
        return decision.owner_id is None
    return _is_picked_the_same(Need.of(decision.pick["need"]), decision)


def _is_picked_the_same(need: Need, decision: RoutingDecision) -> bool:
    owner = pick.again(need, decision.pick).owner_id
    return bool(owner == decision.owner_id or (owner is None and decision.is_waiting))


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """What is asked about teams, once for some conversations."""

    workspace_id: UUID
    handing_out: frozenset[UUID]
    absent: frozenset[str]  #: owners who are out of office or have left
    managers: dict[UUID | None, list[str]] = field(default_factory=dict)

    def managers_of(self, team_id: UUID | None) -> list[str]:
        if team_id not in self.managers:
            self.managers[team_id] = facts.managers_of(self.workspace_id, team_id)
        return self.managers[team_id]


def _plan(house: _House, call: Call, in_force: InForce, found: dict[str, Any]) -> Plan:
    moment = MOMENTS.get(Cause(call.cause), call.cause)
    matched = rules.match(in_force.rules, found, moment=moment)
    settled = settle.settle(matched, found)
    more: dict[str, Any] = {}
    if matched.results.owner and matched.results.owner.who == "manager":
        more["managers"] = house.managers_of(settled.team_id)
    if settled.need is None and settled.team_id in house.handing_out:
        more["hands_out"] = True
    if call.cause == Cause.REOPENED and found["has_owner"] in house.absent:
        more["kept_by"] = found["has_owner"]
    if more:
        found = found | more
        settled = settle.settle(matched, found)
    return Plan(
        workspace_id=house.workspace_id,
        call=call,
        in_force=in_force,
        facts=found,
        matched=matched,
        settled=settled,
    )
