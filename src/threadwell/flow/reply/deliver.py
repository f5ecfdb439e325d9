"""Deliver: hand what is due to a mail server, and write down what it said.

In:    the list of what is due (Dispatch), how to build a mail, how to say that it leaves
Out:   the state of each message and of each of its recipients
Touch: Dispatch, Outgoing, Message, Inbox (its health); the network
Never: changes the text; holds a transaction open while a server is spoken to

A message may arrive twice, never not at all: docs/decisions/0007-sending-at-least-once.md.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
import zstandard
from django.db import close_old_connections, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from threadwell.channels.email import send, sent_folder
from threadwell.channels.email.send import Answer, NotReached
from threadwell.flow.reply import screen
from threadwell.kit import clock, tenancy
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import Dispatch, Message, Outgoing
from threadwell.record.inboxes.models import Inbox

AT_ONCE = 8  #: mails handed over at the same time by one worker
PER_INBOX = 3  #: of them by one inbox: a server that hangs holds up nobody else
BREATH = 0.5  #: seconds between looks at the list
LEASE = timedelta(minutes=6)  #: longer than the talk with a server can last at all
UNTIL_SCANNED = timedelta(seconds=5)  #: between looks whether its files have been scanned
STEPS = tuple(timedelta(minutes=step) for step in (1, 5, 15, 60, 180, 360))  #: the last again and again
GIVEN_UP_AFTER = timedelta(days=3)

State = Message.State
_ON_ITS_WAY = {State.HELD, State.QUEUED, State.DELAYED}
_log = structlog.get_logger(__name__)

type Build = Callable[[Outgoing], bytes]
type Leave = Callable[[Outgoing], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message ready to be handed over."""

    workspace_id: UUID
    outgoing_id: UUID
    inbox: Inbox
    raw: bytes
    recipients: tuple[str, ...]
    is_first: bool  #: nobody has it yet


def serve(until: threading.Event, *, build: Build, leave: Leave) -> None:
    """Send what is due until told to stop; what has been begun is finished."""
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="deliver") as hands:
        busy: set[Future[None]] = set()
        while not until.is_set():
            busy = {one for one in busy if not one.done()}
            try:
                due = claim(AT_ONCE - len(busy))
            except Exception:
                _log.exception("the list of what is due cannot be read")
                due = []
            finally:
                close_old_connections()
            busy |= {hands.submit(_in_thread, one, build, leave) for one in due}
            _rest(until, busy, is_empty=not due)


def _rest(until: threading.Event, busy: set[Future[None]], *, is_empty: bool) -> None:
    """A moment, or until a hand is free; with a free hand and more on the list not at all."""
    if busy and (is_empty or len(busy) >= AT_ONCE):
        wait(busy, timeout=BREATH, return_when=FIRST_COMPLETED)
    elif is_empty:
        until.wait(BREATH)


def claim(most: int) -> list[Dispatch]:
    """Take some from the list for this worker alone. In a conversation the earlier goes before the later."""
    if most <= 0:
        return []
    now = clock.now()
    with transaction.atomic():
        earlier = Dispatch.objects.filter(
            conversation_id=OuterRef("conversation_id"),
            outgoing_id__lt=OuterRef("outgoing_id"),
            due_at__lte=now,
        )
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        leased = Dispatch.objects.filter(leased_until__gt=now).values_list("inbox_id")
        load: dict[UUID, int] = dict(leased.annotate(Count("outgoing_id")))
        # However long the list of a server that hangs is, it must not be all that is looked at.
        busy = [inbox_id for inbox_id, count in load.items() if count >= PER_INBOX]
        due = Dispatch.objects.filter(free, ~Exists(earlier), due_at__lte=now).exclude(inbox_id__in=busy)
        rows = due.order_by("due_at").select_for_update(skip_locked=True)[: most * PER_INBOX]
        claimed: list[Dispatch] = []
        for row in rows:
            if len(claimed) < most and load.get(row.inbox_id, 0) < PER_INBOX:
                load[row.inbox_id] = load.get(row.inbox_id, 0) + 1
                claimed.append(row)
        Dispatch.objects.filter(pk__in=[one.pk for one in claimed]).update(leased_until=now + LEASE)
    return claimed


