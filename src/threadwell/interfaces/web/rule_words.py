"""Rule words: what rules say, and what was decided by them, as people read it.

In:    conditions, results and decisions, with the names of whom they mean
Out:   sentences
Touch: reads names
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from threadwell.flow.decide import conditions
from threadwell.flow.decide.conditions import Ask, Part
from threadwell.flow.decide.rules import ACCOUNT_OWNER, FITTED, NOT_ASKED, UNREADABLE, Rule
from threadwell.interfaces.web.rule_facts import WAYS, Catalogue, catalogue_of
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.people.models import Organisation
from threadwell.record.rota.models import Skill
from threadwell.record.workplace.models import Agent, Team, Workspace

GROUPS: dict[str, Promise] = {
    "all": _("all of these"),
    "any": _("any of these"),
    "none": _("none of these"),
}
WHO: dict[str, Promise] = {
    ACCOUNT_OWNER: _("the owner of the account"),
    "round-robin": _("the team in turn"),
    "least-loaded": _("whoever of the team has the least to do"),
    "manager": _("the manager of the team"),
    "deputy": _("whoever stands in for the owner of the account"),
}
OUTCOMES: dict[str, Promise] = {
    "chosen": _("chosen"),
    "has-left": _("has left"),
    "may-not-own": _("may not own it"),
    "may-not-see": _("may not see it"),
    "out-of-office": _("out of office"),
    "off-shift": _("not at work"),
    "offline": _("offline"),
    "away": _("away"),
    "busy": _("busy"),
    "lacks-skill": _("lacks a skill"),
    "full": _("has no room"),
    "not-their-turn": _("not their turn"),
    "carries-more": _("carries more"),
}
MOST_VALUES = 6  #: of a condition, in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What keys stand for."""

    catalogue: Catalogue
    by_key: Mapping[str, str]

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        known: dict[str, str] = {}
        for model in (Team, Agent, Skill, SlaPolicy):
            rows = model.objects.of(workspace).values_list("pk", "name")
            known |= {str(key): name for key, name in rows}
        return cls(catalogue=catalogue_of(workspace), by_key=known)

    def name(self, key: Any) -> str:
        return self.by_key.get(str(key)) or _t("somebody or something that is gone")

    def with_organisations(self, workspace: Workspace, rules: Sequence[Rule]) -> Self:
        """The same, knowing also the organisations that these rules name."""
        asks = [ask for rule in rules if rule.root for ask in conditions.asks_of(rule.root)]
        keys = {value for ask in asks if ask.fact == "organisation" for value in ask.values}
        if not keys:
            return self
        rows = Organisation.objects.of(workspace).filter(pk__in=keys).values_list("pk", "name")
        known = {**self.by_key, **{str(key): name for key, name in rows}}
        return type(self)(catalogue=self.catalogue, by_key=known)


def of_conditions(part: Part, names: Names) -> str:
    """Conditions in one line."""
    if isinstance(part, Ask):
        return of_ask(part, names)
    if not part.parts:
        return _t("always") if part.number == 0 else _t("nothing")
    parts = [of_conditions(one, names) for one in part.parts]
    if len(parts) == 1 and part.kind != "none":
        return parts[0]
    joined = (_t(" or ") if part.kind == "any" else _t(" and ")).join(parts)
    if part.kind == "none":
        return _t("not (%(parts)s)") % {"parts": _t(" or ").join(parts)}
    return joined if part.number == 0 else f"({joined})"


def of_ask(ask: Ask, names: Names) -> str:
    """A question in words."""
    fact = names.catalogue.of(ask.fact)
    if ask.way in ("yes", "no"):
        return str(fact.label) if ask.way == "yes" else _t("not: %(fact)s") % {"fact": fact.label}
    if ask.way in ("known", "unknown"):
        return f"{fact.label} {WAYS[ask.way]}"
    labels = {str(value): str(label) for value, label in fact.options}
    if ask.way in ("at_least", "at_most"):
        amount = f"{ask.amount:g}"
        return f"{fact.label} {WAYS[ask.way]} {labels.get(amount, amount)}"
    values = [labels.get(one) or names.by_key.get(one) or one for one in ask.values]
    named = ", ".join(f"“{one}”" for one in values[:MOST_VALUES])
    more = len(values) - MOST_VALUES
    rest = _t(" and %(count)d more") % {"count": more} if more > 0 else ""
    return f"{fact.label} {WAYS[ask.way]} {named}{rest}"


