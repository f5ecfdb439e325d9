"""Account forms: contacts and organisations as one enters and changes them.

In:    a record or nothing for a new one, what was typed
Out:   values by field, as `saying` takes them; what is wrong, beside its field
Touch: nothing
"""

from collections.abc import Mapping
from typing import Any, override

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web import custom_forms
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.forms import zones
from threadwell.interfaces.web.places import House, house_of
from threadwell.kit.errors import Invalid
from threadwell.record.fields import values
from threadwell.record.people import facts
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.people.one import standing

LANGUAGES = forms.TextInput(attrs={"placeholder": "de", "maxlength": 16, "autocomplete": "off"})


class AccountForm(forms.Form):
    """What contacts and organisations have alike."""

    kind: type[Account]
    about: str

    name = forms.CharField(label=_("Name"), max_length=200)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    tier = forms.CharField(
        label=_("Tier"),
        max_length=40,
        required=False,
        help_text=_("How much care it gets; a word your firm uses, such as gold."),
    )

    def __init__(self, request: Request, record: Any = None, given: Any = None, **first: Any) -> None:
        self.request, self.record = request, record
        self.custom_fields = values.fields_of(request.workspace, self.about)
        self.before: dict[str, Any] = record.custom if record else {}
        super().__init__(given, initial={**self._initial(), **first})
        house = house_of(request)
        self.fields |= custom_forms.fields_for(self.custom_fields, house, self.before)
        self.fields["owner"].choices = self._owners(house)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["owner"].required = request.workspace.is_owner_required
        self.done: values.Cleaned | None = None

    def _initial(self) -> dict[str, Any]:
        if self.record is None:
            return {"owner": str(self.request.agent.pk)}
        return {
            "name": self.record.name,
            "owner": str(self.record.owner_id or ""),
            "tier": self.record.tier,
            **custom_forms.initial_of(self.custom_fields, self.before),
        }

    def _owners(self, house: House) -> list[tuple[str, str]]:
        owners = [("", gettext("Nobody")), *((str(one.pk), one.name) for one in house.agents)]
        owner = self.record.owner if self.record else None
        if owner and str(owner.pk) not in dict(owners):
            owners.append((str(owner.pk), gettext("%(name)s (left)") % {"name": owner.name}))
        return owners

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        for name in self._plain():
            if name in given:
                try:
                    facts.cleaned(self.kind, name, given[name])
                except Invalid as wrong:
                    self.add_error(name, str(wrong.sentence))
        self.done = custom_forms.check(self, self.custom_fields, self.before)
        return given

    def _plain(self) -> list[str]:
        return [name for name in facts.names_of(self.kind) if name in self.fields]

    def values(self) -> dict[str, Any]:
        """What was given, by the fields' names; only what differs is said."""
        given: dict[str, Any] = {name: self.cleaned_data[name] for name in self._plain()}
        given["owner"] = given["owner"] or None
        assert self.done
        keys = self.done.values.keys() | self.before.keys()
        given |= {f"{facts.CUSTOM}{key}": self.done.values.get(key) for key in keys}
        return given

    def _organisation(self, name: str, before: Organisation | None) -> Organisation | None:
        """The organisation that was named; its own field says when there is none, or several."""
        text = " ".join((self.cleaned_data.get(name) or "").split())
        if not text:
            return None
        if before and before.name.casefold() == text.casefold():
            return before
        rows = Organisation.objects.of(self.request.workspace).filter(standing(), name__iexact=text)
        found = list(rows.order_by("pk")[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(
                _("There are several organisations of this name; merge them or rename one first.")
            )
        raise forms.ValidationError(
            _("There is no organisation “%(name)s”; enter it first."), params={"name": text[:60]}
        )


def _picked(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
    )


class ContactForm(AccountForm):
    """A person who speaks to us."""

    kind, about = Contact, "contact"

    organisation = _picked(_("Organisation"))
    language = forms.CharField(label=_("Language"), max_length=16, required=False, widget=LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    field_order: tuple[str, ...] = ("name", "organisation", "owner", "tier", "language", "zone")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["zone"].choices = [("", "–"), *zones()]  # type: ignore[attr-defined]  # a ChoiceField

    @override
    def _initial(self) -> dict[str, Any]:
        first = super()._initial()
        if self.record is None:
            return first
        within = self.record.organisation.name if self.record.organisation else ""
        return {
            **first,
            "organisation": within,
            "language": self.record.language,
            "zone": self.record.zone,
        }

    def clean_organisation(self) -> Organisation | None:
        return self._organisation("organisation", self.record.organisation if self.record else None)


class NewContactForm(ContactForm):
    """A person, and how they are first reached."""

    email = forms.CharField(
        label=_("E-mail"), max_length=320, required=False, widget=forms.TextInput(attrs={"type": "email"})
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    field_order = ("name", "email", "phone", "organisation", "owner", "tier", "language", "zone")


class OrganisationForm(AccountForm):
    """A firm or household."""

    kind, about = Organisation, "organisation"

    domains = forms.CharField(
        label=_("Domains"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "Whoever first writes from one of these belongs to it. One on each line, such as example.com."
        ),
    )
    parent = _picked(_("Belongs to"), _("The organisation above it."))
    field_order = ("name", "domains", "parent", "owner", "tier")

    @override
    def _initial(self) -> dict[str, Any]:
        first = super()._initial()
        if self.record is None:
            return first
        above = self.record.parent.name if self.record.parent else ""
        return {**first, "domains": "\n".join(self.record.domains), "parent": above}

    def clean_parent(self) -> Organisation | None:
        above = self._organisation("parent", self.record.parent if self.record else None)
        if above and self.record:
            try:
                facts.refuse_circle(self.record, str(above.pk))
            except Invalid as wrong:
                raise forms.ValidationError(str(wrong.sentence)) from wrong
        return above


def changed(form: AccountForm, record: Account) -> Mapping[str, Any]:
    """Of what was typed: what differs from what stands there."""
    given = {name: facts.cleaned(form.kind, name, value) for name, value in form.values().items()}
    return {name: value for name, value in given.items() if value != facts.value_of(record, name)}
