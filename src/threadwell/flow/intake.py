"""Intake: from bytes at a door to a conversation in somebody's queue.

The order of arriving is written here and nowhere else. `accept` runs at the door: it keeps the bytes and
answers. `read_waiting` runs in the worker: a batch is looked up at once, then each delivery is one
transaction, so that a bad one never holds up its neighbours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self
from uuid import UUID

import structlog
from django.db.models import Exists

from threadwell.channels import dialects
from threadwell.channels.email import tokens
from threadwell.channels.email.clues import Clues, Signal, clues_of
from threadwell.channels.port import Kind, Letter
from threadwell.flow import acknowledging, outbound, scanning, silence, surgery, teamwork
from threadwell.flow.arrive import capture, identify, shelf, sift, thread, transcribe, unpack
from threadwell.flow.arrive.capture import Arrival, Claimed, Kept
from threadwell.flow.arrive.sift import Fate, Sifting
from threadwell.flow.arrive.signals import Verdict, decide
from threadwell.flow.arrive.slips import Placement, Sender
from threadwell.flow.decide import route
from threadwell.kit import blobs, clock, numbers, scanner, tenancy
from threadwell.kit.pipeline import Conflict, Pipeline, is_passing
from threadwell.record.conversations import wording
from threadwell.record.conversations.models import Conversation, Counter, Outgoing
from threadwell.record.followups.models import FollowUp
from threadwell.record.inboxes.models import Block, Delivery, Inbox, blocked_by
from threadwell.record.workplace.models import Workspace

_log = structlog.get_logger(__name__)

BATCH = 50


def accept(arrivals: Sequence[Arrival]) -> list[Kept]:
    """Keep what arrived; when this returns, it is on disk. Safe to call twice with the same arrivals."""
    return capture.keep(arrivals)


def read_waiting(workspace_id: UUID) -> int:
    """Read a batch of what waits in a workspace; how many were taken, 0 when nothing waits."""
    claimed = capture.claim(workspace_id, most=BATCH)
    if claimed:
        house = _House.of(workspace_id)
        opened = [_Opened.of(one, house) for one in claimed]
        known = _Known.about(house, opened)
        for at, one in enumerate(opened):
            known = _attempt(one, house, known, opened[at:])
    return len(claimed)


def _attempt(one: "_Opened", house: "_House", known: "_Known", left: list["_Opened"]) -> "_Known":
    """Take one in; what is known afterwards of those that are left, itself among them."""
    for _ in range(5):
        try:
            _take_in(one, house, known)
        except Conflict:
            known = _Known.about(house, left)
            if not capture.still_waits(house.workspace_id, one.claimed.id):
                return known  # our lease was over and another worker has read it
        except blobs.Unreachable as away:
            _log.warning("delivery is put off", delivery=str(one.claimed.id), error=str(away))
            capture.put_off(house.workspace_id, one.claimed, str(away))
            return _Known.about(house, left)
        except Exception as accident:
            if is_passing(accident):
                # The disk is full or the database goes: no letter's fault, so none is blamed for it.
                capture.give_back(house.workspace_id, [each.claimed for each in left])
                raise
            _log.exception("delivery could not be read", delivery=str(one.claimed.id))
            capture.failed(house.workspace_id, one.claimed, f"{type(accident).__name__}: {accident}")
            return _Known.about(house, left)
        else:
            return known
    capture.failed(house.workspace_id, one.claimed, "others kept writing to the same conversation")
    return known


def _take_in(one: "_Opened", house: "_House", known: "_Known") -> None:
    line = Pipeline(house.workspace_id)
    block = blocked_by(house.blocks, identify.address_of(one.letter), at=clock.now())
    sifting = sift.at_the_door(one.letter, one.claimed.facts, block)
    verdict = _verdict_on(one, known)
    if sifting.fate is Fate.DESK:
        twin = shelf.twin_of(one.letter, one.clues, known.shelf)
        is_placed = verdict.conversation is not None
        sifting = sift.at_the_desk(
            one.letter, one.claimed.facts, is_placed=is_placed, is_answer=_answers(one), twin=twin
        )
    if sifting.fate is not Fate.DESK:
        _lay_down(one, sifting, line)
        return

    sender, partner = _people_of(one, house, known, verdict)
    line.insert(*sender.new, *(partner.new if partner is not sender else ()))
    assignment = route.choose(house.inboxes[one.claimed.inbox_id])
    files = unpack.keep(house.workspace_id, one.letter.parts)
    placement = thread.place(
        one.letter,
        one.clues,
        sender,
        verdict,
        transcribe.Standing(
            inbox=house.inboxes[one.claimed.inbox_id],
            delivery_id=one.claimed.id,
            at=one.claimed.arrived_at,
            number=_number(house) if verdict.conversation is None else 0,
            team_id=assignment.team_id,
            because=assignment.because,
            contact_id=partner.contact_id,
            organisation_id=partner.organisation_id,
            is_ours=_is_ours(one, sender, verdict),
            is_history=bool(one.claimed.facts.get("imported")),
            files=sum(not file.is_inline for file in files),
        ),
        known.shelf,
        line,
    )
    line.insert(*unpack.rows(files, placement.message))
    capture.settle(line, one.claimed.id, Delivery.State.READ, "", one.letter)
    new_words = wording.unlearned(house.workspace_id, placement.said)
    if new_words:
        # Last, for two workers may learn the same word, and then one waits for the other.
        line.run(wording.LEARN, [house.workspace_id, new_words])
    _write(one, house, line, placement)
    wording.learned(house.workspace_id, new_words)


def _number(house: "_House") -> int:
    return numbers.next_of(house.workspace_id, "conversation", Counter.reserve)


def _write(one: "_Opened", house: "_House", line: Pipeline, placement: Placement) -> None:
    """Keep it, with what follows from it."""
    follows = _what_follows(one, house, placement)
    if not follows:
        # A crash may lose this transaction, never the delivery: it would be read again.
        line.write(is_recoverable=True)
        return
    with tenancy.entered(house.workspace_id):
        line.write(is_recoverable=True)
        for step in follows:
            step()


def _what_follows(one: "_Opened", house: "_House", placement: Placement) -> list[Callable[[], object]]:
    """What else the letter brings about, in its own transaction; nothing for most."""
    workspace_id = house.workspace_id
    follows: list[Callable[[], object]] = [
        partial(
            surgery.join, workspace_id, other, into=placement.conversation_id, because=placement.signal.value
        )
        for other in placement.joins
    ]
    if one.letter.parts and scanner.is_on():
        follows.append(partial(scanning.ask, workspace_id))
    if one.letter.bounces:
        follows.append(lambda: outbound.report(workspace_id, one.letter.bounces, _conversation(placement)))
    is_answer = placement.message.direction == "in" and one.letter.kind is Kind.MESSAGE
    if placement.is_watched and is_answer:
        follows.append(partial(teamwork.heard, workspace_id, placement.conversation_id, placement.message))
    if house.something_awaits_silence and is_answer and not placement.is_new:
        follows.append(lambda: silence.broken(_conversation(placement)))
    inbox = house.inboxes[one.claimed.inbox_id]
    if placement.is_new and is_answer and acknowledging.is_wanted(one.letter, one.claimed.facts, inbox):
        follows.append(partial(acknowledging.acknowledge, placement.message, inbox, one.claimed.arrived_at))
    return follows


def _conversation(placement: Placement) -> Conversation:
    found: Conversation = Conversation.objects.of(placement.message.workspace_id).get(
        pk=placement.conversation_id
    )
    return found


def _verdict_on(one: "_Opened", known: "_Known") -> Verdict:
    """Where the letter belongs. A machine's report names its matter under a subject of its own."""
    verdict = decide(one.clues, known.shelf)
    if one.letter.kind is Kind.MESSAGE or verdict.follows is None:
        return verdict
    because = "it reports on a letter of this conversation"
    return replace(
        verdict, conversation=verdict.follows, follows=None, signal=Signal.IN_REPLY_TO, because=because
    )


