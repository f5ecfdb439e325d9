"""Pursuing: a customer stays silent, and what was agreed for that is done step by step.

In:    a conversation, a ladder, an agent; the passing of time; an answer
Out:   FollowUp with its steps, each done once; letters, tasks, notices; why it ended
Touch: FollowUpLadder, FollowUp, FollowUpStep, Message, Task, Notice, Conversation, events

A step is a row, done as those of deadlines are (`timed/striking`). What ends a ladder is looked at again when
a step is due, under lock: an answer that came a moment ago is not overtaken.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from threadwell.channels.port import Address
from threadwell.flow import committing, outbound
from threadwell.flow.reply import compose, unattended
from threadwell.flow.timed import hours, striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.later import every
from threadwell.kit.opening_hours import NeverOpen
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.followups.ladder import Deed, Rung, Unit
from threadwell.record.followups.models import FollowUp, FollowUpLadder, FollowUpStep
from threadwell.record.journal.telling import tell
from threadwell.record.notices.models import Notice
from threadwell.record.workplace.models import Agent

MOST_STEPS, LONGEST = 12, 5000
FARTHEST = {Unit.HOURS: 24 * 90, Unit.DAYS: 365}
Ending = FollowUp.Ending


class NameTaken(Invalid):
    """Another ladder has this name."""

    code = "name-taken"


class AlreadyPursued(DomainError):
    """A ladder runs in this conversation."""

    code = "already-pursued"


def agree(*, by: Agent, name: str, rungs: Sequence[Rung], is_open_time: bool = True) -> FollowUpLadder:
    """A new ladder."""
    ladder = FollowUpLadder(workspace_id=by.workspace_id)
    _write(ladder, name, rungs, is_open_time=is_open_time)
    tell(ladder, "ladder.made", by=by, ladder=ladder.name)
    return ladder


def change(
    ladder: FollowUpLadder, *, by: Agent, name: str, rungs: Sequence[Rung], is_open_time: bool = True
) -> bool:
    """What runs already goes on as it was begun; says whether anything changed."""
    before = (ladder.name, ladder.steps, ladder.is_open_time)
    _write(ladder, name, rungs, is_open_time=is_open_time)
    if before == (ladder.name, ladder.steps, ladder.is_open_time):
        return False
    tell(ladder, "ladder.changed", by=by, ladder=ladder.name)
    return True


def archive(ladder: FollowUpLadder, *, by: Agent) -> None:
    """Nobody starts it any more; what runs goes on."""
    if ladder.archived_at is None:
        ladder.archived_at = clock.now()
        ladder.save(update_fields=["archived_at"])
        tell(ladder, "ladder.archived", by=by, ladder=ladder.name)


def start(conversation: Conversation, ladder: FollowUpLadder, *, by: Agent) -> FollowUp:
    """From now on its steps are done, until the customer answers."""
    now = clock.now()
    with transaction.atomic():
        held = _held(conversation)
        if held.joined_into_id or held.is_aside or held.status == Conversation.Status.CLOSED:
            raise Invalid(_("Only in a conversation with a customer that is not closed."))
        if ladder.archived_at:
            raise Invalid(_("This ladder is no longer in use."))
        if any(rung.deed == Deed.WRITE for rung in ladder.rungs):
            to, why = _whom(held, now)
            if to is None or why not in ("", unattended.TOO_MANY):
                raise Invalid(_("There is nobody here whom a letter could reach."))
        moments = _moments(held, ladder, now)
        try:
            with transaction.atomic():
                made = FollowUp.objects.create(
                    workspace_id=held.workspace_id, conversation=held, ladder=ladder, by=by, started_at=now
                )
        except IntegrityError:
            raise AlreadyPursued(_("A follow-up runs in this conversation already.")) from None
        FollowUpStep.objects.bulk_create(
            FollowUpStep(
                workspace_id=held.workspace_id,
                follow_up=made,
                place=place,
                deed=rung.deed,
                text=rung.text,
                at=at,
            )
            for place, (rung, at) in enumerate(zip(ladder.rungs, moments, strict=True))
        )
        held.record("follow_up_started", by=by, ladder=ladder.name, follow_up=str(made.pk))
        return made


def stop(follow_up: FollowUp, *, by: Agent) -> bool:
    """Nothing more is done; says whether it ran."""
    with transaction.atomic():
        held: FollowUp = FollowUp.objects.of(by.workspace_id).select_for_update().get(pk=follow_up.pk)
        return held.ended_at is None and _end(held, Ending.STOPPED, by=by)


def answered(conversation: Conversation) -> bool:
    """The customer has written: what waited for their silence is over; says whether anything ran."""
    running = FollowUp.objects.of(conversation.workspace_id).filter(conversation=conversation, ended_at=None)
    ended = [_end(one, Ending.ANSWERED) for one in running.select_for_update(of=("self",))]
    return bool(ended)


def of_conversation(conversation: Conversation) -> FollowUp | None:
    """The one that runs there."""
    rows = FollowUp.objects.of(conversation.workspace_id).filter(ended_at=None, conversation=conversation)
    found: FollowUp | None = rows.select_related("ladder", "by").first()
    return found


@every("* * * * *", "pursuing.each_minute")
def each_minute(timestamp: int) -> None:
    """What is due, in every workspace."""
    striking.in_every(lambda key: pursue(key, now=clock.now()), "follow-ups")


def pursue(workspace_id: UUID, *, now: datetime) -> int:
    """End what is over, and do the steps whose moment has come; how many."""
    with tenancy.entered(workspace_id):
        for one in _over(workspace_id).select_for_update(of=("self",), skip_locked=True):
            _end(one, _why_over(one, one.conversation) or Ending.ANSWERED)
    due = partial(_due, workspace_id, now)
    return striking.strike(workspace_id, due, partial(_do, workspace_id, now))


def _write(ladder: FollowUpLadder, name: str, rungs: Sequence[Rung], *, is_open_time: bool) -> None:
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid(_("A ladder needs a name."))
    _refuse_bad(rungs)
    ladder.name, ladder.is_open_time = name, is_open_time
    ladder.steps = [rung.facts for rung in rungs]
    try:
        with transaction.atomic():
            ladder.save()
    except IntegrityError:
        raise NameTaken(_("Another ladder has this name.")) from None


def _refuse_bad(rungs: Collection[Rung]) -> None:
    if not rungs:
        raise Invalid(_("A ladder needs at least one step."))
    if len(rungs) > MOST_STEPS:
        raise Invalid(_("A ladder has %(most)s steps at most.") % {"most": MOST_STEPS})
    for rung in rungs:
        if rung.unit not in Unit.values or rung.deed not in Deed.values:
            raise Invalid(_("There is no such step."))
        if not 1 <= rung.amount <= FARTHEST[Unit(rung.unit)]:
            raise Invalid(_("A step comes an hour to a year after the one before."))
        if rung.deed != Deed.CLOSE and not rung.text.strip():
            raise Invalid(_("Say in each step what shall be written or done."))
        if len(rung.text) > LONGEST:
            raise Invalid(_("A text has %(most)s letters at most.") % {"most": LONGEST})


def _moments(conversation: Conversation, ladder: FollowUpLadder, now: datetime) -> list[datetime]:
    counted = hours.of_conversation(conversation, now=now) if ladder.is_open_time else None
    found, at = [], now
    try:
        for rung in ladder.rungs:
            at = hours.later(counted, at, amount=rung.amount, unit=rung.unit)
            found.append(at)
    except NeverOpen:
        raise Invalid(_("There are no business hours to come in which this could be done.")) from None
    return found


def _over(workspace_id: UUID) -> Any:
    """Those that run though their conversation has been answered or closed."""
    said = Message.objects.of(OuterRef("workspace_id")).filter(
        conversation_id=OuterRef("conversation_id"),
        direction=Message.Direction.IN,
        kind=Message.Kind.MESSAGE,
        at__gt=OuterRef("started_at"),
    )
    running = FollowUp.objects.of(workspace_id).filter(ended_at=None)
    is_closed = Q(conversation__status=Conversation.Status.CLOSED)
    return running.filter(Exists(said) | is_closed).select_related("conversation", "ladder")


def _why_over(follow_up: FollowUp, conversation: Conversation) -> str:
    if conversation.joined_into_id:
        return Ending.JOINED
    said = conversation.messages.filter(
        direction=Message.Direction.IN, kind=Message.Kind.MESSAGE, at__gt=follow_up.started_at
    )
    if said.exists():
        return Ending.ANSWERED
    return Ending.CLOSED if conversation.status == Conversation.Status.CLOSED else ""


def _due(workspace_id: UUID, now: datetime) -> Any:
    steps = FollowUpStep.objects.of(workspace_id).filter(done_at=None, at__lte=now)
    return steps.order_by("at", "place", "pk")


def _do(workspace_id: UUID, now: datetime, key: UUID) -> bool:
    steps = FollowUpStep.objects.of(workspace_id).filter(pk=key, done_at=None)
    step = steps.select_for_update(skip_locked=True).first()
    if step is None:
        return False
    rows = FollowUp.objects.of(workspace_id).select_related("ladder", "by", "conversation")
    # The conversation first, as an arriving answer does: else the two might wait for each other.
    conversation = _held(rows.get(pk=step.follow_up_id).conversation)
    follow_up = rows.select_for_update(of=("self",)).get(pk=step.follow_up_id)
    if follow_up.ended_at is None and (ending := _why_over(follow_up, conversation)):
        _end(follow_up, ending)
    if follow_up.ended_at:
        return _done(step, _("it was over by then"), now)
    outcome = _climb(step, follow_up, conversation, now)
    if not outcome:
        return False  # it was put off
    _done(step, outcome, now)
    conversation.record(
        "follow_up_step", by=None, ladder=follow_up.ladder.name, deed=step.deed, outcome=outcome
    )
    follow_up.refresh_from_db(fields=["ended_at"])
    if follow_up.ended_at is None and not follow_up.steps.filter(done_at=None).exists():
        _end(follow_up, Ending.DONE)
    return True


def _climb(step: FollowUpStep, follow_up: FollowUp, conversation: Conversation, now: datetime) -> str:
    """Do it; what came of it, or nothing when it waits."""
    starter = follow_up.by if follow_up.by.left_at is None else None
    owner = conversation.owner if conversation.owner and conversation.owner.left_at is None else starter
    match step.deed:
        case Deed.WRITE:
            return _send(step, follow_up, conversation, now)
        case Deed.TASK:
            about = committing.About(conversation=conversation)
            committing.add_task(
                about, by=follow_up.by, title=unattended.filled(step.text, conversation), owner=owner
            )
            return _("made a task")
        case Deed.NOTIFY if owner:
            text = unattended.filled(step.text, conversation)
            key = f"follow-up:{step.pk.hex}"
            Notice.give(
                [owner], kind=Notice.Kind.REMINDER, key=key, at=now, conversation=conversation, text=text
            )
            return _("told %(name)s") % {"name": owner.name}
        case Deed.NOTIFY:
            return _("nobody is there to be told")
        case _:
            conversation.close(by=None, because=_("“%(ladder)s” ended") % {"ladder": follow_up.ladder.name})
            return _("closed it")


def _send(step: FollowUpStep, follow_up: FollowUp, conversation: Conversation, now: datetime) -> str:
    to, why = _whom(conversation, now)
    if why == unattended.TOO_MANY:
        step.at = now + unattended.HOUR
        step.save(update_fields=["at"])
        return ""
    if to is None or why:
        _end(follow_up, Ending.UNREACHABLE)
        return _("there is nobody to write to")
    starter = follow_up.by if follow_up.by.left_at is None else None
    inbox = outbound.inbox_for(conversation)
    signature = compose.signature_of(starter, inbox) if starter else ""
    unattended.say(
        conversation,
        inbox=inbox,
        to=to,
        text=unattended.filled(step.text, conversation) + signature,
        answers=outbound.to_answer(conversation),
        by=starter,
        because=unattended.GENERATED,
        now=now,
    )
    return _("wrote to %(who)s") % {"who": to.email}


def _whom(conversation: Conversation, now: datetime) -> tuple[Address | None, str]:
    """The customer who would get an answer, and what speaks against writing to them."""
    last = outbound.to_answer(conversation)
    to = outbound.suggested(last)["reply"].to if last else ()
    if not to:
        return None, unattended.NOWHERE
    return to[0], unattended.why_not(conversation, to[0].email, now=now)


def _done(step: FollowUpStep, outcome: str, now: datetime) -> bool:
    step.done_at, step.outcome = now, outcome[:200]
    step.save(update_fields=["done_at", "outcome"])
    return True


def _end(follow_up: FollowUp, because: str, *, by: Agent | None = None) -> bool:
    follow_up.ended_at, follow_up.ended_because, follow_up.ended_by = clock.now(), because, by
    follow_up.save(update_fields=["ended_at", "ended_because", "ended_by"])
    follow_up.conversation.record(
        "follow_up_ended",
        by=by,
        ladder=follow_up.ladder.name,
        follow_up=str(follow_up.pk),
        because=str(Ending(because).label),
    )
    return True


def _held(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.of(conversation.workspace_id).select_related(
        "owner", "team", "inbox", "contact__one_with__organisation", "contact__organisation", "organisation"
    )
    held: Conversation = rows.select_for_update(of=("self",)).get(pk=conversation.pk)
    return held
