"""Custom fields: what a workspace keeps beside what everybody keeps.

In:    a noun, a name, a kind
Out:   the fields of each noun; a form for one
Touch: nothing but through `record.fields`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields import models, values
from threadwell.record.fields.models import CustomField
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.roles import May

PLACE = {"section": "custom_fields", "here": "settings"}
COUNTED: dict[str, Any] = {"contact": Contact, "organisation": Organisation, "conversation": Conversation}


class FieldForm(forms.Form):
    """A field as one defines it."""

    label = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For a choice from a list: one on each line."),
    )
    is_required = forms.BooleanField(label=_("Must be filled in"), required=False)
    help = forms.CharField(
        label=_("Help"), max_length=200, required=False, help_text=_("Stands below the field.")
    )

    def __init__(self, given: Any = None, *, field: CustomField | None = None) -> None:
        first = (
            {}
            if field is None
            else {
                "label": field.label,
                "kind": field.kind,
                "choices": "\n".join(field.choices),
                "is_required": field.is_required,
                "help": field.help,
            }
        )
        super().__init__(given, initial=first)
        if field:
            # What was written as one kind cannot be read as another.
            self.fields["kind"].disabled = True
            if field.kind != CustomField.Kind.CHOICE:
                del self.fields["choices"]

    @property
    def offered(self) -> list[str]:
        return str(self.cleaned_data.get("choices", "")).splitlines()


@allowed(May.MANAGE)
def index(request: Request) -> HttpResponse:
    """GET .../settings/fields/"""
    every = CustomField.objects.of(request.workspace).order_by("place", "pk")
    groups = [
        {
            "about": about,
            "name": name,
            "fields": [one for one in every if one.about == about and not one.archived_at],
            "archived": [one for one in every if one.about == about and one.archived_at],
        }
        for about, name in CustomField.About.choices
    ]
    return page(request, "settings/custom_fields.html", {"groups": groups, **PLACE})


@allowed(May.MANAGE)
def new(request: Request, about: str) -> HttpResponse:
    """GET .../settings/fields/<noun>/new/"""
    return _form(request, FieldForm(), _noun(about))


@allowed(May.MANAGE)
def create(request: Request, about: str) -> HttpResponse:
    """POST .../settings/fields/<noun>/new/"""
    form, noun = FieldForm(request.POST), _noun(about)
    if not form.is_valid():
        return _form(request, form, noun, status=422)
    given = form.cleaned_data
    try:
        field = models.define(
            request.workspace.pk,
            about,
            label=given["label"],
            kind=given["kind"],
            choices=form.offered,
            is_required=given["is_required"],
            help=given["help"],
            by=request.agent,
        )
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _form(request, form, noun, status=422)
    toast(request, gettext("The field “%(name)s” is there.") % {"name": field.label})
    return _back(request)


@allowed(May.MANAGE)
def show(request: Request, field_id: UUID) -> HttpResponse:
    """GET .../settings/fields/<id>/"""
    field = _one(request, field_id)
    return _form(request, FieldForm(field=field), field.get_about_display(), field=field)


@allowed(May.MANAGE)
def update(request: Request, field_id: UUID) -> HttpResponse:
    """POST .../settings/fields/<id>/"""
    field = _one(request, field_id)
    form = FieldForm(request.POST, field=field)
    if not form.is_valid():
        return _form(request, form, field.get_about_display(), field=field, status=422)
    given = form.cleaned_data
    try:
        field.change(
            label=given["label"],
            choices=form.offered,
            is_required=given["is_required"],
            help=given["help"],
            by=request.agent,
        )
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return _form(request, form, field.get_about_display(), field=field, status=422)
    toast(request, gettext("Saved."))
    return _back(request)


@allowed(May.MANAGE)
def archive(request: Request, field_id: UUID) -> HttpResponse:
    """DELETE .../settings/fields/<id>/: its values stay, and come back with it."""
    field = _one(request, field_id)
    field.archive(by=request.agent)
    told = gettext("“%(name)s” is asked for no longer.") % {"name": field.label}
    if count := _used(field):
        kept = ngettext(
            "The value of %(count)s record is kept.", "The values of %(count)s records are kept.", count
        )
        told = f"{told} {kept % {'count': count}}"
    undo = reverse("web:custom_field_back", args=[request.workspace.slug, field.pk])
    toast(request, told, undo=undo, level=messages.INFO)
    return _back(request)


@allowed(May.MANAGE)
def bring_back(request: Request, field_id: UUID) -> HttpResponse:
    """POST .../settings/fields/<id>/return/"""
    field = _one(request, field_id)
    field.bring_back(by=request.agent)
    toast(request, gettext("“%(name)s” is there again, with its values.") % {"name": field.label})
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": _home(request)})
    return _back(request)


@allowed(May.MANAGE)
def move(request: Request, field_id: UUID) -> HttpResponse:
    """POST .../settings/fields/<id>/place/: one up, or one down."""
    field = _one(request, field_id)
    order = [one.pk for one in values.fields_of(request.workspace, field.about)]
    if field.pk in order:
        here = order.index(field.pk)
        there = here - 1 if request.POST.get("way") == "up" else here + 1
        if 0 <= there < len(order):
            order[here], order[there] = order[there], order[here]
            models.arrange(request.workspace.pk, field.about, order, by=request.agent)
    return _back(request)


def _used(field: CustomField) -> int:
    model = COUNTED.get(field.about)
    return model.objects.of(field.workspace_id).filter(custom__has_key=field.key).count() if model else 0


def _noun(about: str) -> str:
    if about not in CustomField.About.values:
        raise Http404
    return str(CustomField.About(about).label)


def _one(request: Request, field_id: UUID) -> CustomField:
    field: CustomField | None = CustomField.objects.of(request.workspace).filter(pk=field_id).first()
    if field is None:
        raise Http404
    return field


def _form(
    request: Request, form: FieldForm, noun: str, *, field: CustomField | None = None, status: int = 200
) -> HttpResponse:
    facts = {"form": form, "noun": noun, "field": field, "used": _used(field) if field else 0, **PLACE}
    return page(request, "settings/custom_field.html", facts, status=status)


def _home(request: Request) -> str:
    return reverse("web:custom_fields", args=[request.workspace.slug])


def _back(request: Request) -> HttpResponse:
    return page(request, "settings/custom_fields.html", to=_home(request))
