"""WorkRelation: how pieces of work stand to each other: part of, blocks, relates to. No cycles."""

from typing import Any, override
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.work.item import WorkItem
from threadwell.record.workplace.models import Agent


class Cycle(DomainError):
    """It would come back to itself."""

    code = "work-cycle"


class HasParent(DomainError):
    """A piece of work is part of one other at most."""

    code = "has-parent"


class WorkRelation(Owned):
    """``item`` is above, blocks, or simply relates to ``other``."""

    class Kind(models.TextChoices):
        PARENT = "parent", gettext_lazy("has as a part")
        BLOCKS = "blocks", gettext_lazy("blocks")
        RELATES = "relates", gettext_lazy("relates to")

    kind = models.CharField(max_length=7, choices=Kind)
    item = WorkspaceKey(WorkItem)
    other = WorkspaceKey(WorkItem)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "item", "other"], name="work_relation_once"),
            models.UniqueConstraint(
                fields=["workspace", "other"], condition=Q(kind="parent"), name="work_one_parent"
            ),
            models.CheckConstraint(condition=~Q(item=models.F("other")), name="work_relation_of_two"),
        ]
        indexes = [
            models.Index(fields=["workspace", "item"], name="work_relation_by_item"),
            models.Index(fields=["workspace", "other"], name="work_relation_by_other"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.item} {self.get_kind_display()} {self.other}"


def relate(item: WorkItem, kind: str, other: WorkItem, *, by: Agent | None) -> bool:
    """Say how the two stand to each other; says whether anything changed."""
    if kind not in WorkRelation.Kind.values:
        raise Invalid(_("There is no such relation."))
    if item.pk == other.pk:
        raise Cycle(_("A piece of work cannot stand in relation to itself."))
    if kind == WorkRelation.Kind.RELATES and item.pk > other.pk:
        item, other = other, item
    _alone(item.workspace_id)
    rows = WorkRelation.objects.of(item.workspace_id)
    if rows.filter(kind=kind, item_id=item.pk, other_id=other.pk).exists():
        return False
    if kind == WorkRelation.Kind.PARENT:
        _refuse_second_parent(other)
    if kind != WorkRelation.Kind.RELATES and _leads_to(other, item, kind):
        raise Cycle(_said_cycle(kind, item, other))
    relation = WorkRelation.objects.create(workspace_id=item.workspace_id, kind=kind, item=item, other=other)
    _tell_both("work_item.related", relation, by=by)
    return True


def unrelate(relation: WorkRelation, *, by: Agent | None) -> None:
    """They no longer stand so to each other."""
    rows = WorkRelation.objects.of(relation.workspace_id).filter(pk=relation.pk)
    if rows.delete()[0]:
        _tell_both("work_item.unrelated", relation, by=by)


def relations_of(item: WorkItem) -> list[WorkRelation]:
    """All that name it, on either side, with what a page shows of the two."""
    rows = WorkRelation.objects.of(item.workspace_id).filter(Q(item_id=item.pk) | Q(other_id=item.pk))
    both = ("item__type", "item__status", "other__type", "other__status")
    return list(rows.select_related(*both).order_by("kind", "made_at"))


def _alone(workspace_id: UUID) -> None:
    """Two who draw the halves of a circle at once: the second waits, and then sees the first half."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"work {workspace_id}"])


def _refuse_second_parent(part: WorkItem) -> None:
    rows = WorkRelation.objects.of(part.workspace_id).filter(kind=WorkRelation.Kind.PARENT, other_id=part.pk)
    if above := rows.select_related("item").first():
        raise HasParent(
            _("%(number)s is a part of %(above)s already. Take it out there first.")
            % {"number": part, "above": above.item}
        )


def _leads_to(start: WorkItem, goal: WorkItem, kind: str) -> bool:
    """Whether one comes from the one to the other along relations of this kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE reached (id) AS ("
            " SELECT %(start)s::uuid UNION"
            " SELECT r.other_id FROM work_workrelation r JOIN reached ON r.item_id = reached.id"
            " WHERE r.workspace_id = %(workspace)s AND r.kind = %(kind)s"
            ") SELECT 1 FROM reached WHERE id = %(goal)s",
            {"start": start.pk, "goal": goal.pk, "kind": kind, "workspace": start.workspace_id},
        )
        return cursor.fetchone() is not None


def _said_cycle(kind: str, item: WorkItem, other: WorkItem) -> str:
    both = {"item": item, "other": other}
    if kind == WorkRelation.Kind.PARENT:
        return _("%(item)s is a part of %(other)s itself, so it cannot be above it.") % both
    return _("%(other)s blocks %(item)s already; each would wait for the other.") % both


def _tell_both(name: str, relation: WorkRelation, *, by: Agent | None) -> None:
    facts: dict[str, Any] = {
        "kind": relation.kind,
        "item": relation.item.number,
        "other": relation.other.number,
    }
    for one in (relation.item, relation.other):
        tell(one, name, by=by, number=one.number, **facts)
