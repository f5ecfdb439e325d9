"""Interactions: rows of past talk become messages in conversations that are over.

In:    rows, the House they are read by
Out:   Interactions (checked); a Tally of what was written
Touch: Message, Conversation, Contact, Identity, Origin, Word
Never: an event for a row, somebody who waits, or anything sent. Times are those of the table.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from threadwell.channels.email import subjects
from threadwell.flow.carry import shared, values
from threadwell.flow.carry.callers import Caller, Callers
from threadwell.flow.carry.shared import Key
from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.kit import ids
from threadwell.kit.errors import Invalid
from threadwell.kit.pipeline import Pipeline
from threadwell.record.conversations import wording
from threadwell.record.conversations.models import Conversation, Counter, Message
from threadwell.record.conversations.wording import Wording
from threadwell.record.imports.models import Origin
from threadwell.record.people.known_as import normalised
from threadwell.record.people.models import Identity

LONGEST_ID = 200
PREVIEW = 200
MESSAGE, CONVERSATION = "message", "conversation"
_LINES = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One row, understood."""

    external_id: str
    conversation: str  #: the number of its conversation in the other system, or one made of what it says
    at: datetime
    direction: str
    channel: str
    writer: tuple[str, str]
    reader: tuple[str, str]
    subject: str
    subject_base: str
    text: str
    agent_id: UUID | None
    caller: Caller


def read(said: Said, house: House) -> Interaction | None:
    """What a row says; nothing when it cannot be used, then ``said`` knows why."""
    at = said.read("at", partial(values.moment, order=house.orders.get("at", ""), zone=house.zone), None)
    if at is None and not said.problems:
        said.refuse("at", _("It does not say when."))
    direction = said.read("direction", values.direction, "in")
    channel = said.read("channel", values.channel, "email")
    subject = said.read("subject", partial(values.shortened, most=900), "")
    text = _LINES.sub("\n", said.plain("text"))
    if not subject and not text:
        said.refuse("text", _("It says nothing: no subject and no text."))
    writer, reader = values.person(said.plain("from")), values.person(said.plain("to"))
    writer = (said.plain("from_name")[:200] or writer[0][:200], writer[1][:320])
    keys, shown = _keys_of(said, house, writer if direction == "in" else reader)
    if not keys and not said.problems:
        said.refuse("", _("It does not say with whom: an e-mail, a number or a number in the other system."))
    if said.problems or at is None:
        return None
    base = subjects.read(subject).base
    told = "\x1f".join((at.isoformat(), direction, channel, *writer, *reader, subject, text, *shown))
    customer = said.plain("contact_name") or (writer[0] if direction == "in" else reader[0])
    return Interaction(
        external_id=_fitted(said.plain("external_id")) or _digest(told),
        conversation=_fitted(said.plain("conversation")) or _digest(f"{keys[0]}\x1f{channel}\x1f{base}"),
        at=at,
        direction=direction,
        channel=channel,
        writer=writer,
        reader=reader,
        subject=subject,
        subject_base=base[:200],
        text=text,
        agent_id=_agent_of(said, house, writer) if direction != "in" else None,
        caller=Caller(keys=keys, shown=shown, name=customer[:200]),
    )


def known(house: House, batch: Sequence[Interaction]) -> int:
    """How many of the batch are here already."""
    here = _here(house, batch)
    return sum(one.external_id in here for one in batch)


def write(house: House, batch: Sequence[Interaction]) -> Tally:
    """Write a batch, in the current transaction; what is here already stays as it is."""
    here = _here(house, batch)
    fresh = {one.external_id: one for one in batch if one.external_id not in here}
    people = Callers.of(house, [one.caller for one in fresh.values()])
    homes = _homes(house, fresh.values(), people)
    said = [_message_of(one, house, people, homes[one.conversation]) for one in fresh.values()]
    line = Pipeline(house.workspace_id)
    line.insert(*(message for message, _words in said))
    line.insert(
        *(
            _origin(house, MESSAGE, one.external_id, message.pk)
            for one, (message, _words) in zip(fresh.values(), said, strict=True)
        )
    )
    line.write()
    new = sorted({word for _message, words in said for word in wording.unlearned(house.workspace_id, words)})
    if new:
        # Last, for two may learn the same word, and then one waits for the other.
        with connection.cursor() as cursor:
            cursor.execute(wording.LEARN, [house.workspace_id, new])
    return Tally(made=len(fresh), same=len(batch) - len(fresh))


