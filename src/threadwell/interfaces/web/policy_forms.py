"""Policy forms: what was agreed, as people write it: "4 h", "30 m", "2 days".

In:    what was typed
Out:   checked values, in the form that rows keep; a policy in words
Touch: nothing
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, override
from uuid import UUID

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.templatetags.threadwell import CHANNELS
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.clocks.policy import LONGEST, Target
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar
from threadwell.record.inboxes.models import Inbox
from threadwell.record.work.models import WorkItemType
from threadwell.record.workplace.models import Team

RUNGS = 6
_PART = re.compile(r"(\d{1,6})\s*([a-z]*)")
_UNITS = {"": 1, "m": 1, "min": 1, "h": 60, "d": 1440}
_SPOKEN = {"minute": "m", "minutes": "m", "mins": "m", "hour": "h", "hours": "h", "day": "d", "days": "d"}


class SpanField(forms.Field):
    """A length of time: "4 h", "1 h 30 m", "2 days", "45"; kept as minutes."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": more.pop("empty", _("none"))})
        super().__init__(required=False, widget=widget, **more)

    @override
    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().casefold()[:100]
        if not text:
            return None
        if _PART.sub("", text).strip(" ,"):
            raise forms.ValidationError(_("Write it like 30 m, 4 h or 2 days."))
        minutes = 0
        for count, unit in _PART.findall(text):
            short = _SPOKEN.get(unit, unit)
            if short not in _UNITS:
                raise forms.ValidationError(_("Write it like 30 m, 4 h or 2 days."))
            minutes += int(count) * _UNITS[short]
        if minutes > LONGEST:
            raise forms.ValidationError(_("A year is the most."))
        return minutes

    @override
    def prepare_value(self, value: Any) -> Any:
        return span_of(value) if isinstance(value, int) else value


