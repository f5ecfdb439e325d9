"""Orphans: what stands open without an owner or a next step is found, shown, and told when it lasts.

    look   find what is nobody's now > forget what somebody has mended > tell what has lasted too long, once

In:    the passing of time
Out:   a row for each orphan; one notice to each supervisor, for one or for many
Touch: Orphan, Notice
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from threadwell.flow.timed import idle, striking
from threadwell.flow.timed.patience import Patience
from threadwell.kit import clock, tenancy
from threadwell.kit.later import every
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.commitments.next_step import PUT_OFF
from threadwell.record.conversations.models import Conversation, Outgoing
from threadwell.record.followups.models import FollowUp
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.rota.models import Orphan, OrphanWatch
from threadwell.record.sight.seeing import those_who_may_see
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import ALLOWED, May, Role

AT_MOST = 2000  #: of one kind; who has more has other worries, and the oldest stand first
ONE_BY_ONE = 5  #: more than these are told as one
Kind = Orphan.Kind
_CUSTOMERS = (Contact, Organisation)
_NOUNS: Mapping[Kind, Any] = {
    Kind.CONVERSATION: Conversation,
    Kind.STEPLESS: Conversation,
    Kind.TASK: Task,
    Kind.CONTACT: Contact,
    Kind.IDLE_CONTACT: Contact,
    Kind.ORGANISATION: Organisation,
    Kind.IDLE_FIRM: Organisation,
}
_LEADING = [role for role in Role if May.SUPERVISE in ALLOWED[role]]
#: Events after which a conversation may be somebody else's, or open again.
_TURNS = ("conversation.assigned", "conversation.unassigned", "conversation.reopened")


@every("* * * * *", "orphans.each_minute")
def each_minute(timestamp: int) -> None:
    """What nobody answers for, in every workspace."""
    striking.in_every(lambda key: look(key, now=clock.now()), "orphans")


def look(workspace_id: UUID, *, now: datetime) -> int:
    """How many there are now."""
    with tenancy.entered(workspace_id):
        workspace = Workspace.objects.get(pk=workspace_id)
        watch = watch_of(workspace_id)
        count = sum(_note(workspace_id, kind, _now(workspace, watch, kind, now), now) for kind in Kind)
        _tell(workspace, watch, now)
        return count


def watch_of(workspace_id: UUID) -> OrphanWatch:
    """What the workspace said, or what holds where it said nothing."""
    found: OrphanWatch | None = OrphanWatch.objects.of(workspace_id).first()
    return found or OrphanWatch(workspace_id=workspace_id)


def watch_by(workspace_id: UUID, **facts: Any) -> None:
    """Another patience, or other things that are looked for; from the next minute on."""
    OrphanWatch.objects.of(workspace_id).update_or_create(workspace_id=workspace_id, defaults=facts)


def standing(workspace: Workspace, kind: str, keys: Sequence[UUID]) -> Any:
    """Of these the ones that are nobody's at this moment: a minute is a long time."""
    rows = _now(workspace, watch_of(workspace.pk), Kind(kind), clock.now())
    return rows.filter(pk__in=keys)


def forget(workspace_id: UUID, kind: str, keys: Sequence[UUID]) -> None:
    """They were mended; nobody waits for the next minute to see it."""
    Orphan.objects.of(workspace_id).filter(kind=kind, about__in=keys).delete()


def _now(workspace: Workspace, watch: OrphanWatch, kind: Kind, now: datetime) -> Any:
    """What is an orphan of this kind, with ``lost_at``: since when."""
    return _FINDING[kind](workspace, watch, now)


def _unowned(workspace: Workspace, watch: OrphanWatch, now: datetime) -> Any:
    """In no team's queue at once; in one when nobody has taken it in time."""
    turned = Event.objects.of(OuterRef("workspace_id")).filter(about=OuterRef("pk"), name__in=_TURNS)
    last = Subquery(turned.order_by("-at").values("at")[:1], output_field=DateTimeField())
    rows = Conversation.objects.of(workspace).open().unassigned().filter(joined_into=None)
    late = Q(lost_at__lte=patience_of(workspace, watch, now).end_for(Conversation))
    return rows.annotate(lost_at=Coalesce(last, F("made_at"))).filter(Q(team=None) | late)


def _stepless(workspace: Workspace, watch: OrphanWatch, _now: datetime) -> Any:
    """We had the last word, and nothing says what comes next. Where the customer waits, the answer does."""
    rows = Conversation.objects.of(workspace).open().filter(joined_into=None, waiting_since=None)
    rows = rows.exclude(owner=None).annotate(lost_at=F("last_message_at"))
    if not watch.wants_next_step:
        return rows.none()

    here = {"conversation_id": OuterRef("pk")}
    tasks = Task.objects.of(OuterRef("workspace_id")).open().filter(**here)
    promises = Promise.objects.of(OuterRef("workspace_id")).open().ours().filter(**here)
    ladders = FollowUp.objects.of(OuterRef("workspace_id")).filter(**here, ended_at=None)
    letters = Outgoing.objects.of(OuterRef("workspace_id")).filter(
        message__conversation_id=OuterRef("pk"),
        message__state="held",
        done_at=None,
        due_at__gt=F("made_at") + PUT_OFF,
    )
    for coming in (tasks, promises, ladders, letters):
        rows = rows.exclude(Exists(coming))
    return rows


