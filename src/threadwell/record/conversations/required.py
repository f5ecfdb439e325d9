"""Required: what a workspace wants to know of a conversation before it is closed.

In:    conversations
Out:   the fields that are still empty; FieldsMissing with a sentence
Touch: nothing

It is asked of people and of programs that act for them. What closes by itself (a ladder that ended, a merge)
can be asked nothing, and closes all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.kit.errors import DomainError
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of


class FieldsMissing(DomainError):
    """A conversation cannot be closed before these are filled in."""

    code = "fields-missing"

    def __init__(self, conversation: Conversation, fields: Sequence[CustomField]) -> None:
        names = ", ".join(f"“{one.label}”" for one in fields)
        super().__init__(
            _("%(number)s is not closed yet: fill in %(fields)s first.")
            % {"number": conversation, "fields": names}
        )
        self.conversation, self.fields = conversation, list(fields)


def required_of(workspace_id: UUID) -> list[CustomField]:
    """The fields that no conversation is closed without, as far as the reader may read them."""
    fields = fields_of(workspace_id, CustomField.About.CONVERSATION)
    return [one for one in fields if one.is_required]


def missing(fields: Sequence[CustomField], custom: Mapping[str, Any]) -> list[CustomField]:
    """Those of them that are empty."""
    return [one for one in fields if custom.get(one.key) in (None, "", [])]


def refuse_unfilled(conversation: Conversation) -> None:
    """Raise FieldsMissing when something is wanting."""
    wanting = missing(required_of(conversation.workspace_id), conversation.custom)
    if wanting:
        raise FieldsMissing(conversation, wanting)
