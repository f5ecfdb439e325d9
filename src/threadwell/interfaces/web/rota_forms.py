"""Rota's forms: being out of office, working hours and capacity, skills, what work weighs.

In:    what was typed
Out:   checked values, as `rostering` takes them
Touch: nothing
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, override
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar
from threadwell.record.inboxes.models import Inbox
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.availability import MOST
from threadwell.record.rota.models import AgentSkill, Skill, Workload
from threadwell.record.rota.skills import BEST
from threadwell.record.workplace.models import Agent


class AbsenceForm(forms.Form):
    """From which day to which, who stands in, what becomes of open work."""

    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    deputy = forms.ChoiceField(
        label=_("Deputy"), required=False, help_text=_("Gets what is meant for them in the meantime.")
    )
    open_work = forms.ChoiceField(
        label=_("Open conversations"), choices=OpenWork.choices, initial=OpenWork.KEEP
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=120, help_text=_("Colleagues see it, customers do not.")
    )

    def __init__(self, *args: Any, deputies: Iterable[Agent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deputies = {str(one.pk): one for one in deputies}
        named = [(key, one.name) for key, one in self.deputies.items()]
        self.fields["deputy"].choices = [("", _("nobody")), *named]  # type: ignore[attr-defined]  # a ChoiceField

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("This is before the first day."))
        if given.get("open_work") == OpenWork.DEPUTY and not given.get("deputy"):
            self.add_error("deputy", _("Name the deputy who gets the open work."))
        return given

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "begins_at": _midnight(given["first_day"]),
            "ends_at": _midnight(given["last_day"] + timedelta(days=1)),
            "deputy": self.deputies.get(given["deputy"]),
            "open_work": given["open_work"],
            "reason": given["reason"],
        }


class LimitsForm(forms.Form):
    """How much somebody carries, and when they work."""

    capacity = forms.IntegerField(
        label=_("Capacity"),
        required=False,
        min_value=0,
        max_value=MOST,
        help_text=_("In points; empty: as the workspace. With 0 they get nothing by themselves."),
    )
    calendar = forms.ChoiceField(
        label=_("Working hours"),
        required=False,
        help_text=_("Outside of these hours nothing is given to them."),
    )

    def __init__(self, *args: Any, calendars: Iterable[Calendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendars = {str(one.pk): one for one in calendars}
        named = [(key, one.name) for key, one in self.calendars.items()]
        self.fields["calendar"].choices = [("", _("at any time")), *named]  # type: ignore[attr-defined]

    @property
    def calendar_chosen(self) -> Calendar | None:
        return self.calendars.get(self.cleaned_data["calendar"])


class SkillsForm(forms.Form):
    """A level for each skill, or none."""

    def __init__(self, *args: Any, skills: Iterable[Skill], known: Mapping[UUID, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [("", _("does not have it")), *((str(n), str(n)) for n in range(1, BEST + 1))]
        for skill in skills:
            self.fields[f"skill-{skill.pk}"] = forms.ChoiceField(
                label=skill.name, required=False, choices=levels, initial=str(known.get(skill.pk, ""))
            )

    @property
    def levels(self) -> dict[UUID, int]:
        return {
            UUID(name.removeprefix("skill-")): int(level)
            for name, level in self.cleaned_data.items()
            if level
        }


class SkillForm(forms.Form):
    """What a skill is called."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("A language, a product, a trade: “Danish”, “Metering”.")
    )


class WorkloadForm(forms.Form):
    """What a conversation weighs, how much an agent carries, when somebody counts as away."""

    capacity = forms.IntegerField(
        label=_("Capacity of an agent"),
        required=False,
        min_value=0,
        max_value=MOST,
        help_text=_("In points of what is open and theirs; empty: no limit."),
    )
    idle_minutes = forms.IntegerField(
        label=_("Minutes until away"),
        min_value=1,
        max_value=24 * 60,
        help_text=_("Who presses no key for so long counts as away until they are back."),
    )

    def __init__(self, given: Any = None, *, workload: Workload) -> None:
        initial: dict[str, Any] = {"capacity": workload.capacity, "idle_minutes": workload.idle_minutes}
        initial |= {f"channel-{key}": workload.channels.get(key, 1) for key in Inbox.Kind.values}
        initial |= {
            f"priority-{key}": workload.priorities.get(str(key), 0) for key in Conversation.Priority.values
        }
        super().__init__(given, initial=initial)
        for key, label in Inbox.Kind.choices:
            self.fields[f"channel-{key}"] = _points(label)
        for priority, label in Conversation.Priority.choices:
            self.fields[f"priority-{priority}"] = _points(label)

    @property
    def limits(self) -> list[forms.BoundField]:
        return [self["capacity"], self["idle_minutes"]]

    @property
    def by_channel(self) -> list[forms.BoundField]:
        return [self[f"channel-{key}"] for key in Inbox.Kind.values]

    @property
    def by_priority(self) -> list[forms.BoundField]:
        return [self[f"priority-{key}"] for key in Conversation.Priority.values]

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "capacity": given["capacity"],
            "idle_minutes": given["idle_minutes"],
            "channels": {key: given[f"channel-{key}"] for key in Inbox.Kind.values},
            "priorities": {str(key): given[f"priority-{key}"] for key in Conversation.Priority.values},
        }


def known_by(agent: Agent) -> dict[UUID, int]:
    """The levels of an agent, by skill."""
    rows = AgentSkill.objects.of(agent.workspace_id).filter(agent=agent)
    return dict(rows.values_list("skill_id", "level"))


def _points(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
