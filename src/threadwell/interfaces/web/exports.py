"""Exports: everything a list shows as a file, and everything about one customer or organisation.

In:    the name of a list with its filters, a form; the key of a customer or of an organisation
Out:   CSV, XLSX, vCard, JSON, sent piece by piece
Touch: an Event for each file, for what left the house is worth knowing; an AuditEntry for each list

They are read on the replica where there is one (kit/replica.py).
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
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
from threadwell.kit import clock, replica, tables
from threadwell.record.people import lists
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import house_of, root_of, standing
from threadwell.record.workplace.roles import May

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VCARD = "text/vcard; charset=utf-8"
AT_ONCE = 500


@allowed(May.READ, changes=None)
def show(request: Request, what: str, form: str) -> HttpResponseBase:
    """GET .../exports/<what>.<csv|xlsx|vcf>?filters of the list"""
    if form == "vcf" and what == "contacts":
        response = _taken(request, lambda: _cards(request), _name(what, form), VCARD)
    elif what in TABLES and form in ("csv", "xlsx"):
        response = replica.read(lambda: _table(request, what, form))
    else:
        raise Http404
    moving_out.note(request.workspace, by=request.agent, what=what, form=form)
    guarding.note_taken(caller_of(request), what)
    return response


def _table(request: Request, what: str, form: str) -> HttpResponseBase:
    table, zone = TABLES[what](request), get_current_timezone()
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
    if form == "json":
        response = _taken(request, lambda: moving_out.customer_json(contact), name, "application/json")
    else:
        response = _taken(request, lambda: [moving_out.card(contact).encode()], name, VCARD)
    moving_out.note(contact, by=request.agent, form=form)
    return response


@allowed(May.READ, changes=None)
def organisation(request: Request, organisation_id: UUID, form: str) -> HttpResponseBase:
    """GET .../organisations/<id>/export.<json|vcf>"""
    found = Organisation.objects.of(request.workspace).filter(pk=organisation_id).first()
    if found is None or form not in ("json", "vcf"):
        raise Http404
    house = root_of(found)
    name = f"{slugify(house.name) or 'organisation'}.{form}"
    if form == "json":
        response = _taken(request, lambda: moving_out.organisation_json(house), name, "application/json")
    else:
        response = _taken(request, lambda: _cards_of(house), name, VCARD)
    moving_out.note(house, by=request.agent, form=form)
    return response


def _taken(
    request: Request, pieces: Callable[[], Iterable[bytes]], name: str, content_type: str
) -> HttpResponseBase:
    return replica.read(lambda: download(request, pieces(), name, content_type))


def _cards(request: Request) -> Iterator[bytes]:
    return _written(Asked(request, CONTACTS, request.GET).rows)


def _cards_of(house: Organisation) -> Iterator[bytes]:
    people = Contact.objects.of(house.workspace_id)
    return _written(people.filter(standing(), organisation_id__in=house_of(house)))


def _written(people: Any) -> Iterator[bytes]:
    rows: Any = lists.shown(people).order_by("pk").iterator(chunk_size=AT_ONCE)
    return (card.encode() for card in moving_out.cards(rows))


def _name(what: str, form: str) -> str:
    return f"{what}-{clock.now():%Y-%m-%d}.{form}"
