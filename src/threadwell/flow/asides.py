"""Asides: side conversations with third parties, from the first letter to the last.

In:    a conversation with a customer, whom to ask, what to say; a letter that came aside
Out:   the side conversation; what its first letter became
Touch: Conversation, Contact, Identity, Draft, Message, Notice, events

Nothing of the main conversation goes along by itself: no recipient, no subject, no quote. Whoever wants
to quote copies by hand. Runs inside `tenancy.entered`, which the caller has done.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.channels.email import write
from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.flow.reply import beside, compose, introduce
from threadwell.flow.reply.answer import is_ours
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import asides
from threadwell.record.conversations.models import Conversation, Draft, Message
from threadwell.record.notices.models import Notice
from threadwell.record.sight import seeing
from threadwell.record.teamwork.follow import followers_of
from threadwell.record.workplace.models import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said to a third party."""

    text: str = ""
    html: str = ""
    files: Sequence[tuple[str, IO[bytes]]] = field(default=())  #: name and bytes
    is_signed: bool = True


def begin(
    main: Conversation,
    *,
    by: Agent,
    to: Sequence[Address],
    subject: str,
    words: Words,
    cc: Sequence[Address] = (),
) -> Message:
    """Ask somebody outside, beside the conversation with the customer."""
    if not to:
        raise Invalid(_("Nobody is named to send it to."))
    if wrong := [person.email for person in to if not write.is_address(person.email)]:
        raise Invalid(_("This is no address that can be written to: %(who)s.") % {"who": ", ".join(wrong)})
    if not subject.strip():
        raise Invalid(_("Give it a subject: the customer's is not taken over."))
    ours = compose.our_addresses(main.workspace_id)
    if own := [one.email for one in (*to, *cc) if is_ours(one.email, ours)]:
        raise Invalid(_("%(who)s is an inbox of ours; nobody outside reads it.") % {"who": ", ".join(own)})
    with transaction.atomic():
        main = _held(main)
        kept = asides.reaches([one.email for one in (*to, *cc)], asides.kept_out_beside(main))
        if kept:
            sentence = _("%(who)s belongs to the conversation with the customer and is not written to aside.")
            raise Invalid(sentence % {"who": ", ".join(kept)})
        inbox = outbound.inbox_for(main)
        aside = beside.opened(
            main,
            by=by,
            inbox=inbox,
            contact=introduce.meet(main.workspace_id, to[0]),
            subject=subject.strip(),
        )
        draft = outbound.begin(aside, "reply", by=by)
        outbound.save(draft, to=to, cc=cc, subject=subject.strip()[:998])
        return _sent(draft, words, by=by)


def answer(
    aside: Conversation,
    *,
    by: Agent,
    words: Words,
    to: Sequence[Address] | None = None,
    cc: Sequence[Address] | None = None,
) -> Message:
    """Write on in a side conversation; without ``to`` to whom it is with."""
    with transaction.atomic():
        draft = outbound.begin(aside, "reply_all", by=by, answers=to_answer(aside))
        people = {"to": to, "cc": cc}
        outbound.save(draft, **{part: given for part, given in people.items() if given is not None})
        return _sent(draft, words, by=by)


def to_answer(aside: Conversation) -> Message | None:
    """The last word of a third party, else our own; never what the customer wrote here."""
    kept = beside.kept_out(aside)
    said = aside.messages.filter(kind=Message.Kind.MESSAGE).exclude(direction=Message.Direction.NOTE)
    rows = list(said.order_by("-at", "-pk")[:50])
    theirs = [one for one in rows if one.direction == Message.Direction.IN]
    for one in (*theirs, *rows):
        if not asides.reaches([one.from_address], kept):
            return one
    return None


def suggested(aside: Conversation) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """To whom the next letter would go: to and cc."""
    answered = to_answer(aside)
    if answered is None:
        return (), ()
    people = outbound.suggested(answered, but_not=beside.kept_out(aside))["reply_all"]
    return people.to, people.cc


def finish(aside: Conversation, *, by: Agent) -> bool:
    """Nothing more is expected of the third party."""
    with transaction.atomic():
        held = _held(aside)
        changed = held.close(by=by)
        if changed:
            beside.tell_main(held, "finished", by=by)
        return changed


def resume(aside: Conversation, *, by: Agent) -> bool:
    """It is not done after all."""
    with transaction.atomic():
        held = _held(aside)
        changed = held.reopen(by=by)
        if changed:
            beside.tell_main(held, "resumed", by=by)
        return changed


def heard(aside: Conversation, message: Message) -> None:
    """Somebody wrote aside: the main conversation knows, and its owner and followers are told."""
    main = beside.tell_main(aside, "answered", who=message.from_name or message.from_address)
    told = {one.pk: one for one in (main.owner, *followers_of(main), *_writers(aside)) if one}
    Notice.give(
        seeing.those_who_may_see(main, [one for one in told.values() if one.left_at is None]),
        kind=Notice.Kind.ASIDE,
        key=f"aside:{message.pk.hex}",
        at=clock.now(),
        conversation=main,
        who=message.from_name or message.from_address,
        subject=aside.subject,
        aside=aside.number,
    )


def _sent(draft: Draft, words: Words, *, by: Agent) -> Message:
    is_signed = not words.is_signed or re.search(r"(?m)^-- ?$", words.text)
    signature = outbound.signature(by, draft.inbox) if draft.inbox and not is_signed else ""
    outbound.save(draft, text=f"{words.text.rstrip()}{signature}", html=words.html, is_quoting=True)
    for name, source in words.files:
        outbound.enclose_file(draft, source, name=name)
    return outbound.send(draft, by=by)


def _writers(aside: Conversation) -> Iterable[Agent]:
    """Who of us has written there, when nobody owns the main conversation."""
    keys = aside.messages.filter(direction=Message.Direction.OUT).values("agent_id")
    return Agent.objects.of(aside.workspace_id).filter(pk__in=keys)


def _held(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.of(conversation.workspace_id).select_for_update(of=("self",))
    held: Conversation = rows.get(pk=conversation.pk)
    return held
