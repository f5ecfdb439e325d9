"""Thread: which conversation does this letter belong to?

In:    a Letter with its Clues, its Sender, and the Shelf (what we hold that may matter, for a whole batch)
Out:   Placement (conversation, message, the signal that won, what it joins or resembles)
Touch: puts Conversation, Message, ThreadKey and Event rows into the pipeline
Never: chooses a team.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from threadwell.channels.email import prints, quotes
from threadwell.channels.email.clues import Clues, adrift_key, asked_of, keys_of, own_key, token_key
from threadwell.channels.port import Address, Kind, Letter
from threadwell.flow.arrive.signals import Held, Trace, Verdict
from threadwell.flow.arrive.slips import Placement, Sender
from threadwell.kit import ids, tenancy
from threadwell.kit.pipeline import Pipeline
from threadwell.record.conversations import wording
from threadwell.record.conversations.models import Conversation, Message, ThreadKey
from threadwell.record.conversations.wording import Wording
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL, NOTIFY, note_of

PREVIEW = 200


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


def shelf(workspace_id: UUID, clues: Sequence[Clues]) -> Shelf:
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
    visible, _ = _parted(letter)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the journey knows about the delivery besides the letter."""

    inbox: Inbox
    delivery_id: UUID | None
    at: datetime
    number: int  #: for a new conversation
    team_id: UUID | None  #: for a new conversation
    because: str  #: why that team
    contact_id: UUID | None  #: whom a new conversation is with
    is_ours: bool  #: we wrote it (from the Sent folder, or a colleague by mail)
    is_history: bool  #: imported: it asks nothing of anybody
    files: int  #: attachments not shown inline


def place(
    letter: Letter,
    clues: Clues,
    sender: Sender,
    verdict: Verdict,
    standing: Standing,
    known: Shelf,
    line: Pipeline,
) -> Placement:
    """Put the letter into its conversation, or open one."""
    is_new = verdict.conversation is None
    conversation_id = verdict.conversation or ids.new()
    said = _wording(letter, sender)
    message = _message(letter, clues, sender, verdict, standing, conversation_id)
    message.words = said.vector
    if is_new:
        line.insert(_opened(letter, clues, sender, verdict, standing, message))
    else:
        _touch(line, message, standing)
    line.insert(message)
    _remember(clues, message, known, line)
    _tell(line, message, standing, is_new=is_new)
    return Placement(
        said=said,
        conversation_id=conversation_id,
        is_new=is_new,
        signal=verdict.signal,
        message=message,
        joins=tuple(tie.conversation for tie in verdict.also if tie.is_certain),
        resembles=tuple(tie.conversation for tie in verdict.also if not tie.is_certain),
    )


