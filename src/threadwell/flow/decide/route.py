"""Route: whose queue does a new conversation go to?

In:    the inbox it came to
Out:   Assignment (team or none, and why)
Touch: nothing (pure)
"""

from dataclasses import dataclass
from uuid import UUID

from threadwell.record.inboxes.models import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who gets it, and why."""

    team_id: UUID | None
    because: str


def choose(inbox: Inbox) -> Assignment:
    """The team that answers for the inbox; without one it stands in the common queue."""
    if inbox.team_id:
        return Assignment(team_id=inbox.team_id, because=f"mail to {inbox.address} goes to this team")
    return Assignment(team_id=None, because=f"no team answers for {inbox.address}, so all see it")