def _lay_down(one: "_Opened", sifting: Sifting, line: Pipeline) -> None:
    state = Delivery.State.QUARANTINED if sifting.fate is Fate.QUARANTINED else Delivery.State.SET_ASIDE
    capture.settle(line, one.claimed.id, state, sifting.because, one.letter)
    line.write(is_recoverable=True)


def _people_of(one: "_Opened", house: "_House", known: "_Known", verdict: Verdict) -> tuple[Sender, Sender]:
    """Who wrote, and the contact it is with: for our own letters the first outside recipient."""
    if one.claimed.facts.get("is_sent"):
        writer = identify.sender_of(one.letter, known.people, makes_contact=False)
        outside = [
            who for who in (*one.letter.to, *one.letter.cc) if not identify.is_one_of(who.email, house.ours)
        ]
        return writer, identify.contact_of(outside[0], known.people) if outside else writer
    is_colleague = verdict.conversation is not None and one.letter.authentication.dmarc != "fail"
    speaks = one.letter.kind in (Kind.MESSAGE, Kind.AUTOMATIC)  # a machine's report is nobody's word
    sender = identify.sender_of(one.letter, known.people, may_be_colleague=is_colleague, makes_contact=speaks)
    return sender, sender


def _answers(one: "_Opened") -> bool:
    return bool(one.clues.subject.is_answer or one.clues.in_reply_to or one.clues.references)


