"""Calendar, Closure, ClosureFeed, CalendarUse: when somebody is there, and for whom."""

from datetime import timedelta
from typing import Any, ClassVar, Self, override
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.opening_hours import Span
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Agent, Team, Workspace

#: Monday to Friday, as most begin.
OFFICE_WEEK: list[list[list[str]]] = [[["09:00", "17:00"]]] * 5 + [[], []]


def _office_week() -> list[list[list[str]]]:
    return [[[*span] for span in day] for day in OFFICE_WEEK]


class Calendars(OwnedQuerySet["Calendar"]):
    """Named readings of calendars."""

    def in_use(self) -> Self:
        return self.filter(archived_at=None)


class Calendar(Owned):
    """Business hours: a week of spans in one time zone, and the public holidays that close it."""

    name = models.CharField(_("name"), max_length=80)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    week = models.JSONField(default=_office_week)  #: Monday first: [["09:00", "12:30"], ["13:30", "17:00"]]
    country = models.CharField(_("public holidays of"), max_length=2, default="", blank=True)
    region = models.CharField(_("region"), max_length=12, default="", blank=True)
    is_default = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = Calendars.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=Q(archived_at=None), name="calendar_name"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(is_default=True), name="calendar_default"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @classmethod
    def default_of(cls, workspace: Workspace) -> "Calendar":
        """The one that counts where nobody says otherwise; made when it is first asked for."""
        found: Calendar
        found, _is_new = cls.objects.of(workspace).get_or_create(
            workspace_id=workspace.pk,
            is_default=True,
            defaults={
                "name": gettext("Business hours"),
                "zone": workspace.zone,
                "country": workspace.region.upper(),
            },
        )
        return found

    def tz(self, fallback: str) -> tuple[ZoneInfo, str]:
        """Its zone; when there is none of that name any more, another, and what is wrong in words."""
        for name in (self.zone, fallback):
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
            fault = ""
            if name != self.zone:
                fault = gettext("There is no time zone “%(zone)s” any more; counted in %(other)s.") % {
                    "zone": self.zone,
                    "other": name,
                }
            return zone, fault
        fault = gettext("There is no time zone “%(zone)s” any more; counted in UTC.") % {"zone": self.zone}
        return ZoneInfo("UTC"), fault

    def spans(self) -> tuple[tuple[Span, ...], ...]:
        return tuple(spans_of(day) for day in self.week)


class ClosureFeed(Owned):
    """An iCal address whose events close a calendar; what it said last stays until it speaks again."""

    calendar = WorkspaceKey(Calendar, related_name="feeds")
    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=600)
    made_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    good_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=300, default="", blank=True)
    print = models.CharField(max_length=64, default="", blank=True)  #: of what it said last

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "calendar", "url"], name="feed_once")]

    @override
    def __str__(self) -> str:
        return self.name


class Closure(Owned):
    """Days on which a calendar is closed, has hours of its own, or a break."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("closed all day")
        SPECIAL = "special", _("open at other hours")
        BREAK = "break", _("closed for some hours")

    calendar = WorkspaceKey(Calendar, related_name="closures")
    feed = WorkspaceKey(ClosureFeed, null=True, blank=True)  #: where it came from; nobody's: entered here
    kind = models.CharField(_("what"), max_length=8, choices=Kind, default=Kind.CLOSED)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    hours = models.JSONField(default=list, blank=True)  #: of a special day or a break: [["10:00", "14:00"]]
    reason = models.CharField(_("reason"), max_length=120)
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=models.F("first_day")), name="closure_days")
        ]
        indexes = [models.Index(fields=["workspace", "calendar", "last_day"], name="closure_by_day")]

    @override
    def __str__(self) -> str:
        return self.reason

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day) // timedelta(days=1) + 1


class CalendarUse(Owned):
    """A team, an organisation or customers of a tier keep to a calendar of their own."""

    calendar = WorkspaceKey(Calendar, related_name="uses")
    team = WorkspaceKey(Team, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    tier = models.CharField(max_length=40, default="", blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "team"], condition=~Q(team=None), name="calendar_of_team"
            ),
            models.UniqueConstraint(
                fields=["workspace", "organisation"],
                condition=~Q(organisation=None),
                name="calendar_of_organisation",
            ),
            models.UniqueConstraint(
                fields=["workspace", "tier"], condition=~Q(tier=""), name="calendar_of_tier"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "calendar"], name="calendar_uses")]

    @override
    def __str__(self) -> str:
        return str(self.team or self.organisation or self.tier)


def spans_of(day: list[list[str]]) -> tuple[Span, ...]:
    """Hours as rows keep them."""
    return tuple(Span.of(opens, closes) for opens, closes in day)


def choice_of(
    uses: list[CalendarUse], *, organisation: UUID | None, tier: str, team: UUID | None
) -> UUID | None:
    """The calendar that was named for a customer, else for the customer's tier, else for the team."""
    by_organisation = {one.organisation_id: one.calendar_id for one in uses}
    by_tier = {one.tier.casefold(): one.calendar_id for one in uses if one.tier}
    by_team = {one.team_id: one.calendar_id for one in uses}
    named = by_organisation.get(organisation) if organisation else None
    return named or by_tier.get(tier.casefold()) or (by_team.get(team) if team else None)