def _message_of(
    one: Interaction, house: House, people: Callers, conversation_id: UUID
) -> tuple[Message, Wording]:
    contact_id = people.contact_of(one.caller.keys)
    is_out = one.direction == Message.Direction.OUT
    ours = house.inbox_address if one.channel == "email" else ""
    sender = one.writer[1] or (ours if is_out else "")
    reader = one.reader[1] or ("" if is_out else ours)
    outside = [address for address in (sender, reader) if address and address.casefold() != ours.casefold()]
    message = Message(
        id=ids.new(),
        workspace_id=house.workspace_id,
        conversation_id=conversation_id,
        direction=one.direction,
        channel=one.channel,
        contact_id=contact_id,
        organisation_id=people.organisations.get(contact_id),
        agent_id=one.agent_id,
        from_name=one.writer[0] or (one.caller.name if one.direction == "in" else ""),
        from_address=sender,
        recipients={"to": [{"name": one.reader[0], "email": reader}]} if reader or one.reader[0] else {},
        subject=one.subject,
        text=one.text,
        facts={"imported": True},
        joined_by="import",
        joined_because=house.name[:300],
        state=Message.State.SENT if is_out else Message.State.RECEIVED,
        subject_base=one.subject_base,
        people=sorted({address.casefold() for address in outside}) if one.direction != "note" else [],
        at=one.at,
        dated_at=one.at,
    )
    said = wording.wording_of(
        subject=one.subject,
        text=one.text,
        writer=(message.from_name, sender),
        recipients=(one.reader[0], reader),
    )
    message.words = said.vector
    return message, said


def _homes(house: House, batch: Iterable[Interaction], people: Callers) -> dict[str, UUID]:
    """The conversation of each number; made, or told what is new in it."""
    groups: dict[str, list[Interaction]] = defaultdict(list)
    for one in batch:
        groups[one.conversation].append(one)
    there = dict(
        _origins(house, CONVERSATION).filter(external_id__in=groups).values_list("external_id", "about")
    )
    fresh = {key: ids.new() for key in groups if key not in there}
    numbers = Counter.reserve(house.workspace_id, "conversation", len(fresh)) if fresh else range(0)
    Conversation.objects.bulk_create(
        _conversation_of(fresh[key], number, groups[key], house, people)
        for key, number in zip(fresh, numbers, strict=True)
    )
    Origin.objects.bulk_create(_origin(house, CONVERSATION, key, about) for key, about in fresh.items())
    _tell_those_there(house, {there[key]: groups[key] for key in there})
    return there | fresh


def _conversation_of(
    key: UUID, number: int, said: Sequence[Interaction], house: House, people: Callers
) -> Conversation:
    in_order = sorted(said, key=lambda one: one.at)
    spoken = [one for one in in_order if one.direction != "note"] or in_order
    contact_id = people.contact_of(in_order[0].caller.keys)
    return Conversation(
        id=key,
        workspace_id=house.workspace_id,
        number=number,
        subject=next((one.subject for one in in_order if one.subject), "")[:500] or in_order[0].text[:80],
        subject_base=in_order[0].subject_base,
        status=Conversation.Status.CLOSED,
        closed_at=in_order[-1].at,
        inbox_id=_inbox_of(house),
        contact_id=contact_id,
        organisation_id=people.organisations.get(contact_id),
        owner_id=next((one.agent_id for one in reversed(in_order) if one.agent_id), None),
        participants=_outside(spoken),
        preview=spoken[-1].text[:PREVIEW],
        message_count=sum(one.direction != "note" for one in said),
        last_word=_party(spoken[-1]),
        last_message_at=spoken[-1].at,
        made_at=in_order[0].at,
    )


