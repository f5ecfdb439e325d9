"""Hours: the business hours that count for a conversation, and waits counted in them.

In:    a conversation, or a team; a wait
Out:   OpeningHours; a moment
Touch: Calendar, when a workspace has none yet
"""

from datetime import datetime, timedelta
from uuid import UUID

from threadwell.kit.opening_hours import OpeningHours
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar, CalendarUse, choice_of
from threadwell.record.hours.openings import opening_hours_of
from threadwell.record.people.one import root_of
from threadwell.record.workplace.models import Workspace

AHEAD = timedelta(days=800)  #: further no calendar is looked into


def of_conversation(conversation: Conversation, *, now: datetime) -> OpeningHours:
    """Those of its customer, else of its team, else of the workspace."""
    contact = root_of(conversation.contact) if conversation.contact else None
    organisation = conversation.organisation or (contact.organisation if contact else None)
    organisation = root_of(organisation) if organisation else None
    tier = (contact.tier if contact else "") or (organisation.tier if organisation else "")
    return _hours(
        conversation.workspace_id,
        organisation=organisation.pk if organisation else None,
        tier=tier,
        team=conversation.team_id,
        now=now,
    )


def of_team(workspace_id: UUID, team_id: UUID | None, *, now: datetime) -> OpeningHours:
    """Those of a team, else of the workspace."""
    return _hours(workspace_id, organisation=None, tier="", team=team_id, now=now)


def later(hours: OpeningHours | None, since: datetime, *, amount: int, unit: str) -> datetime:
    """So many hours or days later; with hours, only open ones count and the moment is an open one."""
    if hours is None:
        return since + timedelta(**{unit: amount})
    if unit == "days":
        return hours.days_after(since, amount)
    return hours.after(since, timedelta(hours=amount))


def _hours(
    workspace_id: UUID, *, organisation: UUID | None, tier: str, team: UUID | None, now: datetime
) -> OpeningHours:
    workspace = Workspace.objects.get(pk=workspace_id)
    uses = list(CalendarUse.objects.of(workspace_id))
    named = choice_of(uses, organisation=organisation, tier=tier, team=team)
    calendar = Calendar.objects.of(workspace_id).in_use().filter(pk=named).first() if named else None
    calendar = calendar or Calendar.default_of(workspace)
    today = now.date()
    found = opening_hours_of(calendar, today - timedelta(days=2), today + AHEAD, fallback=workspace.zone)
    return found.hours
