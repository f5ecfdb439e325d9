"""Calendar forms: a week as people write it, closed days, who keeps to a calendar.

In:    what was typed
Out:   checked values, in the form that rows keep
Touch: nothing
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, override

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.forms import ZoneField
from threadwell.kit.opening_hours import DAY, BadHours, Span
from threadwell.record.hours.models import Calendar, Closure
from threadwell.record.hours.public_holidays import countries, country_names
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Team

DAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
MOST_SPANS = 8
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?:[:.](\d{2}))?")
_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class HoursField(forms.Field):
    """Spans of one day: "9-12:30, 13:30-17"; nothing for a closed one."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={**_TEXT, "placeholder": _("closed")})
        super().__init__(required=False, widget=widget, **more)

    @override
    def to_python(self, value: Any) -> Any:
        parts = [part.strip() for part in re.split(r"[,;]", str(value or "")) if part.strip()]
        if len(parts) > MOST_SPANS:
            raise forms.ValidationError(_("Eight spans a day are the most."))
        spans = sorted(_span(part) for part in parts)
        for one, following in pairwise(spans):
            if Span.of(*one).closes > Span.of(*following).opens:
                raise forms.ValidationError(_("Two spans of the day overlap."))
        return [list(one) for one in spans]

    @override
    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, list) else value

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


class CalendarForm(forms.Form):
    """Name, zone, week and public holidays of a calendar."""

    name = forms.CharField(label=_("Name"), max_length=80)
    zone = ZoneField()
    country = forms.ChoiceField(
        label=_("Public holidays of"), required=False, help_text=_("It is closed on them.")
    )
    region = forms.CharField(
        label=_("Region"),
        max_length=12,
        required=False,
        help_text=_("Its code, such as BY for Bavaria; empty for the holidays of the whole country."),
        widget=forms.TextInput(attrs=_TEXT),
    )

    def __init__(
        self, given: Any = None, *, calendar: Calendar | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        week = calendar.week if calendar else Calendar().week
        about = calendar or Calendar()
        known = {
            "name": about.name,
            "zone": about.zone,
            "country": about.country,
            "region": about.region,
            **{f"day{number}": spans for number, spans in enumerate(week)},
            **(initial or {}),
        }
        super().__init__(given, initial=known)
        zone: Any = self.fields["zone"]
        if about.zone and about.zone not in dict(zone.choices):
            zone.choices = [(about.zone, gettext("%(zone)s (gone)") % {"zone": about.zone}), *zone.choices]
        self.fields["country"].choices = [("", _("none")), *country_names()]  # type: ignore[attr-defined]  # a ChoiceField
        for number, name in enumerate(DAYS):
            self.fields[f"day{number}"] = HoursField(label=name)

    @property
    def facts(self) -> list[Any]:
        return [self[name] for name in ("name", "zone", "country", "region")]

    @property
    def days(self) -> list[Any]:
        return [self[f"day{number}"] for number in range(7)]

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        region = str(given.get("region", "")).strip().upper()
        known = countries().get(given.get("country", ""), ())
        by_code = {one.upper(): one for one in known}
        if region and region not in by_code:
            shown = ", ".join(known) or gettext("none")
            self.add_error("region", gettext("Regions of this country: %(regions)s.") % {"regions": shown})
        given["region"] = by_code.get(region, "")
        return given

    def fields_of_calendar(self) -> dict[str, Any]:
        return {
            "week": [self.cleaned_data[f"day{number}"] for number in range(7)],
            **{name: self.cleaned_data[name] for name in ("name", "zone", "country", "region")},
        }


class ClosureForm(forms.Form):
    """Days that are closed or differ."""

    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(label=_("What"), choices=Closure.Kind.choices)
    hours = HoursField(
        label=_("Hours"), help_text=_("Of other hours, or of the hours that are closed: 10-14")
    )
    reason = forms.CharField(label=_("Reason"), max_length=120)

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day") or given.get("first_day")
        if first and last and last < first:
            self.add_error("last_day", _("This is before the first day."))
        if first and last and (last - first).days > 366:
            self.add_error("last_day", _("A year is the most. Close the hours of the week instead."))
        given["last_day"] = last
        if given.get("kind") == Closure.Kind.CLOSED:
            given["hours"] = []
        elif not given.get("hours") and "hours" not in self.errors:
            self.add_error("hours", _("Say which hours, such as 10-14."))
        return given


class FeedForm(forms.Form):
    """An iCal address."""

    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.URLField(
        label=_("Address"),
        max_length=600,
        assume_scheme="https",
        help_text=_("Of a calendar in the iCal format. Each of its events closes this calendar."),
    )


class UsesForm(forms.Form):
    """Who keeps to it."""

    teams = forms.MultipleChoiceField(label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple)
    tiers = forms.CharField(
        label=_("Customers of these tiers"), required=False, max_length=400, help_text=_("Divided by commas.")
    )
    organisations = forms.CharField(
        label=_("Organisations"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Their names, one a line."),
    )

    def __init__(self, *args: Any, teams: Iterable[Team], workspace_id: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace_id = workspace_id
        self.by_id = {str(team.pk): team for team in teams}
        self.fields["teams"].choices = [(key, team.name) for key, team in self.by_id.items()]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_tiers(self) -> list[str]:
        tiers = {part.strip().casefold(): part.strip() for part in self.cleaned_data["tiers"].split(",")}
        return sorted(tier[:40] for tier in tiers.values() if tier)

    def clean_organisations(self) -> list[Organisation]:
        names = {line.strip() for line in self.cleaned_data["organisations"].splitlines() if line.strip()}
        found: dict[str, Organisation] = {}
        for name in sorted(names)[:200]:
            rows = Organisation.objects.of(self.workspace_id).filter(name__iexact=name, one_with=None)
            one = rows.order_by("made_at", "pk").first()
            if one is None:
                raise forms.ValidationError(
                    _("There is no organisation called “%(name)s”."), params={"name": name}
                )
            found[str(one.pk)] = one
        return list(found.values())

    @property
    def chosen_teams(self) -> list[Team]:
        return [self.by_id[key] for key in self.cleaned_data["teams"]]


def written(spans: Iterable[Any]) -> str:
    """Spans as one line of text."""
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)


def _span(part: str) -> tuple[str, str]:
    found = _SPAN.fullmatch(part.casefold())
    if not found:
        raise forms.ValidationError(
            _("“%(part)s” is not a span of time. Write it like 9:00-17:30."), params={"part": part}
        )
    opens, closes = (f"{int(found[at]):02d}:{found[at + 1] or '00'}" for at in (1, 3))
    try:
        span = Span.of(opens, closes)
    except BadHours as wrong:
        raise forms.ValidationError(
            _("“%(part)s”: a day has the hours from 0:00 to 24:00."), params={"part": part}
        ) from wrong
    if span.closes - span.opens > DAY:
        raise forms.ValidationError(_("A span is a day long at most."))
    return opens, closes
