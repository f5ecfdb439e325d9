"""WorkLink: a conversation is about a piece of work; any number of each."""

from django.db import models

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.telling import tell
from threadwell.record.work.item import WorkItem
from threadwell.record.workplace.models import Agent


class WorkLink(Owned):
    """This conversation is about that piece of work."""

    item = WorkspaceKey(WorkItem)
    conversation = WorkspaceKey(Conversation)
    by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "item", "conversation"], name="work_link_once")
        ]
        indexes = [models.Index(fields=["workspace", "conversation"], name="work_link_by_conversation")]


def link(item: WorkItem, conversation: Conversation, *, by: Agent | None, because: str = "") -> bool:
    """Say that the conversation is about it; twice is as good as once."""
    made = WorkLink(workspace_id=item.workspace_id, item=item, conversation=conversation, by=by)
    # Two who link at once: the second finds it done, and tells nothing.
    rows = WorkLink.objects.of(item.workspace_id)
    WorkLink.objects.bulk_create([made], ignore_conflicts=True)
    if not rows.filter(pk=made.pk).exists():
        return False
    _tell_both("linked", item, conversation, by=by, because=because)
    return True


def unlink(item: WorkItem, conversation: Conversation, *, by: Agent | None) -> bool:
    rows = WorkLink.objects.of(item.workspace_id)
    gone, _by_model = rows.filter(item_id=item.pk, conversation_id=conversation.pk).delete()
    if gone:
        _tell_both("unlinked", item, conversation, by=by)
    return bool(gone)


def _tell_both(
    deed: str, item: WorkItem, conversation: Conversation, *, by: Agent | None, because: str = ""
) -> None:
    both = {"number": item.number, "title": item.title, "conversation": conversation.number}
    name, said = {
        "linked": ("work_item.linked", "conversation.work_linked"),
        "unlinked": ("work_item.unlinked", "conversation.work_unlinked"),
    }[deed]
    tell(item, name, by=by, because=because, **both)
    tell(conversation, said, by=by, item=str(item.pk), because=because, **both)
