"""Commitment: what a task, a promise and a decision have in common: whom it concerns and where it was said.

An abstract model. `contact` and `organisation` are those of the moment it was made; whoever reads
"everything of a customer" reads its members (record/people/one.py).
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.journal.telling import tell
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent


class Commitments[M: "Commitment"](OwnedQuerySet[M]):
    """Named readings that all three have."""

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawn_at=None)


class Commitment(Owned):
    """Something that binds us or the customer."""

    KIND: ClassVar[str]  #: the word its events begin with

    contact = WorkspaceKey(Contact, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    conversation = WorkspaceKey(Conversation, null=True, blank=True)
    message = WorkspaceKey(Message, null=True, blank=True)  #: in which it was said
    work_item_id = models.UUIDField(null=True, blank=True)
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)  #: it never was one, or is none any more
    withdrawn_by = WorkspaceKey(Agent, null=True, blank=True)

    objects: ClassVar[Any] = Commitments.as_manager()

    class Meta(Owned.Meta):
        abstract = True

    @property
    def words(self) -> str:
        """What it says, for lists and events."""
        raise NotImplementedError

    def told(self, name: str, *, by: Agent | None, **facts: Any) -> None:
        """Write down that something happened to it: about where it belongs, so that it is read there."""
        home = self.conversation or self.contact or self.organisation or self
        message = str(self.message_id) if self.message_id else None
        work = str(self.work_item_id) if self.work_item_id else None
        known = {"key": str(self.pk), "words": self.words[:200], "message": message, "work": work}
        tell(home, name, by=by, **known, **facts)

    def withdraw(self, *, by: Agent) -> bool:
        """Take it back: nobody keeps to it any longer."""
        if self.withdrawn_at:
            return False
        self.withdrawn_at, self.withdrawn_by = clock.now(), by
        self.save(update_fields=["withdrawn_at", "withdrawn_by"])
        self.told(f"{self.KIND}.withdrawn", by=by)
        return True

    def restore(self, *, by: Agent) -> bool:
        """It stands again."""
        if self.withdrawn_at is None:
            return False
        self.withdrawn_at = self.withdrawn_by = None
        self.save(update_fields=["withdrawn_at", "withdrawn_by"])
        self.told(f"{self.KIND}.restored", by=by)
        return True


def by_customer(table: str, *, last: str, when: Q) -> list[models.Index]:
    """The indexes by which a table is read for a contact, an organisation, a conversation, a work item."""
    return [
        models.Index(
            fields=["workspace", field, last, "id"],
            condition=when & ~Q(**{field: None}),
            name=f"{table}_by_{name}",
        )
        for field, name in (
            ("contact", "contact"),
            ("organisation", "organisation"),
            ("conversation", "talk"),
            ("work_item_id", "work"),
        )
    ]
