"""Routings: why a conversation is where it is, where it would go now, and routing it once more.

In:    a conversation's number
Out:   its decisions, each with its rules, facts and candidates
Touch: nothing but through `routing`
"""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import reasoning, rehearsing, routing
from threadwell.flow.decide import book
from threadwell.flow.decide.rules import FITTED, Rule
from threadwell.interfaces.web import deeds, rule_words
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.rule_words import Names
from threadwell.record.conversations.models import Conversation
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.roles import May

TEMPLATE = "routing/of_conversation.html"
MOST = 20


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/routing/; with ``?now=yes`` also where it would go now."""
    conversation = deeds.one(request, number)
    names = Names.of(request.workspace)
    rows = RoutingDecision.objects.of(request.workspace).filter(conversation=conversation)
    decisions = rows.select_related("team", "owner", "by").order_by("-at", "-pk")[:MOST]
    facts = {
        "conversation": conversation,
        "decisions": [_shown(request, one, names) for one in decisions],
        "now": _now(request, conversation, names) if request.GET.get("now") else None,
        "here": "conversation",
    }
    return page(request, f"{TEMPLATE}#why", facts)


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/routing/: ask the rules once more."""
    conversation = deeds.one(request, number)
    decision = routing.route(conversation, cause=RoutingDecision.Cause.BY_HAND, by=request.agent)
    toast(request, gettext("Routed: %(because)s.") % {"because": decision.because})
    to = reverse("web:routing", args=[request.workspace.slug, number])
    return page(request, TEMPLATE, to=to)


def _shown(request: Request, decision: RoutingDecision, names: Names) -> dict[str, Any]:
    in_force = book.opened(request.workspace.pk, decision.book_id)
    names = names.with_organisations(request.workspace, in_force.rules)
    return {
        "decision": decision,
        "rules": list(_trials(in_force.rules, decision.tried, names)),
        "results": rule_words.of_results(decision.result, names),
        "facts": [rule_words.of_fact(key, value, names) for key, value in sorted(decision.facts.items())],
        "candidates": [
            {**one, "outcome_name": rule_words.OUTCOMES.get(one["outcome"], one["outcome"])}
            for one in decision.candidates
        ],
        "is_same": reasoning.comes_out_the_same(decision),
    }


def _now(request: Request, conversation: Conversation, names: Names) -> dict[str, Any]:
    plan = rehearsing.ask(conversation)
    names = names.with_organisations(request.workspace, plan.in_force.rules)
    return {
        "to": rule_words.of_settled(rehearsing.shown(plan.settled), names),
        "because": plan.settled.because,
        "rules": list(_trials(plan.in_force.rules, list(plan.matched.tried), names)),
    }


def _trials(rules: tuple[Rule, ...], tried: list[int], names: Names) -> Any:
    for rule, number in zip(rules, tried, strict=False):
        level, said = rule_words.of_trial(rule, number, names)
        yield {"name": rule.name, "level": level, "text": said, "fitted": number == FITTED}
