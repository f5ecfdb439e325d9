"""Clocks: what happened in conversations becomes deadlines.

`keep` reads the stories of some conversations and makes their clocks what these stories say: started,
standing still, met or late. It is done after every event (see `hearing`), and for all open clocks when a
policy or a calendar has changed; done again it changes nothing. docs/decisions/0014 says why so.

What is owed may go to another conversation, with the message that it began with: by joining, parting, moving
or splitting. Then its clock goes along, and with it the steps that are done.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from threadwell.flow.timed import kinship, stories
from threadwell.flow.timed.agreed import Agreed, Counted
from threadwell.flow.timed.reckoning import Reckoned, moment_of, reckon, written
from threadwell.flow.timed.stories import Subject
from threadwell.flow.timed.winding import Terms, Wound, wind
from threadwell.kit import clock, tenancy
from threadwell.kit.later import job, later
from threadwell.record.clocks.models import Clock, ClockStep, SlaPolicy
from threadwell.record.clocks.policy import Target
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import CHANNEL, NOTIFY, note_of

TOGETHER = 200
NEVER_OPEN = "never-open"
_EVERY = frozenset(Target.values)
#: What tells the clocks of a conversation apart.
type Mark = tuple[str, datetime, UUID | None]
#: What an answer ends, whether it is the first.
_ANSWERS = frozenset({Target.FIRST_RESPONSE, Target.NEXT_RESPONSE})
_ALONE = "SELECT pg_advisory_xact_lock(hashtext(%s))"


def keep(workspace_id: UUID, keys: Collection[UUID]) -> None:
    """Make the clocks of these conversations what their stories say."""
    with tenancy.entered(workspace_id):
        with connection.cursor() as cursor:
            # Who reads a story first writes first: an older reading never overwrites a younger.
            cursor.execute(_ALONE, [f"clocks:{workspace_id}"])
        kin = kinship.of(workspace_id, keys)
        subjects = stories.read(workspace_id, list(kin))
        _keep(workspace_id, subjects, kin, now=clock.now())


def recompute(workspace_id: UUID) -> None:
    """What was agreed has changed: the clocks of all conversations that are open are read anew."""
    later(read_anew, workspace_id=workspace_id, after_key=None, after=f"clocks:{workspace_id}")


@job("clocks.read_anew")
def read_anew(workspace_id: str, after_key: str | None) -> None:
    """A batch, and then the next."""
    workspace = UUID(workspace_id)
    with tenancy.entered(workspace):
        rows = Conversation.objects.of(workspace).filter(~Q(due_at=None) | ~Q(status="closed"))
        if after_key:
            rows = rows.filter(pk__gt=after_key)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:TOGETHER])
    if not keys:
        return
    keep(workspace, keys)
    if len(keys) == TOGETHER:
        with tenancy.entered(workspace):
            later(read_anew, workspace_id=workspace, after_key=keys[-1], after=f"clocks:{workspace}")


def _keep(
    workspace_id: UUID, subjects: Sequence[Subject], kin: Mapping[UUID, UUID], *, now: datetime
) -> None:
    begun = [said.at for one in subjects for said in one.story.said[:1]]
    agreed = Agreed.of(workspace_id, first=min([*begun, now]).date(), today=now.date())
    keys = [one.id for one in subjects]
    held: dict[UUID, dict[Mark, Clock]] = {}
    for row in Clock.objects.of(workspace_id).filter(conversation_id__in=keys):
        held.setdefault(row.conversation_id, {})[row.target, row.started_at, row.promise_id] = row
    steps: dict[UUID, list[ClockStep]] = {}
    for step in ClockStep.objects.of(workspace_id).filter(
        clock_id__in=[row.pk for rows in held.values() for row in rows.values()]
    ):
        steps.setdefault(step.clock_id, []).append(step)
    sheet, spare = _Sheet(workspace_id), _Spare(kin)
    desks = [_Desk(one, agreed, held.get(one.id, {}), steps, now, sheet) for one in subjects]
    for desk in desks:
        desk.give_away(spare)
    for desk in desks:
        desk.settle(spare)
        desk.show()
    # The messages of the others went nowhere.
    sheet.dropped += [row.pk for row in spare.left()]
    sheet.write()


class _Spare:
    """Clocks whose messages are no longer where they were, for their kin to take over."""

    def __init__(self, kin: Mapping[UUID, UUID]) -> None:
        self.kin = kin
        self.rows: dict[tuple[UUID, str, datetime, UUID | None], list[Clock]] = {}

    def put(self, row: Clock) -> None:
        mark = self._mark(row.conversation_id, row.target, row.started_at, row.promise_id)
        self.rows.setdefault(mark, []).append(row)

    def take(self, conversation_id: UUID, wound: Wound) -> Clock | None:
        mark = self._mark(conversation_id, wound.target, wound.started_at, wound.promise)
        found = self.rows.get(mark)
        return found.pop() if found else None

    def left(self) -> Iterator[Clock]:
        return chain.from_iterable(self.rows.values())

    def _mark(
        self, conversation_id: UUID, target: str, at: datetime, promise: UUID | None
    ) -> tuple[UUID, str, datetime, UUID | None]:
        what = Target.FIRST_RESPONSE if target in _ANSWERS else target
        return self.kin[conversation_id], what, at, promise


class _Desk:
    """One conversation: the clocks it has, and those it should have."""

    def __init__(
        self,
        subject: Subject,
        agreed: Agreed,
        held: dict[Mark, Clock],
        steps: dict[UUID, list[ClockStep]],
        now: datetime,
        sheet: "_Sheet",
    ) -> None:
        self.subject, self.held, self.steps, self.now, self.sheet = subject, held, steps, now, sheet
        self.workspace_id = agreed.workspace.pk
        self.policy = agreed.policy_for(subject)
        self.counted = agreed.hours_for(self.policy, subject) if self.policy else None
        self.wounds = wind(subject.story, _terms_of(self.policy))
        self.running: list[Clock] = []

    def give_away(self, spare: _Spare) -> None:
        """What is owed elsewhere now, or nowhere."""
        mine = {(one.target, one.started_at, one.promise) for one in self.wounds}
        for mark in self.held.keys() - mine:
            spare.put(self.held.pop(mark))

    def settle(self, spare: _Spare) -> None:
        for wound in self.wounds:
            row = self.held.get((wound.target, wound.started_at, wound.promise))
            if row is None and (row := spare.take(self.subject.id, wound)):
                row.conversation_id, row.target = self.subject.id, wound.target
                self.sheet.taken_over.append(row)
            if row and row.ended_at and row.ended_at == wound.ended_at:
                continue  # it is over; what is agreed now is not asked
            minutes = (self.policy.minutes_of(wound.target) or 0) if self.policy else 0
            if self.policy and self.counted and (minutes or wound.said_at):
                self._set(row, wound, self.policy, 0 if wound.said_at else minutes, self.counted)
            elif row:
                self.sheet.dropped.append(row.pk)

    def show(self) -> None:
        """Say on the conversation what is owed next, if that is news."""
        known = [one for one in self.running if one.due_at]
        first = min(known, key=lambda one: (one.due_at, one.target), default=None)
        due_at, due_for = (first.due_at, first.target) if first else (None, "")
        if (due_at, due_for) != (self.subject.due_at, self.subject.due_for):
            self.sheet.shown[self.subject.id] = (due_at, due_for)

    def _set(
        self, row: Clock | None, wound: Wound, policy: SlaPolicy, minutes: int, counted: Counted
    ) -> None:
        before = _facts_of(row) if row else None
        row = row or Clock(
            workspace_id=self.workspace_id,
            conversation_id=self.subject.id,
            target=wound.target,
            promise_id=wound.promise,
            started_at=wound.started_at,
            made_at=self.now,
        )
        row.policy, row.calendar, row.minutes = policy, counted.calendar, minutes
        read = reckon(wound, row.allowance, counted.hours, now=self.now)
        row.due_at, row.paused_at, row.breached_at, row.taken = (
            read.due_at,
            read.paused_at,
            read.breached_at,
            read.taken,
        )
        row.pauses = [
            [begins.isoformat(), ends.isoformat() if ends else None] for begins, ends in wound.pauses
        ]
        row.ended_at, row.ended_by = wound.ended_at, wound.ended_by
        row.arithmetic = written(read.stretches)
        row.fault = NEVER_OPEN if read.is_never_open else counted.fault
        if _facts_of(row) != before:
            self.sheet.clocks.append(row)
        if row.ended_at is None:
            self.running.append(row)
        self._plan(row, read, policy, counted)

    def _plan(self, row: Clock, read: Reckoned, policy: SlaPolicy, counted: Counted) -> None:
        """The steps of its ladder, each at its moment; what is done stays done."""
        wanted: dict[str, ClockStep] = {}
        if read.due_at:
            # Put off, a promise is warned of anew: another date, other steps.
            mark = f":{read.due_at:%y%m%d%H%M}" if row.promise_id else ""
            breach = ClockStep(key=f"{ClockStep.BREACH}{mark}", deed=ClockStep.BREACH, at=read.due_at)
            wanted[breach.key] = breach
            for rung in policy.rungs:
                at = moment_of(read.due_at, rung.minutes, counted.hours)
                facts = {"minutes": rung.minutes, **({"team": str(rung.team)} if rung.team else {})}
                step = ClockStep(key=f"{rung.key}{mark}", deed=rung.deed, facts=facts, at=at)
                wanted[step.key] = step
        if row.ended_at:
            wanted = {key: step for key, step in wanted.items() if step.at <= row.ended_at}
        for step in self.steps.get(row.pk, ()):
            planned = wanted.pop(step.key, None)
            if step.done_at:
                continue
            if planned is None:
                self.sheet.needless.append(step.pk)
            elif step.at != planned.at:
                step.at = planned.at
                self.sheet.steps.append(step)
        for step in wanted.values():
            step.workspace_id, step.clock, step.conversation_id = self.workspace_id, row, self.subject.id
        self.sheet.steps += wanted.values()


class _Sheet:
    """What has to be written, all of it at the end: whoever writes a conversation waits for a moment only."""

    def __init__(self, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self.clocks: list[Clock] = []
        self.steps: list[ClockStep] = []
        self.taken_over: list[Clock] = []
        self.dropped: list[UUID] = []
        self.needless: list[UUID] = []
        self.shown: dict[UUID, tuple[datetime | None, str]] = {}

    def write(self) -> None:
        if self.dropped or self.needless:
            gone = Q(clock_id__in=self.dropped) | Q(pk__in=self.needless)
            ClockStep.objects.of(self.workspace_id).filter(gone).delete()
            Clock.objects.of(self.workspace_id).filter(pk__in=self.dropped).delete()
        for row in self.taken_over:
            here = {"conversation_id": row.conversation_id}
            rows = Clock.objects.of(self.workspace_id).filter(pk=row.pk)  # none, where nothing is agreed
            rows.update(target=row.target, **here)
            ClockStep.objects.of(self.workspace_id).filter(clock_id=row.pk).update(**here)
        Clock.objects.bulk_create(
            self.clocks, update_conflicts=True, unique_fields=_CLOCK_ONCE, update_fields=_CHANGING
        )
        ClockStep.objects.bulk_create(
            self.steps, update_conflicts=True, unique_fields=_STEP_ONCE, update_fields=["at"]
        )
        if self.shown:
            keys = sorted(self.shown)
            due = [self.shown[key] for key in keys]
            with connection.cursor() as cursor:
                moments, targets = [at for at, _what in due], [what for _at, what in due]
                place = str(self.workspace_id)
                cursor.execute(
                    _SHOW, {"workspace": place, "keys": keys, "moments": moments, "targets": targets}
                )
            _wake(self.workspace_id, keys)


#: What tells them apart beside their key; Citus knows a row by its key only together with its workspace.
_CLOCK_ONCE = ["workspace", "conversation", "target", "started_at", "promise"]
_STEP_ONCE = ["workspace", "clock", "key"]
_CHANGING = [
    *("policy", "calendar", "minutes", "due_at", "pauses", "paused_at", "ended_at", "ended_by"),
    *("breached_at", "taken", "arithmetic", "fault"),
]
_ATTRIBUTES = [field.attname for field in Clock._meta.concrete_fields if field.name in _CHANGING]
# Held in the order of their keys, as by everybody who writes many: so nobody waits in a circle.
_SHOW = """
    UPDATE conversations_conversation AS c SET due_at = told.due_at, due_for = told.due_for
    FROM (
        SELECT id FROM conversations_conversation
        WHERE workspace_id = %(workspace)s AND id = ANY(%(keys)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ) AS held
    JOIN unnest(%(keys)s::uuid[], %(moments)s::timestamptz[], %(targets)s::varchar[])
        AS told (id, due_at, due_for) USING (id)
    WHERE c.workspace_id = %(workspace)s AND c.id = held.id
"""


def _facts_of(row: Clock) -> list[Any]:
    return [getattr(row, name) for name in _ATTRIBUTES]


def _terms_of(policy: SlaPolicy | None) -> Terms:
    if policy is None:
        return Terms(targets=_EVERY)
    return Terms(
        targets=_EVERY,
        is_paused_when_snoozed=SlaPolicy.Pause.SNOOZED in policy.pauses,
        is_paused_when_waiting=SlaPolicy.Pause.WAITING in policy.pauses,
        begins_anew=policy.reopening == SlaPolicy.Reopening.ANEW,
    )


def _wake(workspace_id: UUID, keys: Collection[UUID]) -> None:
    """Open lists draw these rows anew. Nothing happened that the journal should hear of a second time."""
    newest = Event.objects.of(workspace_id).filter(about__in=keys).order_by("about", "-at", "-pk")
    with connection.cursor() as cursor:
        for event in newest.distinct("about"):
            event.name = "conversation.timed"
            cursor.execute(NOTIFY, [CHANNEL, note_of(event)])
