"""Books: what the firm knew before its story begins: organisations, the people in them, fields of its own.

In:    the firm as it was made, its customers
Out:   organisations and contacts with owners, tiers, titles; who said so: an import from an older system
Touch: the tables of people, the fields of the workspace
"""

import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from threadwell.interfaces.commands.demo_firm.customers import Customer, Firm
from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.kit import clock
from threadwell.record.fields import models as fields
from threadwell.record.people import saying
from threadwell.record.people.models import Contact, Identity, Membership, Organisation, Source
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

TIERS = ("gold", "silver", "silver", "bronze", "bronze", "bronze")
WINDOWS = ("morning", "afternoon", "any time")
BEFORE = timedelta(days=400)
BECAUSE = "customers.csv of the old order book"


def write(staffed: Staffed, people: Collection[Customer]) -> None:
    """The books, as an earlier system left them."""
    known = [one for one in people if one.is_known]
    _define(staffed)
    firms = _firms(staffed, [one.firm for one in people if one.firm])
    contacts = _contacts(staffed, known, firms)
    _reached(staffed, known, contacts)
    _seated(staffed, known, contacts, firms)
    said: dict[str, Any] = {"source": Source.IMPORT, "because": BECAUSE, "at": clock.now() - BEFORE}
    saying.note_made(firms.values(), **said)
    saying.note_made(contacts.values(), **said)


def _define(staffed: Staffed) -> None:
    where = staffed.workspace.pk
    contact, organisation = fields.CustomField.About.CONTACT, fields.CustomField.About.ORGANISATION
    fields.define(where, contact, label="Delivery window", kind="choice", choices=WINDOWS)
    fields.define(where, contact, label="May sign for deliveries", kind="checkbox")
    fields.define(where, organisation, label="Sites", kind="number", help="How many we deliver to.")
    fields.define(where, organisation, label="Contract until", kind="date")


def _firms(staffed: Staffed, every: Iterable[Firm]) -> dict[Firm, Organisation]:
    owners, since = _owners(staffed), clock.now() - BEFORE
    firms = {}
    for one in dict.fromkeys(every):
        number = _number(one.host)
        contract = (clock.now() + timedelta(days=number % 700 - 60)).date().isoformat()
        firms[one] = Organisation(
            workspace=staffed.workspace,
            name=one.name,
            domains=[one.host],
            owner=owners[number % len(owners)],
            owner_since=since,
            tier=TIERS[number % len(TIERS)],
            custom={"sites": number % 9 + 1, "contract_until": contract},
            made_at=since,
            changed_at=since,
        )
    Organisation.objects.bulk_create(firms.values())
    return firms


def _contacts(
    staffed: Staffed, known: Sequence[Customer], firms: dict[Firm, Organisation]
) -> dict[str, Contact]:
    owners, since = _owners(staffed), clock.now() - BEFORE
    contacts = {}
    for one in known:
        number = _number(one.address)
        within = firms[one.firm] if one.firm else None
        contacts[one.address] = Contact(
            workspace=staffed.workspace,
            name=one.name,
            organisation=within,
            owner=within.owner if within else owners[number % len(owners)],
            owner_since=since,
            tier=within.tier if within else "",
            language=one.language,
            zone=one.zone,
            custom={"delivery_window": WINDOWS[number % len(WINDOWS)]},
            made_at=since,
            changed_at=since,
        )
    Contact.objects.bulk_create(contacts.values())
    return contacts


def _reached(staffed: Staffed, known: Sequence[Customer], contacts: dict[str, Contact]) -> None:
    kinds = ((Identity.Kind.EMAIL, "address"), (Identity.Kind.PHONE, "phone"))
    Identity.objects.bulk_create(
        Identity(
            workspace=staffed.workspace,
            contact=contacts[one.address],
            kind=kind,
            value=getattr(one, name).replace(" ", ""),
            shown=getattr(one, name),
            source="import",
            made_at=clock.now() - BEFORE,
        )
        for one in known
        for kind, name in kinds
    )


def _seated(
    staffed: Staffed, known: Sequence[Customer], contacts: dict[str, Contact], firms: dict[Firm, Organisation]
) -> None:
    first: set[Firm] = set()
    memberships = []
    for one in known:
        if one.firm:
            memberships.append(
                Membership(
                    workspace=staffed.workspace,
                    contact=contacts[one.address],
                    organisation=firms[one.firm],
                    title=one.role[:120],
                    is_key_contact=one.firm not in first,
                    since=(clock.now() - BEFORE - timedelta(days=_number(one.address) % 900)).date(),
                )
            )
            first.add(one.firm)
    Membership.objects.bulk_create(memberships)


def _owners(staffed: Staffed) -> list[Agent]:
    return [one for one in staffed.agents.values() if one.role in (Role.AGENT, Role.SUPERVISOR)]


def _number(text: str) -> int:
    """The same for the same text at every start."""
    return zlib.crc32(text.encode())