def of_results(results: Mapping[str, Any], names: Names) -> str:
    """What a rule does, in one line."""
    said = []
    if team := results.get("team"):
        own = _t("the team of the account's owner")
        said.append(_t("to %(team)s") % {"team": own if team == ACCOUNT_OWNER else names.name(team)})
    if owner := results.get("owner"):
        said.append(_t("owned by %(who)s") % {"who": _whom(owner, names)})
    if priority := results.get("priority"):
        label = dict(Conversation.Priority.choices).get(int(priority), priority)
        said.append(_t("priority %(priority)s") % {"priority": label})
    for skill, level in results.get("skills", ()):
        said.append(_t("with %(skill)s from level %(level)s") % {"skill": names.name(skill), "level": level})
    if labels := results.get("labels"):
        said.append(_t("labelled %(labels)s") % {"labels": ", ".join(labels)})
    if policy := results.get("policy"):
        said.append(_t("deadlines by “%(policy)s”") % {"policy": names.name(policy)})
    return capfirst("; ".join(said))


def of_settled(shown: Mapping[str, Any], names: Names) -> str:
    """One side of a row of a dry run."""
    results = {name: shown[name] for name in ("priority", "labels", "policy", "skills") if name in shown}
    said = [names.name(shown["team"]) if shown.get("team") else _t("no team")]
    if wanted := shown.get("wanted"):
        said.append(", ".join(names.name(one) for one in wanted))
    elif method := shown.get("method"):
        said.append(str(WHO.get(method, method)))
    if rest := of_results(results, names):
        said.append(rest)
    return " · ".join(said)


def of_trial(rule: Rule, tried: int, names: Names) -> tuple[str, str]:
    """How it went with one rule: good, plain, wait or late, and in words."""
    if tried == FITTED:
        return "good", _t("it fitted")
    if tried == NOT_ASKED:
        return "wait", _t("it was not asked")
    if tried == UNREADABLE or rule.root is None:
        return "late", _t("it cannot be read")
    part = conditions.numbered(rule.root, tried)
    if part is None:
        return "plain", _t("it did not fit")
    return "plain", _t("it did not fit: %(condition)s") % {"condition": of_conditions(part, names)}


def of_fact(key: str, value: Any, names: Names) -> tuple[str, str]:
    """A fact as it was, in words."""
    own = {
        "subject": _("Words found in the subject"),
        "body": _("Words found in the text"),
        "words": _("Words found in subject or text"),
        "own_team": _("Its team before"),
        "owner_team": _("Team of the account's owner"),
        "has_owner": _("Its owner before"),
        "managers": _("Managers"),
        "gone": _("Not there any more"),
        "deputy": _("Stands in for the account's owner"),
        "kept_by": _("Had it before"),
        "hands_out": _("The team hands out its work"),
    }
    fact = names.catalogue.of(key)
    labels = {str(one): str(label) for one, label in fact.options}
    values = value if isinstance(value, list) else [value]
    said = [
        (_t("yes") if one else _t("no"))
        if isinstance(one, bool)
        else labels.get(str(one)) or names.by_key.get(str(one)) or str(one)
        for one in values
        if one not in ("", None)
    ]
    label = own.get(key) or (_plain(key) if fact.label == key else fact.label)
    return str(label), ", ".join(said) or _t("nothing")


def _whom(owner: Mapping[str, Any], names: Names) -> str:
    if owner["who"] == "agent":
        return names.name(owner.get("agent"))
    if owner["who"] == "field":
        fact = names.catalogue.of(f"custom.{owner.get('field', '')}")
        label = _plain(fact.key) if fact.label == fact.key else str(fact.label)
        return _t("the colleague in “%(field)s”, else the account's owner") % {"field": label}
    return str(WHO.get(owner["who"], owner["who"]))


def _plain(key: str) -> str:
    """A field that is not there (any more), by the last part of its key."""
    return key.rpartition(".")[2].replace("_", " ")