# A conversation that went on here since then is not told what it should look like.
_TELL = """
    UPDATE conversations_conversation c SET
        message_count = c.message_count + d.count,
        preview = CASE WHEN d.last_at >= c.last_message_at THEN d.preview ELSE c.preview END,
        last_word = CASE
            WHEN c.status = 'closed' AND d.last_at >= c.last_message_at THEN d.party ELSE c.last_word END,
        closed_at = CASE WHEN c.status = 'closed' THEN greatest(c.closed_at, d.last_at) ELSE c.closed_at END,
        participants = ARRAY(
            SELECT DISTINCT unnest(c.participants || string_to_array(d.people, ' ')::varchar[]) LIMIT 100),
        last_message_at = greatest(c.last_message_at, d.last_at),
        made_at = least(c.made_at, d.first_at)
    FROM unnest(
        %s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]
    ) AS d (id, count, preview, party, people, first_at, last_at)
    WHERE c.workspace_id = %s AND c.id = d.id
"""


def _tell_those_there(house: House, groups: dict[UUID, list[Interaction]]) -> None:
    told = []
    for key in sorted(groups):  # always in one order, or two imports would wait for each other
        spoken = [one for one in sorted(groups[key], key=lambda one: one.at) if one.direction != "note"]
        if spoken:
            last = spoken[-1]
            people = " ".join(_outside(spoken))
            told.append((key, len(spoken), last.text[:PREVIEW], _party(last), people, spoken[0].at, last.at))
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [*map(list, zip(*told, strict=True)), house.workspace_id])


def _inbox_of(house: House) -> UUID:
    if house.inbox_id is None:
        raise Invalid(_("The inbox that the conversations belong to is not there any more."))
    return house.inbox_id


def _outside(said: Iterable[Interaction]) -> list[str]:
    """The customers' addresses."""
    found = {
        address.casefold()
        for one in said
        if (address := (one.writer if one.direction == "in" else one.reader)[1])
    }
    return sorted(found)[:100]


def _party(one: Interaction) -> str:
    return Conversation.Party.US if one.direction == "out" else Conversation.Party.CONTACT


def _here(house: House, batch: Iterable[Interaction]) -> set[str]:
    found = _origins(house, MESSAGE).filter(external_id__in=[one.external_id for one in batch])
    return set(found.values_list("external_id", flat=True))


def _keys_of(said: Said, house: House, person: tuple[str, str]) -> tuple[tuple[Key, ...], tuple[str, ...]]:
    found: dict[Key, str] = {}
    if number := said.plain("contact_id"):
        found[Identity.Kind.EXTERNAL, shared.external_value(house.system, number)] = number
    for name, kind in (("contact_email", Identity.Kind.EMAIL), ("contact_phone", Identity.Kind.PHONE)):
        if value := said.read(name, partial(_value, kind, house), ""):
            found[kind, value] = said.plain(name)
    name, address = person
    if not found and address:
        kind = Identity.Kind.EMAIL if "@" in address else Identity.Kind.PHONE
        field = "from" if said.values.get("from") and address in said.plain("from") else "to"
        if value := said.read(field, lambda _cell: _value(kind, house, address), ""):
            found[kind, value] = address
    return tuple(found), tuple(found.values())


def _value(kind: str, house: House, cell: object) -> str:
    return normalised(kind, values.text(cell), house.region)


def _agent_of(said: Said, house: House, writer: tuple[str, str]) -> UUID | None:
    """The colleague who wrote; one who has left, or never sat here, is a name only."""
    named = (said.plain("agent"), writer[1], writer[0])
    return next((house.agents[one.casefold()] for one in named if one.casefold() in house.agents), None)


def _fitted(external_id: str) -> str:
    return external_id if len(external_id) <= LONGEST_ID else _digest(external_id)


def _digest(told: str) -> str:
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()[:40]}"


def _origins(house: House, kind: str) -> Any:
    return Origin.objects.of(house.workspace_id).filter(kind=kind, system=house.system)


def _origin(house: House, kind: str, external_id: str, about: UUID) -> Origin:
    return Origin(
        workspace_id=house.workspace_id,
        kind=kind,
        system=house.system,
        external_id=external_id,
        about=about,
        record_import_id=house.import_id,
    )
