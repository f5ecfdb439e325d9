"""Custom forms: the fields a workspace defined, as fields of a form and as filters of a list.

In:    custom fields, the values there are, what was typed
Out:   form fields named ``custom-<key>``; checked values; the filters that were asked for
Touch: nothing
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.places import House
from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.workplace.models import Agent

PREFIX = "custom-"
_YES_NO = [("", "–"), ("yes", _("yes")), ("no", _("no"))]
_TYPED: dict[str, dict[str, str]] = {
    CustomField.Kind.DATE: {"type": "date"},
    CustomField.Kind.NUMBER: {"inputmode": "decimal"},
    CustomField.Kind.LINK: {"inputmode": "url", "placeholder": "https://"},
}


def fields_for(
    fields: Sequence[CustomField], house: House, custom: Mapping[str, Any] | None = None
) -> dict[str, forms.Field]:
    """The form fields, to be added to a form; ``custom`` holds the values there are."""
    before = custom or {}
    return {
        f"{PREFIX}{one.key}": _field(one, house, is_required=one.is_required, before=before.get(one.key))
        for one in fields
    }


def told(fields: Sequence[CustomField], custom: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The fields that have a value, as people read them: name, value, whether it is a link."""
    people = [key for one in fields if one.kind == CustomField.Kind.PERSON and (key := custom.get(one.key))]
    names: dict[str, str] = {}
    if people:
        seats = Agent.objects.of(fields[0].workspace_id).filter(pk__in=people)
        names = {str(key): name for key, name in seats.values_list("pk", "name")}
    said = ((one, values.shown(one, custom.get(one.key), names)) for one in fields)
    return [(one.label, text, one.kind == CustomField.Kind.LINK) for one, text in said if text]


def initial_of(fields: Sequence[CustomField], custom: Mapping[str, Any]) -> dict[str, Any]:
    """What the form fields show at first."""
    return {f"{PREFIX}{one.key}": _typed(one, custom.get(one.key)) for one in fields}


def given_in(fields: Sequence[CustomField], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What a form was given for the fields, as `values.cleaned` takes it."""
    return {one.key: cleaned[name] for one in fields if (name := f"{PREFIX}{one.key}") in cleaned}


def check(form: forms.Form, fields: Sequence[CustomField], before: Mapping[str, Any]) -> values.Cleaned:
    """Check what the form was given, and put what is wrong beside its field."""
    done = values.cleaned(fields, given_in(fields, form.cleaned_data), before=before)
    for key, wrong in done.errors.items():
        name = f"{PREFIX}{key}"
        if name in form.fields and name not in form.errors:
            form.add_error(name, wrong)
    return done


class FilterFields:
    """The filters of a list by custom fields."""

    def __init__(self, fields: Sequence[CustomField], given: QueryDict, house: House) -> None:
        self.form = forms.Form(given)
        self.form.fields |= {
            f"{PREFIX}{one.key}": _field(one, house, is_required=False, is_filter=True) for one in fields
        }
        self.form.full_clean()
        typed = {one.key: str(self.form.cleaned_data.get(f"{PREFIX}{one.key}") or "") for one in fields}
        self.asked = tuple((one, typed[one.key]) for one in fields if typed[one.key])
        self.query = {f"{PREFIX}{one.key}": text for one, text in self.asked}


def _field(
    one: CustomField, house: House, *, is_required: bool, is_filter: bool = False, before: Any = None
) -> forms.Field:
    common: dict[str, Any] = {
        "label": one.label,
        "help_text": "" if is_filter else one.help,
        "required": is_required,
    }
    choices = _choices(one, house, before)
    if choices is not None:
        return forms.ChoiceField(choices=choices, **common)
    widget = forms.TextInput(attrs=_TYPED.get(one.kind, {}))
    return forms.CharField(max_length=values.LONGEST, widget=widget, **common)


def _choices(one: CustomField, house: House, before: Any) -> list[Any] | None:
    offered: list[Any]
    match one.kind:
        case CustomField.Kind.CHECKBOX:
            return _YES_NO
        case CustomField.Kind.CHOICE:
            offered = [(name, name) for name in one.choices]
        case CustomField.Kind.PERSON:
            offered = [(str(who.pk), who.name) for who in house.agents]
        case _:
            return None
    if before and before not in dict(offered):
        # No longer offered; where it stands it may stay.
        names = {} if one.kind == CustomField.Kind.PERSON else {str(before): before}
        offered.append((before, names.get(str(before)) or values.shown(one, before)))
    return [("", "–"), *offered]


def _typed(one: CustomField, value: Any) -> Any:
    if value is None:
        return ""
    if one.kind == CustomField.Kind.CHECKBOX:
        return "yes" if value else "no"
    return value
