"""Tenancy: every row belongs to a workspace, and nothing reads or writes without naming one.

In:    models that derive from `Owned`; a workspace's id
Out:   querysets that refuse to run unscoped (`NoWorkspace`), keys that join inside one workspace,
       and a transaction in which PostgreSQL's row-level security knows the workspace
Touch: the database session's setting ``threadwell.workspace``

Two walls. The first is here: a query over a workspace's table must name its workspace at the top of its
WHERE, or it raises. The second is PostgreSQL's: each table carries a policy over
``current_setting('threadwell.workspace')``, which `entered` sets with SET LOCAL, so it ends with the
transaction (and Citus carries it to its workers, which it does not do for ``set_config()``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self, cast, override
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.expressions import Col
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ReverseManyToOneDescriptor,
)
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.lookups import Exact
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.where import AND, OR, WhereNode
from django.utils.functional import cached_property

from threadwell.kit import ids, veils


class NoWorkspace(RuntimeError):
    """A query over a workspace's table did not say which workspace."""


@contextmanager
def entered(workspace_id: UUID, *, user_id: UUID | None = None) -> Iterator[None]:
    """One unit of work inside one workspace: a transaction that row-level security holds to it."""
    with transaction.atomic():
        # UUIDs carry no quote; SET takes no parameters.
        settings = f"SET LOCAL threadwell.workspace = '{UUID(str(workspace_id))}'"
        if user_id is not None:
            settings += f"; SET LOCAL threadwell.person = '{UUID(str(user_id))}'"
        if veil := veils.worn():
            settings += f"; {veil.settings}"
        with connection.cursor() as cursor:
            cursor.execute(settings)
        yield


@contextmanager
def known_as(user_id: UUID) -> Iterator[None]:
    """One unit of work in which a person may find their own seats in every workspace, and no more."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL threadwell.person = '{UUID(str(user_id))}'")
        yield


class OwnedQuery(Query):
    """A query that will not be compiled without its workspace."""

    unscoped_because: str = ""

    @override
    def get_compiler(self, *args: Any, **kwargs: Any) -> SQLCompiler:
        self.refuse_unless_scoped()
        compiler: SQLCompiler = super().get_compiler(*args, **kwargs)
        return compiler

    def refuse_unless_scoped(self) -> None:
        if not self.unscoped_because and not self.is_empty() and not self._names_workspace(self.where):
            name = self.model.__name__ if self.model else "?"
            raise NoWorkspace(f"{name}: say which workspace, with {name}.objects.of(workspace)")

    @override
    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As a part of a query that names its workspace, one in the same workspace names it too.

        It comes to the same, but Citus asks every shard for what is the workspace of another row.
        """
        mine: Any = super().resolve_expression(query, *args, **kwargs)
        outer: Any = query.where
        if outer.connector == AND and not outer.negated:
            here = {one.lhs.alias: one.rhs for one in outer.children if _is_of(one, UUID)}
            mine.where.children = [
                type(one)(one.lhs, here[one.rhs.alias])
                if _is_of(one, Col) and _is_workspace(one.rhs) and one.rhs.alias in here
                else one
                for one in mine.where.children
            ]
        return mine

    def _names_workspace(self, where: Any) -> bool:
        """Does each row that passes name its workspace: one of the ANDed conditions, every ORed one?"""
        if where.negated or not where.children:
            return False
        every = all if where.connector == OR else any
        return where.connector in (AND, OR) and every(
            self._names_workspace(child)
            if isinstance(child, WhereNode)
            # A joined table's workspace says nothing: it may be reached through a user of several.
            else _is_of(child) and self.alias_map[child.lhs.alias].parent_alias is None
            for child in where.children
        )


def _is_of(child: Any, what: type = object) -> bool:
    """Is it a condition that the workspace is one, given as such?"""
    return (
        isinstance(child, Exact | RelatedExact) and _is_workspace(child.lhs) and isinstance(child.rhs, what)
    )


def _is_workspace(side: Any) -> bool:
    return isinstance(side, Col) and side.target.column == "workspace_id"


