"""Opening: when somebody is there, as people set it down and as feeds say it.

In:    a calendar's fields, closed days, iCal addresses, who keeps to it; the passing of hours
Out:   the calendar; refusals as domain errors
Touch: record.hours, events; the network; clocks are read anew after each change
"""

import hashlib
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from threadwell.flow import clocks
from threadwell.kit import clock, outside, tenancy
from threadwell.kit.errors import Invalid
from threadwell.kit.later import every, job, later
from threadwell.kit.outside import NotFetched
from threadwell.record.hours.ical import Closing, NotACalendar, closings
from threadwell.record.hours.models import Calendar, CalendarUse, Closure, ClosureFeed
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import tell
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Agent, Team, Workspace

LARGEST, PATIENCE = 2_000_000, 20.0
BEHIND, AHEAD = timedelta(days=60), timedelta(days=800)


class NameTaken(Invalid):
    """Another calendar has this name."""

    code = "name-taken"


class StillNeeded(Invalid):
    """The workspace's own calendar cannot go."""

    code = "still-needed"


def make(*, by: Agent, **fields: Any) -> Calendar:
    calendar = Calendar(workspace_id=by.workspace_id, **fields)
    _save(calendar)
    _changed(calendar, "made", by)
    return calendar


def change(calendar: Calendar, *, by: Agent, **fields: Any) -> bool:
    """Other hours, another zone, other holidays; says whether anything changed."""
    before = {
        name: getattr(calendar, name) for name, value in fields.items() if getattr(calendar, name) != value
    }
    if not before:
        return False
    for name in before:
        setattr(calendar, name, fields[name])
    _save(calendar)
    _changed(calendar, "changed", by, before=before)
    return True


def archive(calendar: Calendar, *, by: Agent) -> None:
    """Nobody keeps to it any longer; what was reckoned by it stays reckoned."""
    if calendar.is_default:
        raise StillNeeded(_("This calendar counts wherever no other is named; it cannot be removed."))
    calendar.archived_at = clock.now()
    calendar.save(update_fields=["archived_at"])
    uses = CalendarUse.objects.of(calendar.workspace_id).filter(calendar=calendar)
    told = [
        {"team": str(one.team_id or ""), "organisation": str(one.organisation_id or ""), "tier": one.tier}
        for one in uses
    ]
    uses.delete()
    _changed(calendar, "archived", by, uses=told)


def bring_back(calendar: Calendar, *, by: Agent) -> bool:
    """It is there again; whoever kept to it does so again, unless they keep to another by now."""
    if calendar.archived_at is None:
        return False
    calendar.archived_at = None
    _save(calendar)
    where = calendar.workspace_id
    gone = Event.objects.of(where).filter(about=calendar.pk, name="calendar.archived").order_by("-at", "-pk")
    facts = gone.values_list("facts", flat=True).first() or {}
    teams = {str(key) for key in Team.objects.of(where).values_list("pk", flat=True)}
    uses = CalendarUse.objects.of(where)
    for one in facts.get("uses", ()):
        said = {"team_id": one["team"] or None, "organisation_id": one["organisation"] or None}
        is_there = said["team_id"] is None or one["team"] in teams
        if is_there and not uses.filter(**said, tier__iexact=one["tier"]).exists():
            CalendarUse.objects.create(workspace_id=where, calendar=calendar, tier=one["tier"], **said)
    _changed(calendar, "brought_back", by)
    return True


def close(calendar: Calendar, *, by: Agent, **fields: Any) -> Closure:
    """Closed days, or other hours."""
    closure = Closure.objects.create(
        workspace_id=calendar.workspace_id, calendar=calendar, made_by=by, **fields
    )
    facts = {"reason": closure.reason, "first_day": str(closure.first_day), "last_day": str(closure.last_day)}
    _changed(calendar, "closed", by, kind=closure.kind, **facts)
    return closure


def open_again(closure: Closure, *, by: Agent) -> None:
    calendar = closure.calendar
    facts = {"reason": closure.reason, "first_day": str(closure.first_day), "last_day": str(closure.last_day)}
    Closure.objects.of(closure.workspace_id).filter(pk=closure.pk).delete()
    _changed(calendar, "opened", by, **facts)


def give(
    calendar: Calendar,
    *,
    teams: Collection[Team],
    organisations: Collection[Organisation],
    tiers: Collection[str],
    by: Agent,
) -> None:
    """Exactly these keep to it; whoever kept to another keeps to this one now."""
    uses = CalendarUse.objects.of(calendar.workspace_id)
    wanted = {*((one.pk, None, "") for one in teams), *((None, one.pk, "") for one in organisations)}
    wanted |= {(None, None, tier) for tier in tiers}
    mine = uses.filter(calendar=calendar)
    if set(mine.values_list("team_id", "organisation_id", "tier")) == wanted:
        return
    mine.delete()
    for team_id, organisation_id, tier in wanted:
        uses.filter(team=team_id, organisation=organisation_id, tier__iexact=tier).delete()
        CalendarUse.objects.create(
            workspace_id=calendar.workspace_id,
            calendar=calendar,
            team_id=team_id,
            organisation_id=organisation_id,
            tier=tier,
        )
    _changed(calendar, "given", by, count=len(wanted))


