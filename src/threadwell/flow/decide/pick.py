"""Pick: who of those that are there takes it.

In:    a Need, the colleagues as they stand, how the team hands out its work, what the conversation weighs
Out:   Picked: the owner or nobody, and everybody who was looked at with the reason
Touch: nothing (pure): the same values give the same answer, also when they are read back from a record
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from threadwell.flow.decide.need import Candidate, Need

SHOWN = 25  #: of a big team, how many of those that were passed over are told one by one
CHOSEN = "chosen"
BY_HAND = "by-hand"
ROUND_ROBIN = "round-robin"

#: What kept somebody from it, as it is told.
HINDERED: dict[str, Promise] = {
    "has-left": gettext_lazy("does not work here any more"),
    "may-not-own": gettext_lazy("their role answers no customers"),
    "may-not-see": gettext_lazy("may not see it"),
    "out-of-office": gettext_lazy("is out of office"),
    "offline": gettext_lazy("is offline"),
    "off-shift": gettext_lazy("is outside of their working hours"),
    "away": gettext_lazy("is away"),
    "busy": gettext_lazy("is busy and takes nothing new"),
    "lacks-skill": gettext_lazy("lacks a skill that is needed"),
    "full": gettext_lazy("carries %(load)s of %(capacity)s"),
    "not-their-turn": gettext_lazy("it was not their turn"),
    "carries-more": gettext_lazy("carries more: %(load)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who could take it, with all that counts."""

    agent_id: UUID
    name: str
    hinder: str = ""  #: why they take nothing at all now: a key of `HINDERED`; empty: they do
    deputy_id: UUID | None = None  #: stands in for them
    capacity: int | None = None  #: points; None: no limit
    load: int = 0
    taken: int = 0  #: number of their last turn in the team
    is_member: bool = False
    is_busy: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)  #: skill: level
    may_see: bool = True

    def as_fact(self) -> dict[str, Any]:
        """Plain values, to be kept with the decision; what is as it mostly is, is left out."""
        plain: dict[str, Any] = {"agent_id": str(self.agent_id), "name": self.name}
        plain |= {name: value for name, usual in _USUAL if (value := getattr(self, name)) != usual}
        if self.deputy_id:
            plain["deputy_id"] = str(self.deputy_id)
        return plain

    @classmethod
    def of_fact(cls, plain: Mapping[str, Any]) -> Self:
        deputy = plain.get("deputy_id")
        keys = {"agent_id": UUID(plain["agent_id"]), "deputy_id": UUID(deputy) if deputy else None}
        return cls(**{**plain, **keys})