def _message(
    letter: Letter, clues: Clues, sender: Sender, verdict: Verdict, standing: Standing, conversation_id: UUID
) -> Message:
    writer = _writer(letter, sender)
    visible, quoted = _parted(letter)
    return Message(
        id=ids.new(),
        workspace_id=standing.inbox.workspace_id,
        conversation_id=conversation_id,
        delivery_id=standing.delivery_id,
        direction=Message.Direction.OUT if standing.is_ours else Message.Direction.IN,
        kind=letter.kind.value,
        contact_id=sender.contact_id,
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


def _wording(letter: Letter, sender: Sender) -> Wording:
    writer = _writer(letter, sender)
    return wording.wording_of(
        subject=letter.subject,
        text=letter.text,
        writer=(writer.name, writer.email),
        recipients=[word for who in (*letter.to, *letter.cc)[:20] for word in (who.name, who.email)],
        files=[part.filename for part in letter.parts],
    )


def _opened(
    letter: Letter, clues: Clues, sender: Sender, verdict: Verdict, standing: Standing, message: Message
) -> Conversation:
    waits = not standing.is_ours and not standing.is_history
    return Conversation(
        id=message.conversation_id,
        workspace_id=message.workspace_id,
        number=standing.number,
        subject=letter.subject[:500],
        subject_base=message.subject_base,
        status=Conversation.Status.CLOSED if standing.is_history else Conversation.Status.OPEN,
        closed_at=standing.at if standing.is_history else None,
        inbox_id=standing.inbox.pk,
        contact_id=standing.contact_id,
        team_id=standing.team_id,
        participants=message.people,
        preview=message.text[:PREVIEW],
        message_count=1,
        last_word=Conversation.Party.US if standing.is_ours else Conversation.Party.CONTACT,
        last_message_at=standing.at,
        waiting_since=standing.at if waits else None,
        follows_id=verdict.follows,
        is_apart=verdict.follows is not None,
        made_at=standing.at,
    )


# Letters are not always read in the order they came: only the newest speaks for the whole, and a reading
# that comes late changes nothing but the count. What waits or sleeps wakes up when a person writes.
_TOUCH = """
    UPDATE conversations_conversation SET
        message_count = message_count + 1,
        preview = CASE WHEN %(at)s >= last_message_at THEN %(preview)s::text ELSE preview END,
        last_word = CASE
            WHEN %(speaks)s AND %(at)s >= last_message_at THEN %(party)s::text ELSE last_word END,
        waiting_since = CASE
            WHEN NOT %(speaks)s OR %(at)s < last_message_at THEN waiting_since
            WHEN %(party)s::text = 'us' THEN NULL
            ELSE coalesce(waiting_since, %(at)s) END,
        status = CASE WHEN %(wakes)s AND %(at)s >= last_message_at THEN 'open' ELSE status END,
        closed_at = CASE WHEN %(wakes)s AND %(at)s >= last_message_at THEN NULL ELSE closed_at END,
        snoozed_until = CASE WHEN %(wakes)s AND %(at)s >= last_message_at THEN NULL ELSE snoozed_until END,
        participants = CASE
            WHEN participants @> %(people)s::varchar[] THEN participants
            ELSE ARRAY(SELECT DISTINCT unnest(participants || %(people)s::varchar[]) LIMIT 100) END,
        contact_id = coalesce(contact_id, %(contact)s),
        last_message_at = greatest(last_message_at, %(at)s)
    WHERE workspace_id = %(workspace)s AND id = %(id)s
"""
_WOKE = """
    INSERT INTO journal_event (id, workspace_id, name, about, by_id, facts, at)
    SELECT %(event)s, workspace_id, 'conversation.reopened', id, NULL,
        jsonb_build_object('number', number, 'before', status, 'because', 'the customer wrote again'), %(now)s
    FROM conversations_conversation
    WHERE workspace_id = %(workspace)s AND id = %(id)s AND status <> 'open' AND %(at)s >= last_message_at
"""


def _touch(line: Pipeline, message: Message, standing: Standing) -> None:
    is_person = message.kind == Kind.MESSAGE.value
    wakes = is_person and not standing.is_ours and not standing.is_history
    place_in: dict[str, Any] = {
        "workspace": message.workspace_id,
        "id": message.conversation_id,
        "at": message.at,
    }
    if wakes:
        line.run(_WOKE, {**place_in, "event": ids.new(), "now": message.at})
    line.run(
        _TOUCH,
        {
            **place_in,
            "preview": message.text[:PREVIEW],
            "speaks": is_person and not standing.is_history,
            "party": "us" if standing.is_ours else "contact",
            "wakes": wakes,
            "people": message.people,
            "contact": standing.contact_id,
        },
    )


def _tell(line: Pipeline, message: Message, standing: Standing, *, is_new: bool) -> None:
    """The events of it; live screens wake up when the transaction is kept."""
    facts = {
        "message": str(message.pk),
        "from": message.from_name or message.from_address,
        "kind": message.kind,
    }
    received = "message.sent" if standing.is_ours else "message.received"
    told: list[tuple[str, dict[str, Any]]] = [(received, {**facts, "signal": message.joined_by})]
    if is_new:
        opened = {"number": standing.number, "because": standing.because}
        told.insert(0, ("conversation.opened", opened))
    for name, what in told:
        event = Event(
            workspace_id=message.workspace_id,
            name=name,
            about=message.conversation_id,
            facts=what,
            at=message.at,
        )
        line.insert(event)
        line.run(NOTIFY, [CHANNEL, note_of(event)])


def _remember(clues: Clues, message: Message, known: Shelf, line: Pipeline) -> None:
    """Register the keys that lead here from now on; those that are taken stay where they are."""
    own = own_key(clues)
    held = Held(
        conversation=message.conversation_id,
        sender="",
        subject_base=message.subject_base,
        last_at=message.at,
        is_closed=False,
        is_apart=False,
    )
    for key in keys_of(clues):
        is_own = key == own
        if key in known.held:
            if is_own and not known.held[key].sender:
                line.run(_CLAIM_KEY, [clues.sender, message.pk, message.workspace_id, key])
            continue
        known.held[key] = held if not is_own else replace(held, sender=clues.sender)
        line.insert(
            ThreadKey(
                workspace_id=message.workspace_id,
                key=key,
                conversation_id=message.conversation_id,
                sender=clues.sender if is_own else "",
                message_id=message.pk if is_own else None,
            )
        )


# The name was only mentioned so far; now the letter that bears it is here.
_CLAIM_KEY = """
    UPDATE conversations_threadkey SET sender = %s, message_id = %s
    WHERE workspace_id = %s AND key = %s AND message_id IS NULL
"""


def _parted(letter: Letter) -> tuple[str, str]:
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
