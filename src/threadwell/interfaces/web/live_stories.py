"""Live stories: an open timeline or board is told that something of its own has changed.

In:    what was told of a workspace, the screens that are open there
Out:   for each screen the keys of the events that concern it; the page asks for their lines itself
Touch: nothing
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from threadwell.kit import tenancy
from threadwell.record.conversations.models import Message
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Workspace

#: Events of these beginnings may belong to a story.
HEARD = frozenset(
    {"contact", "conversation", "decision", "message", "organisation", "promise", "talk", "task", "work_item"}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story:
    """What a page shows the story of: a customer, a piece of work, or all work of a kind."""

    keys: frozenset[UUID]

    @classmethod
    def of(cls, whose: Scope) -> "Story":
        own = {whose.work_item_id} if whose.work_item_id else set()
        return cls(keys=frozenset({*whose.keys, *own}))


class Watching(Protocol):
    """A screen, as far as it matters here."""

    @property
    def story(self) -> Story | None: ...


def news[S: Watching](
    workspace: Workspace, told: Mapping[UUID, Sequence[UUID]], screens: Sequence[S]
) -> list[tuple[S, bytes]]:
    """``told`` names the events by what they are about."""
    watching = [(screen, screen.story) for screen in screens if screen.story]
    if not watching or not told:
        return []
    with tenancy.entered(workspace.pk):
        near = _near(workspace, told)
    sent: list[tuple[S, bytes]] = []
    for screen, story in watching:
        keys = [key for about, keys in told.items() if near[about] & story.keys for key in keys]
        if keys:
            sent.append((screen, _piece(sorted(keys))))
    return sent


def _near(workspace: Workspace, told: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, set[UUID]]:
    """Of each thing that something was told about: whom and what it concerns."""
    near = {about: {about} for about in told}
    talks = Message.objects.of(workspace).filter(conversation_id__in=told).order_by()
    _add(near, talks.values_list("conversation_id", "contact_id", "organisation_id").distinct())
    people = Contact.objects.of(workspace).filter(pk__in=told)
    _add(near, people.values_list("pk", "organisation_id"))
    items = WorkItem.objects.of(workspace).filter(pk__in=told)
    _add(near, items.values_list("pk", "contact_id", "organisation_id", "type_id"))
    # A task or a promise tells its conversation or its customer; the work it is for stands in its facts.
    keys = [key for many in told.values() for key in many]
    for about, item in Event.objects.of(workspace).filter(pk__in=keys).values_list("about", "facts__work"):
        if item:
            near[about].add(UUID(item))
    return near


def _add(near: dict[UUID, set[UUID]], rows: Iterable[tuple[UUID | None, ...]]) -> None:
    for about, *others in rows:
        if about:
            near[about] |= {one for one in others if one}


def _piece(keys: Sequence[UUID]) -> bytes:
    return f"id: {keys[-1]}\nevent: news\ndata: {json.dumps([str(key) for key in keys])}\n\n".encode()
