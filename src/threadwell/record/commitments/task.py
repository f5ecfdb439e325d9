"""Task: something one of us shall do, by a date, about anybody or anything."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import WorkspaceKey
from threadwell.record.commitments.commitment import Commitment, Commitments, by_customer
from threadwell.record.workplace.models import Agent, Team

#: Sorts behind every real moment: what has no date comes last.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
OPEN = Q(done_at=None, withdrawn_at=None)


class Tasks(Commitments["Task"]):
    """Named readings of the list of tasks."""

    def open(self) -> Self:
        return self.filter(OPEN)

    def done(self) -> Self:
        return self.standing().exclude(done_at=None)

    def owned_by(self, agent: Agent) -> Self:
        return self.filter(owner_id=agent.pk)

    def overdue(self, *, now: datetime) -> Self:
        return self.open().filter(comes_at__lt=now)


class Task(Commitment):
    """Something one of us shall do."""

    KIND = "task"

    title = models.CharField(_("title"), max_length=300)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, default="UTC")  #: in which the date was meant
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = WorkspaceKey(Agent, null=True, blank=True)
    done_note = models.TextField(_("note"), default="", blank=True)
    comes_at = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )

    objects: ClassVar[Any] = Tasks.as_manager()

    class Meta(Commitment.Meta):
        indexes = [
            *by_customer("task", last="comes_at", when=OPEN),
            *(
                models.Index(
                    fields=["workspace", whose, "made_at"],
                    condition=Q(withdrawn_at=None) & ~Q(**{whose: None}),
                    name=f"task_told_of_{whose}",
                )
                for whose in ("contact", "organisation")
            ),
            models.Index(fields=["workspace", "comes_at", "id"], condition=OPEN, name="task_open"),
            models.Index(fields=["workspace", "owner", "comes_at", "id"], condition=OPEN, name="task_mine"),
            models.Index(fields=["workspace", "team", "comes_at", "id"], condition=OPEN, name="task_team"),
            models.Index(fields=["workspace", "done_at", "id"], condition=~Q(done_at=None), name="task_done"),
            models.Index(fields=["workspace", "message"], condition=~Q(message=None), name="task_by_message"),
            models.Index(
                fields=["workspace", "remind_at"], condition=OPEN & Q(reminded_at=None), name="task_reminders"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title

    @property
    @override
    def words(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.withdrawn_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < clock.now()

    def finish(self, *, by: Agent, note: str = "") -> bool:
        """It is done; ``note`` says how."""
        if not self.is_open:
            return False
        self.done_at, self.done_by, self.done_note = clock.now(), by, note
        self.save(update_fields=["done_at", "done_by", "done_note"])
        self.told("task.done", by=by, note=note[:500])
        return True

    def reopen(self, *, by: Agent) -> bool:
        """It is not done, after all."""
        if self.done_at is None:
            return False
        self.done_at = self.done_by = None
        self.done_note = ""
        self.save(update_fields=["done_at", "done_by", "done_note"])
        self.told("task.reopened", by=by)
        return True

    def change(self, *, by: Agent, **wanted: Any) -> bool:
        """Give it another title, owner, team, date or reminder; a new moment reminds anew."""
        changed = {name: value for name, value in wanted.items() if getattr(self, name) != value}
        if not changed:
            return False
        if "remind_at" in changed:
            changed["reminded_at"] = None
        for name, value in changed.items():
            setattr(self, name, value)
        self.save(update_fields=list(changed))
        self.told("task.changed", by=by, what=sorted(set(changed) - {"reminded_at"}))
        return True

    def remind(self) -> bool:
        """Tell its owner, once."""
        if not self.is_open or self.remind_at is None or self.reminded_at:
            return False
        self.reminded_at = clock.now()
        self.save(update_fields=["reminded_at"])
        self.told("task.reminded", by=None, owner=str(self.owner_id) if self.owner_id else None)
        return True
