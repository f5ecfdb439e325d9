"""Scope: whose story it is, as the rows that belong to it are found.

In:    a contact, an organisation or a piece of work
Out:   a Scope: a column and the keys that stand in it
Touch: nothing
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import house_of, members_of
from threadwell.record.work.models import WorkItem, WorkLink

MOST = 500  #: records below one organisation; whoever has more is no longer one customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose story."""

    workspace_id: UUID
    column: str  #: of a message: in which the keys stand
    keys: tuple[UUID, ...]  #: the one that stands for all comes first

    work_item_id: UUID | None = None

    @property
    def near(self) -> Q:
        """Rows that say of themselves whose they are."""
        return Q(**{f"{self.column}__in": list(self.keys)})

    @property
    def about(self) -> Q:
        """The same of other rows that know a contact and an organisation, or a conversation and work."""
        near = self.near
        return near | Q(work_item_id=self.work_item_id) if self.work_item_id else near


def of_contact(contact: Contact) -> Scope:
    """A customer and all records that are one with them."""
    keys = tuple(members_of(contact))
    return Scope(workspace_id=contact.workspace_id, column="contact_id", keys=keys)


def of_organisation(organisation: Organisation) -> Scope:
    """An organisation, what was merged into it, and all that stand below it."""
    keys = tuple(house_of(organisation, most=MOST))
    return Scope(workspace_id=organisation.workspace_id, column="organisation_id", keys=keys)


def of_work_item(item: WorkItem) -> Scope:
    """A piece of work: what was said in the conversations that are tied to it."""
    ties = WorkLink.objects.of(item.workspace_id).filter(item_id=item.pk).order_by("-made_at")
    keys = tuple(ties.values_list("conversation_id", flat=True)[:MOST])
    return Scope(workspace_id=item.workspace_id, column="conversation_id", keys=keys, work_item_id=item.pk)
