"""Conversation fields: of which type a conversation is, and the fields a workspace gave to conversations.

In:    a conversation; what was typed
Out:   the panel beside it; the fields one can narrow the desk by
Touch: nothing but through `handling`
"""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import handling
from threadwell.interfaces.web import custom_forms, deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.record.conversations.models import Conversation, TypeOwner
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.workplace.roles import May


class DescribeForm(forms.Form):
    """The type, and the workspace's own fields."""

    type = forms.ChoiceField(label=_("Type"), choices=Conversation.Type)


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/fields/"""
    conversation = deeds.one(request, number)
    return _panel(request, conversation, _form(request, conversation))


@allowed(May.HANDLE)
def update(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/fields/"""
    conversation = deeds.one(request, number)
    form = _form(request, conversation, request.POST)
    if form.is_valid():
        done = custom_forms.check(form, _fields(request), conversation.custom)
        if done.is_good:
            deed = handling.Describe(type=form.cleaned_data["type"], custom=done.values)
            if undo := handling.handle([conversation], deed, by=request.agent):
                toast(request, gettext("Saved."), undo=deeds.way_back(request, undo))
            conversation = deeds.one(request, number)
            to = deeds.came_from(request) or deeds.home_of(request, conversation)
            return _panel(request, conversation, _form(request, conversation), to=to)
    return _panel(request, conversation, form, status=422)


@allowed(May.READ)
def filters(request: Request) -> HttpResponse:
    """GET .../conversations/fields/: what one can narrow the desk by, with what is asked for now."""
    asked = custom_forms.FilterFields(_fields(request), request.GET, house_of(request))
    return page(request, "desk/fields.html#filters", {"form": asked.form})


def _fields(request: Request) -> list[CustomField]:
    return fields_of(request.workspace, CustomField.About.CONVERSATION)


def _form(request: Request, conversation: Conversation, given: Any = None) -> DescribeForm:
    fields = _fields(request)
    initial = {"type": conversation.type, **custom_forms.initial_of(fields, conversation.custom)}
    form = DescribeForm(given, initial=initial, prefix=None)
    form.fields |= custom_forms.fields_for(fields, house_of(request), conversation.custom)
    if May.HANDLE not in request.agent.may:
        for field in form.fields.values():
            field.disabled = True
    return form


def _panel(
    request: Request,
    conversation: Conversation,
    form: DescribeForm,
    *,
    status: int = 200,
    to: str | None = None,
) -> HttpResponse:
    owners = TypeOwner.objects.of(request.workspace).select_related("team").filter(type=conversation.type)
    facts = {"conversation": conversation, "form": form, "looks_after": owners.first()}
    return page(request, "desk/fields.html#panel", facts, status=status, to=to)
