"""Ladder forms: what shall be done while a customer stays silent, as people enter it.

In:    what was typed
Out:   checked values; the steps in words
Touch: nothing
"""

from typing import Any, override

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from threadwell.flow.acknowledging import LONGEST, When
from threadwell.flow.pursuing import FARTHEST, MOST_STEPS
from threadwell.record.followups.ladder import Deed, Rung, Unit
from threadwell.record.followups.models import FollowUpLadder

SHOWN = 6  #: steps that a new ladder offers

WHENS = (
    (When.NEVER, _("Nobody gets one")),
    (When.ALWAYS, _("Always")),
    (When.OPEN, _("Only within business hours")),
    (When.CLOSED, _("Only outside of business hours")),
)


class LadderForm(forms.Form):
    """A ladder with its steps."""

    name = forms.CharField(label=_("Name"), max_length=80)
    is_open_time = forms.BooleanField(
        label=_("Count business days and hours"),
        required=False,
        help_text=_("Steps then come while somebody is there."),
    )

    def __init__(self, given: Any = None, *, ladder: FollowUpLadder | None = None) -> None:
        rungs = list(ladder.rungs) if ladder else []
        initial: dict[str, Any] = {"is_open_time": True}
        if ladder:
            initial = {"name": ladder.name, "is_open_time": ladder.is_open_time}
        for number, rung in enumerate(rungs):
            initial |= {f"{name}{number}": value for name, value in rung.facts.items()}
        super().__init__(given, initial=initial)
        self.count = min(max(SHOWN, len(rungs) + 2), MOST_STEPS)
        deeds = [("", _("nothing")), *((key, capfirst(name)) for key, name in Deed.choices)]
        for number in range(self.count):
            place = {"n": number + 1}
            self.fields[f"amount{number}"] = forms.IntegerField(
                label=_("Step %(n)s: after") % place,
                min_value=1,
                max_value=max(FARTHEST.values()),
                required=False,
            )
            self.fields[f"unit{number}"] = forms.ChoiceField(
                label=_("of"), choices=Unit.choices, initial=Unit.DAYS, required=False
            )
            self.fields[f"deed{number}"] = forms.ChoiceField(label=_("What"), choices=deeds, required=False)
            self.fields[f"text{number}"] = forms.CharField(
                label=_("Text"),
                max_length=5000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
            )

    @property
    def rows(self) -> list[list[Any]]:
        names = ("amount", "unit", "deed", "text")
        return [[self[f"{name}{number}"] for name in names] for number in range(self.count)]

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        for number in range(self.count):
            deed = given.get(f"deed{number}")
            if deed and not given.get(f"amount{number}") and f"amount{number}" not in self.errors:
                self.add_error(f"amount{number}", _("Say after how long."))
            if deed and deed != Deed.CLOSE and not str(given.get(f"text{number}") or "").strip():
                self.add_error(f"text{number}", _("Say what shall be written or done."))
        return given

    def chosen(self) -> dict[str, Any]:
        """What `pursuing` is told."""
        given = self.cleaned_data
        rungs = [
            Rung(
                amount=given[f"amount{number}"],
                unit=given.get(f"unit{number}") or Unit.DAYS,
                deed=given[f"deed{number}"],
                text=given.get(f"text{number}") or "",
            )
            for number in range(self.count)
            if given.get(f"deed{number}")
        ]
        return {"name": given["name"], "is_open_time": given["is_open_time"], "rungs": rungs}


class AcknowledgementForm(forms.Form):
    """What an inbox says by itself to who writes for the first time."""

    when = forms.ChoiceField(label=_("Who writes for the first time gets a reply"), choices=WHENS)
    text = forms.CharField(
        label=_("What it says"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input"}),
        help_text=_("{name}, {first_name}, {subject} and {number} stand for what is known."),
    )
    text_closed = forms.CharField(
        label=_("What it says outside of business hours"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input"}),
        help_text=_("When empty: the same."),
    )


def in_words(rung: Rung) -> str:
    """A step as it is read: "3 days: write to the customer"."""
    if rung.unit == Unit.DAYS:
        span = ngettext("%(n)s day", "%(n)s days", rung.amount) % {"n": rung.amount}
    else:
        span = ngettext("%(n)s hour", "%(n)s hours", rung.amount) % {"n": rung.amount}
    return f"{span}: {Deed(rung.deed).label}"