#: What mostly holds of a colleague.
_USUAL: tuple[tuple[str, Any], ...] = (
    *(("hinder", ""), ("capacity", None), ("load", 0), ("taken", 0), ("is_member", False)),
    *(("is_busy", False), ("levels", {}), ("may_see", True)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What else counts, besides the people."""

    method: str  #: of the team: by-hand, round-robin, least-loaded
    points: int = 1  #: what the conversation weighs
    did_well: UUID | None = None  #: the last agent the customer did well with


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Who takes it; who was looked at; why nobody could, in words."""

    owner_id: UUID | None
    candidates: tuple[Candidate, ...]
    because: str
    is_turn: bool = False  #: the team chose them, nobody asked for them by name


def pick(need: Need, colleagues: Sequence[Colleague], setting: Setting) -> Picked:
    """Those wanted first, each or their deputy; then whom the customer did well with; then the team."""
    by_id = {one.agent_id: one for one in colleagues}
    seen: dict[UUID, Candidate] = {}
    for one, why in _called(need, by_id, setting):
        if one.agent_id in seen:
            continue
        outcome = _hindrance(one, need, setting, is_called=True)
        if not outcome:
            seen[one.agent_id] = Candidate(agent_id=one.agent_id, outcome=CHOSEN, why=why)
            return _picked(one, seen)
        seen[one.agent_id] = Candidate(agent_id=one.agent_id, outcome=outcome, why=_told(outcome, one))
    if setting.method == BY_HAND:
        return Picked(owner_id=None, candidates=tuple(seen.values()), because=_nobody_called(need))
    members = [one for one in colleagues if one.is_member]
    return _from_team(need, members, setting, seen)


def again(need: Need, facts: Mapping[str, Any]) -> Picked:
    """The same decision, from what was kept of it (`facts_of`)."""
    colleagues = [Colleague.of_fact(one) for one in facts["colleagues"]]
    did_well = facts.get("did_well")
    setting = Setting(
        method=facts["method"], points=facts["points"], did_well=UUID(did_well) if did_well else None
    )
    return pick(need, colleagues, setting)


def facts_of(colleagues: Sequence[Colleague], setting: Setting, picked: Picked) -> dict[str, Any]:
    """What has to be kept to decide again: everybody who was told of, and their deputies."""
    told = {one.agent_id for one in picked.candidates}
    told |= {one.deputy_id for one in colleagues if one.agent_id in told and one.deputy_id}
    return {
        "colleagues": [one.as_fact() for one in colleagues if one.agent_id in told],
        "method": setting.method,
        "points": setting.points,
        "did_well": str(setting.did_well) if setting.did_well else None,
    }


def _called(need: Need, by_id: Mapping[UUID, Colleague], setting: Setting) -> Iterator[tuple[Colleague, str]]:
    """Those who are named, in order; after each one who is out of office, whoever stands in."""
    for agent_id, why in need.wanted:
        one = by_id.get(agent_id)
        if one is None:
            continue
        yield one, why
        deputy = by_id.get(one.deputy_id) if one.deputy_id else None
        if deputy:
            yield deputy, _("stands in for %(name)s (%(why)s)") % {"name": one.name, "why": why}
    liked = by_id.get(setting.did_well) if setting.did_well else None
    if liked and liked.is_member and setting.method != BY_HAND:
        yield liked, _("the customer did well with them last")


def _from_team(
    need: Need, members: Sequence[Colleague], setting: Setting, seen: dict[UUID, Candidate]
) -> Picked:
    can: list[Colleague] = []
    cannot: list[tuple[Colleague, str]] = []
    for one in members:
        if one.agent_id not in seen:
            outcome = _hindrance(one, need, setting, is_called=False)
            if outcome:
                cannot.append((one, outcome))
            else:
                can.append(one)
    in_turn = setting.method == ROUND_ROBIN
    can.sort(key=lambda one: (one.taken, one.agent_id) if in_turn else (one.load, one.taken, one.agent_id))
    chosen = can[0] if can else None
    if chosen:
        why = _("it was their turn") if in_turn else _("carries the least: %(load)s") % {"load": chosen.load}
        seen[chosen.agent_id] = Candidate(agent_id=chosen.agent_id, outcome=CHOSEN, why=why)
    for other in can[1:SHOWN]:
        outcome = "not-their-turn" if in_turn else "carries-more"
        seen[other.agent_id] = Candidate(agent_id=other.agent_id, outcome=outcome, why=_told(outcome, other))
    for one, outcome in cannot[: SHOWN - min(len(can), SHOWN - 5)]:
        seen[one.agent_id] = Candidate(agent_id=one.agent_id, outcome=outcome, why=_told(outcome, one))
    if chosen:
        return replace(_picked(chosen, seen), is_turn=True)
    return Picked(
        owner_id=None,
        candidates=tuple(seen.values()),
        because=_nobody([why for _one, why in cannot], members),
    )


def _hindrance(one: Colleague, need: Need, setting: Setting, *, is_called: bool) -> str:
    """Why they cannot take it, as a key of `HINDERED`; empty when they can."""
    if one.hinder:
        return one.hinder
    if not one.may_see:
        return "may-not-see"
    if one.is_busy and not is_called:
        return "busy"
    if any(one.levels.get(str(skill), 0) < level for skill, level in need.skills):
        return "lacks-skill"
    if one.capacity is not None and one.load + setting.points > one.capacity:
        return "full"
    return ""


def _told(outcome: str, one: Colleague) -> str:
    return _worded(outcome, get_language()) % {"load": one.load, "capacity": one.capacity}


@cache
def _worded(outcome: str, _language: str | None) -> str:
    # Asked for everybody who was passed over: the catalogue is looked into once.
    return str(HINDERED[outcome])


def _picked(owner: Colleague, seen: Mapping[UUID, Candidate]) -> Picked:
    why = next(one.why for one in seen.values() if one.outcome == CHOSEN)
    return Picked(owner_id=owner.agent_id, candidates=tuple(seen.values()), because=why)


def _nobody_called(need: Need) -> str:
    if need.wanted:
        return _("none of those who were wanted can take it now")
    return _("people of the team choose themselves")


def _nobody(outcomes: Sequence[str], members: Sequence[Colleague]) -> str:
    if not members:
        return _("nobody is on the team")
    if outcomes and all(one == "lacks-skill" for one in outcomes):
        return _("nobody of the team has the skills")
    if outcomes and all(one == "full" for one in outcomes):
        return _("everybody of the team carries as much as they can")
    if "full" in outcomes:
        return _("who is there carries as much as they can")
    return _("nobody of the team is there")
