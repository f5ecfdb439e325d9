"""Kinship: conversations between which messages went, so that what is owed in one may have begun in another.

In:    keys of conversations
Out:   of each of them, and of all their kin, the key that stands for the kin
Touch: nothing
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from threadwell.record.conversations.models import Join, Move


def of(workspace_id: UUID, keys: Collection[UUID]) -> dict[UUID, UUID]:
    """Whoever was joined, parted, split or given messages, also where it was undone."""
    head: dict[UUID, UUID] = {key: key for key in keys}
    edge = set(keys)
    while edge:
        found = set(_ties(workspace_id, edge))
        edge = {key for pair in found for key in pair} - head.keys()
        head |= {key: key for key in edge}
        for one, other in found:
            head[_of(head, one)] = _of(head, other)
    return {key: _of(head, key) for key in head}


def _ties(workspace_id: UUID, keys: Collection[UUID]) -> Iterator[tuple[UUID, UUID]]:
    for model, ends in ((Join, ("absorbed_id", "survivor_id")), (Move, ("source_id", "target_id"))):
        every = model.objects.of(workspace_id)
        rows = [every.filter(**{f"{end}__in": keys}).values_list(*ends) for end in ends]
        yield from rows[0].union(rows[1])


def _of(head: dict[UUID, UUID], key: UUID) -> UUID:
    while head[key] != key:
        key = head[key]
    return key
