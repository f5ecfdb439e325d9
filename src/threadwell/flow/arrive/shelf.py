"""Shelf: what we hold that a batch of letters may belong to.

In:    the Clues of a batch
Out:   Shelf, which answers what `signals.decide` asks; whether the very same letter is held already
Touch: nothing
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery

from threadwell.channels.email import prints
from threadwell.channels.email.clues import Clues, adrift_key, asked_of, keys_of, own_key, token_key
from threadwell.channels.port import Letter
from threadwell.flow.arrive.signals import Held, Trace
from threadwell.flow.arrive.transcribe import parted
from threadwell.kit import tenancy
from threadwell.kit.pipeline import direct
from threadwell.record.conversations.models import Conversation, Home, Message


@dataclass(slots=True)
class Shelf:
    """What we hold that a batch of letters may belong to; grows as the batch is placed.

    It is a reading: another worker may write at the same time. Then a key that was new here is not new in
    the database, the pipeline says Conflict, and the letter is placed again on a fresh shelf.
    """

    workspace_id: UUID
    held: dict[str, Held] = field(default_factory=dict)

    def by_keys(self, keys: Sequence[str]) -> Mapping[str, Held]:
        return {key: self.held[key] for key in keys if key in self.held}

    def by_subject(self, base: str, *, since: datetime, until: datetime, limit: int) -> Sequence[Trace]:
        messages = (
            Message.objects.of(self.workspace_id)
            .filter(subject_base=base, at__gte=since, at__lte=until)
            .exclude(direction=Message.Direction.NOTE)
            # A subject and people in common prove nothing between the customer and a third party.
            .filter(conversation__aside_of=None)
            .annotate(home=Subquery(_homes()))
            .order_by("-at")
            .defer("html", "facts", "words", "recipients")[:limit]
        )
        with tenancy.entered(self.workspace_id):
            return [_trace(message) for message in messages]


def _homes() -> Any:
    kept = Home.objects.of(OuterRef("workspace_id")).filter(thing=OuterRef("pk"))
    return kept.values("home_id")[:1]


def look_up(workspace_id: UUID, clues: Sequence[Clues]) -> Shelf:
    """Look up every key that these letters may be found by, in one query."""
    keys = {key for one in clues for key in _keys_about(one)}
    with tenancy.entered(workspace_id), direct() as cursor:
        rows = cursor.execute(_HELD, [workspace_id, list(keys)]).fetchall()
    held: dict[str, Held] = {}
    joined: dict[str, _Joined] = {}
    for key, sender, root, home, *conversation in rows:
        if root:
            joined[key] = _Joined(sender, home, root)
        else:
            held[key] = _held(sender, home, *conversation)
    held |= _gone_on(workspace_id, joined)
    held |= _by_tokens(workspace_id, {one.token for one in clues if one.token})
    return Shelf(workspace_id=workspace_id, held=held)


def _keys_about(clues: Clues) -> set[str]:
    keys = {*asked_of(clues), *keys_of(clues)}
    return {*keys, adrift_key(clues.subject.base)} if clues.subject.base else keys


_HELD = """
    SELECT k.key, k.sender, c.joined_into_id, c.id, c.subject_base, c.last_message_at, c.status, c.is_apart,
        c.is_followed
    FROM conversations_threadkey AS k
    JOIN conversations_conversation AS c ON c.workspace_id = k.workspace_id AND c.id = k.conversation_id
    WHERE k.workspace_id = %s AND k.key = ANY(%s::varchar[])
"""


def twin_of(letter: Letter, clues: Clues, known: Shelf) -> str:
    """Says which letter that we hold is the very same; empty when none is.

    A Message-ID alone is no proof: some programs give every letter the same one.
    """
    held = known.held.get(own_key(clues))
    if held is None or not held.sender or held.sender != clues.sender:
        return ""
    visible, _ = parted(letter)
    twins = (
        Message.objects.of(known.workspace_id)
        .filter(message_id=letter.message_id, conversation_id=held.conversation)
        .values_list("direction", "text", "delivery__inbox__address")
    )
    with tenancy.entered(known.workspace_id):
        for direction, text, address in twins:
            if direction == Message.Direction.OUT:
                return "our own letter came back"
            if text == visible:
                return f"the same letter is held already, it came to {address} as well"
    return ""


_OF_CONVERSATION = ("pk", "subject_base", "last_message_at", "status", "is_apart", "is_followed")


def _by_tokens(workspace_id: UUID, tokens: set[str]) -> dict[str, Held]:
    """A token is a conversation's key, signed; the conversation may have been joined into another since."""
    if not tokens:
        return {}
    found: dict[str, Held] = {}
    joined: dict[str, _Joined] = {}
    rows = (
        Conversation.objects.of(workspace_id)
        .filter(pk__in=tokens)
        .values_list("pk", "joined_into_id", *_OF_CONVERSATION)
    )
    for pk, joined_into, *conversation in rows:
        if joined_into:
            joined[token_key(pk.hex)] = _Joined("", pk, joined_into)
        else:
            found[token_key(pk.hex)] = _held("", *conversation)
    return found | _gone_on(workspace_id, joined)


class _Joined(NamedTuple):
    """A key of a conversation that goes on in another."""

    sender: str
    home: UUID
    root: UUID


def _gone_on(workspace_id: UUID, joined: dict[str, _Joined]) -> dict[str, Held]:
    """Where these lead now, remembering where they belong."""
    if not joined:
        return {}
    roots = Conversation.objects.of(workspace_id).filter(pk__in={one.root for one in joined.values()})
    rows = {row[0]: row for row in roots.values_list(*_OF_CONVERSATION)}
    return {
        key: replace(_held(one.sender, *rows[one.root]), home=one.home)
        for key, one in joined.items()
        if one.root in rows
    }


def _held(
    sender: str,
    key: UUID,
    base: str,
    last_at: datetime,
    status: str,
    is_apart: bool,  # noqa: FBT001
    is_followed: bool,  # noqa: FBT001
) -> Held:
    return Held(
        conversation=key,
        sender=sender,
        subject_base=base,
        last_at=last_at,
        is_closed=status == Conversation.Status.CLOSED,
        is_apart=is_apart,
        is_aside=status == Conversation.Status.ASIDE,
        is_followed=is_followed,
    )


def _trace(message: Any) -> Trace:
    seen = prints.of(f"{message.text}\n{message.quoted}", visible=message.text, name=message.from_name)
    return Trace(
        conversation=message.conversation_id,
        home=message.home,
        sender=message.from_address.casefold(),
        people=frozenset(message.people),
        at=message.at,
        is_adrift=message.is_adrift,
        said=seen.said,
        quoted=seen.quoted if message.is_adrift else (),
    )
