"""Agreed: the policies and calendars of a workspace, at hand for many conversations.

In:    a workspace, the days that are wanted
Out:   which policy fits a conversation, which hours count for it
Touch: SlaPolicy and Calendar, when a workspace has none yet
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from threadwell.flow.timed.stories import Subject
from threadwell.kit.opening_hours import OpeningHours
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.clocks.policy import shipped
from threadwell.record.hours.models import Calendar, CalendarUse, choice_of
from threadwell.record.hours.openings import Openings, opening_hours_of
from threadwell.record.workplace.models import Workspace

AHEAD = timedelta(days=800)  #: further no calendar is looked into


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The hours that count for a clock."""

    calendar: Calendar | None  #: nobody's: all time counts
    hours: OpeningHours
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class Agreed:
    """What was agreed in a workspace."""

    workspace: Workspace
    first: date
    last: date
    policies: list[SlaPolicy]
    uses: list[CalendarUse]
    calendars: dict[UUID, Calendar]
    known: dict[UUID, Openings] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace_id: UUID, *, first: date, today: date) -> Self:
        workspace = Workspace.objects.get(pk=workspace_id)
        return cls(
            workspace=workspace,
            first=first - timedelta(days=2),
            last=today + AHEAD,
            policies=in_force(workspace_id),
            uses=list(CalendarUse.objects.of(workspace_id)),
            calendars={one.pk: one for one in Calendar.objects.of(workspace_id).in_use()},
        )

    def policy_for(self, subject: Subject) -> SlaPolicy | None:
        """The one that a routing rule named, while it is in force; else the first that fits."""
        named = next((one for one in self.policies if one.pk == subject.policy and one.is_on), None)
        return named or next(
            (
                one
                for one in self.policies
                if one.fits(
                    channel=subject.channel,
                    type_=subject.type,
                    priority=subject.priority,
                    tier=subject.tier,
                    work_types=subject.work_types,
                )
            ),
            None,
        )

    def hours_for(self, policy: SlaPolicy, subject: Subject) -> Counted:
        """The policy's calendar, else the customer's, the team's, the workspace's."""
        if not policy.is_open_time:
            return Counted(calendar=None, hours=OpeningHours.always(ZoneInfo("UTC")))
        named = choice_of(self.uses, organisation=subject.organisation, tier=subject.tier, team=subject.team)
        calendar = self.calendars.get(policy.calendar_id or named or UUID(int=0)) or self._default()
        if calendar.pk not in self.known:
            self.known[calendar.pk] = opening_hours_of(
                calendar, self.first, self.last, fallback=self.workspace.zone
            )
        found = self.known[calendar.pk]
        return Counted(calendar=calendar, hours=found.hours, fault=found.fault)

    def _default(self) -> Calendar:
        found = next((one for one in self.calendars.values() if one.is_default), None)
        if found is None:
            found = Calendar.default_of(self.workspace)
            self.calendars[found.pk] = found
        return found


def in_force(workspace_id: UUID) -> list[SlaPolicy]:
    """The policies in their order; a workspace that never had one begins with those that are shipped."""
    every = SlaPolicy.objects.of(workspace_id)
    found = list(every.in_order())
    if not found and not every.exists():
        SlaPolicy.objects.bulk_create(shipped(workspace_id), ignore_conflicts=True)
        found = list(every.in_order())
    return found
