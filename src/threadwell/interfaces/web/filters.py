"""Filters: what a list is narrowed to, kept in the address.

In:    the part of an address behind the question mark
Out:   a form to show, `queues.Filters` to ask with, the same address in its shortest form
Touch: nothing
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.places import House, Named
from threadwell.interfaces.web.templatetags.threadwell import CHANNELS
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.queues import Filters
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.inboxes.models import Inbox

NOBODY = "nobody"
ME = "me"
CUSTOM = "custom-"  #: begins the name of a filter by a field of the workspace's own


class FilterForm(forms.Form):
    """What is shown only. All of it may be left empty."""

    q = forms.CharField(label=_("Words"), max_length=200, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    inbox = forms.ChoiceField(label=_("Inbox"), required=False)
    label = forms.CharField(label=_("Label"), max_length=60, required=False)
    priority = forms.ChoiceField(label=_("Priority at least"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    since = forms.DateField(label=_("Last message since"), required=False)
    until = forms.DateField(label=_("Last message until"), required=False)
    due = forms.ChoiceField(label=_("Deadline"), required=False)
    waiting = forms.BooleanField(label=_("Waiting for us"), required=False)
    unread = forms.BooleanField(label=_("Unread only"), required=False)
    attachment = forms.BooleanField(label=_("With a file"), required=False)

    def __init__(self, given: Mapping[str, Any], *, house: House, **kwargs: Any) -> None:
        super().__init__(given, **kwargs)
        channels = [(kind, CHANNELS[kind][1]) for kind in Inbox.Kind.values]
        choices: dict[str, list[Any]] = {
            "owner": [("", _("anybody")), (ME, _("Me")), (NOBODY, _("Nobody")), *_named(house.agents)],
            "team": [("", _("any")), *_named(house.teams)],
            "inbox": [("", _("any")), *_named(house.inboxes)],
            "priority": [("", _("any")), *Conversation.Priority.choices],
            "type": [("", _("any")), *Conversation.Type.choices],
            "channel": [("", _("any")), *channels],
            "due": [("", _("any")), ("overdue", _("Overdue")), ("soon", _("Due soon"))],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # a ChoiceField
        # A list of one says nothing.
        for name in ("inbox", "channel", "team"):
            if len(choices[name]) <= 2 and not self.data.get(name):  # "any" and one
                del self.fields[name]

    def filters(self, *, me: Any) -> Filters:
        """What was asked for and can be understood; an address may be older than what it names."""
        self.full_clean()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        owner = asked.get("owner")
        own = self.own
        return Filters(
            inbox=asked.get("inbox"),
            team=asked.get("team"),
            owner=me.pk if owner == ME else owner if owner != NOBODY else None,
            is_unowned=owner == NOBODY,
            label=asked.get("label", ""),
            priority=int(asked["priority"]) if "priority" in asked else None,
            type=asked.get("type", ""),
            channel=asked.get("channel", ""),
            due=asked.get("due", ""),
            is_waiting=bool(asked.get("waiting")),
            is_unread=bool(asked.get("unread")),
            has_attachment=bool(asked.get("attachment")),
            since=_midnight(asked.get("since")),
            until=_midnight(asked.get("until"), days=1),
            words=asked.get("q", ""),
            custom=tuple((one, own[one.key]) for one in _fields(me.workspace_id, own)),
        )

    @property
    def own(self) -> dict[str, str]:
        """By fields of the workspace's own: key, value."""
        return {
            name.removeprefix(CUSTOM): str(self.data[name])[:200]
            for name in self.data
            if name.startswith(CUSTOM) and self.data[name]
        }

    def query(self) -> str:
        """The address's part for these filters; one meaning, one spelling."""
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        own = {f"{CUSTOM}{key}": value for key, value in self.own.items()}
        plain = {name: "on" if value is True else str(value) for name, value in asked.items()}
        return urlencode({**plain, **own})


def narrows(given: Mapping[str, Any]) -> bool:
    """Whether an address asks for some of a list only."""
    return any(name in FilterForm.base_fields or name.startswith(CUSTOM) for name in given)


def _fields(workspace_id: UUID, own: Mapping[str, str]) -> list[CustomField]:
    if not own:
        return []
    fields = fields_of(workspace_id, CustomField.About.CONVERSATION)
    return [one for one in fields if one.key in own]


def _named(some: list[Named]) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in some]


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """When that day begins where the reader is."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
