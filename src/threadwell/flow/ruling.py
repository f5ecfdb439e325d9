"""Ruling: who gets what, as people set it down.

In:    a rule's name, moments, conditions, results; its place; whether it counts
Out:   the rule, its versions; refusals as domain errors
Touch: record.routing, events

Nothing is overwritten: a change is a new version, and every change of what counts is a new book. Whoever
changes rules stands alone, so that two who do it at once make two books, one after the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from threadwell.flow.decide import book, conditions
from threadwell.flow.decide.asked import can_be_asked
from threadwell.flow.decide.rules import ACCOUNT_OWNER, WHO, Results
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import tell
from threadwell.record.rota.models import Skill
from threadwell.record.rota.skills import BEST
from threadwell.record.routing.models import RoutingRule, RuleBook, RuleVersion
from threadwell.record.routing.rule import Moment
from threadwell.record.workplace.models import Agent, Team

STEP, MOST, MOST_LABELS = 10, 500, 20
_ALONE = "SELECT pg_advisory_xact_lock(hashtext(%s))"


class NameTaken(Invalid):
    """Another rule has this name."""

    code = "name-taken"


class BadResults(Invalid):
    """What a rule would do cannot be done."""

    code = "bad-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a rule says, checked."""

    moments: tuple[str, ...]
    conditions: dict[str, Any]
    results: dict[str, Any]
    stops: bool = True

    def is_said_by(self, version: RuleVersion) -> bool:
        return (list(self.moments), self.conditions, self.results, self.stops) == (
            version.moments,
            version.conditions,
            version.results,
            version.stops,
        )


def checked(
    workspace_id: UUID,
    *,
    moments: Iterable[str],
    conditions_: Any,
    results: Mapping[str, Any],
    stops: bool = True,
) -> Saying:
    """What somebody wants a rule to say; refused when it could not be understood or done."""
    chosen = tuple(dict.fromkeys(moments))
    if not chosen or not set(chosen) <= set(Moment.values):
        raise BadResults(_("Say when the rule is asked."))
    root = conditions.read(conditions_)
    unknown = {ask.fact for ask in conditions.asks_of(root) if not can_be_asked(ask.fact)}
    if unknown:
        message = _("There is no fact called “%(fact)s”.")
        raise conditions.BadConditions(message % {"fact": min(unknown)})
    said = _results(workspace_id, results)
    if not said:
        raise BadResults(_("Say what the rule does."))
    return Saying(moments=chosen, conditions=conditions_ or {"all": []}, results=said, stops=stops)


def make(name: str, saying: Saying, *, is_on: bool = False, by: Agent) -> RoutingRule:
    """A rule behind all others; it counts only when it is switched on."""
    _stand_alone(by.workspace_id)
    book.in_force(by.workspace_id)
    rules = RoutingRule.objects.of(by.workspace_id).in_order()
    if rules.count() >= MOST:
        raise BadResults(_("There can be %(count)d rules.") % {"count": MOST})
    last = rules.aggregate(last=Max("place"))["last"] or 0
    rule = RoutingRule(
        workspace_id=by.workspace_id, name=name.strip(), place=last + STEP, is_on=is_on, made_by=by
    )
    _save(rule)
    _version(rule, saying, by=by)
    tell(rule, "routing-rule.made", by=by, rule=rule.name, is_on=is_on or None)
    _bind(by)
    return rule


def change(rule: RoutingRule, *, name: str | None = None, saying: Saying | None = None, by: Agent) -> bool:
    """Another name, or another version; says whether anything changed."""
    _stand_alone(rule.workspace_id)
    rule.refresh_from_db()
    before = rule.name
    if name is not None and name.strip() != rule.name:
        rule.name = name.strip()
        _save(rule)
    is_new = saying is not None and not saying.is_said_by(newest(rule))
    if is_new and saying:
        _version(rule, saying, by=by)
    if not is_new and rule.name == before:
        return False
    tell(rule, "routing-rule.changed", by=by, rule=rule.name, version=rule.version, before={"name": before})
    _bind(by)
    return True


def restore(rule: RoutingRule, number: int, *, by: Agent) -> bool:
    """Say again what an older version said, as a new version; says whether anything changed."""
    _stand_alone(rule.workspace_id)
    rule.refresh_from_db()
    older: RuleVersion = RuleVersion.objects.of(rule.workspace_id).get(rule=rule, number=number)
    if older.number == rule.version:
        return False
    said = Saying(
        moments=tuple(older.moments), conditions=older.conditions, results=older.results, stops=older.stops
    )
    _version(rule, said, by=by, restored_from=number)
    tell(rule, "routing-rule.restored", by=by, rule=rule.name, version=rule.version, restored=number)
    _bind(by)
    return True


def switch(rule: RoutingRule, *, is_on: bool, by: Agent) -> bool:
    """It counts from now on, or no longer; says whether that changed."""
    _stand_alone(rule.workspace_id)
    rule.refresh_from_db()
    if rule.is_on == is_on:
        return False
    rule.is_on = is_on
    rule.save(update_fields=["is_on"])
    tell(rule, f"routing-rule.switched_{'on' if is_on else 'off'}", by=by, rule=rule.name)
    _bind(by)
    return True


def put_in_order(workspace_id: UUID, keys: Iterable[UUID], *, by: Agent) -> bool:
    """Ask the rules in this order; those that are not named stay behind. Says whether anything changed."""
    _stand_alone(workspace_id)
    rules = {rule.pk: rule for rule in RoutingRule.objects.of(workspace_id).in_order()}
    before = list(rules)
    wanted = [key for key in dict.fromkeys(keys) if key in rules]
    wanted += [key for key in before if key not in wanted]
    if wanted == before:
        return False
    for number, key in enumerate(wanted, start=1):
        rules[key].place = number * STEP
    RoutingRule.objects.of(workspace_id).bulk_update(rules.values(), ["place"])
    moved = next(rules[key] for key, old in zip(wanted, before, strict=True) if key != old)
    names = [rules[key].name for key in wanted]
    tell(moved, "routing-rule.ordered", by=by, rules=names, before=[rules[key].name for key in before])
    _bind(by)
    return True


