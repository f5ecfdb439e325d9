"""Routing: the rules, dry runs of them, and what was decided, for programs.

In:    rules as JSON; a conversation's number
Out:   rules with their versions, runs, decisions
Touch: nothing but through `ruling`, `rehearsing` and `routing`
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Router, Schema, Status

from threadwell.flow import reasoning, rehearsing, routing, ruling
from threadwell.flow.decide import book
from threadwell.interfaces.api import conversations
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, Word, choice_of
from threadwell.record.routing.models import DryRun, RoutingDecision, RoutingRule, RuleVersion
from threadwell.record.routing.rule import Moment
from threadwell.record.workplace.roles import May

router = Router(tags=["Routing"])

MomentName = Annotated[Moment, choice_of(Moment)]
CauseName = Annotated[RoutingDecision.Cause, choice_of(RoutingDecision.Cause)]
OutcomeName = Annotated[RoutingDecision.Outcome, choice_of(RoutingDecision.Outcome)]
RunState = Annotated[DryRun.State, choice_of(DryRun.State)]


class VersionShape(Schema):
    """What a rule said from a moment on."""

    number: int
    moments: list[MomentName]
    conditions: dict[str, Any] = Field(description="docs/howto/routing.md tells its form")
    results: dict[str, Any]
    stops: bool
    restored_from: int | None
    made_by: Named | None
    made_at: datetime


class RuleShape(Schema):
    """A rule and what it says now."""

    id: UUID
    name: str
    place: int
    is_on: bool
    shipped_as: str
    hits: int
    hit_at: datetime | None
    version: VersionShape


class RuleList(Schema):
    """The rules in the order in which they are asked."""

    items: list[RuleShape]


class RuleVersions(Schema):
    """The versions of a rule, the newest first."""

    items: list[VersionShape]


class RuleSaying(Given):
    """What a rule shall say."""

    moments: list[MomentName] = Field(default=[Moment.ARRIVED], description="when it is asked")
    conditions: dict[str, Any] = Field(default={}, description="none: it fits always")
    results: dict[str, Any]
    stops: bool = True


class NewRule(RuleSaying):
    """A rule that stands behind all others."""

    name: Annotated[Word, Field(min_length=1, max_length=80)]
    is_on: bool = False


class ChangedRule(Given):
    """What shall be otherwise; what is left out stays."""

    name: Annotated[Word, Field(min_length=1, max_length=80)] | None = None
    said: RuleSaying | None = Field(default=None, description="a new version")
    is_on: bool | None = None
    restore: int | None = Field(default=None, description="the number of an older version to say again")


class RuleOrder(Given):
    """The rules as they shall be asked; those left out stay behind."""

    rules: Annotated[list[UUID], Field(max_length=ruling.MOST)]


class RuleTrial(RuleSaying):
    """A rule to be tried before it counts."""

    rule: UUID | None = Field(default=None, description="the one it would replace; none: a new one, the last")


class DryRunShape(Schema):
    """A dry run."""

    id: UUID
    rule_id: UUID | None
    state: RunState
    total: int
    done: int
    fitted: int
    changed: int
    changes: list[dict[str, Any]] = Field(description="`before`, `after`, `count`, `examples` (numbers)")
    failed_because: str
    made_at: datetime
    done_at: datetime | None


class RoutingDecisionShape(Schema):
    """Where a conversation went, and why."""

    id: UUID
    cause: CauseName
    outcome: OutcomeName
    because: str
    team: Named | None
    owner: Named | None
    is_waiting: bool
    facts: dict[str, Any]
    result: dict[str, Any]
    rules: list[dict[str, Any]] = Field(
        description="each rule that was in force: `id`, `name`, `tried`: -1 it fitted, -2 it was not asked,"
        " -3 it cannot be read, else the number of the condition that failed, counted from the top"
    )
    candidates: list[dict[str, Any]]
    replays: bool = Field(description="decided once more from this record, it comes out the same")
    at: datetime


class RoutingDecisions(Schema):
    """A page of decisions, the newest first."""

    items: list[RoutingDecisionShape]
    next: str | None


class WouldGo(Schema):
    """Where a conversation would go, had it come just now."""

    outcome: OutcomeName
    because: str
    to: dict[str, Any]
    rules: list[dict[str, Any]]


@router.get("/routing/rules", response=RuleList, auth=Scope(May.READ))
def list_routing_rules(request: Call) -> dict[str, Any]:
    """The rules in the order in which they are asked."""
    book.in_force(request.workspace_id)
    rules = list(RoutingRule.objects.of(request.workspace_id).in_order())
    versions = RuleVersion.objects.of(request.workspace_id).filter(rule__in=rules).select_related("made_by")
    newest = {(one.rule_id, one.number): one for one in versions}
    return {"items": [_told(rule, newest[rule.pk, rule.version]) for rule in rules]}


@router.post("/routing/rules", response={201: RuleShape}, auth=Scope(May.MANAGE))
def make_routing_rule(request: Call, given: NewRule) -> Status[Any]:
    """A rule behind all others, switched off unless said otherwise."""
    rule = ruling.make(given.name, _saying(request, given), is_on=given.is_on, by=request.agent)
    return Status(201, _told(rule, ruling.newest(rule)))


@router.put("/routing/order", response=RuleList, auth=Scope(May.MANAGE))
def order_routing_rules(request: Call, given: RuleOrder) -> dict[str, Any]:
    """Ask them in this order."""
    ruling.put_in_order(request.workspace_id, given.rules, by=request.agent)
    return list_routing_rules(request)


@router.patch("/routing/rules/{uuid:rule_id}", response=RuleShape, auth=Scope(May.MANAGE))
def change_routing_rule(request: Call, rule_id: UUID, given: ChangedRule) -> dict[str, Any]:
    """Another name, another version, an older version again, on or off."""
    rule = _one(request, rule_id)
    if given.restore is not None:
        one_of(RuleVersion.objects.of(request.workspace_id), rule=rule, number=given.restore)
        ruling.restore(rule, given.restore, by=request.agent)
    said = _saying(request, given.said) if given.said else None
    ruling.change(rule, name=given.name, saying=said, by=request.agent)
    if given.is_on is not None:
        ruling.switch(rule, is_on=given.is_on, by=request.agent)
    return _told(rule, ruling.newest(rule))


@router.delete("/routing/rules/{uuid:rule_id}", response={204: None}, auth=Scope(May.MANAGE))
def remove_routing_rule(request: Call, rule_id: UUID) -> Status[Any]:
    """It is gone from the list; what was decided by it stays explained."""
    ruling.archive(_one(request, rule_id), by=request.agent)
    return Status(204, None)


@router.get("/routing/rules/{uuid:rule_id}/versions", response=RuleVersions, auth=Scope(May.READ))
def list_rule_versions(request: Call, rule_id: UUID) -> dict[str, Any]:
    """What it said and says, the newest first; the newest 200."""
    rows = RuleVersion.objects.of(request.workspace_id).filter(rule=_one(request, rule_id))
    return {"items": list(rows.select_related("made_by").order_by("-number")[:200])}


@router.post("/routing/runs", response={202: DryRunShape}, auth=Scope(May.MANAGE))
def try_routing_rule(request: Call, given: RuleTrial) -> Status[Any]:
    """Try a rule on the last 1,000 conversations; it changes nothing."""
    rule = _one(request, given.rule) if given.rule else None
    return Status(202, rehearsing.begin(rule, _saying(request, given), by=request.agent))


@router.get("/routing/runs/{uuid:run_id}", response=DryRunShape, auth=Scope(May.MANAGE))
def show_dry_run(request: Call, run_id: UUID) -> Any:
    """How far it is, and what would go elsewhere."""
    return one_of(DryRun.objects.of(request.workspace_id), pk=run_id)


@router.get("/conversations/{int:number}/routing", response=RoutingDecisions, auth=Scope(May.READ))
def list_routing_decisions(
    request: Call, number: int, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Where it went and why, the newest first."""
    conversation = conversations.plain(request, number)
    rows = RoutingDecision.objects.of(request.workspace_id).filter(conversation=conversation)
    page = paged(rows.select_related("team", "owner"), by="-at", cursor=cursor, limit=limit)
    return {**page, "items": [_decided(one) for one in page["items"]]}


