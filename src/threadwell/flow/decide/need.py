"""Need: what a conversation needs of people, and who was found for it.

In:    nothing
Out:   frozen values that routing hands to assigning, and gets back
Touch: nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from uuid import UUID

type Method = Literal["account-owner", "round-robin", "least-loaded", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Whom a conversation wants: a team, people of it in order of preference, skills."""

    team_id: UUID | None
    wanted: tuple[tuple[UUID, str], ...] = ()  #: (agent, why), the most wanted first
    method: Method = "none"  #: how to choose when none of those wanted can take it; "none": nobody then
    skills: tuple[tuple[UUID, int], ...] = ()  #: (skill, level at least)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """As a queue or a decision keeps it."""
        return cls(
            team_id=UUID(plain["team_id"]) if plain.get("team_id") else None,
            wanted=tuple((UUID(agent), why) for agent, why in plain.get("wanted", ())),
            method=plain.get("method", "none"),
            skills=tuple((UUID(skill), level) for skill, level in plain.get("skills", ())),
        )

    def plain(self) -> dict[str, Any]:
        return {
            "team_id": str(self.team_id) if self.team_id else None,
            "wanted": [[str(agent), why] for agent, why in self.wanted],
            "method": self.method,
            "skills": [[str(skill), level] for skill, level in self.skills],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who was looked at."""

    agent_id: UUID
    outcome: str  #: "chosen", else what kept them from it
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Who got it, everybody who was looked at, and whether it waits in the team's queue."""

    owner_id: UUID | None
    candidates: tuple[Candidate, ...] = ()
    is_waiting: bool = False
    because: str = ""  #: why that person, or why nobody, in words
    facts: Mapping[str, Any] = field(default_factory=dict)  #: plain values for `pick.again`

    def looked_at(self) -> list[dict[str, str]]:
        """The candidates as rows keep them."""
        names = {one["agent_id"]: one["name"] for one in self.facts.get("colleagues", ())}
        return [
            {"agent": key, "name": names.get(key, ""), "outcome": one.outcome, "why": one.why}
            for one in self.candidates
            for key in (str(one.agent_id),)
        ]
