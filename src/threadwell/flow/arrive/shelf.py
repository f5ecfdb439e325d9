"""Shelf: what we hold that a batch of letters may belong to.

In:    the Clues of a batch
Out:   Shelf, which answers what `signals.decide` asks; whether the very same letter is held already
Touch: nothing
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from threadwell.channels.email import prints
from threadwell.channels.email.clues import Clues, adrift_key, asked_of, keys_of, own_key, token_key
from threadwell.channels.port import Letter
from threadwell.flow.arrive.signals import Held, Trace
from threadwell.flow.arrive.transcribe import parted
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Message, ThreadKey


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
            .order_by("-at")
            .defer("html", "facts", "words", "recipients")[:limit]
        )
        with tenancy.entered(self.workspace_id):
            return [_trace(message) for message in messages]


def look_up(workspace_id: UUID, clues: Sequence[Clues]) -> Shelf:
    """Look up every key that these letters may be found by, in one query."""
    keys: set[str] = set()
    for one in clues:
        keys.update(asked_of(one), keys_of(one))
        if one.subject.base:
            keys.add(adrift_key(one.subject.base))
    rows = (
        ThreadKey.objects.of(workspace_id)
        .filter(key__in=keys)
        .values_list(
            "key",
            "sender",
            "conversation_id",
            *(f"conversation__{name}" for name in _OF_CONVERSATION[1:]),
        )
    )
    held = {key: _held(sender, *conversation) for key, sender, *conversation in rows}
    held |= _by_tokens(workspace_id, {one.token for one in clues if one.token})
    return Shelf(workspace_id=workspace_id, held=held)


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


_OF_CONVERSATION = ("pk", "subject_base", "last_message_at", "status", "is_apart")


def _by_tokens(workspace_id: UUID, tokens: set[str]) -> dict[str, Held]:
    """A token is a conversation's key, signed; the conversation may have been joined into another since."""
    if not tokens:
        return {}
    found: dict[str, Held] = {}
    rows = (
        Conversation.objects.of(workspace_id)
        .filter(pk__in=tokens)
        .values_list("pk", "joined_into_id", *_OF_CONVERSATION)
    )
    for pk, joined_into, *conversation in rows:
        if joined_into:
            found |= {
                token_key(pk.hex): held for held in _by_tokens(workspace_id, {joined_into.hex}).values()
            }
        else:
            found[token_key(pk.hex)] = _held("", *conversation)
    return found


def _held(sender: str, key: UUID, base: str, last_at: datetime, status: str, is_apart: bool) -> Held:  # noqa: FBT001
    return Held(
        conversation=key,
        sender=sender,
        subject_base=base,
        last_at=last_at,
        is_closed=status == Conversation.Status.CLOSED,
        is_apart=is_apart,
    )


def _trace(message: Message) -> Trace:
    seen = prints.of(f"{message.text}\n{message.quoted}", visible=message.text, name=message.from_name)
    return Trace(
        conversation=message.conversation_id,
        sender=message.from_address.casefold(),
        people=frozenset(message.people),
        at=message.at,
        is_adrift=message.is_adrift,
        said=seen.said,
        quoted=seen.quoted if message.is_adrift else (),
    )