def move(rule: RoutingRule, *, up: bool, by: Agent) -> bool:
    """Ask it before the one above, or after the one below."""
    keys = list(RoutingRule.objects.of(rule.workspace_id).in_order().values_list("pk", flat=True))
    here = keys.index(rule.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(keys):
        return False
    keys[here], keys[there] = keys[there], keys[here]
    return put_in_order(rule.workspace_id, keys, by=by)


def archive(rule: RoutingRule, *, by: Agent) -> None:
    """It is gone from the list; what was decided by it stays explained."""
    _stand_alone(rule.workspace_id)
    rule.refresh_from_db()
    if rule.archived_at is None:
        was_on, rule.archived_at, rule.is_on = rule.is_on, clock.now(), False
        rule.save(update_fields=["archived_at", "is_on"])
        tell(rule, "routing-rule.archived", by=by, rule=rule.name, was_on=was_on or None)
        _bind(by)


def bring_back(rule: RoutingRule, *, by: Agent) -> None:
    """It is in the list again, and counts if it did."""
    _stand_alone(rule.workspace_id)
    rule.refresh_from_db()
    if rule.archived_at is not None:
        gone = Event.objects.of(rule.workspace_id).filter(about=rule.pk, name="routing-rule.archived")
        facts = gone.order_by("-at", "-pk").values_list("facts", flat=True).first() or {}
        rule.archived_at, rule.is_on = None, bool(facts.get("was_on"))
        _save(rule)
        tell(rule, "routing-rule.brought_back", by=by, rule=rule.name, is_on=rule.is_on or None)
        _bind(by)


def newest(rule: RoutingRule) -> RuleVersion:
    """What it says now."""
    found: RuleVersion = RuleVersion.objects.of(rule.workspace_id).get(rule=rule, number=rule.version)
    return found


def _stand_alone(workspace_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [f"routing:{workspace_id}"])


def _save(rule: RoutingRule) -> None:
    if not rule.name:
        raise Invalid(_("A rule needs a name."))
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as taken:
        raise NameTaken(_("There is a rule called “%(name)s” already.") % {"name": rule.name}) from taken


def _version(rule: RoutingRule, saying: Saying, *, by: Agent, restored_from: int | None = None) -> None:
    versions = RuleVersion.objects.of(rule.workspace_id).filter(rule=rule)
    rule.version = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    rule.save(update_fields=["version"])
    RuleVersion.objects.create(
        workspace_id=rule.workspace_id,
        rule=rule,
        number=rule.version,
        moments=list(saying.moments),
        conditions=saying.conditions,
        results=saying.results,
        stops=saying.stops,
        restored_from=restored_from,
        made_by=by,
    )


def _bind(by: Agent) -> None:
    """What counts from now on, as a book."""
    workspace_id = by.workspace_id
    rules = list(RoutingRule.objects.of(workspace_id).in_order().filter(is_on=True))
    numbers = {rule.pk: rule.version for rule in rules}
    versions = {
        (one.rule_id, one.number): one.pk
        for one in RuleVersion.objects.of(workspace_id).filter(rule__in=list(numbers))
    }
    last = RuleBook.objects.of(workspace_id).aggregate(last=Max("number"))["last"] or 0
    RuleBook.objects.create(
        workspace_id=workspace_id,
        number=last + 1,
        pages=[[str(rule.pk), str(versions[rule.pk, rule.version])] for rule in rules],
        made_by=by,
    )


def _results(workspace_id: UUID, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        said = Results.of(given)
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise BadResults(_("What the rule does cannot be understood.")) from wrong
    if unknown := set(given) - {"team", "owner", "skills", "priority", "labels", "policy"}:
        raise BadResults(_("A rule cannot do “%(what)s”.") % {"what": ", ".join(sorted(unknown))})
    _refuse_strangers(workspace_id, said)
    if said.priority is not None and said.priority not in Conversation.Priority.values:
        raise BadResults(_("There is no such priority."))
    if len(said.labels) > MOST_LABELS or any(not 0 < len(one) <= 60 for one in said.labels):
        raise BadResults(_("A label has up to 60 letters, and a rule up to 20 labels."))
    if any(not 1 <= level <= BEST for _skill, level in said.skills):
        raise BadResults(_("Levels go from 1 to 5."))
    return said.written()


def _refuse_strangers(workspace_id: UUID, said: Results) -> None:
    """Whom and what it names must be there, and ours."""
    if isinstance(said.team, str) and said.team != ACCOUNT_OWNER:
        raise BadResults(_("There is no such team."))
    owner = said.owner
    if owner and (owner.who not in WHO or (owner.who == "agent") != bool(owner.agent)):
        raise BadResults(_("Say who shall own it."))
    if owner and owner.who == "field" and not owner.field:
        raise BadResults(_("Say which field names the colleague."))
    skills = {skill for skill, _level in said.skills}
    named = (
        (Team, {said.team} if isinstance(said.team, UUID) else set(), _("There is no such team.")),
        (Agent, {owner.agent} if owner and owner.agent else set(), _("There is no such colleague.")),
        (Skill, skills, _("There is no such skill.")),
        (SlaPolicy, {said.policy} if said.policy else set(), _("There is no such policy.")),
    )
    for model, keys, refusal in named:
        if keys and model.objects.of(workspace_id).filter(pk__in=keys).count() < len(keys):
            raise BadResults(refusal)
