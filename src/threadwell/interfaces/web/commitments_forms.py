"""Commitments' forms: what one writes to make a task, a promise or a decision, or to log a talk.

In:    a workspace's people and teams, what was typed
Out:   checked values, as the journeys take them
Touch: nothing
"""

from datetime import datetime, timedelta
from typing import Any, override
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from threadwell.flow.committing import NOTE, TITLE, WORDS
from threadwell.flow.logging_talks import Points, Talked
from threadwell.interfaces.web.entrance import Request
from threadwell.kit import clock
from threadwell.record.commitments.models import Talk
from threadwell.record.commitments.promise import Side
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import ALLOWED, May, Role

#: How long before its date a task reminds.
AHEAD = {"0": timedelta(0), "60": timedelta(hours=1), "1440": timedelta(days=1)}
NOTING = [role for role in Role if May.NOTE in ALLOWED[role]]


def due_field(**more: Any) -> forms.DateTimeField:
    """A moment of the reader's own clock."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(**{"label": _("Due"), "required": False, "widget": widget, **more})


class OwnedForm(forms.Form):
    """A form that offers colleagues and teams."""

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = Agent.objects.of(request.workspace).filter(left_at=None, role__in=NOTING).order_by("name")
        self.agents: dict[str, Agent] = {str(one.pk): one for one in agents[:1000]}
        self.teams: dict[str, Team] = {}
        if "team" in self.fields:
            self.teams = {
                str(one.pk): one for one in Team.objects.of(request.workspace).order_by("name")[:500]
            }
        offered = {
            "owner": [("", _("Nobody")), *((key, one.name) for key, one in self.agents.items())],
            "team": [("", _("None")), *((key, one.name) for key, one in self.teams.items())],
        }
        offered["agent"] = offered["owner"]
        for name in offered.keys() & self.fields.keys():
            self.fields[name].choices = offered[name]  # type: ignore[attr-defined]  # a ChoiceField

    def chosen(self, name: str) -> Any:
        """The agent or team that a menu named."""
        return (self.teams if name == "team" else self.agents).get(self.cleaned_data.get(name, ""))

    @property
    def zone(self) -> str:
        return timezone.get_current_timezone_name()


class TaskForm(OwnedForm):
    """Something that is to be done."""

    title = forms.CharField(label=_("What is to be done"), max_length=TITLE)
    due_at = due_field()
    remind = forms.ChoiceField(
        label=_("Remind"),
        required=False,
        choices=[
            ("", _("not at all")),
            ("0", _("when it is due")),
            ("60", _("an hour before")),
            ("1440", _("a day before")),
        ],
    )
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)

    def facts(self) -> dict[str, Any]:
        due_at = self.cleaned_data["due_at"]
        ahead = AHEAD.get(self.cleaned_data["remind"])
        return {
            "title": self.cleaned_data["title"],
            "owner": self.chosen("owner"),
            "team": self.chosen("team"),
            "due_at": due_at,
            "zone": self.zone,
            "remind_at": due_at - ahead if due_at and ahead is not None else None,
        }


class NoteForm(forms.Form):
    """How it was done, or how it went."""

    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


class PromiseForm(OwnedForm):
    """Somebody gave their word."""

    text = forms.CharField(
        label=_("What was promised"), max_length=WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    side = forms.ChoiceField(label=_("Whose word it is"), choices=Side.choices, initial=Side.US)
    due_at = due_field(label=_("By when"))
    agent = forms.ChoiceField(label=_("Who answers for it"), required=False)
    to_whom = forms.CharField(label=_("To whom"), max_length=200, required=False)

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "text": given["text"],
            "side": given["side"],
            "due_at": given["due_at"],
            "zone": self.zone,
            "agent": self.chosen("agent"),
            "to_whom": given["to_whom"],
        }


class DecisionForm(forms.Form):
    """Something was settled."""

    text = forms.CharField(
        label=_("What was decided"), max_length=WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    side = forms.ChoiceField(
        label=_("Who decided"),
        choices=[(Side.US, _("we")), (Side.CUSTOMER, _("the customer"))],
        initial=Side.US,
    )


class PointsForm(OwnedForm):
    """What was discussed and decided, and what comes next."""

    discussed = forms.CharField(
        label=_("What was said"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    decided = forms.CharField(
        label=_("Decided"), max_length=WORDS, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_step = forms.CharField(
        label=_("Next step"), max_length=TITLE, required=False, help_text=_("It becomes a task.")
    )
    due_at = due_field()
    owner = forms.ChoiceField(label=_("Who does it"), required=False)

    def points(self) -> Points:
        given = self.cleaned_data
        return Points(
            discussed=given["discussed"],
            decided=given["decided"],
            next_step=given["next_step"],
            owner=self.chosen("owner"),
            due_at=given["due_at"],
            zone=self.zone,
        )


class TalkForm(PointsForm):
    """A call, a visit or a meeting."""

    kind = forms.ChoiceField(label=_("What it was"), choices=Talk.Kind.choices, initial=Talk.Kind.CALL)
    direction = forms.ChoiceField(
        label=_("Who called"),
        choices=[(Message.Direction.IN, _("they did")), (Message.Direction.OUT, _("we did"))],
        initial=Message.Direction.IN,
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=0,
        max_value=24 * 60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    outcome = forms.ChoiceField(
        label=_("How it went"), choices=Talk.Outcome.choices, initial=Talk.Outcome.SPOKE
    )
    place = forms.CharField(label=_("Number or place"), max_length=200, required=False)
    at = due_field(label=_("When"), help_text=_("Empty: just now."))
    contact = forms.UUIDField(required=False, widget=forms.HiddenInput)
    into = forms.ChoiceField(label=_("Conversation"), required=False)

    field_order = (
        "kind",
        "direction",
        "minutes",
        "discussed",
        "decided",
        "next_step",
        "due_at",
        "owner",
        "outcome",
        "place",
        "at",
        "into",
        "contact",
    )

    def __init__(self, *args: Any, conversations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [("", _("a new one")), *conversations]  # type: ignore[attr-defined]

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        at: datetime | None = given.get("at")
        if at and at > clock.now() + timedelta(minutes=5):
            self.add_error("at", _("A talk that is written down has taken place."))
        return given

    def talked(self) -> Talked:
        given = self.cleaned_data
        return Talked(
            kind=given["kind"],
            direction=given["direction"],
            minutes=given["minutes"] or 0,
            place=given["place"],
            outcome=given["outcome"],
            at=given["at"],
            points=self.points(),
        )

    @property
    def contact_key(self) -> UUID | None:
        key: UUID | None = self.cleaned_data.get("contact")
        return key