def _is_ours(one: "_Opened", sender: Sender, verdict: Verdict) -> bool:
    return bool(one.claimed.facts.get("is_sent")) or (
        sender.agent_id is not None and verdict.conversation is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """The workspace as intake needs to see it."""

    workspace_id: UUID
    inboxes: dict[UUID, Inbox]
    ours: frozenset[str]
    blocks: list[Block]
    something_awaits_silence: bool  #: a letter is planned for the case that the customer does not write

    @classmethod
    def of(cls, workspace_id: UUID) -> Self:
        with tenancy.entered(workspace_id):
            inboxes = {inbox.pk: inbox for inbox in Inbox.objects.of(workspace_id)}
            blocks = list(Block.objects.of(workspace_id))
            planned = Outgoing.objects.of(workspace_id).filter(done_at=None, cancel_on_reply=True)
            pursued = FollowUp.objects.of(workspace_id).filter(ended_at=None)
            awaits = Workspace.objects.filter(Exists(planned) | Exists(pursued), pk=workspace_id).exists()
        ours = frozenset(identify.fold(inbox.address) for inbox in inboxes.values())
        return cls(
            workspace_id=workspace_id,
            inboxes=inboxes,
            ours=ours,
            blocks=blocks,
            something_awaits_silence=awaits,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A delivery with its letter read."""

    claimed: Claimed
    letter: Letter
    clues: Clues

    @classmethod
    def of(cls, claimed: Claimed, house: _House) -> Self:
        letter = dialects.of(house.inboxes[claimed.inbox_id].kind).letter(claimed.raw)
        if letter.kind is not Kind.MESSAGE:
            letter = _naming_what_it_reports(letter)
        token = _token_of(letter, claimed, house)
        clues = clues_of(letter, ours=house.ours, token=token, arrived_at=claimed.arrived_at)
        return cls(claimed=claimed, letter=letter, clues=clues)


def _naming_what_it_reports(letter: Letter) -> Letter:
    """A report answers the letter it is about, though few say so in In-Reply-To."""
    about = [bounce.original_message_id for bounce in letter.bounces if bounce.original_message_id]
    return replace(letter, in_reply_to=(*dict.fromkeys([*letter.in_reply_to, *about]),))


def _token_of(letter: Letter, claimed: Claimed, house: _House) -> str:
    addressed = [who.email for who in (*letter.to, *letter.cc)] + [*claimed.facts.get("rcpt", [])]
    to_us = [address for address in addressed if identify.is_one_of(address, house.ours)]
    found = tokens.conversation_in(" ".join([*to_us, *letter.in_reply_to, *letter.references]))
    return found.hex if found else ""


@dataclass(slots=True, kw_only=True)
class _Known:
    """What a batch may touch, looked up at once; grows while the batch is taken in."""

    people: identify.Acquaintance
    shelf: shelf.Shelf

    @classmethod
    def about(cls, house: _House, batch: Sequence[_Opened]) -> Self:
        with tenancy.entered(house.workspace_id):
            return cls(
                people=identify.acquaintance(
                    house.workspace_id, [one.letter for one in batch], _addressees(batch)
                ),
                shelf=shelf.look_up(house.workspace_id, [one.clues for one in batch]),
            )


def _addressees(batch: Sequence[_Opened]) -> set[str]:
    """Whom our own letters among them went to."""
    sent = [one.letter for one in batch if one.claimed.facts.get("is_sent")]
    return {identify.fold(who.email) for letter in sent for who in (*letter.to, *letter.cc)}
