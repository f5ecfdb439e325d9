"""Promise: what one side said it would do, to whom, by when, and whether it was kept."""

from datetime import datetime
from typing import Any, ClassVar, Self, override

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import WorkspaceKey
from threadwell.record.commitments.commitment import Commitment, Commitments, by_customer
from threadwell.record.commitments.task import NEVER
from threadwell.record.workplace.models import Agent

OPEN = Q(kept_at=None, broken_at=None, withdrawn_at=None)


class Side(models.TextChoices):
    """Whose word it is."""

    US = "us", _("by us")
    CUSTOMER = "customer", _("by the customer")


class Promises(Commitments["Promise"]):
    """Named readings of the list of promises."""

    def open(self) -> Self:
        return self.filter(OPEN)

    def ours(self) -> Self:
        return self.filter(side=Side.US)

    def overdue(self, *, now: datetime) -> Self:
        return self.open().filter(comes_at__lt=now)

    def kept(self) -> Self:
        return self.standing().exclude(kept_at=None)

    def broken(self) -> Self:
        return self.standing().exclude(broken_at=None)


class Promise(Commitment):
    """One side gave its word."""

    KIND = "promise"

    text = models.TextField(_("what was promised"))
    side = models.CharField(max_length=8, choices=Side, default=Side.US)
    agent = WorkspaceKey(Agent, null=True, blank=True)  #: who gave our word, or looks after theirs
    to_whom = models.CharField(_("to whom"), max_length=200, default="", blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    kept_at = models.DateTimeField(null=True, blank=True)
    broken_at = models.DateTimeField(null=True, blank=True)
    settled_by = WorkspaceKey(Agent, null=True, blank=True)  #: who said whether it was kept
    settled_note = models.TextField(_("note"), default="", blank=True)
    comes_at = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )

    objects: ClassVar[Any] = Promises.as_manager()

    class Meta(Commitment.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_at=None) | Q(broken_at=None), name="promise_kept_or_broken"
            )
        ]
        indexes = [
            *by_customer("promise", last="comes_at", when=Q(withdrawn_at=None)),
            models.Index(fields=["workspace", "comes_at", "id"], condition=OPEN, name="promise_open"),
            models.Index(
                fields=["workspace", "kept_at", "id"], condition=~Q(kept_at=None), name="promise_kept"
            ),
            models.Index(
                fields=["workspace", "broken_at", "id"], condition=~Q(broken_at=None), name="promise_broken"
            ),
            models.Index(
                fields=["workspace", "message"], condition=~Q(message=None), name="promise_by_message"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:80]

    @property
    @override
    def words(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.kept_at is None and self.broken_at is None and self.withdrawn_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < clock.now()

    def keep(self, *, by: Agent, note: str = "") -> bool:
        """The word was kept."""
        if not self.is_open:
            return False
        self._settle(kept_at=clock.now(), by=by, note=note)
        self.told(
            "promise.kept", by=by, note=note[:500], is_late=bool(self.due_at and self.due_at < clock.now())
        )
        return True

    def break_(self, *, by: Agent, note: str = "") -> bool:
        """The word was not kept, and will not be."""
        if not self.is_open:
            return False
        self._settle(broken_at=clock.now(), by=by, note=note)
        self.told("promise.broken", by=by, note=note[:500])
        return True

    def reopen(self, *, by: Agent) -> bool:
        """It is still to be kept."""
        if self.kept_at is None and self.broken_at is None:
            return False
        self._settle(by=None, note="")
        self.told("promise.reopened", by=by)
        return True

    def put_off(self, *, due_at: datetime | None, zone: str, by: Agent) -> bool:
        """Another date was agreed."""
        if self.due_at == due_at:
            return False
        before, self.due_at, self.zone = self.due_at, due_at, zone
        self.save(update_fields=["due_at", "zone"])
        self.told("promise.put_off", by=by, before=before.isoformat() if before else None)
        return True

    def _settle(
        self,
        *,
        kept_at: datetime | None = None,
        broken_at: datetime | None = None,
        by: Agent | None,
        note: str,
    ) -> None:
        self.kept_at, self.broken_at, self.settled_by, self.settled_note = kept_at, broken_at, by, note
        self.save(update_fields=["kept_at", "broken_at", "settled_by", "settled_note"])
