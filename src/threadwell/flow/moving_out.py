"""Moving out: customers as other programs take them.

In:    a contact, or several; an organisation
Out:   everything we hold about one as JSON, in pieces; vCards
Touch: an Event that says who took what with them
"""

import json
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from threadwell.kit import references, vcards
from threadwell.kit.tenancy import Owned
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.fields import seen
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.people.one import house_of, members_of
from threadwell.record.workplace.models import Agent

TOGETHER = 500
#: Not said to anybody: what search makes of words.
INNER = frozenset({"words", "subject_base", "workspace_id"})


def customer_json(contact: Contact) -> Iterator[bytes]:
    """All rows that speak of a customer, table by table: whoever they were merged from, too."""
    members = members_of(contact)
    yield b'{"contact": '
    yield _said(_plain(Contact.objects.of(contact.workspace_id).get(pk=contact.pk)))
    told: list[tuple[Any, Any]] = [
        (Contact, Contact.objects.of(contact.workspace_id).filter(pk__in=members[1:]))
    ]
    told += references.rows_about(Contact, contact.workspace_id, members)
    messages = Message.objects.of(contact.workspace_id).filter(contact_id__in=members)
    told.append(
        (Attachment, Attachment.objects.of(contact.workspace_id).filter(message_id__in=messages.values("pk")))
    )
    told.append((Event, Event.objects.of(contact.workspace_id).filter(about__in=members)))
    yield from _tables(told)
    yield b"}\n"


def organisation_json(organisation: Organisation) -> Iterator[bytes]:
    """All rows that speak of an organisation, of what stands below it and of all their people."""
    here = organisation.workspace_id
    members = house_of(organisation)
    yield b'{"organisation": '
    yield _said(_plain(Organisation.objects.of(here).get(pk=organisation.pk)))
    people = Contact.objects.of(here).filter(organisation_id__in=members)
    everybody = Contact.objects.of(here).filter(
        Q(pk__in=people.values("pk")) | Q(one_with__in=people.values("pk"))
    )
    keys = list(everybody.values_list("pk", flat=True))
    below = Organisation.objects.of(here).filter(pk__in=members[1:])
    told: dict[Any, Any] = {Organisation: below, Contact: everybody}
    for model, rows in references.rows_about(Organisation, here, members):
        told[model] = told[model] | rows if model in told else rows
    for model, rows in references.rows_about(Contact, here, keys):
        told[model] = told[model] | rows if model in told else rows
    messages = Message.objects.of(here).filter(Q(organisation_id__in=members) | Q(contact_id__in=keys))
    told[Attachment] = Attachment.objects.of(here).filter(message_id__in=messages.values("pk"))
    told[Event] = Event.objects.of(here).filter(about__in=[*members, *keys])
    yield from _tables(told.items())
    yield b"}\n"


def card(contact: Contact) -> str:
    """One customer as a vCard."""
    return next(cards([contact]))


def cards(contacts: Iterable[Contact]) -> Iterator[str]:
    """Customers as vCards, with the addresses and numbers of all that are one with them."""
    for piece in batched(contacts, TOGETHER):
        known = _known_by(piece)
        for one in piece:
            held = known.get(one.pk, [])
            yield vcards.card_of(
                uid=str(one.pk),
                name=one.name,
                emails=[each.shown for each in held if each.kind == Identity.Kind.EMAIL],
                phones=[each.shown for each in held if each.kind == Identity.Kind.PHONE],
                organisation=one.organisation.name if one.organisation else "",
                language=one.language,
                zone=one.zone,
            )


def note(about: Any, *, by: Agent, **facts: Any) -> None:
    """Somebody took data with them."""
    Event.objects.create(
        workspace_id=by.workspace_id, name="workspace.exported", about=about.pk, by=by, facts=facts
    )


def _tables(told: Iterable[tuple[Any, Any]]) -> Iterator[bytes]:
    for model, rows in told:
        yield f', "{model._meta.label_lower}": ['.encode()
        for number, row in enumerate(rows.order_by("pk").iterator(chunk_size=TOGETHER)):
            yield (b",\n" if number else b"\n") + _said(_plain(row))
        yield b"]"


def _known_by(piece: Iterable[Contact]) -> dict[UUID, list[Identity]]:
    roots = {one.pk: one.pk for one in piece}
    [workspace_id] = {one.workspace_id for one in piece}
    merged = Contact.objects.of(workspace_id).filter(one_with_id__in=roots)
    roots |= dict(merged.values_list("pk", "one_with_id"))
    found: dict[UUID, list[Identity]] = {}
    for one in Identity.objects.of(workspace_id).filter(contact_id__in=roots).order_by("pk"):
        found.setdefault(roots[one.contact_id], []).append(one)
    return found


def _plain(row: Owned) -> dict[str, Any]:
    return {name: seen.told(value) for name, value in _columns(row).items()}


def _columns(row: Owned) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in INNER and not isinstance(field, models.BinaryField)
    }


def _said(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False).encode("utf-8", "replace")
