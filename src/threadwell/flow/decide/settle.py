"""Settle: from what the rules said to what is done, among those who are there.

In:    Matched, the facts (with who is gone, who owns the account, who manages)
Out:   Settled: a team, a Need, priority, labels, policy; the outcome and why
Touch: nothing (pure)
Never: loses a conversation. What names a team or a person that is not there any more falls back on the team
       it would have had without rules.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from threadwell.flow.decide.conditions import Facts
from threadwell.flow.decide.need import Method, Need
from threadwell.flow.decide.rules import ACCOUNT_OWNER, Matched, Results, Whom

ROUTED, UNMATCHED, FALLBACK = "routed", "unmatched", "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is done with it."""

    outcome: str
    because: str
    team_id: UUID | None
    need: Need | None  #: nothing: nobody is looked for
    priority: int | None = None
    labels: tuple[str, ...] = ()
    policy: UUID | None = None


def settle(matched: Matched, facts: Facts) -> Settled:
    """What follows from the rules; where they lead nowhere, its own team has it, and this says why."""
    own = key_of(facts.get("own_team"))
    gone = frozenset(facts.get("gone") or ())
    hands_out = _as_always(facts, own)
    if matched.fault:
        return Settled(outcome=FALLBACK, because="the rules took too many steps", team_id=own, need=hands_out)
    if not matched.fitted:
        return Settled(outcome=UNMATCHED, because="no rule fits", team_id=own, need=hands_out)
    said, faults = matched.results, []
    team = _team(said, facts, own)
    if team and str(team) in gone:
        faults.append("its team is not there any more")
        team = own
    need, fault = _need(said, facts, gone, team)
    faults += [fault] if fault else []
    policy = said.policy if said.policy and str(said.policy) not in gone else None
    named = ", ".join(f"“{name}”" for name in matched.names)
    because = f"rule {named}" if len(matched.names) == 1 else f"rules {named}"
    return Settled(
        outcome=FALLBACK if faults else ROUTED,
        because="; ".join([because, *faults])[:300],
        team_id=team,
        need=need,
        priority=said.priority,
        labels=said.labels,
        policy=policy,
    )


def _team(said: Results, facts: Facts, own: UUID | None) -> UUID | None:
    if said.team == ACCOUNT_OWNER:
        return key_of(facts.get("owner_team")) or own
    return said.team if isinstance(said.team, UUID) else own


def _need(said: Results, facts: Facts, gone: frozenset[str], team: UUID | None) -> tuple[Need | None, str]:
    skills = tuple((skill, level) for skill, level in said.skills if str(skill) not in gone)
    if said.owner is None:
        if not skills:
            return _as_always(facts, team), ""
        return Need(team_id=team, method="least-loaded", skills=skills), ""
    kept = key_of(facts.get("kept_by"))
    wanted = dict([(kept, "had it before")] if kept else [])
    wanted |= {who: why for who, why in _wanted(said.owner, facts) if who not in wanted}
    wanted = {who: why for who, why in wanted.items() if str(who) not in gone}
    if not wanted and said.owner.who not in ("round-robin", "least-loaded"):
        return Need(team_id=team, method="none", skills=skills), "whom it names is not there"
    return Need(team_id=team, wanted=tuple(wanted.items()), method=_method(said.owner), skills=skills), ""


def _as_always(facts: Facts, team: UUID | None) -> Need | None:
    """Where no rule names anybody: whoever stands in for an owner who is away, else as the team does it."""
    kept = key_of(facts.get("kept_by"))
    if kept:
        return Need(team_id=team, wanted=((kept, "had it before"),))
    return Need(team_id=team) if facts.get("hands_out") else None


def _wanted(owner: Whom, facts: Facts) -> list[tuple[UUID, str]]:
    match owner.who:
        case "agent":
            found = [(owner.agent, "named by the rule")]
        case "account-owner":
            found = [(key_of(facts.get("owner")), "owns the account")]
        case "deputy":
            found = [(key_of(facts.get("deputy")), "stands in for the owner of the account")]
        case "field":
            found = [
                (key_of(facts.get(f"custom.{owner.field}")), "named by a field of the customer"),
                (key_of(facts.get("owner")), "owns the account"),
            ]
        case "manager":
            found = [(key_of(one), "manages the team") for one in facts.get("managers") or ()]
        case _:
            found = []
    return [(who, why) for who, why in found if who]


def _method(owner: Whom) -> Method:
    methods: dict[str, Method] = {
        "round-robin": "round-robin",
        "least-loaded": "least-loaded",
        "account-owner": "account-owner",
        "deputy": "account-owner",
        "field": "account-owner",
    }
    return methods.get(owner.who, "none")


def key_of(value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
