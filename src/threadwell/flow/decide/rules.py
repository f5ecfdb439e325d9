"""Rules: which of them fit, and what they say together.

In:    the rules of a book in their order, the facts of a conversation
Out:   Matched: the rules that fitted, what each other one failed at, and the results put together
Touch: nothing (pure)

The order is the precedence: where two rules say different things, the one that is asked first counts, and
what was overruled is noted. Labels and skills add up. A rule that cannot be read is passed over, and noted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self
from uuid import UUID

from threadwell.flow.decide import conditions
from threadwell.flow.decide.conditions import BadConditions, Facts, Group, Steps, TooMuch

FITTED, NOT_ASKED, UNREADABLE = -1, -2, -3
#: Steps that all rules together may take for one conversation.
BUDGET: Final = 100_000
ACCOUNT_OWNER = "account-owner"
#: Who can be meant by a result.
WHO = ("agent", ACCOUNT_OWNER, "deputy", "field", "manager", "round-robin", "least-loaded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Who shall own it."""

    who: str
    agent: UUID | None = None
    field: str = ""  #: "organisation.keeper": a field that names a colleague


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a rule says, or several together."""

    team: UUID | str | None = None  #: a team, or that of the account's owner
    owner: Whom | None = None
    skills: tuple[tuple[UUID, int], ...] = ()
    priority: int | None = None
    labels: tuple[str, ...] = ()
    policy: UUID | None = None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """As rows keep them."""
        owner, team = raw.get("owner"), raw.get("team")
        return cls(
            team=team if team in (None, ACCOUNT_OWNER) else UUID(str(team)),
            owner=Whom(
                who=str(owner["who"]),
                agent=UUID(str(owner["agent"])) if owner.get("agent") else None,
                field=str(owner.get("field", "")),
            )
            if owner
            else None,
            skills=tuple((UUID(str(skill)), int(level)) for skill, level in raw.get("skills") or ()),
            priority=int(raw["priority"]) if raw.get("priority") else None,
            labels=tuple(str(one) for one in raw.get("labels") or ()),
            policy=UUID(str(raw["policy"])) if raw.get("policy") else None,
        )

    def written(self) -> dict[str, Any]:
        """As rows keep them; what was not said is left out."""
        owner = self.owner and {
            "who": self.owner.who,
            "agent": str(self.owner.agent) if self.owner.agent else None,
            "field": self.owner.field,
        }
        said: dict[str, Any] = {
            "team": str(self.team) if self.team else None,
            "owner": {name: value for name, value in owner.items() if value} if owner else None,
            "skills": [[str(skill), level] for skill, level in self.skills],
            "priority": self.priority,
            "labels": list(self.labels),
            "policy": str(self.policy) if self.policy else None,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A version of a rule, ready to be asked."""

    id: UUID
    version: UUID
    name: str
    moments: frozenset[str]
    root: Group | None  #: nothing: it cannot be read
    results: Results
    stops: bool

    @classmethod
    def of(cls, *, id: UUID, version: UUID, name: str, said: Mapping[str, Any]) -> Self:
        """``said``: moments, conditions, results, stops, as a version keeps them."""
        try:
            root: Group | None = conditions.read(said["conditions"])
            results = Results.of(said["results"])
        except (BadConditions, ValueError, TypeError, KeyError, AttributeError):
            root, results = None, Results()
        return cls(
            id=id,
            version=version,
            name=name,
            moments=frozenset(said["moments"]),
            root=root,
            results=results,
            stops=bool(said["stops"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What the rules said."""

    fitted: tuple[UUID, ...] = ()  #: rules
    names: tuple[str, ...] = ()
    tried: tuple[int, ...] = ()  #: of each rule in turn: -1 it fitted, -2 not asked, -3 unreadable, else
    results: Results = field(default_factory=Results)
    overruled: tuple[tuple[UUID, str], ...] = ()  #: (rule, what it wanted in vain)
    fault: str = ""  #: "too-much": no rule counts

    def written(self) -> dict[str, Any]:
        """What a decision keeps of it, apart from ``tried``."""
        said: dict[str, Any] = {
            **self.results.written(),
            "rules": [str(one) for one in self.fitted],
            "overruled": [[str(rule), what] for rule, what in self.overruled],
            "fault": self.fault,
        }
        return {name: value for name, value in said.items() if value or name == "rules"}


def match(rules: Sequence[Rule], facts: Facts, *, moment: str, budget: int = BUDGET) -> Matched:
    """Ask the rules in their order; the same rules and facts always say the same."""
    steps = Steps(budget)
    tried: list[int] = []
    fitted: list[Rule] = []
    try:
        for rule in rules:
            is_over = bool(fitted and fitted[-1].stops)
            tried.append(NOT_ASKED if is_over else _asked(rule, facts, moment, steps))
            if tried[-1] == FITTED:
                fitted.append(rule)
    except TooMuch:
        rest = [NOT_ASKED] * (len(rules) - len(tried))
        return Matched(tried=(*tried, *rest), fault="too-much")
    results, overruled = _together(fitted)
    return Matched(
        fitted=tuple(rule.id for rule in fitted),
        names=tuple(rule.name for rule in fitted),
        tried=tuple(tried),
        results=results,
        overruled=tuple(overruled),
    )


def _asked(rule: Rule, facts: Facts, moment: str, steps: Steps) -> int:
    if moment not in rule.moments:
        return NOT_ASKED
    if rule.root is None:
        return UNREADABLE
    failed = conditions.fails_at(rule.root, facts, steps)
    return FITTED if failed is None else failed


def _together(fitted: Sequence[Rule]) -> tuple[Results, list[tuple[UUID, str]]]:
    total = Results()
    overruled: list[tuple[UUID, str]] = []
    for rule in fitted:
        said = rule.results
        news: dict[str, Any] = {}
        for what in ("team", "owner", "priority", "policy"):
            before, now = getattr(total, what), getattr(said, what)
            if now is None:
                continue
            if before is None:
                news[what] = now
            elif before != now:
                overruled.append((rule.id, what))
        levels = dict(total.skills)
        for skill, level in said.skills:
            levels[skill] = max(level, levels.get(skill, 0))
        labels = tuple(dict.fromkeys((*total.labels, *said.labels)))
        total = replace(total, skills=tuple(levels.items()), labels=labels, **news)
    return total, overruled
