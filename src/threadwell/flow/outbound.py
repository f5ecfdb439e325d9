"""Outbound: from what somebody wants to say to a mail in the customer's hands.

The order of leaving is written here and nowhere else. What agents do runs inside `tenancy.entered`, which
the caller has done; `serve` runs in the worker and enters the workspaces itself.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.channels.email import addresses, subjects
from threadwell.channels.port import Address, Bounce
from threadwell.flow import scanning
from threadwell.flow.reply import (
    answer,
    beside,
    bounced,
    circle,
    compose,
    deliver,
    enclose,
    follow_up,
    introduce,
    jot,
    owning,
    review,
    screen,
)
from threadwell.flow.reply.compose import DraftGone
from threadwell.flow.reply.enclose import TooLarge
from threadwell.flow.reply.owning import NotOwner
from threadwell.flow.reply.review import SomethingNew, Stop, Warning
from threadwell.flow.reply.screen import Withheld
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.later import every
from threadwell.record.conversations import required, sending
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Mention,
    Message,
    Outgoing,
)
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, Workspace

__all__ = ["DraftGone", "NotOwner", "SomethingNew", "Stop", "TooLarge", "TooLate", "Warning", "Withheld"]

CLOSE, SNOOZE = "close", "snooze"
State = Message.State


class TooLate(DomainError):
    """The message is on its way and cannot be taken back."""

    code = "too-late"


class NoInbox(DomainError):
    """There is no inbox that letters could leave from."""

    code = "no-inbox"


class NotSendable(DomainError):
    """The message is in no state in which it could be sent again."""

    code = "not-sendable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """To whom an answer would go, and under which subject."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str


def to_answer(conversation: Conversation) -> Message | None:
    """The message that an answer in this conversation answers, unless somebody chooses another."""
    return compose.to_answer(conversation)


def standing_in(conversation: Conversation) -> Any:
    """The messages that somebody may mean who looks at it: its own, or those where it was joined into."""
    places = [key for key in (conversation.pk, conversation.joined_into_id) if key]
    return Message.objects.of(conversation.workspace_id).filter(conversation_id__in=places)


def suggested(answered: Message, *, but_not: frozenset[str] = frozenset()) -> dict[str, Suggestion]:
    """What each kind of answer to a message would begin with; nothing is begun yet."""
    ours = compose.our_addresses(answered.workspace_id) | but_not
    people = {kind: answer.recipients_of(answered, kind, ours) for kind in answer.OF_A_MESSAGE}
    return {
        kind: Suggestion(to=to.to, cc=to.cc, subject=answer.subject_of(answered, kind))
        for kind, to in people.items()
    }


def signature(by: Agent, inbox: Inbox) -> str:
    """What will stand below the words; empty when neither the agent nor the inbox has one."""
    return compose.signature_of(by, inbox)


def begin(conversation: Conversation, kind: str, *, by: Agent, answers: Message | None = None) -> Draft:
    """A draft of kind "reply", "reply_all", "forward" or "note"; what the agent had begun of it stays."""
    if kind not in answer.KINDS or kind == answer.NEW:
        raise Invalid(_("There is no such kind of draft."))
    answered = answers or compose.to_answer(conversation)
    is_here = answered is None or answered.conversation_id in (conversation.pk, conversation.joined_into_id)
    if answered and (not is_here or answered.direction == Message.Direction.NOTE):
        raise Invalid(_("This message cannot be answered here."))
    inbox = conversation.inbox if kind == answer.NOTE else inbox_for(conversation)
    return compose.begin(conversation, kind, by=by, answers=answered, inbox=inbox)


def inbox_for(conversation: Conversation) -> Inbox:
    """Where its letters leave from: its own inbox; for one that was logged by hand, an inbox of its team."""
    if conversation.inbox.kind != Inbox.Kind.HAND:
        return conversation.inbox
    open_ones = Inbox.objects.of(conversation.workspace_id).filter(closed_at=None).order_by("made_at", "pk")
    inboxes: list[Inbox] = list(open_ones[:100])
    if not inboxes:
        raise NoInbox(_("No inbox is set up yet to write from."))
    return next((one for one in inboxes if one.team_id == conversation.team_id), inboxes[0])


def new_conversation(inbox: Inbox, *, by: Agent, to: Iterable[Address] = (), subject: str = "") -> Draft:
    """The draft of a conversation that an agent begins; sending it opens the conversation."""
    return compose.begin_anew(inbox, by=by, to=to, subject=subject)


def save(draft: Draft, **fields: Any) -> None:
    """Keep what was written so far: to, cc, bcc (Addresses), subject, html, text, is_quoting, inbox."""
    compose.save(draft, **fields)


