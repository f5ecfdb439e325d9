"""Asked: which facts the rules of a book want to know, so that no others are fetched.

In:    rules
Out:   Asked: names of facts, words to look for, keys that results name
Touch: nothing (pure)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from threadwell.flow.decide import conditions
from threadwell.flow.decide.rules import ACCOUNT_OWNER, Rule

WORDS = ("subject", "body", "words")
OWN_LOAD = "load.own"
NAMED = frozenset(
    {
        *(*WORDS, "channel", "inbox", "type", "priority", "labels", "intent", "language", "machine"),
        *("tier", "organisation", "owner", "sender_domain", "new_lead", "open_hours"),
        *("work.type", "work.status", OWN_LOAD),
    }
)
_BEGINNINGS = ("custom.contact.", "custom.organisation.", "custom.conversation.", "load.")


def can_be_asked(fact: str) -> bool:
    """Is there such a fact?"""
    return fact in NAMED or any(fact.startswith(one) and fact != one for one in _BEGINNINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What must be known before these rules can be asked."""

    facts: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()  #: all words that are looked for in a letter
    teams: frozenset[UUID] = frozenset()
    agents: frozenset[UUID] = frozenset()
    skills: frozenset[UUID] = frozenset()
    policies: frozenset[UUID] = frozenset()
    whom: frozenset[str] = frozenset()  #: kinds of owners that results name
    names_owners_team: bool = False

    @classmethod
    def by(cls, rules: Sequence[Rule]) -> Self:
        asks = [ask for rule in rules if rule.root for ask in conditions.asks_of(rule.root)]
        said = [rule.results for rule in rules]
        owners = [one.owner for one in said if one.owner]
        fields = {f"custom.{one.field}" for one in owners if one.field}
        phrases = [phrase for ask in asks if ask.fact in WORDS for phrase in ask.values]
        return cls(
            facts=frozenset({ask.fact for ask in asks} | fields),
            phrases=tuple(dict.fromkeys(phrases)),
            teams=frozenset(one.team for one in said if isinstance(one.team, UUID)),
            agents=frozenset(one.agent for one in owners if one.agent),
            skills=frozenset(skill for one in said for skill, _level in one.skills),
            policies=frozenset(one.policy for one in said if one.policy),
            whom=frozenset(one.who for one in owners),
            names_owners_team=any(one.team == ACCOUNT_OWNER for one in said),
        )

    def any_of(self, *names: str) -> bool:
        return not self.facts.isdisjoint(names)

    def any_under(self, *beginnings: str) -> bool:
        return any(name.startswith(beginnings) for name in self.facts)
