"""Handling: what people do with conversations besides writing in them, to one or many, and taking it back.

A deed is a slip (`Close()`, `Assign(owner=...)`). `handle` does it to every conversation that it changes and
keeps what was before in an Undo; `take_back` restores what nobody has changed since. Pages and the API both
come through here, so that each of their deeds can be undone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from threadwell.flow import handing_over, surgery
from threadwell.flow.reply import circle
from threadwell.kit import clock, ids
from threadwell.kit.errors import DomainError, Invalid, NotAllowed, NotFound
from threadwell.record.conversations import required
from threadwell.record.conversations.models import Conversation, Label, Undo
from threadwell.record.conversations.type_owner import team_of
from threadwell.record.sight.seeing import may_see
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

LABELS = 20  #: on one conversation
LABEL_LENGTH = 60
FARTHEST = timedelta(days=5 * 365)  #: nobody means more; a slip of the pen does


class AlreadyJoined(DomainError):
    """The conversation goes on in another one."""

    code = "already-joined"


class StandsAside(DomainError):
    """It is a side conversation, which has no owner, no queue and no priority of its own."""

    code = "stands-aside"


class Overtaken(DomainError):
    """Somebody else has given it to somebody a moment ago."""

    code = "overtaken"


class Deed(Protocol):
    """Something that can be done to a conversation; says whether it changed anything."""

    what: ClassVar[str]  #: what followers are told that was done

    def do(self, conversation: Conversation, *, by: Agent) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give it an owner, or nobody."""

    what: ClassVar[str] = "assigned"
    owner: Agent | None
    was: str | None = None  #: key of the owner that was seen, "" for nobody; not told: whoever it is

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        if self.owner and May.HANDLE not in self.owner.may:
            raise Invalid(_("%(name)s cannot own conversations here.") % {"name": self.owner.name})
        is_news = conversation.owner_id != (self.owner.pk if self.owner else None)
        if is_news and self.was is not None and self.was != str(conversation.owner_id or ""):
            raise _overtaken(conversation)
        if is_news and self.owner and not may_see(self.owner, conversation):
            raise Invalid(_("%(name)s may not see this conversation.") % {"name": self.owner.name})
        is_given = conversation.assign(self.owner, by=by)
        if is_given and self.owner:
            handing_over.overtake(conversation, by=by)
        return is_given


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTo:
    """Put it in a team's queue, or in none."""

    what: ClassVar[str] = "passed"
    team: Team | None

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        return conversation.pass_to(self.team, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """It is done; what its workspace wants to know before may be said with it, checked before."""

    what: ClassVar[str] = "closed"
    custom: Mapping[str, Any] | None = None

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        if conversation.status == Conversation.Status.CLOSED:
            return False
        if self.custom is not None:
            conversation.fill_in(self.custom, by=by)
        required.refuse_unfilled(conversation)
        return conversation.close(by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """It is not done, or shall not wait any longer."""

    what: ClassVar[str] = "reopened"

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        return conversation.reopen(by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """It comes back at that moment."""

    what: ClassVar[str] = "snoozed"
    until: datetime

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        within_reach(self.until)
        return conversation.snooze(until=self.until, by=by)


def within_reach(until: datetime) -> None:
    """Refuse a moment to snooze until that is past or that nobody means."""
    if until <= clock.now():
        raise Invalid(_("Choose a time that is still to come."))
    if until > clock.now() + FARTHEST:
        raise Invalid(_("Choose a time in the next five years."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """It has that priority."""

    what: ClassVar[str] = "weighed"
    priority: int

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        if self.priority not in Conversation.Priority.values:
            raise Invalid(_("There is no such priority."))
        return conversation.weigh(self.priority, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabel:
    """It carries exactly these labels."""

    what: ClassVar[str] = "labelled"
    labels: Sequence[str]

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        return conversation.label(_known(conversation.workspace_id, self.labels), by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLabels:
    """It carries these labels too, and those no longer."""

    what: ClassVar[str] = "labelled"
    add: Sequence[str] = ()
    remove: Sequence[str] = ()

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        gone = {label.casefold() for label in self.remove}
        kept = [label for label in conversation.labels if label.casefold() not in gone]
        return conversation.label(_known(conversation.workspace_id, [*kept, *self.add]), by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retitle:
    """It has that subject."""

    what: ClassVar[str] = "retitled"
    subject: str

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        subject = " ".join(self.subject.split())[:500]
        if not subject:
            raise Invalid(_("A conversation needs a subject."))
        return conversation.retitle(subject, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """It is an interaction of that type, and its own fields hold these values, checked before.

    The team that looks after the type gets it, unless somebody owns it.
    """

    what: ClassVar[str] = "described"
    type: str = ""
    custom: Mapping[str, Any] | None = None

    def do(self, conversation: Conversation, *, by: Agent) -> bool:
        if self.type and self.type not in Conversation.Type.values:
            raise Invalid(_("There is no such type."))
        is_other = bool(self.type) and conversation.retype(self.type, by=by)
        team = team_of(conversation.workspace_id, self.type) if is_other else None
        if team and conversation.owner_id is None:
            conversation.pass_to(team, by=by, because=_("it looks after this type"))
        is_filled = self.custom is not None and conversation.fill_in(self.custom, by=by)
        return is_other or is_filled


def handle(conversations: Iterable[Conversation], deed: Deed, *, by: Agent) -> Undo | None:
    """Do the deed to all of them, together or not at all; nothing when it changed nothing.

    The conversations handed in are not touched: read them anew.
    """
    keys = sorted({one.pk for one in conversations})
    with transaction.atomic():
        rows = _held(by.workspace_id, keys)
        if joined := [one for one in rows if one.joined_into_id]:
            raise AlreadyJoined(
                _("%(number)s goes on in another conversation; nothing was done.") % {"number": joined[0]}
            )
        if beside := [one for one in rows if one.aside_of_id]:
            raise StandsAside(
                _("%(number)s is a side conversation; it stands in no queue.") % {"number": beside[0]}
            )
        before = {one.pk: _state(one) for one in rows}
        changed = [one for one in rows if deed.do(one, by=by)]
        if not changed:
            return None
        for one in changed:
            circle.told(one, deed.what, key=ids.new().hex, who=by.name, by=by)
        return Undo.objects.create(
            workspace_id=by.workspace_id,
            kind="handle",
            by=by,
            conversations=[one.pk for one in changed],
            facts={str(one.pk): {"before": before[one.pk], "after": _state(one)} for one in changed},
        )


def take_back(undo: Undo, *, by: Agent) -> int:
    """Restore what was before the deed, where nobody has changed it since; how many were restored."""
    if undo.by_id not in (None, by.pk) and May.SUPERVISE not in by.may:
        raise NotAllowed(_("This was done by somebody else; they or a supervisor can take it back."))
    if undo.kind != "handle":
        surgery.put_back(undo, by=by)
        return len(undo.conversations)
    with transaction.atomic():
        undo = Undo.objects.of(by.workspace_id).select_for_update().get(pk=undo.pk)
        if undo.undone_at:
            raise surgery.AlreadyUndone(_("This was taken back before."))
        rows = _held(by.workspace_id, undo.conversations)
        standing = [one for one in rows if one.joined_into_id is None]
        restored = [one for one in standing if _restore(one, **undo.facts[str(one.pk)], by=by)]
        undo.undone_at, undo.undone_by = clock.now(), by
        undo.save(update_fields=["undone_at", "undone_by"])
        return len(restored)


def cleaned(labels: Iterable[str]) -> list[str]:
    """Labels as they were typed, without blanks and repetitions."""
    seen: dict[str, str] = {}
    for label in labels:
        name = " ".join(label.replace(",", " ").split())[:LABEL_LENGTH]
        if name:
            seen.setdefault(name.casefold(), name)
    return list(seen.values())


def _overtaken(conversation: Conversation) -> Overtaken:
    owner = conversation.owner
    if owner is None:
        return Overtaken(_("Meanwhile it was given back, and is nobody's. Nothing was changed."))
    return Overtaken(_("Meanwhile it was given to %(name)s. Nothing was changed.") % {"name": owner.name})


def _held(workspace_id: UUID, keys: Iterable[UUID]) -> list[Conversation]:
    # In the order of their keys: two who act on the same ones at once do not block each other for ever.
    wanted = Conversation.objects.of(workspace_id).filter(pk__in=list(keys)).order_by("pk")
    return list(wanted.select_for_update(of=("self",)))


def _known(workspace_id: UUID, labels: Iterable[str]) -> list[str]:
    """The labels in the spelling that is in use here; new ones are in use from now on."""
    wanted = cleaned(labels)
    if len(wanted) > LABELS:
        raise Invalid(_("A conversation carries %(most)s labels at most.") % {"most": LABELS})
    in_use = {one.name.casefold(): one.name for one in Label.objects.of(workspace_id)}
    fresh = [name for name in wanted if name.casefold() not in in_use]
    Label.objects.bulk_create(
        [Label(workspace_id=workspace_id, name=name) for name in fresh], ignore_conflicts=True
    )
    return [in_use.get(name.casefold(), name) for name in wanted]


def _state(conversation: Conversation) -> dict[str, Any]:
    until = conversation.snoozed_until
    return {
        "owner": str(conversation.owner_id) if conversation.owner_id else None,
        "team": str(conversation.team_id) if conversation.team_id else None,
        "status": [conversation.status, until.isoformat() if until else None],
        "priority": conversation.priority,
        "labels": list(conversation.labels),
        "subject": conversation.subject,
        "type": conversation.type,
        "custom": conversation.custom,
    }


def _restore(conversation: Conversation, before: dict[str, Any], after: dict[str, Any], *, by: Agent) -> bool:
    now = _state(conversation)
    touched = [name for name, value in after.items() if value != before[name] and now.get(name) == value]
    because = _("taken back")
    for name in touched:
        was = before[name]
        match name:
            case "owner":
                conversation.assign(_one(Agent, by, was), by=by, because=because)
            case "team":
                conversation.pass_to(_one(Team, by, was), by=by, because=because)
            case "status":
                _turn_back(conversation, *was, by=by, because=because)
            case "priority":
                conversation.weigh(was, by=by, because=because)
            case "labels":
                conversation.label(was, by=by)
            case "type":
                conversation.retype(was, by=by, because=because)
            case "custom":
                conversation.fill_in(was, by=by)
            case _:
                conversation.retitle(was, by=by)
    return bool(touched)


def _turn_back(
    conversation: Conversation, status: str, until: str | None, *, by: Agent, because: str
) -> None:
    moment = parse_datetime(until) if until else None
    if status == Conversation.Status.CLOSED:
        conversation.close(by=by, because=because)
    elif status == Conversation.Status.SNOOZED and moment and moment > clock.now():
        conversation.snooze(until=moment, by=by)
    else:
        conversation.reopen(by=by, because=because)


def _one(model: Any, by: Agent, key: str | None) -> Any:
    if key is None:
        return None
    try:
        return model.objects.of(by.workspace_id).get(pk=key)
    except model.DoesNotExist:
        raise NotFound(_("What it belonged to is no longer there.")) from None
