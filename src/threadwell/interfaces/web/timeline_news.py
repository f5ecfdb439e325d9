"""Timeline news: what has just been told of a customer or of work, as lines of the timeline that is open.

In:    keys of events, a Scope, what of the story shall be seen
Out:   the lines that are new or have changed, and the names of those that stand there no longer
Touch: nothing

An event says where to look; what stands in the line is read anew, so that a line told twice is the same line.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from threadwell.interfaces.web import timeline_lines
from threadwell.interfaces.web.timeline_lines import Shown, Stretch
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.journal.models import Event
from threadwell.record.timeline import moments
from threadwell.record.timeline.moments import Filters, Moment
from threadwell.record.timeline.scope import Scope

MOST = 100  #: events that are told one by one; after more of them the whole timeline is drawn
#: After these it is another story, and it is drawn from its beginning.
RESHAPING = frozenset(
    {
        *(f"{kind}.{deed}" for kind in ("contact", "organisation") for deed in ("merged", "unmerged")),
        "organisation.changed",
        "work_item.linked",
        "work_item.unlinked",
    }
)
_ONE_BY_ONE = frozenset({"task", "promise", "decision"})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Lines to be put in their places, and names of lines to be taken out."""

    stretch: Stretch
    gone: tuple[str, ...]


def news(whose: Scope, shown: Shown, keys: Collection[UUID], *, slug: str) -> News | None:
    """Nothing when all has to be drawn anew."""
    events = list(Event.objects.of(whose.workspace_id).filter(pk__in=keys))
    if len(keys) > MOST or any(event.name in RESHAPING for event in events):
        return None
    talks = _talks(whose.workspace_id, events)
    said = _said(whose, shown.filters, talks)
    only = {
        *_named(events, "key"),
        *_named(events, "survey"),
        *(one.about for one in events),
        *(one.pk for one in events),
    }
    others = timeline_lines.besides(whose, shown, said, slug=slug, only=only)
    stretch = timeline_lines.laid_out(said, others)
    told = {line.key for line in stretch.lines}
    return News(stretch=stretch, gone=tuple(one for one in _looked_at(events, talks) if one not in told))


def _talks(workspace_id: UUID, events: Sequence[Event]) -> set[tuple[UUID, datetime]]:
    """Which conversations changed in which month, given by its first moment."""
    messages = Message.objects.of(workspace_id).filter(pk__in=_named(events, "message"))
    heads = Conversation.objects.of(workspace_id).filter(pk__in={one.about for one in events})
    said = [*messages.values_list("conversation_id", "at"), *heads.values_list("pk", "last_message_at")]
    return {(key, _first_of(at)) for key, at in said}


def _said(whose: Scope, filters: Filters, talks: Collection[tuple[UUID, datetime]]) -> list[Moment]:
    found: list[Moment] = []
    for conversation, month in talks:
        ends = _first_of(month + timedelta(days=32))
        narrowed = replace(
            filters,
            conversation=conversation,
            since=max(month, filters.since or month),
            until=min(ends, filters.until or ends),
        )
        found += moments.page(whose, narrowed).moments
    return sorted(found, key=lambda one: (one.at, one.key), reverse=True)


def _looked_at(events: Sequence[Event], talks: Collection[tuple[UUID, datetime]]) -> Iterator[str]:
    """Names of all lines that may have changed."""
    for conversation, month in talks:
        yield f"talk-{conversation}-{timezone.localtime(month):%Y-%m}"
    for name in ("key", "message", "survey"):
        yield from (f"line-{key}" for key in _named(events, name))


def _named(events: Sequence[Event], fact: str) -> set[UUID]:
    """What events name; a task's own key stands in ``key`` and nowhere else."""
    found: set[UUID] = set()
    for event in events:
        given: Any = event.facts.get(fact)
        if isinstance(given, str) and (fact != "key" or event.name.partition(".")[0] in _ONE_BY_ONE):
            found.add(UUID(given))
    return found


def _first_of(at: datetime) -> datetime:
    local = timezone.localtime(at)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