def enclose_file(draft: Draft, source: IO[bytes], *, name: str, is_inline: bool = False) -> Attachment:
    """A file goes along; `TooLarge` when together they would not leave any more."""
    file = enclose.put(draft, source, name=name, is_inline=is_inline)
    scanning.ask(draft.workspace_id)
    return file


def refuse_withheld(file: Attachment) -> None:
    """Nobody gets a file in which something harmful was found: `Withheld`."""
    screen.refuse(file)


def discard(draft: Draft) -> None:
    """Forget it, with the files that came up for it."""
    compose.hold(draft)
    draft.files.delete()
    draft.delete()


def html_for_editor(draft: Draft, *, address_of: Callable[[Attachment], str]) -> str:
    """The draft's HTML as an editor shows it: pictures by the address that ``address_of`` gives."""
    return compose.html_shown(draft, address_of=address_of)


def people_in(written: str) -> tuple[Address, ...]:
    """Addresses as a person types them, with commas between; a word that is none stands as one, too."""
    read = addresses.addresses(written.encode("utf-8", "replace"))
    return tuple(one if one.email else Address(name="", email=one.name) for one in read)


def check(draft: Draft) -> Stop | None:
    """What arrived, was sent or noted since the draft was begun."""
    return review.stop_of(draft)


def warnings(draft: Draft) -> tuple[Warning, ...]:
    """What is worth a second look before sending."""
    return review.warnings_of(
        draft, said=compose.words_of(draft), ours=compose.our_addresses(draft.workspace_id)
    )


def send(
    draft: Draft,
    *,
    by: Agent,
    then: str | None = None,
    until: datetime | None = None,
    at: datetime | None = None,
    cancel_on_reply: bool = False,
    despite: UUID | None = None,
) -> Message:
    """Say it: now, after the seconds in which it can be taken back, or ``at`` that moment.

    ``then`` "close" or "snooze" (``until``) puts the conversation away. When something happened since the
    draft was begun, `SomethingNew` is raised, unless ``despite`` names the newest of it.
    """
    with transaction.atomic():
        conversation = _held(draft)
        compose.hold(draft)
        draft.refresh_from_db()
        draft.conversation = conversation  # what is new there stops the writer
        stop = review.stop_of(draft)
        if stop and stop.newest != despite:
            raise SomethingNew(stop)
        review.refuse_hard(warnings(draft))
        screen.refuse_withheld(draft)
        if conversation:
            owning.refuse_others(conversation, by)
        if then == SNOOZE and (until is None or until <= clock.now()):
            raise Invalid(_("Say until when, later than now."))

        conversation = conversation or introduce.open_for(
            draft, by=by, base=subjects.read(draft.subject).base
        )
        now = clock.now()
        memory = {"draft": compose.memory_of(draft), "then": then, "is_scheduled": bool(at and at > now)}
        inbox = draft.inbox or inbox_for(conversation)
        message = compose.message_of(draft, conversation, by=by, at=now)
        outgoing = Outgoing(
            workspace_id=message.workspace_id,
            message=message,
            inbox=inbox,
            cancel_on_reply=cancel_on_reply,
            recipients=compose.envelope_of(message),
            facts=memory,
        )
        sending.put_on_the_list(outgoing, due_at=max(now + _undo_window(), at or now))
        if not memory["is_scheduled"]:
            sending.speak(message)
        sending.tell_of(message, "held", by=by, until=outgoing.due_at.isoformat())
        if then == CLOSE:
            required.refuse_unfilled(conversation)
            conversation.close(by=by)
        elif then == SNOOZE and until:
            conversation.snooze(until=until, by=by)
        if conversation.aside_of_id:
            beside.tell_main(conversation, "written", by=by)
        if not memory["is_scheduled"]:
            circle.told(conversation, "answered", key=message.pk.hex, who=by.name, by=by)
        circle.spoke(message)
        return message


def take_back(message: Message, *, by: Agent | None, because: str = "") -> Draft:
    """Not after all: the message is a draft again, the conversation as it was. `TooLate` once it leaves."""
    with transaction.atomic():
        outgoing = _way_of(message)
        if message.state != State.HELD or not sending.take_off_the_list(outgoing):
            raise TooLate(_("It is on its way already and cannot be taken back."))
        conversation = message.conversation
        memory = outgoing.facts
        if "draft" not in memory:
            raise TooLate(_("Nobody wrote it, so it cannot become a draft again."))
        draft = compose.draft_again(message, memory["draft"])
        outgoing.delete()
        compose.unsay(message)
        sending.tell_of(message, "taken_back", by=by, because=because, draft=str(draft.pk))
        message.delete()
        conversation.recount()
        if conversation.aside_of_id:
            beside.tell_main(conversation, "taken_back", by=by)
        if not memory["draft"]["has_conversation"] and introduce.undone(conversation):
            return draft
        if memory["then"]:
            conversation.reopen(by=by, because=_("the message was taken back"))
        return draft


