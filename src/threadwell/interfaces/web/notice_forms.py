"""Notice forms: by which ways one wants to be told, when not, and where a chat tool is.

In:    what somebody chose
Out:   forms; facts for NoticeWishes and NoticeWay
Touch: nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, override

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from threadwell.record.notices.models import By, Notice, NoticeWishes, When
from threadwell.record.workplace.models import Team

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of notice with a choice for each way."""

    name: str
    fields: tuple[forms.BoundField, ...]


class WishesForm(forms.Form):
    """One's own wishes."""

    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=TIME)
    quiet_until = forms.TimeField(
        label=_("until"),
        required=False,
        widget=TIME,
        help_text=_("In your time zone. Being called in to something overdue comes all the same."),
    )
    quiet_days = forms.TypedMultipleChoiceField(
        label=_("Quiet all day on"),
        required=False,
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    digest_at = forms.TimeField(label=_("What comes once a day comes at"), widget=TIME)
    second_by = forms.ChoiceField(
        label=_("If I have not seen it, also by"),
        required=False,
        choices=[("", pgettext_lazy("no second way", "nothing")), *By.choices],
    )
    second_after = forms.IntegerField(
        label=_("after so many minutes"), min_value=1, max_value=1440, widget=forms.NumberInput()
    )
    shows_words = forms.BooleanField(
        label=_("Show names and subjects on the screen of a locked device"), required=False
    )

    def __init__(self, given: Any = None, *, wishes: NoticeWishes) -> None:
        names = [name for name in self.base_fields if hasattr(wishes, name)]
        now = {name: getattr(wishes, name) for name in names}
        for kind, by in _choices():
            now[f"{kind}-{by}"] = wishes.when(kind, by)
        super().__init__(given, initial=now)
        for kind, by in _choices():
            self.fields[f"{kind}-{by}"] = forms.ChoiceField(
                choices=When.choices,
                label=gettext("%(kind)s, by %(way)s")
                % {"kind": Notice.Kind(kind).label, "way": By(by).label},
            )

    @override
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("quiet_from")) != bool(given.get("quiet_until")):
            self.add_error("quiet_until", _("Quiet hours need a beginning and an end."))
        return given

    def rows(self) -> Iterator[Row]:
        """The choices, a kind a row."""
        for kind in Notice.Kind:
            yield Row(name=str(kind.label), fields=tuple(self[f"{kind.value}-{by}"] for by in By.values))

    def rest(self) -> Iterator[forms.BoundField]:
        """What stands below the table."""
        return (self[name] for name in self.base_fields)

    def write(self, wishes: NoticeWishes) -> NoticeWishes:
        """What was chosen, on the row; not yet kept."""
        given = self.cleaned_data
        for name in self.base_fields:
            setattr(wishes, name, given[name])
        chosen: dict[str, dict[str, str]] = {}
        for kind, by in _choices():
            chosen.setdefault(kind, {})[by] = given[f"{kind}-{by}"]
        wishes.chosen = chosen
        return wishes


class RoomForm(forms.Form):
    """A room of a chat tool."""

    url = forms.CharField(
        label=_("Address of the room"),
        max_length=500,
        help_text=_(
            "As apprise writes it, such as slack://…, msteams://…, mmosts://host/token or ntfy://topic. "
            "It is kept encrypted."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label = forms.CharField(label=_("What you call it"), max_length=80)


class TeamRoomForm(RoomForm):
    """A room that a whole team reads."""

    team = forms.ChoiceField(label=_("Team"))
    field_order = ("team", "url", "label")

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(str(one.pk), one.name) for one in teams]  # type: ignore[attr-defined]


class BrowserForm(forms.Form):
    """What a browser gives when it lets itself be called (the Push API)."""

    endpoint = forms.URLField(max_length=1000, assume_scheme="https")
    p256dh = forms.RegexField(r"^[A-Za-z0-9_=-]{80,100}$")
    auth = forms.RegexField(r"^[A-Za-z0-9_=-]{20,30}$")


def _choices() -> Iterator[tuple[str, str]]:
    return ((kind, by) for kind in Notice.Kind.values for by in By.values)