class PolicyForm(forms.Form):
    """A policy."""

    name = forms.CharField(label=_("Name"), max_length=80)
    is_on = forms.BooleanField(label=_("In force"), required=False)
    channels = forms.MultipleChoiceField(
        label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    types = forms.MultipleChoiceField(
        label=_("Types of conversation"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=Conversation.Type.choices,
    )
    priorities = forms.TypedMultipleChoiceField(
        label=_("Priorities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=Conversation.Priority.choices,
        coerce=int,
    )
    tiers = forms.CharField(
        label=_("Customers of these tiers"), required=False, max_length=400, help_text=_("Divided by commas.")
    )
    first_response = SpanField(label=_("First answer within"))
    next_response = SpanField(label=_("Each further answer within"))
    work_types = forms.MultipleChoiceField(
        label=_("About work of these kinds"), required=False, widget=forms.CheckboxSelectMultiple
    )
    promise = SpanField(
        label=_("Promises without a date within"), help_text=_("One with a date is due by its date.")
    )
    resolution = SpanField(label=_("Solution within"), help_text=_("Until the conversation is closed."))
    counts = forms.ChoiceField(label=_("What counts"))
    pauses = forms.MultipleChoiceField(
        label=_("The clock stands still"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=SlaPolicy.Pause.choices,
        help_text=_("Waiting for the customer stops only the clock of the solution: no answer is owed then."),
    )
    reopening = forms.ChoiceField(label=_("When it is opened again"), choices=SlaPolicy.Reopening.choices)

    def __init__(
        self,
        given: Any,
        *,
        policy: SlaPolicy | None,
        calendars: Sequence[Calendar],
        teams: Sequence[Team],
        kinds: Sequence[WorkItemType],
    ) -> None:
        self.calendars = {str(one.pk): one for one in calendars}
        super().__init__(given, initial=_initial(policy or SlaPolicy()))
        fields: Any = self.fields
        fields["channels"].choices = [(kind, CHANNELS[kind][1]) for kind in Inbox.Kind.values]
        fields["work_types"].choices = [(str(one.pk), one.name) for one in kinds]
        if not kinds:
            del fields["work_types"]
        fields["counts"].choices = [
            ("customer", _("the business hours of customer, team or workspace")),
            *((key, one.name) for key, one in self.calendars.items()),
            ("all", _("all time, day and night")),
        ]
        deeds = [("", _("nothing")), *((key, capfirst(name)) for key, name in SlaPolicy.Deed.choices)]
        ways = [("before", _("before")), ("at", _("at the deadline")), ("after", _("after"))]
        for number in range(RUNGS):
            fields[f"span{number}"] = SpanField(label=_("How long"), empty="")
            fields[f"way{number}"] = forms.ChoiceField(label=_("When"), choices=ways, initial="at")
            fields[f"deed{number}"] = forms.ChoiceField(label=_("What"), choices=deeds, required=False)
            fields[f"team{number}"] = forms.ChoiceField(
                label=_("Team"),
                choices=[("", _("no team")), *((str(one.pk), one.name) for one in teams)],
                required=False,
            )

    @property
    def conditions(self) -> list[Any]:
        names = ("channels", "types", "priorities", "tiers", "work_types")
        return [self[name] for name in names if name in self.fields]

    @property
    def targets(self) -> list[Any]:
        return [self[name] for name in Target.values]

    @property
    def counting(self) -> list[Any]:
        return [self[name] for name in ("counts", "pauses", "reopening")]

    @property
    def rungs(self) -> list[list[Any]]:
        names = ("span", "way", "deed", "team")
        return [[self[f"{name}{number}"] for name in names] for number in range(RUNGS)]

    def clean_tiers(self) -> list[str]:
        return sorted({part.strip()[:40] for part in self.cleaned_data["tiers"].split(",") if part.strip()})

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        for name in Target.values:
            if given.get(name) == 0:
                self.add_error(name, _("At least a minute."))
        if not any(given.get(name) for name in Target.values) and not self.errors:
            self.add_error("first_response", _("Say at least one time: otherwise nothing is agreed."))
        for number in range(RUNGS):
            if given.get(f"deed{number}") == SlaPolicy.Deed.TEAM and not given.get(f"team{number}"):
                self.add_error(f"team{number}", _("Say to which team."))
            is_away = given.get(f"deed{number}") and given.get(f"way{number}") != "at"
            if is_away and not given.get(f"span{number}") and f"span{number}" not in self.errors:
                self.add_error(f"span{number}", _("Say how long."))
        given["ladder"] = list(self._ladder(given))
        keys = [(one["minutes"], one["deed"], one["team"]) for one in given["ladder"]]
        if len(set(keys)) < len(keys):
            self.add_error(None, _("A step stands in the ladder twice."))
        return given

    def fields_of_policy(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("name", "is_on", "channels", "types", "priorities", "tiers", "pauses", "reopening", "ladder")
        return {
            **{name: given[name] for name in (*names, *Target.values)},
            "work_types": [UUID(key) for key in given.get("work_types", ())],
            "is_open_time": given["counts"] != "all",
            "calendar": self.calendars.get(given["counts"]),
        }

    def _ladder(self, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        signs = {"before": -1, "at": 0, "after": 1}
        rungs = []
        for number in range(RUNGS):
            deed = given.get(f"deed{number}")
            if deed:
                sign = signs.get(given.get(f"way{number}", "at"), 0)
                minutes = sign * (given.get(f"span{number}") or 0)
                team = given.get(f"team{number}") if deed == SlaPolicy.Deed.TEAM else None
                rungs.append({"minutes": minutes, "deed": deed, "team": team or None})
        yield from sorted(rungs, key=lambda one: one["minutes"])


def span_of(minutes: int) -> str:
    """Minutes as people write them, in a way that can be read again."""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{rest} m" if rest else ""]
    return " ".join(part for part in parts if part) or "0"


def conditions_of(policy: SlaPolicy, kinds: Mapping[UUID, str]) -> str:
    """For which conversations it is meant; ``kinds`` of work by their names."""
    types, priorities = dict(Conversation.Type.choices), dict(Conversation.Priority.choices)
    parts = [
        ", ".join(str(CHANNELS[one][1]) for one in policy.channels if one in CHANNELS),
        ", ".join(str(types.get(one, one)) for one in policy.types),
        ", ".join(str(priorities.get(one, one)) for one in policy.priorities),
        ", ".join(policy.tiers),
        ", ".join(sorted(kinds[one] for one in policy.work_types if one in kinds)),
    ]
    return "; ".join(part for part in parts if part) or gettext("all conversations")


def targets_of(policy: SlaPolicy) -> str:
    """What it gives how long."""
    named = [(label, policy.minutes_of(target)) for target, label in Target.choices]
    return ", ".join(f"{label} {span_of(minutes)}" for label, minutes in named if minutes)


def _initial(policy: SlaPolicy) -> dict[str, Any]:
    counts = str(policy.calendar_id) if policy.calendar_id else "customer"
    found: dict[str, Any] = {
        **{
            name: getattr(policy, name)
            for name in ("name", "is_on", "channels", "types", "priorities", "pauses", "reopening")
        },
        **{name: policy.minutes_of(name) for name in Target.values},
        "tiers": ", ".join(policy.tiers),
        "work_types": [str(one) for one in policy.work_types],
        "counts": counts if policy.is_open_time else "all",
    }
    for number, rung in enumerate(policy.rungs[:RUNGS]):
        found |= {
            f"span{number}": abs(rung.minutes) or None,
            f"way{number}": "before" if rung.minutes < 0 else "after" if rung.minutes else "at",
            f"deed{number}": rung.deed,
            f"team{number}": str(rung.team) if isinstance(rung.team, UUID) else "",
        }
    return found
