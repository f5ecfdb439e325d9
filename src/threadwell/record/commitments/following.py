"""Following: when messages change their conversation, what was marked in them goes along.

In:    two conversations, the messages that moved
Out:   nothing
Touch: conversation of tasks, promises and decisions

What was made in the conversation itself, of no message, stays; when all of it is joined into another, it goes
too and is named, so that it can go back.
"""

from collections.abc import Collection
from uuid import UUID

from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import Conversation

MODELS = {"task": Task, "promise": Promise, "decision": Decision}
type Moved = dict[str, list[str]]


def follow(messages: Collection[UUID], *, to: Conversation) -> None:
    """What was marked in these messages belongs to that conversation now."""
    for model in MODELS.values():
        model.objects.of(to.workspace_id).filter(message_id__in=messages).update(conversation_id=to.pk)


def join(source: Conversation, *, into: Conversation) -> Moved:
    """All the rest goes along; which that was."""
    moved: Moved = {}
    for name, model in MODELS.items():
        rows = model.objects.of(source.workspace_id).filter(conversation_id=source.pk)
        keys = [str(key) for key in rows.values_list("pk", flat=True)]
        if keys:
            rows.update(conversation_id=into.pk)
            moved[name] = keys
    return moved


def put_back(moved: Moved, *, to: Conversation) -> None:
    """What went along by a joining stands where it was."""
    for name, keys in moved.items():
        MODELS[name].objects.of(to.workspace_id).filter(pk__in=keys).update(conversation_id=to.pk)