def _tasks(workspace: Workspace, _watch: OrphanWatch, now: datetime) -> Any:
    return Task.objects.of(workspace).overdue(now=now).filter(owner=None).annotate(lost_at=F("comes_at"))


def _customers(noun: Any) -> Callable[[Workspace, OrphanWatch, datetime], Any]:
    """All of them where the workspace requires owners, else those with open work, where that is wanted."""

    def found(workspace: Workspace, watch: OrphanWatch, _now: datetime) -> Any:
        if not workspace.is_owner_required and watch.wants_accounts:
            return idle.with_open_work(noun, workspace).filter(owner=None)
        rows = noun.objects.of(workspace).filter(owner=None, one_with=None)
        rows = rows if workspace.is_owner_required else rows.none()
        return rows.annotate(lost_at=Coalesce("owner_since", "made_at"))

    return found


def _idle(noun: Any) -> Callable[[Workspace, OrphanWatch, datetime], Any]:
    def found(workspace: Workspace, watch: OrphanWatch, _now: datetime) -> Any:
        rows = idle.without_next_step(noun, workspace)
        return rows if watch.wants_accounts else rows.none()

    return found


_FINDING: Mapping[Kind, Callable[[Workspace, OrphanWatch, datetime], Any]] = {
    Kind.CONVERSATION: _unowned,
    Kind.STEPLESS: _stepless,
    Kind.TASK: _tasks,
    Kind.CONTACT: _customers(Contact),
    Kind.ORGANISATION: _customers(Organisation),
    Kind.IDLE_CONTACT: _idle(Contact),
    Kind.IDLE_FIRM: _idle(Organisation),
}


def _note(workspace_id: UUID, kind: Kind, rows: Any, now: datetime) -> int:
    """Those that are there now have a row, and no others."""
    found = dict(rows.order_by("pk").values_list("pk", "lost_at")[:AT_MOST])
    known = Orphan.objects.of(workspace_id).filter(kind=kind)
    before = set(known.values_list("about", flat=True))
    if gone := before - found.keys():
        known.filter(about__in=gone).delete()
    Orphan.objects.bulk_create(
        [
            Orphan(workspace_id=workspace_id, kind=kind, about=key, since=since, found_at=now)
            for key, since in found.items()
            if key not in before
        ],
        ignore_conflicts=True,
    )
    return len(found)


def patience_of(workspace: Workspace, watch: OrphanWatch, now: datetime) -> Patience:
    """How long is too long, by the calendar of the customer, the team or the workspace."""
    much = timedelta(minutes=watch.minutes)
    return Patience.of(workspace, much, now, is_open_time=watch.counts_open_time)


def _tell(workspace: Workspace, watch: OrphanWatch, now: datetime) -> None:
    """What has lasted too long is told, each once, and many as one."""
    workspace_id, patience = workspace.pk, patience_of(workspace, watch, now)
    rows = Orphan.objects.of(workspace_id).filter(told_at=None, since__lte=patience.latest)
    found = list(rows.order_by("since", "pk").select_for_update(skip_locked=True))
    each = (_too_long(workspace_id, kind, found, patience) for kind in Kind)
    late = sorted((one for some in each for one in some), key=lambda one: (one.since, one.pk))
    if not late:
        return
    leading = list(Agent.objects.of(workspace_id).filter(left_at=None, role__in=_LEADING).order_by("pk"))
    if len(late) > ONE_BY_ONE:
        key = f"orphans:{now.isoformat()}"
        Notice.give(leading, kind=Notice.Kind.ORPHAN, key=key, at=now, count=len(late))
    else:
        for one in late:
            _tell_of(one, leading, now)
    rows.filter(pk__in=[one.pk for one in late]).update(told_at=now)


def _too_long(
    workspace_id: UUID, kind: Kind, found: Sequence[Orphan], patience: Patience
) -> Iterator[Orphan]:
    theirs = {one.about: one.since for one in found if one.kind == kind}
    ended = patience.ended(_NOUNS[kind], workspace_id, theirs) if theirs else set()
    return (one for one in found if one.kind == kind and one.about in ended)


def _tell_of(orphan: Orphan, leading: list[Agent], now: datetime) -> None:
    thing = _NOUNS[Kind(orphan.kind)].objects.of(orphan.workspace_id).filter(pk=orphan.about).first()
    leading = those_who_may_see(thing, leading) if thing else []
    conversation = thing if isinstance(thing, Conversation) else None
    named = {noun.__name__.lower(): str(orphan.about) for noun in _CUSTOMERS if isinstance(thing, noun)}
    Notice.give(
        leading,
        kind=Notice.Kind.ORPHAN,
        key=f"orphan:{orphan.pk}",
        at=now,
        conversation=conversation,
        what=orphan.kind,
        since=orphan.since.isoformat(),
        **named,
    )
