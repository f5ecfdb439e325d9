"""Transcribe: what a letter becomes as a message.

In:    a Letter, its Clues, its Sender, the Verdict on its place, and the Standing of its delivery
Out:   the Message, not yet written, and its Wording
Touch: nothing
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from threadwell.channels.email import quotes
from threadwell.channels.email.clues import Clues
from threadwell.channels.port import Address, Kind, Letter
from threadwell.flow.arrive.signals import Verdict
from threadwell.flow.arrive.slips import Sender
from threadwell.kit import ids
from threadwell.record.conversations import wording
from threadwell.record.conversations.models import Message
from threadwell.record.conversations.wording import Wording
from threadwell.record.inboxes.models import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the journey knows about the delivery besides the letter."""

    inbox: Inbox
    delivery_id: UUID | None
    at: datetime
    number: int  #: for a new conversation; 0 where there is one
    team_id: UUID | None  #: for a new conversation
    because: str  #: why that team
    contact_id: UUID | None  #: whom a new conversation is with
    organisation_id: UUID | None  #: that contact's
    is_ours: bool  #: we wrote it (from the Sent folder, or a colleague by mail)
    is_history: bool  #: imported: it asks nothing of anybody
    files: int  #: attachments not shown inline


def message_of(
    letter: Letter, clues: Clues, sender: Sender, verdict: Verdict, standing: Standing, conversation_id: UUID
) -> Message:
    writer = _writer(letter, sender)
    visible, quoted = parted(letter)
    return Message(
        id=ids.new(),
        workspace_id=standing.inbox.workspace_id,
        conversation_id=conversation_id,
        delivery_id=standing.delivery_id,
        direction=Message.Direction.OUT if standing.is_ours else Message.Direction.IN,
        kind=letter.kind.value,
        contact_id=sender.contact_id or standing.contact_id,
        organisation_id=sender.organisation_id if sender.contact_id else standing.organisation_id,
        agent_id=sender.agent_id,
        from_name=writer.name[:200],
        from_address=writer.email[:320],
        recipients={"to": _named(letter.to), "cc": _named(letter.cc), "bcc": _named(letter.bcc)},
        subject=letter.subject[:998],
        text=visible,
        quoted=quoted,
        html=letter.html or "",
        message_id=letter.message_id[:998],
        facts=_facts(letter, verdict),
        joined_by=verdict.signal.value,
        joined_because=verdict.because,
        state=Message.State.SENT if standing.is_ours else Message.State.RECEIVED,
        attachment_count=standing.files,
        subject_base=clues.subject.base[:200],
        people=sorted(clues.people)[:100],
        is_adrift=clues.is_adrift,
        at=standing.at,
        dated_at=letter.date,
    )


def _writer(letter: Letter, sender: Sender) -> Address:
    return letter.from_[0] if letter.from_ else Address(name=sender.name, email=sender.address)


def wording_of(letter: Letter, sender: Sender) -> Wording:
    writer = _writer(letter, sender)
    return wording.wording_of(
        subject=letter.subject,
        text=letter.text,
        writer=(writer.name, writer.email),
        recipients=[word for who in (*letter.to, *letter.cc)[:20] for word in (who.name, who.email)],
        files=[part.filename for part in letter.parts],
    )


def parted(letter: Letter) -> tuple[str, str]:
    """What is new, and what it repeats."""
    visible, whole = letter.visible_text.strip(), letter.text.strip()
    if not visible or visible == whole:
        return whole, ""
    if whole.startswith(visible):
        return visible, whole.removeprefix(visible).strip()
    # Answers stood below or between: the quote alone is repeated, unless we cannot tell it from the rest.
    return visible, "\n".join(quotes.history(whole)).strip() or whole


def _named(people: Sequence[Address]) -> list[dict[str, str]]:
    return [{"name": person.name, "email": person.email} for person in people]


def _facts(letter: Letter, verdict: Verdict) -> dict[str, Any]:
    """What else the letter says, for people to see: docs/reference/messages.md."""
    checks = letter.authentication
    invited = letter.invitation
    facts: dict[str, Any] = {
        "references": [*letter.references[-30:]],
        "in_reply_to": [*letter.in_reply_to[:5]],
        "reply_to": _named(letter.reply_to),
        "list_id": letter.list_id[:300],
        "kind_because": letter.kind_because if letter.kind is not Kind.MESSAGE else "",
        "warnings": [*letter.warnings[:20]],
        "signed": letter.signed,
        "encrypted": letter.encrypted,
        "bounces": [asdict(bounce) for bounce in letter.bounces[:100]],
    }
    if checks.spf or checks.dkim or checks.dmarc:
        facts["authentication"] = asdict(checks)
    if invited:
        facts["invitation"] = {
            **asdict(invited),
            "starts_at": invited.starts_at.isoformat() if invited.starts_at else None,
            "ends_at": invited.ends_at.isoformat() if invited.ends_at else None,
        }
    if verdict.also:
        facts["also"] = [
            {"conversation": str(tie.conversation), "signal": tie.signal.value} for tie in verdict.also
        ]
    return {name: fact for name, fact in facts.items() if fact}
