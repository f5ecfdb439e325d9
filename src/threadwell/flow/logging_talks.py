"""Logging talks: a call, a visit or a meeting that somebody writes down, and notes in a set form.

Both become a message of a conversation: one that is chosen, or a new one that stands where everything logged
by hand stands. The next step becomes a task, the decision a decision, in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.flow import committing, outbound
from threadwell.flow.committing import EARLIEST, About
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.commitments.models import Decision, StructuredNote, Talk, Task
from threadwell.record.conversations import wording
from threadwell.record.conversations.models import Conversation, Counter, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.telling import tell
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent

CHANNELS = {Talk.Kind.CALL: "phone", Talk.Kind.VISIT: "visit", Talk.Kind.MEETING: "visit"}
WORDS, LONGEST, PREVIEW = 20_000, 24 * 60, 200
GRACE = timedelta(minutes=5)  #: clocks of browsers differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What a talk or a note comes to; each part may be empty."""

    discussed: str = ""
    decided: str = ""
    next_step: str = ""
    owner: Agent | None = None
    due_at: datetime | None = None
    zone: str = "UTC"

    def __bool__(self) -> bool:
        return bool(self.discussed or self.decided or self.next_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """A call, a visit or a meeting, as somebody tells it."""

    kind: str = Talk.Kind.CALL
    direction: str = Message.Direction.IN
    minutes: int = 0
    place: str = ""
    outcome: str = Talk.Outcome.SPOKE
    at: datetime | None = None
    points: Points = Points()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """With whom it was, and in which conversation it stands; none of them: a new one."""

    contact: Contact | None = None
    organisation: Organisation | None = None
    conversation: Conversation | None = None


def log(talked: Talked, whom: Whom, *, by: Agent) -> Message:
    """Write a talk down."""
    _refuse_wrong(talked)
    with transaction.atomic():
        at = talked.at or clock.now()
        is_new = whom.conversation is None
        title = title_of(talked.kind, talked.minutes, talked.outcome)
        conversation = whom.conversation or _opened(whom, subject=_subject(talked, title), by=by, at=at)
        message = _message_of(talked, whom, conversation, by=by, title=title, at=at)
        Talk.objects.create(
            workspace_id=by.workspace_id,
            message=message,
            kind=talked.kind,
            minutes=talked.minutes,
            place=_line(talked.place),
            outcome=talked.outcome,
        )
        facts = {"kind": talked.kind, "minutes": talked.minutes, "outcome": talked.outcome}
        tell(conversation, "talk.logged", by=by, message=str(message.pk), **facts)
        _settle(message, talked.points, by=by)
        conversation.recount()
        if is_new:
            # It was said; what is left to do is a task.
            conversation.close(by=by)
        return message


def note_down(points: Points, whom: Whom, *, by: Agent) -> Message:
    """Write down what was discussed and decided, and what comes next; only the team sees it."""
    if not points:
        raise Invalid(_("Nothing is written yet."))
    with transaction.atomic():
        is_new = whom.conversation is None
        first = _line(points.discussed or points.decided or points.next_step)
        conversation = whom.conversation or _opened(whom, subject=first, by=by, at=clock.now())
        message = outbound.note(conversation, by=by, text=_clean(written(points)))
        _concern(message, whom)
        _settle(message, points, by=by)
        if is_new:
            conversation.preview = message.text[:PREVIEW]
            conversation.save(update_fields=["preview"])
            conversation.close(by=by)
        return message


def written(points: Points) -> str:
    """The points as the text of a message, which is what search finds."""
    parts = []
    if points.discussed:
        parts.append(points.discussed.strip())
    if points.decided:
        parts.append(_("Decided: %(what)s") % {"what": points.decided.strip()})
    if points.next_step:
        parts.append(_("Next step: %(what)s") % {"what": points.next_step.strip()})
    return "\n\n".join(parts)


def title_of(kind: str, minutes: int, outcome: str) -> str:
    """What a talk is called: "Call, 6 minutes", "Visit, nobody answered"."""
    names = {Talk.Kind.CALL: _("Call"), Talk.Kind.VISIT: _("Visit"), Talk.Kind.MEETING: _("Meeting")}
    outcomes = {
        Talk.Outcome.MESSAGE_LEFT: _("left a message"),
        Talk.Outcome.NO_ANSWER: _("nobody answered"),
        Talk.Outcome.TURNED_AWAY: _("turned away"),
    }
    title = [names.get(Talk.Kind(kind), "")]
    if minutes:
        title.append(ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes})
    if said := outcomes.get(Talk.Outcome(outcome)):
        title.append(said)
    return ", ".join(title)


