"""Conversation: what stands in the panes beside the list, the thread and its customer.

In:    a conversation
Out:   what the thread and customer panes show
Touch: nothing
"""

from typing import Any

from threadwell.interfaces.web.entrance import Request
from threadwell.record.conversations.models import Conversation
from threadwell.record.people.models import Identity


def panes(request: Request, conversation: Conversation) -> dict[str, Any]:
    """The context of thread and customer."""
    identities = Identity.objects.of(request.workspace).filter(contact=conversation.contact)
    return {
        "lines": [],
        "viewers": {},
        "customer": {
            "contact": conversation.contact,
            "organisation": conversation.organisation,
            "identities": list(identities) if conversation.contact_id else [],
            "others": [],
        },
    }
