"""Idle: customers with open work: who of them has nobody, and of whom nothing says what comes next.

In:    a workspace
Out:   querysets of contacts and of organisations, with ``lost_at``: since when
Touch: nothing

The customer is the organisation, where somebody belongs to one. All is read from what is open, which is
little, and never from the customers, who are many.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from threadwell.record.commitments.models import Promise, Task
from threadwell.record.commitments.next_step import PUT_OFF
from threadwell.record.conversations.models import Conversation, Outgoing
from threadwell.record.followups.models import FollowUp
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Workspace

type Noun = type[Contact] | type[Organisation]


def with_open_work(noun: Noun, workspace: Workspace) -> Any:
    """Customers who have something open: a conversation or a piece of work."""
    name = _name(noun)
    talks, items = _talks(workspace), WorkItem.objects.of(workspace).open()
    rows: Any = noun.objects.of(workspace).filter(one_with=None)
    if noun is Contact:
        rows = rows.filter(organisation=None)
    theirs = Q(**{name: OuterRef("pk")}) | Q(**{f"{name}__one_with": OuterRef("pk")})
    last = _talks(workspace).filter(theirs).order_by().values("workspace_id")
    said_last = Subquery(last.annotate(last=Max("last_message_at")).values("last"))
    return rows.filter(Q(pk__in=_roots(talks, name)) | Q(pk__in=_roots(items, name))).annotate(
        lost_at=Coalesce(said_last, F("changed_at"))
    )


def without_next_step(noun: Noun, workspace: Workspace) -> Any:
    """Those of them of whom nothing says what comes next. Where they wait for us, the answer does."""
    rows = with_open_work(noun, workspace)
    for coming in _coming(noun, workspace):
        rows = rows.exclude(pk__in=coming)
    return rows


def _coming(noun: Noun, workspace: Workspace) -> Iterator[Any]:
    """Customers with something that comes next."""
    name = _name(noun)
    yield _roots(_talks(workspace).exclude(waiting_since=None), name)
    yield _roots(Task.objects.of(workspace).open(), name)
    yield _roots(Promise.objects.of(workspace).open().ours(), name)
    yield _roots(FollowUp.objects.of(workspace).filter(ended_at=None), f"conversation__{name}")
    letters = Outgoing.objects.of(workspace).filter(
        done_at=None, message__state="held", due_at__gt=F("made_at") + PUT_OFF
    )
    yield _roots(letters, f"message__conversation__{name}")


def _talks(workspace: Workspace) -> Any:
    return Conversation.objects.of(workspace).open().filter(joined_into=None, aside_of=None)


def _roots(rows: Any, name: str) -> Any:
    """Whom they are about, or who stands for them."""
    named = rows.exclude(**{name: None}).order_by()
    return named.values_list(Coalesce(f"{name}__one_with_id", f"{name}_id"))


def _name(noun: Noun) -> str:
    return "contact" if noun is Contact else "organisation"
