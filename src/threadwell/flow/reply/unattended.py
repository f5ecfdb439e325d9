"""Unattended: letters that leave without anybody pressing Send, and those that must not.

In:    a conversation, whom to write to, what to say
Out:   why it must not be said, as a code; or the Message, on its way
Touch: Message, Outgoing, Dispatch, ThreadKey, Conversation (its count), Event

Each bears `Auto-Submitted` (RFC 3834) and is of the kind "automatic": it answers nobody, so no deadline is
met by it. Two programs that answer each other stop at the first guard; a thread has a cap besides.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F

from threadwell.channels.email import clues, subjects, tokens, write
from threadwell.channels.port import Address
from threadwell.flow.reply import answer, compose
from threadwell.kit import ids
from threadwell.record.conversations import joining, sending, wording
from threadwell.record.conversations.models import Conversation, Message, Outgoing, ThreadKey
from threadwell.record.inboxes.models import Block, Inbox, blocked_by
from threadwell.record.people.models import Identity
from threadwell.record.workplace.models import Agent

MOST_AN_HOUR = 4  #: in one conversation, whoever sends them
HOUR = timedelta(hours=1)
REPLIED, GENERATED = "auto-replied", "auto-generated"
NOWHERE, OURS, MACHINE, UNREACHABLE, BLOCKED, TOO_MANY = (
    "nowhere",
    "ours",
    "machine",
    "unreachable",
    "blocked",
    "too-many",
)

# Addresses behind which nobody reads (RFC 2142 §4 and §6, and what shops and programs call theirs).
_MACHINE = re.compile(
    r"(?:.*[._+-])?(?:no|do[._-]?not|dont|never|ne|nicht|kein)[._-]?(?:reply|replies|respond|antwort\w*|repondre)"
    r"(?:[._+=-].*)?$|(?:mailer[._-]?daemon|postmaster|bounces?|listserv|majordomo|abuse|autoreply)"
    r"(?:[._+=-].*)?$|owner-.+|.+-(?:owner|request|bounces?)$",
    re.IGNORECASE,
)


def why_not(conversation: Conversation, address: str, *, now: datetime) -> str:
    """What speaks against writing to that address without a person; empty when nothing does."""
    folded, workspace_id = address.strip().casefold(), conversation.workspace_id
    if not write.is_address(folded):
        return NOWHERE
    if answer.is_ours(folded, compose.our_addresses(workspace_id)):
        return OURS
    if _MACHINE.match(folded.rpartition("@")[0]):
        return MACHINE
    known = Identity.objects.of(workspace_id).filter(kind=Identity.Kind.EMAIL, value=folded)
    if known.exclude(unreachable_since=None).exists():
        return UNREACHABLE
    if blocked_by(list(Block.objects.of(workspace_id)), folded, at=now):
        return BLOCKED
    return TOO_MANY if _of_last_hour(conversation, now) >= MOST_AN_HOUR else ""


def say(  # noqa: PLR0913 - each says another thing about the letter
    conversation: Conversation,
    *,
    inbox: Inbox,
    to: Address,
    text: str,
    answers: Message | None,
    by: Agent | None,
    because: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Message:
    """Put it into the conversation and on its way; ``because`` is REPLIED or GENERATED."""
    home = joining.home_of(answers) if answers else conversation.pk
    subject = subjects.answering(answers.subject if answers else conversation.subject)[:998]
    message = Message(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        direction=Message.Direction.OUT,
        kind=Message.Kind.AUTOMATIC,
        agent=by,
        contact_id=conversation.contact_id,
        organisation_id=conversation.organisation_id,
        from_name=compose.speaker(by, inbox) if by else inbox.name,
        from_address=inbox.address,
        recipients={"to": answer.named([to]), "cc": [], "bcc": []},
        subject=subject,
        subject_base=subjects.read(subject).base[:200],
        text=text,
        people=[to.email.casefold()],
        state=Message.State.HELD,
        facts={**_place(answers), "auto_submitted": because, **(facts or {})},
        message_id=f"{ids.new().hex}.{tokens.of(home)}@{write.wire_address(inbox.address).rpartition('@')[2]}",
        at=now,
    )
    _keep(message, inbox, home, now)
    return message


def filled(text: str, conversation: Conversation) -> str:
    """Names in braces stand for what is known; others stay as they are."""
    name = conversation.with_whom
    known = {
        "{name}": name,
        "{first_name}": name.split()[0] if name.split() else "",
        "{subject}": conversation.subject,
        "{number}": str(conversation),
    }
    for place, value in known.items():
        text = text.replace(place, value)
    return text.strip()


def _of_last_hour(conversation: Conversation, now: datetime) -> int:
    said = conversation.messages.filter(
        kind=Message.Kind.AUTOMATIC, direction=Message.Direction.OUT, at__gt=now - HOUR
    )
    return int(said.count())


def _place(answered: Message | None) -> dict[str, list[str]]:
    if answered is None or not answered.message_id:
        return {}
    earlier = answered.facts.get("references", ()) or answered.facts.get("in_reply_to", ())
    return {"in_reply_to": [answered.message_id], "references": [*earlier, answered.message_id]}


def _keep(message: Message, inbox: Inbox, home: UUID, now: datetime) -> None:
    words = wording.wording_of(
        subject=message.subject,
        text=message.text,
        writer=(message.from_name, message.from_address),
        recipients=message.people,
    )
    message.words = words.vector
    message.save()
    wording.learn(message.workspace_id, words)
    joining.settle_at(message, home)
    ThreadKey.objects.create(
        workspace_id=message.workspace_id,
        key=clues.key_of(message.message_id),
        conversation_id=home,
        sender=message.from_address.casefold(),
        message_id=message.pk,
    )
    outgoing = Outgoing(
        workspace_id=message.workspace_id,
        message=message,
        inbox=inbox,
        recipients=compose.envelope_of(message),
        facts={"is_unattended": True},
    )
    sending.put_on_the_list(outgoing, due_at=now)
    # It answers nobody: who waits goes on waiting, and the list shows the last words of people.
    Conversation.objects.of(message.workspace_id).filter(pk=message.conversation_id).update(
        message_count=F("message_count") + 1
    )
    sending.tell_of(message, "held", by=message.agent, until=now.isoformat(), automatic=True)
