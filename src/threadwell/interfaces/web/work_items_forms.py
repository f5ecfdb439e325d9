"""Work items' forms: what one writes to begin or to change a piece of work.

In:    a kind of work, a workspace's people and fields, what was typed
Out:   checked values, as the verbs of a work item take them
Touch: reads customers, agents, teams, custom fields
"""

import re
from typing import Any, override
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.places import House
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import cleaned, fields_of
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Agent, Team

CUSTOM = "custom-"  #: begins the name of a custom field's input
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$|^\s*([^<>\s]+@[^<>\s]+)\s*$")


class WorkItemForm(forms.Form):
    """A piece of work."""

    title = forms.CharField(label=_("Title"), max_length=300)
    status = forms.ChoiceField(label=_("Status"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    due_at = forms.DateTimeField(
        label=_("Due"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, required=False, localize=False
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=_("Currency"),
        required=False,
        error_messages={"invalid": _("Three letters, such as EUR.")},
    )
    contact = forms.CharField(label=_("Contact"), max_length=500, required=False)
    contact_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    detail = forms.CharField(
        label=_("Description"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    link = forms.URLField(
        label=_("Link"),
        max_length=1000,
        required=False,
        assume_scheme="https",
        help_text=_("Where it stands in another system."),
    )

    def __init__(
        self,
        *args: Any,
        kind: WorkItemType,
        house: House,
        item: WorkItem | None = None,
        suggest: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.item = kind, item
        self.statuses = {str(one.pk): one for one in kind.statuses()}
        offered: dict[str, list[Any]] = {
            "owner": [("", _("Nobody")), *((str(one.pk), one.name) for one in house.agents)],
            "team": [("", _("None")), *((str(one.pk), one.name) for one in house.teams)],
            "status": [(key, one.name) for key, one in self.statuses.items() if one.is_open],
        }
        if item is not None:
            del self.fields["status"]
            # Who left, or handles nothing any more, keeps what is theirs until somebody else gets it.
            known = {key for key, _name in offered["owner"]}
            if item.owner and str(item.owner_id) not in known:
                offered["owner"].append((str(item.owner_id), item.owner.name))
        for name in offered.keys() & self.fields.keys():
            self.fields[name].choices = offered[name]  # type: ignore[attr-defined]  # a ChoiceField
        self.custom = fields_of(kind.workspace_id, CustomField.About.WORK_ITEM, of_type=kind.pk)
        for one in self.custom:
            self.fields[f"{CUSTOM}{one.key}"] = _input_for(one, house)
        for name, wide in _WIDTHS.items():
            if name in self.fields:
                self.fields[name].wide = wide  # type: ignore[attr-defined]  # read by the template
        self.fields["contact"].widget.attrs.update({"list": "known-contacts", **_ASKING, "hx-get": suggest})
        self.fields["organisation"].widget.attrs.update(list="known-organisations", autocomplete="off")

    @override
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["currency"] = (given.get("currency") or "").upper()
        if given.get("amount") is not None and not given["currency"]:
            given["currency"] = self.kind.currency
        given["contact"] = self._contact(given.get("contact", ""), given.get("contact_key"))
        given["organisation"] = self._organisation(given.get("organisation", ""))
        typed = {one.key: given.pop(f"{CUSTOM}{one.key}", None) for one in self.custom}
        kept = cleaned(self.custom, typed, before=self.item.custom if self.item else None)
        for key, wrong in kept.errors.items():
            self.add_error(f"{CUSTOM}{key}", wrong)
        given["custom"] = kept.values
        return given

    @property
    def facts(self) -> dict[str, Any]:
        """What `WorkItem.change` takes."""
        names = ("title", "detail", "due_at", "amount", "currency", "contact", "organisation", "link")
        return {**{name: self.cleaned_data[name] for name in names}, "custom": self.cleaned_data["custom"]}

    @property
    def chosen_owner(self) -> Agent | None:
        found: Agent | None = _one(Agent, self.kind.workspace_id, self.cleaned_data.get("owner"))
        return found

    @property
    def chosen_team(self) -> Team | None:
        found: Team | None = _one(Team, self.kind.workspace_id, self.cleaned_data.get("team"))
        return found

    def _contact(self, text: str, key: UUID | None) -> Contact | None:
        text = text.strip()
        if not text:
            return None
        rows = Contact.objects.of(self.kind.workspace_id).select_related("organisation")
        if key and (known := rows.filter(pk=key).first()) and contact_shown(known) == text:
            return known  # nothing was typed there
        if address := _ADDRESS.search(text):
            value = (address[1] or address[2]).casefold()
            owners = Identity.objects.of(self.kind.workspace_id).filter(kind="email", value=value)
            found: Contact | None = rows.filter(pk__in=owners.values("contact_id")).first()
            if found is None:
                self.add_error("contact", gettext("No customer has this address."))
            return found
        named = [
            one
            for one in by_parts.contacts(self.kind.workspace_id, text, most=20)
            if one.name.casefold() == text.casefold()
        ]
        if len(named) == 1:
            return rows.get(pk=named[0].pk)
        wrong = gettext("Several customers are called so; write the address.") if named else ""
        self.add_error("contact", wrong or gettext("No customer is called so; write the address."))
        return None

    def _organisation(self, name: str) -> Organisation | None:
        name = " ".join(name.split())
        if not name:
            return None
        rows = Organisation.objects.of(self.kind.workspace_id).filter(name__iexact=name)
        found: Organisation | None = rows.order_by("one_with", "pk").first()
        if found is None:
            self.add_error("organisation", gettext("There is no organisation of this name."))
        return found


def initial_of(item: WorkItem) -> dict[str, Any]:
    """A piece of work as its form shows it."""
    return {
        "title": item.title,
        "detail": item.detail,
        "due_at": item.due_at,
        "amount": item.amount,
        "currency": item.currency,
        "link": item.link,
        "owner": item.owner_id,
        "team": item.team_id,
        "contact": contact_shown(item.customer) if item.customer else "",
        "contact_key": item.customer.pk if item.customer else None,
        "organisation": item.firm.name if item.firm else "",
        **{f"{CUSTOM}{key}": value for key, value in item.custom.items()},
    }


def contacts_like(workspace_id: UUID, text: str) -> list[str]:
    """A few contacts that letters fit, as the field shows them."""
    return [contact_shown(one) for one in by_parts.contacts(workspace_id, text, most=8)]


def contact_shown(contact: Contact) -> str:
    """A contact as the field shows it: the name, with the address when there is one."""
    rows = Identity.objects.of(contact.workspace_id).filter(contact_id=contact.pk, kind="email")
    address = rows.order_by("made_at").values_list("value", flat=True).first()
    return f"{contact.name} <{address}>" if address else contact.name


#: What is typed is looked up, and offered below the field.
_ASKING = {
    "autocomplete": "off",
    "hx-trigger": "input changed delay:200ms",
    "hx-target": "#known-contacts",
    "hx-swap": "innerHTML",
}
#: How much of a line each takes.
_WIDTHS = {
    "status": "w2",
    "owner": "w2",
    "team": "w2",
    "due_at": "w2",
    "amount": "w2",
    "currency": "w2",
    "contact": "w3",
    "organisation": "w3",
}


def _input_for(one: CustomField, house: House) -> forms.Field:
    more: dict[str, Any] = {"label": one.label, "required": one.is_required, "help_text": one.help}
    field: Any
    match one.kind:
        case CustomField.Kind.CHOICE:
            offered = [("", "–"), *((choice, choice) for choice in one.choices)]
            field = forms.ChoiceField(choices=offered, **more)
        case CustomField.Kind.PERSON:
            people = [("", _("Nobody")), *((str(agent.pk), agent.name) for agent in house.agents)]
            field = forms.ChoiceField(choices=people, **more)
        case CustomField.Kind.CHECKBOX:
            field = forms.BooleanField(**{**more, "required": False})
        case CustomField.Kind.DATE:
            field = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more)
        case _:
            field = forms.CharField(max_length=2000, **more)
    field.wide = "w3"  # read by the template
    made: forms.Field = field
    return made


def _one(model: Any, workspace_id: UUID, key: str | None) -> Any:
    return model.objects.of(workspace_id).filter(pk=key).first() if key else None
