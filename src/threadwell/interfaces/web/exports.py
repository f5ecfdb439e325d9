"""Exports: everything a list shows as a file, and everything about one customer or organisation.

In:    the name of a list with its filters, a form; the key of a customer or of an organisation
Out:   CSV, XLSX, vCard, JSON, sent piece by piece
Touch: an Event for each file, for what left the house is worth knowing; an AuditEntry for each list
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.utils.timezone import get_current_timezone

from threadwell.flow import guarding, moving_out
from threadwell.interfaces.web.downloads import download, sent
from threadwell.interfaces.web.entrance import Request, allowed, caller_of
from threadwell.interfaces.web.export_rows import TABLES
from threadwell.interfaces.web.registers import CONTACTS, Asked
from threadwell.kit import clock, tables
from threadwell.record.people import lists
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import members_of, root_of, standing
from threadwell.record.workplace.roles import May

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_ONCE = 500


@allowed(May.READ, changes=None)
def show(request: Request, what: str, form: str) -> HttpResponseBase:
    """GET .../exports/<what>.<csv|xlsx|vcf>?filters of the list"""
    if form == "vcf" and what == "contacts":
        _noted(request, what, form)
        return download(request, _cards(request), _name(what, form), "text/vcard; charset=utf-8")
    if what not in TABLES or form not in ("csv", "xlsx"):
        raise Http404
    table, zone = TABLES[what](request), get_current_timezone()
    _noted(request, what, form)
    if form == "csv":
        lines = tables.csv_lines(table.header, table.rows, zone=zone)
        return download(request, lines, _name(what, form), "text/csv; charset=utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        tables.xlsx_file(table.header, table.rows, path, zone=zone)
        held = path.open("rb")  # stays readable when its name is gone
    held.seek(0, 2)
    return sent(request, held, _name(what, form), XLSX)


@allowed(May.READ, changes=None)
def customer(request: Request, contact_id: UUID, form: str) -> HttpResponseBase:
    """GET .../customers/<id>/export.<json|vcf>"""
    found = Contact.objects.of(request.workspace).filter(pk=contact_id).first()
    if found is None or form not in ("json", "vcf"):
        raise Http404
    contact = root_of(found)
    name = f"{slugify(contact.name) or 'customer'}.{form}"
    moving_out.note(contact, by=request.agent, form=form)
    if form == "json":
        return download(request, moving_out.customer_json(contact), name, "application/json")
    return download(request, [moving_out.card(contact).encode()], name, "text/vcard; charset=utf-8")


@allowed(May.READ, changes=None)
def organisation(request: Request, organisation_id: UUID, form: str) -> HttpResponseBase:
    """GET .../organisations/<id>/export.<json|vcf>"""
    found = Organisation.objects.of(request.workspace).filter(pk=organisation_id).first()
    if found is None or form not in ("json", "vcf"):
        raise Http404
    house = root_of(found)
    name = f"{slugify(house.name) or 'organisation'}.{form}"
    moving_out.note(house, by=request.agent, form=form)
    if form == "json":
        return download(request, moving_out.organisation_json(house), name, "application/json")
    people = Contact.objects.of(request.workspace).filter(standing(), organisation_id__in=members_of(house))
    rows: Any = lists.shown(people).order_by("pk").iterator(chunk_size=AT_ONCE)
    cards = (card.encode() for card in moving_out.cards(rows))
    return download(request, cards, name, "text/vcard; charset=utf-8")


def _cards(request: Request) -> Iterator[bytes]:
    asked = Asked(request, CONTACTS, request.GET)
    rows: Any = lists.shown(asked.rows).order_by("pk").iterator(chunk_size=AT_ONCE)
    return (card.encode() for card in moving_out.cards(rows))


def _noted(request: Request, what: str, form: str) -> None:
    moving_out.note(request.workspace, by=request.agent, what=what, form=form)
    guarding.note_taken(caller_of(request), what)


def _name(what: str, form: str) -> str:
    return f"{what}-{clock.now():%Y-%m-%d}.{form}"