def _refuse_wrong(talked: Talked) -> None:
    if talked.kind not in Talk.Kind.values or talked.outcome not in Talk.Outcome.values:
        raise Invalid(_("There is no such kind of talk."))
    if talked.direction not in {Message.Direction.IN, Message.Direction.OUT}:
        raise Invalid(_("Say who called: the customer, or we."))
    if not 0 <= talked.minutes <= LONGEST:
        raise Invalid(_("A talk takes at most a day."))
    if talked.at and not EARLIEST <= talked.at <= clock.now() + GRACE:
        raise Invalid(_("A talk that is written down has taken place: choose a time that has passed."))


def _subject(talked: Talked, title: str) -> str:
    said = _line(talked.points.discussed or talked.points.decided)
    return said or title


def _opened(whom: Whom, *, subject: str, by: Agent, at: datetime) -> Conversation:
    contact, organisation = whom.contact, whom.organisation
    if contact is None and organisation is None:
        raise Invalid(_("Say with whom it was."))
    conversation = Conversation.objects.create(
        workspace_id=by.workspace_id,
        number=Counter.reserve(by.workspace_id, "conversation")[0],
        subject=subject,
        inbox=Inbox.by_hand(by.workspace_id),
        contact=contact,
        organisation=organisation or (contact.organisation if contact else None),
        owner=by,
        last_word=Conversation.Party.US,
        last_message_at=at,
        is_apart=True,
    )
    conversation.record("opened", by=by)
    return conversation


def _message_of(
    talked: Talked, whom: Whom, conversation: Conversation, *, by: Agent, title: str, at: datetime
) -> Message:
    contact = whom.contact or conversation.contact
    organisation = whom.organisation or (contact.organisation if contact else conversation.organisation)
    them = (contact.name if contact else "") or str(organisation or "") or _("the customer")
    is_theirs = talked.direction == Message.Direction.IN
    writer, listener = (them, by.name) if is_theirs else (by.name, them)
    text = _clean(written(talked.points)) or title
    words = wording.wording_of(
        subject=title, text=text, writer=(writer,), recipients=(listener, talked.place)
    )
    message = Message.objects.create(
        workspace_id=by.workspace_id,
        conversation=conversation,
        direction=talked.direction,
        channel=CHANNELS[Talk.Kind(talked.kind)],
        contact=contact,
        organisation=organisation,
        agent=by,
        from_name=writer[:200],
        recipients={"to": [{"name": listener, "email": ""}]},
        subject=title,
        text=text,
        state=Message.State.RECEIVED if is_theirs else Message.State.SENT,
        facts={
            "talk": {
                "kind": talked.kind,
                "minutes": talked.minutes,
                "outcome": talked.outcome,
                "place": _line(talked.place),
            }
        },
        words=words.vector,
        at=at,
    )
    wording.learn(by.workspace_id, words)
    return message


def _concern(message: Message, whom: Whom) -> None:
    """A note is about the customer it was written at."""
    conversation = message.conversation
    message.contact = whom.contact or message.contact or conversation.contact
    message.organisation = (
        whom.organisation
        or message.organisation
        or (message.contact.organisation if message.contact else conversation.organisation)
    )
    message.save(update_fields=["contact", "organisation"])


def _settle(message: Message, points: Points, *, by: Agent) -> StructuredNote | None:
    """The decision and the next step stand on their own from now on, and know where they came from."""
    if not points.decided and not points.next_step:
        return None
    about = About(message=message, contact=message.contact, organisation=message.organisation)
    decision: Decision | None = None
    task: Task | None = None
    if points.decided:
        decision = committing.mark_decision(about, by=by, text=points.decided)
    if points.next_step:
        task = committing.add_task(
            about,
            by=by,
            title=points.next_step,
            owner=points.owner,
            due_at=points.due_at,
            zone=points.zone,
            remind_at=points.due_at if points.due_at and points.due_at > clock.now() else None,
        )
    return StructuredNote.objects.create(
        workspace_id=by.workspace_id,
        message=message,
        discussed=_clean(points.discussed),
        decided=_clean(points.decided),
        next_step=task.title if task else "",
        owner=task.owner if task else None,
        due_at=points.due_at if task else None,
        task=task,
        decision=decision,
    )


def _clean(text: str) -> str:
    said = text.replace("\x00", "").strip()
    if len(said) > WORDS:
        raise Invalid(_("That is too long: at most %(most)s characters.") % {"most": WORDS})
    return said


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:PREVIEW]
