"""Identify: who is speaking?

In:    a Letter, and what we know of its sender (Acquaintance, looked up for a whole batch at once)
Out:   Sender (contact, identity, whether they are new, or one of us)
Touch: makes Contact and Identity rows for the pipeline to write
Never: merges two contacts by itself; and makes none for a machine's report.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from threadwell.channels.port import Address, Letter
from threadwell.flow.arrive.slips import Sender
from threadwell.kit import ids, tenancy
from threadwell.kit.pipeline import direct
from threadwell.record.people.models import Contact, Identity, Organisation


@dataclass(slots=True)
class Acquaintance:
    """The senders of a batch, as the workspace knows them; grows as the batch is read."""

    workspace_id: UUID
    contacts: dict[str, UUID] = field(default_factory=dict)  #: folded address -> contact
    agents: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[UUID, UUID | None] = field(default_factory=dict)  #: contact -> organisation
    domains: dict[str, UUID] = field(default_factory=dict)  #: of organisations, for whom we meet first


def acquaintance(workspace_id: UUID, letters: Iterable[Letter], others: Iterable[str] = ()) -> Acquaintance:
    """Look up who wrote these, and other addresses, in two queries; in a third where strangers belong."""
    addresses = {address_of(letter) for letter in letters} - {""} | set(others)
    asked = [workspace_id, list(addresses)]
    with tenancy.entered(workspace_id), direct() as cursor:
        known = cursor.execute(_KNOWN, asked).fetchall()
        agents = cursor.execute(_OURS, asked).fetchall()
    contacts = {value: contact_id for value, contact_id, _ in known}
    return Acquaintance(
        workspace_id=workspace_id,
        contacts=contacts,
        agents=dict(agents),
        organisations={contact_id: organisation_id for _, contact_id, organisation_id in known},
        domains=_domains(workspace_id, addresses - contacts.keys()),
    )


_KNOWN = """
    SELECT i.value, i.contact_id, c.organisation_id
    FROM people_identity AS i
    JOIN people_contact AS c ON c.workspace_id = i.workspace_id AND c.id = i.contact_id
    WHERE i.workspace_id = %s AND i.kind = 'email' AND i.value = ANY(%s::varchar[])
"""
_OURS = """
    SELECT u.email, a.id
    FROM workplace_agent AS a JOIN workplace_user AS u ON u.id = a.user_id
    WHERE a.workspace_id = %s AND a.left_at IS NULL AND u.email = ANY(%s::varchar[])
"""


def _domains(workspace_id: UUID, addresses: Collection[str]) -> dict[str, UUID]:
    """Which organisation has the domain of an address."""
    asked = {address.rpartition("@")[2] for address in addresses} - {""}
    if not asked:
        return {}
    rows = Organisation.objects.of(workspace_id).filter(domains__overlap=list(asked), one_with=None)
    found = rows.order_by("pk").values_list("pk", "domains")
    return {domain: key for key, domains in found for domain in domains if domain in asked}


def sender_of(
    letter: Letter, known: Acquaintance, *, may_be_colleague: bool = True, makes_contact: bool = True
) -> Sender:
    """Who the letter's From names: one of us, somebody we know, or a contact made now."""
    writer = _writer(letter)
    address = fold(writer.email)
    agent_id = known.agents.get(address) if may_be_colleague else None
    if agent_id or not makes_contact:
        return Sender(address=address, name=_called(writer), agent_id=agent_id)
    return contact_of(writer, known)


def contact_of(person: Address, known: Acquaintance) -> Sender:
    """The contact behind an address, made when we have never met."""
    address, name = fold(person.email), _called(person)
    if not address:
        return Sender(address="", name=name)
    if contact_id := known.contacts.get(address):
        organisation_id = known.organisations.get(contact_id)
        return Sender(address=address, name=name, contact_id=contact_id, organisation_id=organisation_id)

    organisation_id = known.domains.get(address.rpartition("@")[2])
    contact = Contact(
        id=ids.new(), workspace_id=known.workspace_id, name=name, organisation_id=organisation_id
    )
    identity = Identity(
        workspace_id=known.workspace_id,
        contact=contact,
        kind=Identity.Kind.EMAIL,
        value=address,
        shown=person.email[:320],
        source="mail",
        trust=Identity.Trust.SEEN,
    )
    known.contacts[address] = contact.pk
    known.organisations[contact.pk] = organisation_id
    return Sender(
        address=address,
        name=name,
        contact_id=contact.pk,
        organisation_id=organisation_id,
        new=(contact, identity),
    )


def _called(person: Address) -> str:
    return (person.name or person.email.partition("@")[0])[:200]


def address_of(letter: Letter) -> str:
    return fold(_writer(letter).email)


def fold(address: str) -> str:
    """An address as it is compared: case alone is dropped, for a dot or a tag may be another person."""
    return address.replace("\0", "").strip().casefold()[:320]


def is_one_of(address: str, ours: Collection[str]) -> bool:
    """Is this one of our inboxes' addresses, with or without a plus-tag?"""
    local, _, host = fold(address).rpartition("@")
    return f"{local.partition('+')[0]}@{host}" in ours or fold(address) in ours


def _writer(letter: Letter) -> Address:
    if letter.from_:
        return letter.from_[0]
    if letter.sender:
        return letter.sender
    return Address(name="", email="")
