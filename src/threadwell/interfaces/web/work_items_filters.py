"""Work items' filters: what a list of work or a board is narrowed to, kept in the address.

In:    the part of an address behind the question mark
Out:   a form to show, `finding.Filters` to ask with, the same address in its shortest form
Touch: reads customers that a filter names
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.filters import ME, NOBODY
from threadwell.interfaces.web.places import House, Named
from threadwell.kit import clock
from threadwell.record.fields.models import CustomField
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import members_of
from threadwell.record.work.finding import Filters
from threadwell.record.work.models import WorkItemType, WorkStatus
from threadwell.record.workplace.models import Agent

FIELD = "f_"  #: begins the name of a custom field's filter
STATES = (("", _("open")), ("closed", _("done or cancelled")), ("all", _("all")))
DUES = (
    ("", _("any time")),
    ("late", _("overdue")),
    ("today", _("today")),
    ("week", _("in seven days")),
    ("none", _("without a date")),
)
NOBODY_THERE = UUID(int=0)
MOST_PEOPLE = 50


class WorkFilterForm(forms.Form):
    """What is shown only. All of it may be left empty."""

    q = forms.CharField(label=_("Number or words"), max_length=200, required=False, widget=forms.SearchInput)
    type = forms.ChoiceField(label=_("Type"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    state = forms.ChoiceField(label=_("Shown"), choices=STATES, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    due = forms.ChoiceField(label=_("Due"), choices=DUES, required=False)
    customer = forms.CharField(label=_("Customer"), max_length=200, required=False)
    contact = forms.UUIDField(required=False, widget=forms.HiddenInput)
    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        given: Mapping[str, Any],
        *,
        house: House,
        kinds: list[WorkItemType],
        statuses: list[WorkStatus] = (),  # type: ignore[assignment]  # nothing to choose from
        fields: list[CustomField] = (),  # type: ignore[assignment]
        without: tuple[str, ...] = (),
    ) -> None:
        super().__init__(given)
        owners = [("", _("anybody")), (ME, _("Me")), (NOBODY, _("Nobody")), *_named(house.agents)]
        offered: dict[str, list[Any]] = {
            "type": [("", _("any")), *((one.key, one.name) for one in kinds)],
            "status": [("", _("any")), *((one.key, one.name) for one in statuses)],
            "owner": owners,
            "team": [("", _("any")), *_named(house.teams)],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.kinds = {one.key: one for one in kinds}
        self.statuses = {one.key: one for one in statuses}
        self.custom = {f"{FIELD}{one.key}": one for one in fields}
        for name, one in self.custom.items():
            self.fields[name] = _field_for(one)
        for name in (*without, *(() if statuses else ("status",))):
            del self.fields[name]

    def filters(self, agent: Agent) -> Filters:
        """What was asked for and can be understood; an address may be older than what it names."""
        self.full_clean()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        owner, state, due = asked.get("owner"), asked.get("state", ""), asked.get("due", "")
        contacts, organisations = _people(agent.workspace_id, asked)
        kind = self.kinds.get(asked.get("type", ""))
        status = self.statuses.get(asked.get("status", ""))
        return Filters(
            type=kind.pk if kind else None,
            status=status.pk if status else None,
            is_open=None if state == "all" or status else state != "closed",
            owner=agent.pk if owner == ME else UUID(owner) if owner and owner != NOBODY else None,
            is_unowned=owner == NOBODY,
            team=UUID(asked["team"]) if "team" in asked else None,
            is_late=due == "late",
            is_undated=due == "none",
            due_until=_midnight(1) if due == "today" else _midnight(8) if due == "week" else None,
            contacts=contacts,
            organisations=organisations,
            words=asked.get("q", ""),
            custom=[(self.custom[name], str(value)) for name, value in asked.items() if name in self.custom],
        )

    def query(self) -> str:
        """The address's part for these filters; one meaning, one spelling."""
        self.full_clean()
        return urlencode({name: str(value) for name, value in self.cleaned_data.items() if value})


def _people(workspace_id: UUID, asked: dict[str, Any]) -> tuple[list[UUID], list[UUID]]:
    """The customers that the filters name, by key or by letters."""
    contacts: list[UUID] = []
    organisations: list[UUID] = []
    for name, model, keys in (
        ("contact", Contact, contacts),
        ("organisation", Organisation, organisations),
    ):
        if name in asked:
            one: Any = model.objects.of(workspace_id).filter(pk=asked[name]).first()
            keys.extend(members_of(one) if one else [NOBODY_THERE])
    if text := asked.get("customer", "").strip():
        people = [one.pk for one in by_parts.contacts(workspace_id, text, most=MOST_PEOPLE)]
        contacts += _families(workspace_id, Contact, people)
        firms = [one.pk for one in by_parts.organisations(workspace_id, text, most=MOST_PEOPLE)]
        organisations += _families(workspace_id, Organisation, firms)
        if not contacts and not organisations:
            contacts = [NOBODY_THERE]
    return contacts, organisations


def _families(workspace_id: UUID, model: Any, keys: list[UUID]) -> list[UUID]:
    """These, and all that were merged into them."""
    rows = model.objects.of(workspace_id).filter(Q(pk__in=keys) | Q(one_with_id__in=keys))
    return list(rows.values_list("pk", flat=True)[: MOST_PEOPLE * 10])


def _field_for(one: CustomField) -> forms.Field:
    """Something to ask for rows with a value of a custom field."""
    if one.kind == CustomField.Kind.CHOICE:
        offered = [("", _("any")), *((choice, choice) for choice in one.choices)]
        return forms.ChoiceField(label=one.label, choices=offered, required=False)
    if one.kind == CustomField.Kind.CHECKBOX:
        offered = [("", _("any")), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(label=one.label, choices=offered, required=False)
    return forms.CharField(label=one.label, max_length=200, required=False)


def _named(some: list[Named]) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in some]


def _midnight(days: int) -> datetime:
    """When that day begins where the reader is."""
    day = timezone.localtime(clock.now()).date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time.min))
