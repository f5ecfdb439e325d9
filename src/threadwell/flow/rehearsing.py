"""Rehearsing: what would come of a changed rule, tried on the last conversations before it counts.

In:    a rule as it would be, or a conversation and the question where it would go
Out:   a DryRun that counts what would go elsewhere; the reasoning about one conversation
Touch: DryRun; nothing else is changed

Both books, the one in force and the one that would be, are asked about the same facts: those of today, as
they would be had the conversation just begun. What differs, differs by the rule alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from threadwell.flow.decide import book
from threadwell.flow.decide.asked import Asked
from threadwell.flow.decide.book import InForce
from threadwell.flow.decide.rules import Rule
from threadwell.flow.decide.settle import Settled
from threadwell.flow.reasoning import Call, Cause, Plan, plans
from threadwell.flow.ruling import Saying, newest
from threadwell.kit import clock, ids, replica, tenancy
from threadwell.kit.later import job, later
from threadwell.record.conversations.models import Conversation
from threadwell.record.routing.models import DryRun, RoutingRule
from threadwell.record.workplace.models import Agent

MOST = 1000  #: conversations, the newest
AT_ONCE = 100
EXAMPLES = 5
ROWS = 40  #: kinds of changes that are told apart
_log = structlog.get_logger(__name__)


def begin(rule: RoutingRule | None, saying: Saying, *, is_on: bool = True, by: Agent) -> DryRun:
    """Try it, in the background."""
    draft = {
        "is_on": is_on,
        "name": rule.name if rule else "",
        "moments": list(saying.moments),
        "conditions": saying.conditions,
        "results": saying.results,
        "stops": saying.stops,
    }
    # Rules of other moments are tried as if their moment were the beginning: nothing else can be told.
    total = _lately(by.workspace_id).count()
    run = DryRun(workspace_id=by.workspace_id, rule=rule, draft=draft, total=total, by=by)
    run.save()
    later(go_on, workspace_id=run.workspace_id, run_id=run.pk, after=f"dry-run:{run.pk}")
    return run


def ask(conversation: Conversation, *, with_rules: InForce | None = None) -> Plan:
    """Where would it go, had it just come?"""
    call = Call(conversation_id=conversation.pk, cause=Cause.ARRIVED)
    now = clock.now()
    [plan] = plans(conversation.workspace_id, [call], now=now, with_rules=with_rules, afresh=True)
    return plan


@job("rehearsing.go_on")
def go_on(workspace_id: str, run_id: str) -> None:
    """Some conversations, and then the next."""
    where = UUID(workspace_id)
    try:
        with tenancy.entered(where):
            run = DryRun.objects.of(where).select_for_update().filter(pk=run_id).first()
            if run is None or run.state != DryRun.State.RUNNING:
                return
            _try_some(run)
            if run.state == DryRun.State.RUNNING:
                later(go_on, workspace_id=where, run_id=run.pk, after=f"dry-run:{run.pk}")
    except Exception as accident:
        _log.exception("a dry run failed", run=run_id)
        with tenancy.entered(where):
            DryRun.objects.of(where).filter(pk=run_id).update(
                state=DryRun.State.FAILED,
                failed_because=f"{type(accident).__name__}: {accident}"[:300],
                done_at=clock.now(),
            )


def would_be(workspace_id: UUID, rule: RoutingRule | None, draft: Mapping[str, Any]) -> InForce:
    """The book there would be: the rule as drafted, at its place among the others."""
    changed = Rule.of(
        id=rule.pk if rule else ids.new(),
        version=ids.new(),
        name=draft.get("name", ""),
        said={**draft, "moments": [*draft["moments"], Cause.ARRIVED]},
    )
    every = list(RoutingRule.objects.of(workspace_id).in_order())
    rules: list[Rule] = []
    for one in every:
        if rule and one.pk == rule.pk:
            rules += [changed] if draft["is_on"] else []
        elif one.is_on:
            rules.append(book.read(newest(one), one.name))
    if rule is None and draft["is_on"]:
        rules.append(changed)
    return _with(book.in_force(workspace_id), rules)


def _with(in_force: InForce, rules: Sequence[Rule]) -> InForce:
    return InForce(book_id=in_force.book_id, rules=tuple(rules), asked=Asked.by(rules))


def _try_some(run: DryRun) -> None:
    rows = _lately(run.workspace_id)
    if run.after_key:
        rows = rows.filter(pk__lt=run.after_key)
    keys = list(rows.values_list("pk", flat=True)[: min(AT_ONCE, run.total - run.done)])
    if keys:
        _compare(run, keys)
        run.done += len(keys)
        run.after_key = keys[-1]
    if not keys or run.done >= run.total:
        run.state, run.done_at = DryRun.State.DONE, clock.now()
    run.save()


def _compare(run: DryRun, keys: list[UUID]) -> None:
    now, workspace_id = clock.now(), run.workspace_id
    calls = [Call(conversation_id=key, cause=Cause.ARRIVED) for key in keys]
    book.in_force(workspace_id)  # where there is none yet, this makes it
    draft = would_be(workspace_id, run.rule, run.draft)
    before, after = replica.read(
        lambda: (
            plans(workspace_id, calls, now=now, afresh=True),
            plans(workspace_id, calls, now=now, with_rules=draft, afresh=True),
        )
    )
    numbers = dict(Conversation.objects.of(workspace_id).filter(pk__in=keys).values_list("pk", "number"))
    changed_rule = _rule_of(run, draft)
    table = {_key(row["before"], row["after"]): row for row in run.changes}
    for old, new in zip(before, after, strict=True):
        run.fitted += changed_rule in new.matched.fitted
        was, will = shown(old.settled), shown(new.settled)
        if was == will:
            continue
        run.changed += 1
        key = _key(was, will)
        if key not in table and len(table) < ROWS:
            table[key] = {"before": was, "after": will, "count": 0, "examples": []}
        if row := table.get(key):
            row["count"] += 1
            if len(row["examples"]) < EXAMPLES:
                row["examples"].append(numbers[new.call.conversation_id])
    run.changes = sorted(table.values(), key=lambda row: -row["count"])


def shown(settled: Settled) -> dict[str, Any]:
    """What is compared: where it goes, to whom, how; as a dry run keeps it."""
    need = settled.need
    said: dict[str, Any] = {
        "team": str(settled.team_id) if settled.team_id else None,
        "wanted": [str(who) for who, _why in need.wanted[:3]] if need else [],
        "method": need.method if need and need.method != "none" else None,
        "skills": [[str(skill), level] for skill, level in need.skills] if need else [],
        "priority": settled.priority,
        "labels": sorted(settled.labels),
        "policy": str(settled.policy) if settled.policy else None,
    }
    return {name: value for name, value in said.items() if value}


def _rule_of(run: DryRun, draft: InForce) -> UUID | None:
    if run.rule_id:
        return run.rule_id
    return draft.rules[-1].id if run.draft["is_on"] and draft.rules else None


def _lately(workspace_id: UUID) -> Any:
    rows = Conversation.objects.of(workspace_id).filter(joined_into=None).order_by("-pk")
    newest_ones = rows.values_list("pk", flat=True)[:MOST]
    oldest = min(newest_ones, default=None)
    return rows.filter(pk__gte=oldest) if oldest else rows


def _key(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return f"{sorted(before.items())}>{sorted(after.items())}"
