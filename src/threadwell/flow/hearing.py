"""Hearing: clocks follow what happens in conversations.

In:    what happened (`reactions`)
Out:   `clocks.keep` for conversations in which something happened
Touch: nothing but through `clocks`
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import DatabaseError

from threadwell.flow import clocks
from threadwell.record.journal.telling import Happening

#: What moves no clock, though it happens in conversations.
DEAF_TO = frozenset(
    {
        "conversation.timed",
        "conversation.overdue",
        "conversation.escalated",
        "conversation.assigned",
        "conversation.unassigned",
        "conversation.queued",
        "conversation.labelled",
        "conversation.retitled",
        "conversation.filled_in",
        "conversation.rated",
        "message.noted",
    }
)

_log = structlog.get_logger(__name__)


def wants(name: str) -> bool:
    """May an event of that name move a clock?"""
    return name.startswith(("conversation.", "message.", "promise.")) and name not in DEAF_TO


def act_on(workspace_id: UUID, happenings: Sequence[Happening]) -> None:
    """Keep the clocks of what these are about. It does not matter when: moments come from the story."""
    every = sorted({one.about for one in happenings})
    for first in range(0, len(every), clocks.TOGETHER):
        batch = every[first : first + clocks.TOGETHER]
        try:
            clocks.keep(workspace_id, batch)
        except DatabaseError:
            raise
        except Exception:
            _log.exception("clocks could not be kept", workspace=str(workspace_id), count=len(batch))
            # One that cannot be reckoned does not stop the clocks of all others.
            _keep_singly(workspace_id, batch)


def _keep_singly(workspace_id: UUID, keys: list[UUID]) -> None:
    for key in keys if len(keys) > 1 else ():
        try:
            clocks.keep(workspace_id, [key])
        except DatabaseError:
            raise
        except Exception:
            _log.exception("the clocks of a conversation could not be kept", conversation=str(key))
