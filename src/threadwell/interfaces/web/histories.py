"""Histories: who said what a value is, what stood there before, and putting that back.

In:    a record, a field; a statement
Out:   the page of a value's history; the form of the record
Touch: nothing but through `provenance`
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web import contacts, organisations
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.registers import CONTACTS, ORGANISATIONS, Register
from threadwell.kit.errors import Invalid
from threadwell.record.fields import values
from threadwell.record.people import facts, provenance
from threadwell.record.people.models import Account, Organisation, Statement
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May


@allowed(May.READ)
def of_contact(request: Request, contact_id: UUID, name: str) -> HttpResponse:
    """GET .../customers/<id>/history/<field>/"""
    return _shown(request, contacts.one(request, contact_id), CONTACTS, name)


@allowed(May.READ)
def of_organisation(request: Request, organisation_id: UUID, name: str) -> HttpResponse:
    """GET .../organisations/<id>/history/<field>/"""
    return _shown(request, organisations.one(request, organisation_id), ORGANISATIONS, name)


@allowed(May.HANDLE)
def put_back(request: Request, statement_id: UUID) -> HttpResponse:
    """POST .../statements/<id>/standing/: that was right after all."""
    rows = Statement.objects.of(request.workspace).select_related("contact", "organisation")
    statement = rows.filter(pk=statement_id).first()
    if statement is None:
        raise Http404
    register = CONTACTS if statement.contact_id else ORGANISATIONS
    subject: Any = statement.contact or statement.organisation
    try:
        is_changed = provenance.put_back(subject, statement, by=request.agent)
    except Invalid as wrong:
        toast(request, str(wrong.sentence), level=messages.ERROR)
    else:
        toast(request, gettext("Put back.") if is_changed else gettext("It stands there already."))
    to = reverse(f"web:edit_{register.one}", args=[request.workspace.slug, subject.pk])
    return page(request, "customers/history.html", to=to)


def _shown(request: Request, record: Account, register: Register, name: str) -> HttpResponse:
    fields = {
        f"{facts.CUSTOM}{one.key}": one
        for one in values.fields_of(request.workspace, register.about, archived=True)
    }
    if name not in (*facts.names_of(register.model), *fields):
        raise Http404
    statements = provenance.history_of(record, name)
    names = _names(request, name, statements)
    own = fields.get(name)

    def told(value: Any) -> str:
        if own:
            return values.shown(own, value, names)
        if isinstance(value, list):
            return ", ".join(str(part) for part in value)
        return names.get(str(value), str(value)) if value else ""

    stands = next((one for one in statements if one.held and not one.taken_back_at), None)
    now = facts.value_of(record, name)
    return page(
        request,
        "customers/history.html",
        {
            "register": register,
            "record": record,
            "label": own.label if own else register.columns.get(name, gettext("Name")),
            "now": told(now),
            "statements": [
                {"said": one, "value": told(one.value), "stands": one is stands, "is_now": one.value == now}
                for one in statements
            ],
            "edit_url": reverse(f"web:edit_{register.one}", args=[request.workspace.slug, record.pk]),
            "here": "contacts",
        },
    )


def _names(request: Request, name: str, statements: list[Statement]) -> dict[str, str]:
    """Of values that are keys: what they name."""
    keys = {value for one in statements for value in (one.value, one.before) if isinstance(value, str)}
    model: Any = facts.KEYS.get(name, Agent if name.startswith(facts.CUSTOM) else None)
    if model is None:
        return {}
    known = []
    for key in keys:
        try:
            known.append(UUID(key))
        except ValueError:
            continue
    rows: Any = Organisation if model is Organisation else Agent
    return {
        str(pk): called
        for pk, called in rows.objects.of(request.workspace).filter(pk__in=known).values_list("pk", "name")
    }