def add_feed(calendar: Calendar, *, name: str, url: str, by: Agent) -> ClosureFeed:
    """Close it on the days of an iCal address; read at once, and then each hour."""
    try:
        with transaction.atomic():
            feed = ClosureFeed.objects.create(
                workspace_id=calendar.workspace_id, calendar=calendar, name=name, url=url
            )
    except IntegrityError as taken:
        raise NameTaken(_("This address closes the calendar already.")) from taken
    _changed(calendar, "feed_added", by, feed=name)
    later(read_feed, workspace_id=feed.workspace_id, feed_id=feed.pk)
    return feed


def remove_feed(feed: ClosureFeed, *, by: Agent) -> None:
    calendar = feed.calendar
    Closure.objects.of(feed.workspace_id).filter(feed=feed).delete()
    ClosureFeed.objects.of(feed.workspace_id).filter(pk=feed.pk).delete()
    _changed(calendar, "feed_removed", by, feed=feed.name)


@every("17 * * * *", "opening.each_hour")
def each_hour(timestamp: int) -> None:
    """All feeds of all workspaces, each as a job of its own: a slow one holds up no other."""
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with tenancy.entered(workspace_id):
            for feed_id in ClosureFeed.objects.of(workspace_id).values_list("pk", flat=True):
                later(read_feed, workspace_id=workspace_id, feed_id=feed_id, after=f"feed:{feed_id}")


@job("opening.read_feed")
def read_feed(workspace_id: str, feed_id: str) -> None:
    """What the feed says now; when it cannot be read, what it said last stays."""
    where = UUID(workspace_id)
    with tenancy.entered(where):
        feeds = ClosureFeed.objects.of(where).filter(pk=feed_id)
        feed = feeds.select_related("calendar", "workspace").first()
    if feed is None:
        return
    try:
        # Nothing is locked while somebody else's server is asked.
        raw = outside.fetch(feed.url, limit=LARGEST, seconds=PATIENCE)
        hear(feed, raw)
    except (NotFetched, NotACalendar) as wrong:
        _missed(feed, str(wrong))


def hear(feed: ClosureFeed, raw: bytes) -> bool:
    """Close the calendar on these days; says whether anything changed."""
    zone, _fault = feed.calendar.tz(feed.workspace.zone)
    today = clock.now().astimezone(zone).date()
    found = closings(raw, zone=zone, first=today - BEHIND, last=today + AHEAD)
    print_ = hashlib.sha256(repr(found).encode()).hexdigest()
    with tenancy.entered(feed.workspace_id):
        is_news = print_ != feed.print
        if is_news:
            Closure.objects.of(feed.workspace_id).filter(feed=feed).delete()
            Closure.objects.bulk_create([_row(feed, one) for one in found])
            clocks.recompute(feed.workspace_id)
        if feed.failed_because:
            tell(feed.calendar, "calendar.feed_mended", feed=feed.name)
        feed.tried_at = feed.good_at = clock.now()
        feed.failed_because, feed.print = "", print_
        feed.save(update_fields=["tried_at", "good_at", "failed_because", "print"])
        return is_news


def preview_range(today: date, *, weeks: int) -> tuple[date, date]:
    """From this week's Monday on."""
    monday = today - timedelta(days=today.weekday())
    return monday, monday + timedelta(weeks=weeks) - timedelta(days=1)


def _missed(feed: ClosureFeed, because: str) -> None:
    with tenancy.entered(feed.workspace_id):
        if not feed.failed_because:
            tell(feed.calendar, "calendar.feed_broken", feed=feed.name, because=because)
        feed.tried_at, feed.failed_because = clock.now(), because[:300]
        feed.save(update_fields=["tried_at", "failed_because"])


def _row(feed: ClosureFeed, one: Closing) -> Closure:
    return Closure(
        workspace_id=feed.workspace_id,
        calendar_id=feed.calendar_id,
        feed=feed,
        kind=Closure.Kind.BREAK if one.hours else Closure.Kind.CLOSED,
        first_day=one.first_day,
        last_day=one.last_day,
        hours=[list(one.hours)] if one.hours else [],
        reason=one.reason,
    )


def _save(calendar: Calendar) -> None:
    try:
        with transaction.atomic():
            calendar.save()
    except IntegrityError as taken:
        raise NameTaken(
            _("There is a calendar called “%(name)s” already.") % {"name": calendar.name}
        ) from taken


def _changed(calendar: Calendar, name: str, by: Agent, **facts: Any) -> None:
    tell(calendar, f"calendar.{name}", by=by, calendar=calendar.name, **facts)
    clocks.recompute(calendar.workspace_id)