@router.post("/conversations/{int:number}/routing", response=RoutingDecisionShape, auth=Scope(May.HANDLE))
def route_conversation(request: Call, number: int) -> dict[str, Any]:
    """Ask the rules once more, and do as they say."""
    conversation = conversations.plain(request, number)
    return _decided(routing.route(conversation, cause=RoutingDecision.Cause.BY_HAND, by=request.agent))


@router.get("/conversations/{int:number}/routing/now", response=WouldGo, auth=Scope(May.READ))
def ask_routing(request: Call, number: int) -> dict[str, Any]:
    """Where would it go, had it come just now? Nothing is changed."""
    plan = rehearsing.ask(conversations.plain(request, number))
    return {
        "outcome": plan.settled.outcome,
        "because": plan.settled.because,
        "to": rehearsing.shown(plan.settled),
        "rules": _rules_of(plan.in_force, list(plan.matched.tried)),
    }


def _one(request: Call, rule_id: UUID) -> RoutingRule:
    found: RoutingRule = one_of(RoutingRule.objects.of(request.workspace_id).in_order(), pk=rule_id)
    return found


def _saying(request: Call, given: RuleSaying) -> ruling.Saying:
    return ruling.checked(
        request.workspace_id,
        moments=[str(one) for one in given.moments],
        conditions_=given.conditions,
        results=given.results,
        stops=given.stops,
    )


def _told(rule: RoutingRule, version: RuleVersion) -> dict[str, Any]:
    names = ("id", "name", "place", "is_on", "shipped_as", "hits", "hit_at")
    return {**{name: getattr(rule, name) for name in names}, "version": version}


def _decided(one: RoutingDecision) -> dict[str, Any]:
    names = (
        *("id", "cause", "outcome", "because", "team", "owner", "is_waiting"),
        *("facts", "result", "candidates", "at"),
    )
    return {
        **{name: getattr(one, name) for name in names},
        "rules": _rules_of(book.opened(one.workspace_id, one.book_id), one.tried),
        "replays": reasoning.comes_out_the_same(one),
    }


def _rules_of(in_force: book.InForce, tried: list[int]) -> list[dict[str, Any]]:
    return [
        {"id": str(rule.id), "name": rule.name, "tried": number}
        for rule, number in zip(in_force.rules, tried, strict=False)
    ]
