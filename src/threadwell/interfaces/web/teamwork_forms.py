"""Teamwork's forms: what one writes to ask a third party, or to hand a conversation over.

In:    a workspace's people and teams, what was typed
Out:   checked values, as the journeys take them
Touch: nothing
"""

from datetime import datetime, timedelta
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _

from threadwell.flow import outbound
from threadwell.flow.handing_over import TEXT, Packet
from threadwell.interfaces.web.commitments_forms import due_field
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.places import house_of
from threadwell.kit import clock
from threadwell.record.workplace.models import Agent, Team

ADDRESSES = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}
WAITS = {
    "1": _("an hour"),
    "4": _("4 hours"),
    "24": _("a day"),
    "72": _("3 days"),
}


class LetterForm(forms.Form):
    """Words to a third party, and to whom else."""

    to = forms.CharField(
        label=_("To"),
        max_length=5000,
        help_text=_("With commas between addresses. The customer cannot be written to here."),
        widget=forms.TextInput(attrs=ADDRESSES),
    )
    cc = forms.CharField(
        label=_("Cc"), required=False, max_length=5000, widget=forms.TextInput(attrs=ADDRESSES)
    )
    text = forms.CharField(label=_("Message"), max_length=200_000, widget=forms.Textarea(attrs={"rows": 6}))

    @override
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for part in ("to", "cc"):
            given[part] = outbound.people_in(given.get(part, ""))
        return given


class AsideForm(LetterForm):
    """The first letter of a side conversation."""

    field_order = ("to", "cc", "subject", "text")

    subject = forms.CharField(
        label=_("Subject"),
        max_length=500,
        help_text=_("The customer's subject is not taken over; what you write here leaves the house."),
    )


class HandoverForm(forms.Form):
    """What the next owner needs to know."""

    receiver = forms.ChoiceField(label=_("Hand over to"))
    reason = forms.CharField(label=_("Why"), max_length=TEXT, widget=forms.Textarea(attrs={"rows": 2}))
    summary = forms.CharField(
        label=_("How it stands"), max_length=TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    next_step = forms.CharField(label=_("Next step"), required=False, max_length=TEXT)
    patience = forms.ChoiceField(
        label=_("Answer within"),
        choices=list(WAITS.items()),
        initial="4",
        help_text=_(
            "Later than that, you and the supervisors are told. Until it is accepted it stays yours."
        ),
    )
    answer_by = due_field(label=_("Or by"))

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        house = house_of(request)
        self.request = request
        people = [(f"agent:{one.pk}", one.name) for one in house.agents if one.pk != request.agent.pk]
        teams = [(f"team:{one.pk}", one.name) for one in house.teams]
        offered = [("", _("Choose")), (_("Colleagues"), people), (_("Teams"), teams)]
        self.fields["receiver"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField

    def packet(self) -> Packet:
        given = self.cleaned_data
        return Packet(reason=given["reason"], summary=given["summary"], next_step=given["next_step"])

    def to(self) -> dict[str, Any]:
        """Who is asked, as the journey takes it."""
        kind, _colon, key = self.cleaned_data["receiver"].partition(":")
        if kind == "team":
            return {"team": Team.objects.of(self.request.workspace).get(pk=key)}
        return {"agent": Agent.objects.of(self.request.workspace).get(pk=key)}

    def answer_by_when(self) -> datetime:
        at: datetime | None = self.cleaned_data["answer_by"]
        return at or clock.now() + timedelta(hours=int(self.cleaned_data["patience"]))