def deliver(claimed: Dispatch, *, build: Build, leave: Leave) -> None:
    """One try with one message."""
    parcel = _taken_up(claimed, build, leave)
    if parcel is None:
        return
    answers: dict[str, Answer] = {}
    trouble = ""
    try:
        answers = send.hand_over(
            parcel.raw,
            sender=parcel.inbox.address,
            recipients=parcel.recipients,
            server=send.server_of(parcel.inbox),
            before_data=lambda: _note_handing_over(parcel),
        )
    except NotReached as away:
        trouble = str(away)
        answers = dict.fromkeys(parcel.recipients, Answer(code=421, text=trouble))
    _settle(parcel, answers)
    _note_health(parcel.inbox, trouble)
    if parcel.is_first and any(answer.is_taken for answer in answers.values()):
        _lay_copy(parcel)


def _note_health(inbox: Inbox, trouble: str) -> None:
    if not trouble and inbox.unsendable_since is None:
        return
    with tenancy.entered(inbox.workspace_id):
        if trouble:
            inbox.cannot_send(trouble)
        else:
            inbox.has_sent()


def _in_thread(claimed: Dispatch, build: Build, leave: Leave) -> None:
    try:
        deliver(claimed, build=build, leave=leave)
    except Exception as accident:
        # The message itself may be at fault, so it steps aside for the others and tells why.
        _log.exception("message could not be sent", outgoing=str(claimed.pk))
        _step_aside(claimed, accident)
    finally:
        close_old_connections()


def _taken_up(claimed: Dispatch, build: Build, leave: Leave) -> Parcel | None:
    with tenancy.entered(claimed.workspace_id):
        outgoing = _held(claimed.workspace_id, claimed.outgoing_id)
        if outgoing is None or outgoing.message.state not in _ON_ITS_WAY:
            Dispatch.objects.filter(pk=claimed.pk).delete()
            return None
        message = outgoing.message
        if not outgoing.raw and _is_stopped(outgoing):
            return None
        if outgoing.handing_over_at:
            _tell_again(outgoing)
        if not outgoing.tried_at:
            leave(outgoing)
            outgoing.tried_at = clock.now()
        if not outgoing.raw:
            outgoing.raw = build(outgoing)
        outgoing.attempts += 1
        outgoing.facts = {}  # from here on it cannot be taken back
        outgoing.save()
        message.state = State.QUEUED
        message.save(update_fields=["state"])
        return Parcel(
            workspace_id=outgoing.workspace_id,
            outgoing_id=outgoing.pk,
            inbox=outgoing.inbox,
            raw=zstandard.ZstdDecompressor().decompress(bytes(outgoing.raw)),
            recipients=tuple(
                address
                for address, told in outgoing.recipients.items()
                if told["state"] in {"waiting", "delayed"}
            ),
            is_first=all(told["state"] != "sent" for told in outgoing.recipients.values()),
        )


def _is_stopped(outgoing: Outgoing) -> bool:
    """Whether a file keeps the message here: for good, or until it has been scanned."""
    because, has_to_wait = screen.look_at(outgoing.message)
    if because:
        for told in outgoing.recipients.values():
            told |= {"state": "refused", "reply": because}
        outgoing.facts = {}
        _finish(outgoing, clock.now(), is_over=False)
    elif has_to_wait:
        sending.put_on_the_list(outgoing, due_at=clock.now() + UNTIL_SCANNED)
    return bool(because or has_to_wait)


def _tell_again(outgoing: Outgoing) -> None:
    """A worker ended between handing the mail over and hearing the answer: it goes once more."""
    because = _("the way was cut off before the server answered; if it had it already, it gets it twice")
    sending.tell_of(outgoing.message, "resent", because=because)
    outgoing.handing_over_at = None


def _note_handing_over(parcel: Parcel) -> None:
    now = clock.now()
    with tenancy.entered(parcel.workspace_id):
        rows = Outgoing.objects.of(parcel.workspace_id).filter(pk=parcel.outgoing_id)
        rows.update(handing_over_at=now)
        Dispatch.objects.filter(pk=parcel.outgoing_id).update(leased_until=now + LEASE)


