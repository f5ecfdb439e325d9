"""Merge, MergeProposal: that several records stand for one person or organisation, and that they may.

In:    two records of one kind, and what speaks for them being one
Out:   rows; what follows from them (`one_with`) is written in `flow/merging`
Touch: nothing

Each active Merge is an edge from a record to the one it was merged into, at that time the root of its family.
So a record has at most one active edge upwards, and families are trees: any edge can be taken out at any
time, and what hangs below it is a family again (docs/decisions/0012).
"""

from typing import override

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.models import Agent


class Kind(models.TextChoices):
    """What is merged."""

    CONTACT = "contact", _("contact")
    ORGANISATION = "organisation", _("organisation")


class Merge(Owned):
    """One record was merged into another: by whom, on what grounds, and whether it was undone.

    Keys instead of foreign keys: that it happened outlives the records.
    """

    kind = models.CharField(max_length=12, choices=Kind)
    survivor = models.UUIDField()
    absorbed = models.UUIDField()
    absorbed_name = models.CharField(max_length=200, default="", blank=True)  #: as it was called then
    batch = models.UUIDField()  #: merged in one go
    evidence = models.JSONField(default=list)  #: of the proposal that was accepted; empty: a person saw it
    score = models.FloatField(null=True, blank=True)
    by = WorkspaceKey(Agent, null=True, blank=True)
    at = models.DateTimeField(default=clock.now)
    undone_by = WorkspaceKey(Agent, null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "absorbed"], condition=Q(undone_at=None), name="merge_absorbed_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two"),
        ]
        indexes = [
            models.Index(fields=["workspace", "survivor"], name="merge_by_survivor"),
            models.Index(fields=["workspace", "batch"], name="merge_by_batch"),
            models.Index(fields=["workspace", "at"], name="merge_by_time"),
        ]

    @override
    def __str__(self) -> str:
        return self.absorbed_name


class MergeProposal(Owned):
    """Two records may be one: what speaks for it, how sure that is, and what was decided."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("merged")
        REJECTED = "rejected", _("not the same, as far as we know")
        NEVER = "never", _("never the same")

    kind = models.CharField(max_length=12, choices=Kind)
    #: the smaller key and the greater one: a pair has no order
    first = models.UUIDField()
    second = models.UUIDField()
    score = models.FloatField()  #: how likely it is, 0 to 1
    #: [{"what": "email", "how": "same", "left": "...", "right": "...", "weight": 12.3}], see comparing.Piece
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    decided_by = WorkspaceKey(Agent, null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "first", "second"], name="merge_proposal_once"),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "-score", "id"], condition=Q(state="open"), name="merge_proposal_open"
            ),
            models.Index(fields=["workspace", "second"], name="merge_proposal_by_second"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.first} {self.second}"


class DuplicateSearch(Owned):
    """A search of the whole base for duplicates: how far it is, and what it found."""

    by = WorkspaceKey(Agent, null=True, blank=True)
    begun_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=12, default="reading")  #: "reading", "comparing", "keeping"
    records = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)  #: compared so far
    proposed = models.PositiveIntegerField(default=0)
    learned = models.JSONField(default=dict)  #: by kind: the places compared and what each is worth
    failed_because = models.CharField(max_length=300, default="", blank=True)

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "begun_at"], name="duplicate_search_by_time")]

    @override
    def __str__(self) -> str:
        return self.begun_at.isoformat()
