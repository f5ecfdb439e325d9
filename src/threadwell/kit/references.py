"""References: who points at some rows.

In:    a model, keys of its rows in one workspace
Out:   those that something else points at; the rows that point at them
Touch: reads every table that has a key to theirs
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import ForeignObjectRel, Q

from threadwell.kit.tenancy import Owned


def pointed_at(
    model: type[Owned], workspace_id: UUID, keys: Collection[UUID], *, but: Iterable[type[Owned]] = ()
) -> set[UUID]:
    """The keys that rows of another table point at; those of ``but`` do not count."""
    found: set[UUID] = set()
    aside = tuple(but)
    for other, name in _keys_to(model):
        if keys and not issubclass(other, aside):
            rows = other.objects.of(workspace_id).filter(**{f"{name}__in": keys})
            found |= set(rows.values_list(f"{name}_id", flat=True))
    return found


def drop_parts(
    model: type[Owned], workspace_id: UUID, keys: Collection[UUID], parts: Iterable[type[Owned]]
) -> None:
    """Delete what belongs to these rows and is nothing without them."""
    aside = tuple(parts)
    for other, name in _keys_to(model):
        if issubclass(other, aside):
            other.objects.of(workspace_id).filter(**{f"{name}__in": keys}).delete()


def rows_about(model: type[Owned], workspace_id: UUID, keys: Collection[UUID]) -> list[tuple[Any, Any]]:
    """Each table that points at these rows, with those of its rows that do."""
    conditions: dict[Any, Q] = {}
    for other, name in _keys_to(model):
        conditions[other] = conditions.get(other, Q()) | Q(**{f"{name}__in": keys})
    return [(other, other.objects.of(workspace_id).filter(wanted)) for other, wanted in conditions.items()]


def _keys_to(model: type[Owned]) -> Iterator[tuple[Any, str]]:
    for field in model._meta.get_fields(include_hidden=True):
        if isinstance(field, ForeignObjectRel) and issubclass(field.related_model, Owned):
            yield field.related_model, field.field.name