def retry(message: Message, *, by: Agent) -> None:
    """Try again now with everybody who has not got it."""
    with transaction.atomic():
        outgoing = _way_of(message)
        again = {address for address, told in outgoing.recipients.items() if told["state"] != "sent"}
        if message.state not in {State.DELAYED, State.FAILED, State.BOUNCED} or not again:
            raise NotSendable(_("There is nothing to try again: it was sent, or is on its way."))
        for address in again:
            outgoing.recipients[address] = {"state": "waiting"}
        outgoing.attempts, outgoing.tried_at = 0, clock.now()
        sending.put_on_the_list(outgoing, due_at=clock.now())
        sending.turn(message, State.QUEUED, by=by)


def give_up(message: Message, *, by: Agent) -> None:
    """Do not try again: whoever has not got it will not get it."""
    with transaction.atomic():
        outgoing = _way_of(message)
        if message.state != State.DELAYED or not sending.take_off_the_list(outgoing):
            raise NotSendable(_("It does not wait for another try."))
        told = outgoing.recipients
        outgoing.recipients = {
            address: one if one["state"] == "sent" else {**one, "state": "refused"}
            for address, one in told.items()
        }
        outgoing.done_at = clock.now()
        outgoing.save()
        has_arrived = any(one["state"] == "sent" for one in told.values())
        because = _("%(who)s stopped trying; before that: %(why)s") % {
            "who": by.name,
            "why": message.state_because,
        }
        sending.turn(message, State.BOUNCED if has_arrived else State.FAILED, by=by, because=because)
        sending.fall_silent(message)


def note(
    conversation: Conversation,
    *,
    by: Agent,
    text: str = "",
    html: str = "",
    mentions: Iterable[Agent] = (),
    files: Iterable[Attachment] = (),
) -> Message:
    """Something only the team sees; who is named with an @ is called. ``files`` are of the agent's drafts."""
    here, conversation = conversation, _root_of(conversation)
    message = jot.down(conversation, by=by, text=text, source=html, mentions=mentions, files=list(files))
    Draft.objects.of(here.workspace_id).filter(agent=by, conversation=here, kind=Draft.Kind.NOTE).delete()
    mentioned = Mention.objects.of(conversation.workspace_id).filter(message=message).select_related("agent")
    named = [one.agent for one in mentioned]
    circle.called(message, named)
    circle.told(conversation, "noted", key=message.pk.hex, who=by.name, by=by, but=named)
    return message


def report(
    workspace_id: UUID, bounces: Iterable[Bounce], conversation: Conversation | None = None
) -> list[Message]:
    """What other servers reported of our letters becomes the state of those letters."""
    return bounced.report(workspace_id, bounces, conversation)


def serve(until: threading.Event) -> None:
    """Send what is due until told to stop: a loop of the worker."""
    deliver.serve(until, build=compose.mail_of, leave=_leave)


@every("* * * * *", "outbound.each_minute")
def each_minute(timestamp: int) -> None:
    """What time brings about, in every workspace."""
    now = clock.now()
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with tenancy.entered(workspace_id):
            follow_up.forget_viewers(workspace_id, now=now)


def only_owner_answers(inbox: Inbox) -> bool:
    """Is it set so that only the owner of a conversation may write to its customer?"""
    return owning.is_asked_for(inbox)


def _leave(outgoing: Outgoing) -> None:
    """One that was planned for later is said in the moment it goes."""
    if outgoing.facts.get("is_scheduled"):
        outgoing.message.at = clock.now()
        outgoing.message.save(update_fields=["at"])
        sending.speak(outgoing.message)


def _held(draft: Draft) -> Conversation | None:
    """The draft's conversation, where nobody else sends meanwhile; where it was joined into, if it was."""
    if draft.conversation_id is None:
        return None
    held = Conversation.objects.of(draft.workspace_id).select_for_update()
    return _root_of(held.get(pk=draft.conversation_id), held)


def _root_of(conversation: Conversation, rows: Any = None) -> Conversation:
    """Where it goes on, if it was joined into another."""
    rows = Conversation.objects.of(conversation.workspace_id) if rows is None else rows
    while conversation.joined_into_id:
        conversation = rows.get(pk=conversation.joined_into_id)
    return conversation


def _way_of(message: Message) -> Outgoing:
    way: Outgoing | None = (
        Outgoing.objects.of(message.workspace_id).filter(message=message).select_for_update().first()
    )
    if way is None:
        raise NotSendable(_("This message was not sent from here."))
    message.refresh_from_db()
    return way


def _undo_window() -> timedelta:
    return timedelta(seconds=settings.UNDO_SECONDS)
