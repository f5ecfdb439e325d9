"""Whom: the contact and the organisation that a batch of work or of tasks is for.

In:    rows that may name either
Out:   columns for what they become
Touch: makes contacts and organisations that are not there, noted as made by the import
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from threadwell.flow.carry.callers import Caller, Callers
from threadwell.flow.carry.firms import Firms, Named
from threadwell.flow.carry.shared import Key
from threadwell.flow.carry.slips import House, Said


class ForSomebody(Protocol):
    """A row, as far as it says whom it is for."""

    @property
    def facts(self) -> dict[str, Any]: ...
    @property
    def caller(self) -> Caller | None: ...
    @property
    def organisation(self) -> Named | None: ...


@dataclass(slots=True, kw_only=True)
class Whom:
    """Everybody a batch is for."""

    people: Callers
    organisations: Firms

    @classmethod
    def of(cls, house: House, batch: Sequence[ForSomebody]) -> Self:
        return cls(
            people=Callers.of(house, [one.caller for one in batch if one.caller]),
            organisations=Firms.of(house, [one.organisation for one in batch]),
        )

    def facts_of(self, one: ForSomebody) -> dict[str, Any]:
        """The columns of a row, with whom it is for: the organisation it names before that of its contact."""
        facts = dict(one.facts)
        if one.caller:
            facts["contact_id"] = self.people.contact_of(one.caller.keys)
            facts["organisation_id"] = self.people.organisations.get(facts["contact_id"])
        if organisation := self.organisations.key_of(one.organisation):
            facts["organisation_id"] = organisation
        return facts

    def write(self) -> None:
        self.organisations.write()


def caller_of(said: Said, keys: dict[Key, str]) -> Caller | None:
    """The contact a row names, if it does."""
    name = said.plain("contact_name")[:200]
    return Caller(keys=tuple(keys), shown=tuple(keys.values()), name=name) if keys else None
