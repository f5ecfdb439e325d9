"""Rules: who gets what; the list in its order, the page on which one is built, its versions.

In:    forms
Out:   pages
Touch: nothing but through `ruling`
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.flow import rehearsing, ruling
from threadwell.flow.decide import book
from threadwell.flow.decide.conditions import BadConditions
from threadwell.flow.decide.rules import Rule
from threadwell.interfaces.web import rule_trees, rule_words
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import anew, page, toast
from threadwell.interfaces.web.rule_facts import catalogue_of
from threadwell.interfaces.web.rule_forms import RuleForm, initial_of
from threadwell.interfaces.web.rule_trees import Node
from threadwell.kit.errors import Invalid
from threadwell.record.routing.models import DryRun, RoutingRule, RuleVersion
from threadwell.record.routing.rule import Moment
from threadwell.record.workplace.roles import May

PLACE = {"section": "routing_rules", "here": "settings"}
LIST, ONE = "routing/rules.html", "routing/rule.html"
VERSIONS = 30  #: of a rule, the newest


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../settings/routing/"""
    return page(request, LIST, _listed(request))


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    """GET .../settings/routing/new/"""
    initial = {"moments": [Moment.ARRIVED], "stops": True}
    form = RuleForm(None, workspace=request.workspace, initial=initial)
    return _shown(request, form, rule_trees.begun())


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/routing/: built further, or made."""
    return _built(request, None)


@allowed(May.MANAGE)
def show(request: Request, rule_id: UUID) -> HttpResponse:
    """GET .../settings/routing/<id>/"""
    rule = one(request, rule_id)
    said = ruling.newest(rule)
    initial = initial_of(rule.name, said.moments, said.results, stops=said.stops)
    form = RuleForm(None, workspace=request.workspace, initial=initial)
    tree = rule_trees.shown(said.conditions, catalogue_of(request.workspace), request.workspace)
    return _shown(request, form, tree, rule)


@allowed(May.MANAGE)
def update(request: Request, rule_id: UUID) -> HttpResponse:
    """POST .../settings/routing/<id>/: built further, tried, or changed."""
    return _built(request, one(request, rule_id))


@allowed(May.MANAGE)
def archive(request: Request, rule_id: UUID) -> HttpResponse:
    """DELETE .../settings/routing/<id>/"""
    rule = one(request, rule_id)
    ruling.archive(rule, by=request.agent)
    undo = reverse("web:routing_rule_back", args=[request.workspace.slug, rule.pk])
    toast(request, gettext("The rule “%(name)s” is gone.") % {"name": rule.name}, undo=undo)
    return _back(request)


@allowed(May.MANAGE)
def bring_back(request: Request, rule_id: UUID) -> HttpResponse:
    """POST .../settings/routing/<id>/return/"""
    rule = RoutingRule.objects.of(request.workspace).filter(pk=rule_id).first()
    if rule is None:
        raise Http404
    ruling.bring_back(rule, by=request.agent)
    said = gettext("The rule “%(name)s” is back.")
    said = said if rule.is_on else gettext("The rule “%(name)s” is back, switched off.")
    toast(request, said % {"name": rule.name})
    return anew(request, reverse("web:routing_rules", args=[request.workspace.slug]))


@allowed(May.MANAGE)
def switch(request: Request, rule_id: UUID) -> HttpResponse:
    """POST .../settings/routing/<id>/switch/"""
    rule = one(request, rule_id)
    is_on = request.POST.get("is_on") == "yes"
    ruling.switch(rule, is_on=is_on, by=request.agent)
    said = gettext("“%(name)s” counts from now on.") if is_on else gettext("“%(name)s” does not count.")
    toast(request, said % {"name": rule.name})
    return _back(request)


@allowed(May.MANAGE)
def move(request: Request, rule_id: UUID) -> HttpResponse:
    """POST .../settings/routing/<id>/place/: one up, or one down."""
    ruling.move(one(request, rule_id), up=request.POST.get("way") != "down", by=request.agent)
    return _back(request)


@allowed(May.MANAGE)
def order(request: Request) -> HttpResponse:
    """POST .../settings/routing/order/: all of them, as they were dragged."""
    keys = [UUID(key) for key in request.POST.getlist("rule")[: ruling.MOST] if _is_key(key)]
    ruling.put_in_order(request.workspace.pk, keys, by=request.agent)
    return _back(request)


@allowed(May.MANAGE)
def restore(request: Request, rule_id: UUID, number: int) -> HttpResponse:
    """POST .../settings/routing/<id>/versions/<number>/"""
    rule = one(request, rule_id)
    if not RuleVersion.objects.of(request.workspace).filter(rule=rule, number=number).exists():
        raise Http404
    ruling.restore(rule, number, by=request.agent)
    toast(request, gettext("Version %(number)d counts again.") % {"number": number})
    return page(request, ONE, to=_place_of(request, rule))


def one(request: Request, rule_id: UUID) -> RoutingRule:
    found: RoutingRule | None = (
        RoutingRule.objects.of(request.workspace).in_order().filter(pk=rule_id).first()
    )
    if found is None:
        raise Http404
    return found


def _built(request: Request, rule: RoutingRule | None) -> HttpResponse:
    given, workspace = request.POST, request.workspace
    tree = rule_trees.posted(given, catalogue_of(workspace))
    form = RuleForm(given, workspace=workspace, initial={})
    wish = str(given.get("deed", ""))
    if wish not in ("save", "try"):
        # Another part of the conditions: nothing is checked or kept yet.
        shown = RuleForm(None, workspace=workspace, initial=_as_typed(given))
        return _shown(request, shown, tree, rule)
    saying = _saying(request, form, tree)
    if saying is None:
        return _shown(request, form, tree, rule, status=422)
    if wish == "try":
        run = rehearsing.begin(rule, saying, by=request.agent)
        return page(request, ONE, to=reverse("web:dry_run", args=[workspace.slug, run.pk]))
    try:
        kept = _kept(request, form.cleaned_data["name"], saying, rule)
    except ruling.NameTaken as taken:
        form.add_error("name", str(taken.sentence))
        return _shown(request, form, tree, rule, status=422)
    return page(request, ONE, to=_place_of(request, kept))


def _kept(request: Request, name: str, saying: ruling.Saying, rule: RoutingRule | None) -> RoutingRule:
    if rule is None:
        rule = ruling.make(name, saying, by=request.agent)
        toast(request, gettext("Kept. It does not count until it is switched on: try it first."))
    elif ruling.change(rule, name=name, saying=saying, by=request.agent):
        toast(request, gettext("Saved as version %(number)d.") % {"number": rule.version})
    else:
        toast(request, gettext("Nothing has changed."))
    return rule


def _saying(request: Request, form: RuleForm, tree: Node) -> ruling.Saying | None:
    """What the rule shall say; nothing when something is wrong, which the form tells then."""
    kept = rule_trees.kept(tree, request.workspace)
    is_built = rule_trees.is_good(tree)
    if not form.is_valid() or not is_built:
        if not is_built:
            form.add_error(None, gettext("One of the conditions is not complete."))
        return None
    try:
        return ruling.checked(
            request.workspace.pk,
            moments=form.cleaned_data["moments"],
            conditions_=kept,
            results=form.results,
            stops=form.cleaned_data["stops"],
        )
    except (BadConditions, Invalid) as wrong:
        form.add_error(None, str(wrong.sentence))
        return None


def _as_typed(given: QueryDict) -> dict[str, Any]:
    several = ("moments",)
    typed: dict[str, Any] = {name: given.getlist(name) for name in several}
    typed |= {name: given[name] for name in given if name not in several and name != "stops"}
    return {**typed, "stops": "stops" in given}


def _shown(
    request: Request, form: RuleForm, tree: Node, rule: RoutingRule | None = None, *, status: int = 200
) -> HttpResponse:
    facts: dict[str, Any] = {
        "form": form,
        "tree": tree,
        "groups": catalogue_of(request.workspace).groups,
        "kinds": rule_words.GROUPS.items(),
        "rule": rule,
        **PLACE,
    }
    if rule:
        facts |= _history(request, rule)
    return page(request, f"{ONE}#builder", facts, status=status)


def _history(request: Request, rule: RoutingRule) -> Mapping[str, Any]:
    names = rule_words.Names.of(request.workspace)
    versions = RuleVersion.objects.of(request.workspace).filter(rule=rule).select_related("made_by")
    rows = list(versions.order_by("-number")[:VERSIONS])
    read = [book.read(row, rule.name) for row in rows]
    names = names.with_organisations(request.workspace, read)
    runs = DryRun.objects.of(request.workspace).filter(rule=rule).select_related("by").order_by("-made_at")
    return {
        "versions": [
            {
                "version": row,
                "conditions": _in_words(rule_, names),
                "results": rule_words.of_results(row.results, names),
            }
            for row, rule_ in zip(rows, read, strict=True)
        ],
        "runs": list(runs[:5]),
    }


def _listed(request: Request) -> dict[str, Any]:
    book.in_force(request.workspace.pk)
    rules = list(RoutingRule.objects.of(request.workspace).in_order())
    versions = {
        (row.rule_id, row.number): row
        for row in RuleVersion.objects.of(request.workspace).filter(rule__in=rules).select_related("made_by")
    }
    rows = [(rule, versions[rule.pk, rule.version]) for rule in rules]
    read = [book.read(version, rule.name) for rule, version in rows]
    names = rule_words.Names.of(request.workspace).with_organisations(request.workspace, read)
    shown = [
        {
            "rule": rule,
            "conditions": rule_words.of_conditions(rule_.root, names)
            if rule_.root
            else gettext("unreadable"),
            "results": rule_words.of_results(version.results, names),
            "moments": gettext(" or ").join(str(Moment(one).label) for one in version.moments),
            "hits": ngettext("matched once", "matched %(count)d times", rule.hits) % {"count": rule.hits},
            "stops": version.stops,
        }
        for (rule, version), rule_ in zip(rows, read, strict=True)
    ]
    return {"rules": shown, **PLACE}


def _in_words(rule: Rule, names: rule_words.Names) -> str:
    return rule_words.of_conditions(rule.root, names) if rule.root else gettext("it cannot be read")


def _back(request: Request) -> HttpResponse:
    to = reverse("web:routing_rules", args=[request.workspace.slug])
    return page(request, f"{LIST}#list", _listed(request), to=to)


def _place_of(request: Request, rule: RoutingRule) -> str:
    return reverse("web:routing_rule", args=[request.workspace.slug, rule.pk])


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
