"""Bounced: what other servers reported of our letters becomes the state of those letters.

In:    the Bounces that a report told of, the conversation it landed in
Out:   the messages they were about
Touch: Outgoing, Message, Conversation, Identity
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from threadwell.channels.email import clues
from threadwell.channels.port import Bounce
from threadwell.kit import clock
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import Conversation, Message, Outgoing, ThreadKey
from threadwell.record.people.models import Identity

State = Message.State
_NO_LOSS = {"delivered", "feedback", "vacation"}  #: told of a letter that arrived


def report(workspace_id: UUID, bounces: Iterable[Bounce], conversation: Conversation | None) -> list[Message]:
    """Write down who was not reached, and why; a second report of the same changes nothing."""
    about: dict[UUID, tuple[Message, list[Bounce]]] = {}
    for bounce in bounces:
        if message := _message_of(workspace_id, bounce, conversation):
            about.setdefault(message.pk, (message, []))[1].append(bounce)
        if bounce.hard and bounce.reason not in _NO_LOSS:
            _note_identity(workspace_id, bounce)
    return [message for message, told in about.values() if _write_down(message, told)]


def _message_of(workspace_id: UUID, bounce: Bounce, conversation: Conversation | None) -> Message | None:
    ours = (
        Message.objects.of(workspace_id)
        .filter(direction=Message.Direction.OUT)
        .select_related("conversation")
    )
    if bounce.original_message_id:
        key = clues.key_of(bounce.original_message_id)
        named = (
            ThreadKey.objects.of(workspace_id).filter(key=key).values_list("message_id", flat=True).first()
        )
        return ours.filter(pk=named).first() if named else None
    if conversation is None or not bounce.recipient:
        return None
    # A report that names no letter is about the last one that went to that address.
    written = ours.filter(conversation=conversation, people__contains=[bounce.recipient.casefold()])
    return written.order_by("-at").first()


def _write_down(message: Message, bounces: list[Bounce]) -> bool:
    outgoing: Outgoing | None = message.outgoing.select_for_update().first()
    recipients: dict[str, Any] = outgoing.recipients if outgoing else {}
    names = {address.casefold(): address for address in recipients}
    before = {address: told["state"] for address, told in recipients.items()}
    for bounce in bounces:
        # Forwarding hosts report addresses that we never wrote to: then it is whomever we did.
        address = names.get(bounce.recipient.casefold()) or (
            next(iter(recipients)) if len(recipients) == 1 else bounce.recipient
        )
        told = recipients.get(address, {})
        if bounce.reason in _NO_LOSS or (bounce.is_trying and told.get("state") == "bounced"):
            continue
        recipients[address] = {
            "state": "delayed" if bounce.is_trying else "bounced",
            "reply": _sentence(bounce),
            "at": clock.now().isoformat(),
        }
    after = {address: told["state"] for address, told in recipients.items()}
    if outgoing is not None:
        outgoing.save(update_fields=["recipients"])
    if after == before:
        return False
    _turn(message, recipients)
    return True


def _turn(message: Message, recipients: dict[str, Any]) -> None:
    lost = {address: told for address, told in recipients.items() if told["state"] == "bounced"}
    late = {address: told for address, told in recipients.items() if told["state"] == "delayed"}
    told = lost or late
    because = "; ".join(f"{address}: {one['reply']}" for address, one in told.items())
    sending.turn(message, State.BOUNCED if lost else State.DELAYED, because=because, recipients=sorted(told))
    if lost:
        sending.fall_silent(message)


def _sentence(bounce: Bounce) -> str:
    return " ".join(part for part in (bounce.status, bounce.reason) if part) or "?"


def _note_identity(workspace_id: UUID, bounce: Bounce) -> None:
    Identity.objects.of(workspace_id).filter(
        kind=Identity.Kind.EMAIL, value=bounce.recipient.casefold(), unreachable_since=None
    ).update(unreachable_since=clock.now(), unreachable_because=_sentence(bounce)[:300])