class OwnedQuerySet[M: "Owned"](models.QuerySet[M]):
    """The only way to a workspace's rows: ``Model.objects.of(workspace)``."""

    def __init__(
        self,
        model: type[M] | None = None,
        query: Query | None = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        if query is None and model is not None:
            query = OwnedQuery(model)
        super().__init__(model, query, using, hints)

    def of(self, workspace: models.Model | UUID | models.F | models.OuterRef) -> Self:
        """The rows of one workspace."""
        key = workspace.pk if isinstance(workspace, models.Model) else workspace
        return self.filter(workspace_id=key)

    def everywhere(self, *, because: str) -> Self:
        """The rows of every workspace, as far as row-level security shows them; say why."""
        everywhere = self.all()
        cast("OwnedQuery", everywhere.query).unscoped_because = because
        return everywhere

    @override
    def update(self, **kwargs: Any) -> int:
        self._refuse_unless_scoped()
        return super().update(**kwargs)

    @override
    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse_unless_scoped()
        return super().delete()

    @override
    def _raw_delete(self, using: str | None) -> int:
        self._refuse_unless_scoped()
        return super()._raw_delete(using)

    def _refuse_unless_scoped(self) -> None:
        cast("OwnedQuery", self.query).refuse_unless_scoped()


class _ThereInside(ForwardManyToOneDescriptor):  # type: ignore[type-arg]
    """``message.conversation``: prefetched inside the workspace of the rows that ask."""

    @override
    def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
        return super().get_prefetch_querysets(instances, _narrowed(self.get_queryset, instances, querysets))


class _BackInside(ReverseManyToOneDescriptor):  # type: ignore[type-arg]
    """``conversation.messages``: inside the conversation's workspace."""

    @cached_property
    @override
    def related_manager_cls(self) -> Any:
        plain: Any = super().related_manager_cls

        class Inside(plain):  # type: ignore[misc]
            def _apply_rel_filters(self, queryset: Any) -> Any:
                narrowed = queryset.filter(workspace_id=self.instance.workspace_id)
                return super()._apply_rel_filters(narrowed)

            def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
                every = super(plain, self).get_queryset
                return super().get_prefetch_querysets(instances, _narrowed(every, instances, querysets))

        return Inside


def _narrowed(every: Callable[..., Any], instances: Any, querysets: Any) -> list[Any]:
    workspaces = {instance.workspace_id for instance in instances}
    if len(workspaces) != 1:
        raise NoWorkspace("rows of several workspaces cannot be prefetched together")
    return [rows.filter(workspace_id=workspaces.pop()) for rows in (querysets or [every()])]


class WorkspaceKey[S, T](models.ForeignKey[S, T]):
    """A foreign key between two tables of a workspace: its joins and look-ups stay inside the workspace.

    Citus routes a join to one shard only when it compares the distribution column on both sides.
    """

    forward_related_accessor_class = _ThereInside
    related_accessor_class = _BackInside

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **kwargs: Any) -> None:
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("db_index", False)  # our indexes lead with the workspace and are written out
        super().__init__(to, on_delete, **kwargs)

    @override
    def get_extra_restriction(self, alias: str, related_alias: str) -> WhereNode:
        here = cast("Any", self.model._meta.get_field("workspace"))
        there = cast("Any", self.remote_field.model._meta.get_field("workspace"))
        same: Any = _SameWorkspace(Col(related_alias, here), Col(alias, there))
        return WhereNode([same])

    @override
    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        return {"workspace_id": cast("Any", instance).workspace_id}


class _SameWorkspace(Exact):
    """``a.workspace_id = b.workspace_id``, between two columns."""

    @override
    def get_prep_lookup(self) -> Any:
        return self.rhs


def unasked_workspace() -> Any:
    """The workspace of a table that grows with each mail, without a foreign key in the database.

    PostgreSQL would look it up, and lock it, for every row that is written; row-level security lets in none
    but the workspace that was entered.
    """
    return models.ForeignKey(
        "workplace.Workspace",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )


class Owned(models.Model):
    """A row of a workspace, keyed by a UUID version 7."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        "workplace.Workspace", on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @override
    def _do_update(self, base_qs: Any, *args: Any) -> Any:
        # PostgreSQL would find the row by its key alone; Citus would ask every shard.
        return super()._do_update(base_qs.filter(workspace_id=self.workspace_id), *args)

    @override
    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        # By its key alone, Citus would ask every shard here too.
        mine = type(self)._base_manager.filter(workspace_id=self.workspace_id, pk=self.pk)
        gone: tuple[int, dict[str, int]] = mine.delete()
        self.pk = None
        return gone

    delete.alters_data = True  # type: ignore[attr-defined]  # so no template calls it

    @override
    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        queryset = from_queryset if from_queryset is not None else type(self)._base_manager.all()
        super().refresh_from_db(using, fields, queryset.filter(workspace_id=self.workspace_id))
