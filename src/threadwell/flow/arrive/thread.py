"""Thread: put a letter where it belongs.

In:    a Letter with its Clues, its Sender, the Verdict, its Standing, and the Shelf
Out:   Placement (conversation, message, the signal that won, what it joins or resembles)
Touch: puts Conversation, Message, ThreadKey and Event rows into the pipeline
Never: chooses a team.
"""

from dataclasses import replace
from typing import Any

from threadwell.channels.email.clues import Clues, keys_of, own_key
from threadwell.channels.port import Kind, Letter
from threadwell.flow.arrive.shelf import Shelf
from threadwell.flow.arrive.signals import Held, Verdict
from threadwell.flow.arrive.slips import Placement, Sender
from threadwell.flow.arrive.transcribe import Standing, message_of, wording_of
from threadwell.kit import ids
from threadwell.kit.pipeline import Pipeline
from threadwell.record.conversations.models import Conversation, Home, Message, ThreadKey
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL, NOTIFY, note_of

PREVIEW = 200


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
    said = wording_of(letter, sender)
    message = message_of(letter, clues, sender, verdict, standing, conversation_id)
    message.words = said.vector
    if is_new:
        line.insert(_opened(letter, clues, sender, verdict, standing, message))
    else:
        _touch(line, message, standing)
    line.insert(message)
    if verdict.home:
        line.insert(
            Home(workspace_id=message.workspace_id, kind="message", thing=message.pk, home_id=verdict.home)
        )
    _remember(clues, message, verdict, known, line)
    _tell(line, message, standing, is_new=is_new)
    return Placement(
        said=said,
        conversation_id=conversation_id,
        is_new=is_new,
        signal=verdict.signal,
        message=message,
        joins=tuple(tie.conversation for tie in verdict.also if tie.is_certain),
        resembles=tuple(tie.conversation for tie in verdict.also if not tie.is_certain),
        is_watched=not is_new and (verdict.held is None or verdict.held.is_aside or verdict.held.is_followed),
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
        organisation_id=standing.organisation_id,
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
        preview = CASE
            WHEN %(is_word)s AND %(at)s >= last_message_at THEN %(preview)s::text ELSE preview END,
        last_word = CASE
            WHEN %(speaks)s AND %(at)s >= last_message_at THEN %(party)s::text ELSE last_word END,
        waiting_since = CASE
            WHEN NOT %(speaks)s OR %(at)s < last_message_at THEN waiting_since
            WHEN %(party)s::text = 'us' THEN NULL
            ELSE coalesce(waiting_since, %(at)s) END,
        status = CASE
            WHEN status <> 'aside' AND %(wakes)s AND %(at)s >= last_message_at THEN 'open' ELSE status END,
        closed_at = CASE WHEN %(wakes)s AND %(at)s >= last_message_at THEN NULL ELSE closed_at END,
        snoozed_until = CASE WHEN %(wakes)s AND %(at)s >= last_message_at THEN NULL ELSE snoozed_until END,
        participants = CASE
            WHEN participants @> %(people)s::varchar[] THEN participants
            ELSE ARRAY(SELECT DISTINCT unnest(participants || %(people)s::varchar[]) LIMIT 100) END,
        contact_id = coalesce(contact_id, %(contact)s),
        organisation_id = CASE WHEN contact_id IS NULL THEN %(organisation)s ELSE organisation_id END,
        last_message_at = greatest(last_message_at, %(at)s)
    WHERE workspace_id = %(workspace)s AND id = %(id)s
"""
_WOKE = """
    INSERT INTO journal_event (id, workspace_id, name, about, by_id, facts, at)
    SELECT %(event)s, workspace_id, 'conversation.reopened', id, NULL,
        jsonb_build_object('number', number, 'before', status, 'because', 'the customer wrote again'), %(now)s
    FROM conversations_conversation
    WHERE workspace_id = %(workspace)s AND id = %(id)s AND status NOT IN ('open', 'aside')
        AND %(at)s >= last_message_at
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
            "is_word": is_person,
            "speaks": is_person and not standing.is_history,
            "party": "us" if standing.is_ours else "contact",
            "wakes": wakes,
            "people": message.people,
            "contact": standing.contact_id,
            "organisation": standing.organisation_id,
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
        # Two statements: what calls out must not go where the event is held (Citus); nobody listens there.
        line.insert(event)
        line.run(NOTIFY, [CHANNEL, note_of(event)])


def _remember(clues: Clues, message: Message, verdict: Verdict, known: Shelf, line: Pipeline) -> None:
    """Register the keys that lead here from now on; those that are taken stay where they are."""
    own = own_key(clues)
    held = Held(
        conversation=message.conversation_id,
        sender="",
        subject_base=message.subject_base,
        last_at=message.at,
        is_closed=False,
        is_apart=bool(verdict.held and verdict.held.is_apart),
        is_aside=bool(verdict.held and verdict.held.is_aside),
        is_followed=bool(verdict.held and verdict.held.is_followed),
        home=verdict.home,
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
                conversation_id=verdict.home or message.conversation_id,
                sender=clues.sender if is_own else "",
                message_id=message.pk if is_own else None,
            )
        )


# The name was only mentioned so far; now the letter that bears it is here.
_CLAIM_KEY = """
    UPDATE conversations_threadkey SET sender = %s, message_id = %s
    WHERE workspace_id = %s AND key = %s AND message_id IS NULL
"""