def _settle(parcel: Parcel, answers: dict[str, Answer]) -> None:
    """Write down what the server said, and decide what comes next."""
    with tenancy.entered(parcel.workspace_id):
        outgoing = _held(parcel.workspace_id, parcel.outgoing_id)
        assert outgoing is not None, "a message on its way is never removed"
        now = clock.now()
        is_over = now - (outgoing.tried_at or now) >= GIVEN_UP_AFTER
        for address, answer in answers.items():
            outgoing.recipients[address] = {
                "state": _state_of(answer, is_over=is_over),
                "reply": str(answer),
                "at": now.isoformat(),
            }
        if all(answer.code for answer in answers.values()):
            outgoing.handing_over_at = None
        if any(told["state"] == "delayed" for told in outgoing.recipients.values()):
            _delay(outgoing, now)
        else:
            _finish(outgoing, now, is_over=is_over)


def _state_of(answer: Answer, *, is_over: bool) -> str:
    if answer.is_taken:
        return "sent"
    return "refused" if answer.is_refused or is_over else "delayed"


def _delay(outgoing: Outgoing, now: datetime) -> None:
    step = STEPS[min(outgoing.attempts, len(STEPS)) - 1]
    sending.put_on_the_list(outgoing, due_at=now + step)
    because = _replies(outgoing, "delayed")
    message = outgoing.message
    if message.state_because == because:
        message.state = State.DELAYED
        message.save(update_fields=["state"])  # told before; once an hour the same news would be noise
    else:
        sending.turn(message, State.DELAYED, because=because, next_try=outgoing.due_at.isoformat())


def _finish(outgoing: Outgoing, now: datetime, *, is_over: bool) -> None:
    outgoing.done_at = now
    outgoing.save()
    Dispatch.objects.filter(pk=outgoing.pk).delete()
    states = {told["state"] for told in outgoing.recipients.values()}
    if states <= {"sent"}:
        sending.turn(outgoing.message, State.SENT, by=outgoing.message.agent)
        return
    because = _replies(outgoing, "refused")
    if is_over:
        because = _("Given up after %(days)s days: %(why)s") % {"days": GIVEN_UP_AFTER.days, "why": because}
    state = State.BOUNCED if "sent" in states else State.FAILED
    sending.turn(outgoing.message, state, because=because)
    sending.fall_silent(outgoing.message)


def _lay_copy(parcel: Parcel) -> None:
    if not sent_folder.is_wanted(parcel.inbox):
        return
    try:
        sent_folder.lay(parcel.inbox, parcel.raw)
    except sent_folder.NotLaid as problem:
        with tenancy.entered(parcel.workspace_id):
            if outgoing := _held(parcel.workspace_id, parcel.outgoing_id):
                sending.tell_of(outgoing.message, "not_laid", because=str(problem))


def _replies(outgoing: Outgoing, state: str) -> str:
    """What was said of whom; recipients of whom the same was said stand together."""
    said: dict[str, list[str]] = {}
    for address, told in outgoing.recipients.items():
        if told["state"] == state:
            said.setdefault(told["reply"], []).append(address)
    return "; ".join(
        f"{', '.join(people[:5])}{' …' if people[5:] else ''}: {why}" for why, people in said.items()
    )


def _step_aside(claimed: Dispatch, accident: Exception) -> None:
    because = _("It could not be sent, which is our fault: %(why)s") % {
        "why": f"{type(accident).__name__}: {accident}"
    }
    with tenancy.entered(claimed.workspace_id):
        outgoing = _held(claimed.workspace_id, claimed.outgoing_id)
        if outgoing is None or outgoing.message.state not in _ON_ITS_WAY:
            return
        for told in outgoing.recipients.values():
            if told["state"] in {"waiting", "delayed"}:
                told |= {"state": "delayed", "reply": because}
        outgoing.tried_at = outgoing.tried_at or clock.now()
        outgoing.attempts += 1
        if clock.now() - outgoing.tried_at < GIVEN_UP_AFTER:
            _delay(outgoing, clock.now())
        else:
            for told in outgoing.recipients.values():
                told["state"] = "refused" if told["state"] == "delayed" else told["state"]
            _finish(outgoing, clock.now(), is_over=True)


def _held(workspace_id: UUID, outgoing_id: UUID) -> Outgoing | None:
    held: Outgoing | None = (
        Outgoing.objects.of(workspace_id)
        .filter(pk=outgoing_id)
        .select_related("message__conversation", "message__agent", "inbox__workspace")
        .select_for_update(of=("self",))
        .first()
    )
    return held
