"""Closings: a conversation is done, or not done after all.

In:    a conversation's number; what its required fields shall hold
Out:   its head, and a way back; what is to be filled in before
Touch: nothing but through `handling`
"""

import json
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import custom_forms, deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.places import house_of
from threadwell.record.conversations import required
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.workplace.roles import May

FORM = "desk/closing.html#form"
ASKED = "asked"  #: our event: a form of that address is to be answered first


@allowed(May.HANDLE)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/closing/: what has to be filled in before."""
    conversation = deeds.one(request, number)
    fields = _wanting(request, conversation)
    return page(request, FORM, {"conversation": conversation, "form": _form(request, fields)})


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/closing/"""
    conversation = deeds.one(request, number)
    fields = _wanting(request, conversation)
    if not fields:
        return deeds.done(request, number, handling.Close(), gettext("Closed."))
    if not any(f"{custom_forms.PREFIX}{one.key}" in request.POST for one in fields):
        return _asked(request, number)
    form = _form(request, fields, request.POST)
    if form.is_valid():
        every = fields_of(request.workspace, CustomField.About.CONVERSATION)
        done = custom_forms.check(form, [one for one in every if one in fields], conversation.custom)
        if done.is_good:
            answer = deeds.done(request, number, handling.Close(custom=done.values), gettext("Closed."))
            if request.htmx:
                answer["HX-Retarget"] = f"#head-{conversation.pk}"
                answer["HX-Reswap"] = "outerHTML"
                answer["HX-Trigger"] = json.dumps({"done": {}})
            return answer
    return page(request, FORM, {"conversation": conversation, "form": form}, status=422)


@allowed(May.HANDLE)
def destroy(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/reopening/"""
    return deeds.done(request, number, handling.Reopen(), gettext("Open again."))


def _asked(request: Request, number: int) -> HttpResponse:
    """The way to the form: a dialog of this page, or a page."""
    address = reverse("web:closing", args=[request.workspace.slug, number])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({ASKED: {"url": address}})})
    return page(request, FORM, to=address)


def _wanting(request: Request, conversation: Conversation) -> list[CustomField]:
    if conversation.status == Conversation.Status.CLOSED:
        return []
    return required.missing(required.required_of(request.workspace.pk), conversation.custom)


def _form(request: Request, fields: list[CustomField], given: Any = None) -> forms.Form:
    form = forms.Form(given)
    form.fields |= custom_forms.fields_for(fields, house_of(request))
    return form
