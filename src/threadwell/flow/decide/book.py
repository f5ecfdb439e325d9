"""Book: the rules in force, read once for each process until they change.

In:    a workspace; or the key of a book that was in force once
Out:   InForce: its rules ready to be asked, and what they want to know
Touch: reads rules; a workspace that never had any gets those that are shipped
"""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection

from threadwell.flow.decide.asked import Asked
from threadwell.flow.decide.rules import Rule
from threadwell.record.routing import shipped
from threadwell.record.routing.models import RoutingRule, RuleBook, RuleVersion

_ALONE = "SELECT pg_advisory_xact_lock(hashtext(%s))"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules of one book."""

    book_id: UUID
    rules: tuple[Rule, ...]
    asked: Asked


def in_force(workspace_id: UUID) -> InForce:
    """What counts now: one short question, and nothing more while it stays the same."""
    newest = RuleBook.objects.of(workspace_id).order_by("-number").values_list("pk", flat=True)
    key: UUID | None = newest.first()
    if key is None:
        with connection.cursor() as cursor:
            cursor.execute(_ALONE, [f"routing:{workspace_id}"])
        if newest.first() is None:
            shipped.make(workspace_id)
        key = newest.get()
    return opened(workspace_id, key)


@lru_cache(maxsize=512)
def opened(workspace_id: UUID, book_id: UUID) -> InForce:
    """A book, which never changes."""
    book: RuleBook = RuleBook.objects.of(workspace_id).get(pk=book_id)
    versions = {
        one.pk: one
        for one in RuleVersion.objects.of(workspace_id).filter(pk__in=[page[1] for page in book.pages])
    }
    names = dict(
        RoutingRule.objects.of(workspace_id)
        .filter(pk__in=[page[0] for page in book.pages])
        .values_list("pk", "name")
    )
    rules = tuple(read(versions[UUID(version)], names.get(UUID(rule), "")) for rule, version in book.pages)
    return InForce(book_id=book_id, rules=rules, asked=Asked.by(rules))


def read(version: RuleVersion, name: str) -> Rule:
    """A version of a rule, ready to be asked."""
    said = {
        "moments": version.moments,
        "conditions": version.conditions,
        "results": version.results,
        "stops": version.stops,
    }
    return Rule.of(id=version.rule_id, version=version.pk, name=name, said=said)
