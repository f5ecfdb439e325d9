"""Rule forms: what a routing rule is called, when it is asked and what it does.

In:    what was chosen
Out:   checked values, in the form that rows keep
Touch: reads what can be chosen
"""

from typing import Any, override
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from threadwell.flow.decide.rules import ACCOUNT_OWNER
from threadwell.flow.timed.agreed import in_force
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.rota.models import Skill
from threadwell.record.rota.skills import BEST
from threadwell.record.routing.rule import Moment
from threadwell.record.workplace.models import Agent, Team, Workspace

SKILLS = 3  #: that can be asked for in the form
OWNERS = [
    ("", _("nobody: the team does as it always does")),
    (ACCOUNT_OWNER, _("the owner of the account (away: their deputy, then the team)")),
    ("round-robin", _("the people of the team in turn")),
    ("least-loaded", _("whoever of the team has the least to do")),
    ("manager", _("the manager of the team")),
    ("agent", _("a colleague: ...")),
    ("field", _("the colleague in a field: ...")),
    ("deputy", _("whoever stands in for the owner of the account")),
]


class RuleForm(forms.Form):
    """All of a rule but its conditions."""

    name = forms.CharField(label=_("Name"), max_length=80)
    moments = forms.MultipleChoiceField(
        label=_("It is asked when"),
        choices=Moment.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say when the rule is asked.")},
    )
    team = forms.ChoiceField(label=_("Team"), required=False)
    who = forms.ChoiceField(label=_("Owner"), choices=OWNERS, required=False)
    agent = forms.ChoiceField(label=_("Colleague"), required=False)
    field = forms.ChoiceField(label=_("Field that names a colleague"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    labels = forms.CharField(
        label=_("Labels"), required=False, max_length=600, help_text=_("Divided by commas.")
    )
    policy = forms.ChoiceField(label=_("Deadlines by"), required=False)
    stops = forms.BooleanField(
        label=_("Stop here"), required=False, help_text=_("No rule behind this one is asked.")
    )

    def __init__(self, given: Any, *, workspace: Workspace, initial: dict[str, Any]) -> None:
        super().__init__(given, initial=initial)
        fields: Any = self.fields
        teams = [(str(one.pk), one.name) for one in Team.objects.of(workspace).order_by("name")]
        agents = Agent.objects.of(workspace).filter(left_at=None).order_by("name", "pk")
        fields["team"].choices = [
            ("", _("that of the inbox")),
            (ACCOUNT_OWNER, _("that of the owner of the account")),
            *teams,
        ]
        fields["agent"].choices = [("", _("nobody")), *((str(one.pk), one.name) for one in agents)]
        fields["field"].choices = [("", _("none")), *_people_fields(workspace)]
        priorities = [(str(value), label) for value, label in Conversation.Priority.choices]
        fields["priority"].choices = [("", _("as it is")), *priorities]
        policies = [(str(one.pk), one.name) for one in in_force(workspace.pk) if one.is_on]
        fields["policy"].choices = [("", _("the first that fits")), *policies]
        skills = [("", _("none")), *Skill.objects.of(workspace).order_by("name").values_list("pk", "name")]
        for number in range(SKILLS):
            fields[f"skill{number}"] = forms.ChoiceField(
                label=_("Skill"), choices=[(str(key), name) for key, name in skills], required=False
            )
            fields[f"level{number}"] = forms.TypedChoiceField(
                label=_("Level at least"),
                choices=[(level, str(level)) for level in range(1, BEST + 1)],
                coerce=int,
                required=False,
            )
        self.has_skills = len(skills) > 1
        self._keep_what_is_gone()

    @property
    def skills(self) -> list[list[Any]]:
        return [[self[f"skill{number}"], self[f"level{number}"]] for number in range(SKILLS)]

    @property
    def owning(self) -> list[Any]:
        return [self[name] for name in ("team", "who", "agent", "field")]

    @property
    def marking(self) -> list[Any]:
        return [self[name] for name in ("priority", "policy", "labels")]

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        if given.get("who") == "agent" and not given.get("agent"):
            self.add_error("agent", _("Say which colleague."))
        if given.get("who") == "field" and not given.get("field"):
            self.add_error("field", _("Say which field."))
        if not self.errors and not self.results:
            self.add_error(
                None, _("Say what the rule does: a team, an owner, a priority, labels or deadlines.")
            )
        return given

    @property
    def results(self) -> dict[str, Any]:
        """What it does, as rows keep it."""
        given = self.cleaned_data
        owner = None
        if who := given.get("who"):
            owner = {"who": who}
            if who in ("agent", "field"):
                owner[who] = given[who]
        skills = [
            [given[f"skill{number}"], given.get(f"level{number}") or 1]
            for number in range(SKILLS)
            if given.get(f"skill{number}")
        ]
        said: dict[str, Any] = {
            "team": given.get("team") or None,
            "owner": owner,
            "skills": skills,
            "priority": int(given["priority"]) if given.get("priority") else None,
            "labels": sorted({part.strip() for part in given["labels"].split(",") if part.strip()}),
            "policy": given.get("policy") or None,
        }
        return {name: value for name, value in said.items() if value}

    def _keep_what_is_gone(self) -> None:
        """What the rule names and is not there any more stays to be seen, until somebody chooses anew."""
        fields: Any = self.fields
        for name in ("team", "agent", "field", "policy"):
            value = self.initial.get(name)
            choices = list(fields[name].choices)
            if value and value not in [key for key, _label in choices]:
                shown = value if name == "field" else _("(no longer there)")
                fields[name].choices = [*choices, (value, shown)]


def initial_of(name: str, moments: list[str], results: dict[str, Any], *, stops: bool) -> dict[str, Any]:
    """A rule as the form shows it."""
    owner = results.get("owner") or {}
    found: dict[str, Any] = {
        "name": name,
        "moments": moments,
        "team": results.get("team", ""),
        "who": owner.get("who", ""),
        "agent": owner.get("agent", ""),
        "field": owner.get("field", ""),
        "priority": str(results.get("priority", "")),
        "labels": ", ".join(results.get("labels", ())),
        "policy": results.get("policy", ""),
        "stops": stops,
    }
    for number, (skill, level) in enumerate(results.get("skills", ())[:SKILLS]):
        found |= {f"skill{number}": str(UUID(str(skill))), f"level{number}": level}
    return found


def _people_fields(workspace: Workspace) -> list[tuple[str, str]]:
    rows = CustomField.objects.of(workspace).filter(
        kind=CustomField.Kind.PERSON, archived_at=None, about__in=("contact", "organisation", "conversation")
    )
    return [(f"{one.about}.{one.key}", one.label) for one in rows.order_by("about", "place")]
