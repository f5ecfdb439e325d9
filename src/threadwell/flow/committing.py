"""Committing: tasks, promises and decisions are made, about a customer or in the middle of a conversation.

Pages, the API and structured notes come through here: what they are about is read off the message or the
conversation, and a reminder is laid up for its moment. What happens to them later are verbs of their own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.kit.later import job, later
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.commitments.promise import Side
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

TITLE, WORDS, NOTE = 300, 5000, 5000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FARTHEST = timedelta(days=20 * 365)  #: nobody means more; a slip of the pen does


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom and what it concerns; what is not said is read off the message or the conversation."""

    contact: Contact | None = None
    organisation: Organisation | None = None
    conversation: Conversation | None = None
    message: Message | None = None
    work_item_id: UUID | None = None

    def keys(self) -> dict[str, Any]:
        """The columns of a commitment."""
        conversation = self.conversation or (self.message.conversation if self.message else None)
        contact = self.contact or (self.message.contact if self.message else None)
        contact = contact or (conversation.contact if conversation and not self.organisation else None)
        organisation = self.organisation or (contact.organisation if contact else None)
        organisation = organisation or (conversation.organisation if conversation else None)
        return {
            "conversation": conversation,
            "message": self.message,
            "contact": contact,
            "organisation": organisation,
            "work_item_id": self.work_item_id,
        }


def add_task(
    about: About,
    *,
    by: Agent,
    title: str,
    owner: Agent | None = None,
    team: Team | None = None,
    due_at: datetime | None = None,
    zone: str = "UTC",
    remind_at: datetime | None = None,
) -> Task:
    """Something is to be done; without an owner and a team it belongs to who wrote it down."""
    task = Task.objects.create(
        workspace_id=by.workspace_id,
        **about.keys(),
        title=worded(title, at_most=TITLE),
        owner=able(owner) if owner or team else by,
        team=team,
        due_at=within_reach(due_at),
        zone=known_zone(zone),
        remind_at=within_reach(remind_at),
        made_by=by,
        made_at=clock.now(),
    )
    task.told("task.made", by=by, owner=str(task.owner_id) if task.owner_id else None)
    _lay_up_reminder(task)
    return task


def change_task(task: Task, *, by: Agent, **wanted: Any) -> bool:
    """Another title, owner, team, due_at, zone or remind_at."""
    if "title" in wanted:
        wanted["title"] = worded(wanted["title"], at_most=TITLE)
    if "owner" in wanted:
        able(wanted["owner"])
    if "zone" in wanted:
        known_zone(wanted["zone"])
    for name in {"due_at", "remind_at"} & set(wanted):
        within_reach(wanted[name])
    changed = task.change(by=by, **wanted)
    if changed and "remind_at" in wanted:
        _lay_up_reminder(task)
    return changed


def mark_promise(
    about: About,
    *,
    by: Agent,
    text: str,
    side: str = Side.US,
    agent: Agent | None = None,
    to_whom: str = "",
    due_at: datetime | None = None,
    zone: str = "UTC",
) -> Promise:
    """Somebody gave their word; ours is given by ``agent``, else by who wrote the message, else by ``by``."""
    if side not in Side.values:
        raise Invalid(_("A promise is ours or the customer's."))
    keys = about.keys()
    promise = Promise.objects.create(
        workspace_id=by.workspace_id,
        **keys,
        text=worded(text, at_most=WORDS),
        side=side,
        agent=agent or _writer(about.message) or by,
        to_whom=" ".join(to_whom.split())[:200] or _addressed(keys["contact"], side),
        due_at=within_reach(due_at),
        zone=known_zone(zone),
        made_by=by,
        made_at=clock.now(),
    )
    promise.told("promise.made", by=by, side=side, due=due_at.isoformat() if due_at else None)
    return promise


def put_off(promise: Promise, *, due_at: datetime | None, zone: str, by: Agent) -> bool:
    """Another date was agreed."""
    return promise.put_off(due_at=within_reach(due_at), zone=known_zone(zone), by=by)


def mark_decision(
    about: About,
    *,
    by: Agent,
    text: str,
    side: str = Side.US,
    agent: Agent | None = None,
    decided_at: datetime | None = None,
) -> Decision:
    """Something was settled; when it stands in a message, at the moment of the message."""
    if side not in Side.values:
        raise Invalid(_("A decision is ours or the customer's."))
    within_reach(decided_at)
    at = decided_at or (about.message.at if about.message else clock.now())
    decision = Decision.objects.create(
        workspace_id=by.workspace_id,
        **about.keys(),
        text=worded(text, at_most=WORDS),
        side=side,
        agent=(agent or _writer(about.message) or by) if side == Side.US else None,
        decided_at=at,
        made_by=by,
        made_at=clock.now(),
    )
    decision.told("decision.made", by=by, side=side)
    return decision


@job("committing.remind")
def remind(workspace_id: str, task_id: str) -> None:
    """A reminder has come due; one that was moved or is no longer needed does nothing."""
    with tenancy.entered(UUID(workspace_id)):
        tasks = Task.objects.of(UUID(workspace_id)).select_for_update(of=("self",))
        task = tasks.filter(pk=UUID(task_id)).first()
        if task and task.remind_at and task.remind_at <= clock.now() and task.remind() and task.owner:
            Notice.give(
                [task.owner],
                kind=Notice.Kind.REMINDER,
                key=f"task:{task.pk}:{task.remind_at.isoformat()}",
                at=clock.now(),
                conversation=task.conversation,
                task=str(task.pk),
                text=task.title,
            )


def worded(text: str, *, at_most: int) -> str:
    """Words that somebody wrote, without blanks around them and without what no database takes."""
    said = text.replace("\x00", "").strip()
    if not said:
        raise Invalid(_("Say what it is about."))
    if len(said) > at_most:
        raise Invalid(_("That is too long: at most %(most)s characters.") % {"most": at_most})
    return said


def noted(text: str) -> str:
    """A note, which may be empty."""
    return text.replace("\x00", "").strip()[:NOTE]


def able(owner: Agent | None) -> Agent | None:
    """Somebody who can take a task over."""
    if owner and May.NOTE not in owner.may:
        raise Invalid(_("%(name)s cannot take tasks over here.") % {"name": owner.name})
    return owner


def within_reach(moment: datetime | None) -> datetime | None:
    if moment and not EARLIEST <= moment <= clock.now() + FARTHEST:
        raise Invalid(_("Choose a date in the next twenty years."))
    return moment


def known_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(_("There is no such time zone.")) from None


def _lay_up_reminder(task: Task) -> None:
    if task.remind_at and task.is_open:
        later(remind, at=task.remind_at, workspace_id=task.workspace_id, task_id=task.pk)


def _writer(message: Message | None) -> Agent | None:
    return message.agent if message and message.agent else None


def _addressed(contact: Contact | None, side: str) -> str:
    return contact.name if contact and side == Side.US else ""
