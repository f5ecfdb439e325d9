"""Calendars: when somebody is there: the week, public holidays, closed days, feeds, and for whom.

In:    forms
Out:   the list of calendars, the page of one with a preview of the weeks to come
Touch: nothing but through `opening`
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import opening
from threadwell.interfaces.web.calendar_forms import (
    DAYS,
    CalendarForm,
    ClosureForm,
    FeedForm,
    UsesForm,
)
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import anew, page, toast
from threadwell.kit import clock
from threadwell.record.hours.models import Calendar, CalendarUse, Closure, ClosureFeed
from threadwell.record.hours.openings import opening_hours_of
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import May

PLACE = {"section": "calendars", "here": "settings"}
WEEKS = 4


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    Calendar.default_of(request.workspace)
    calendars = list(Calendar.objects.of(request.workspace).in_use().order_by("-is_default", "name"))
    uses: dict[UUID, list[str]] = {}
    for use in CalendarUse.objects.of(request.workspace).select_related("team", "organisation"):
        uses.setdefault(use.calendar_id, []).append(str(use))
    now = clock.now()
    shown = []
    for one in calendars:
        today = now.date()
        found = opening_hours_of(
            one, today - timedelta(days=2), today + timedelta(days=2), fallback=request.workspace.zone
        )
        is_open = found.hours.is_open(now)
        shown.append(
            {"calendar": one, "uses": uses.get(one.pk, []), "is_open": is_open, "fault": found.fault}
        )
    return page(request, "hours/calendars.html", {"calendars": shown, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    form = CalendarForm(initial={"zone": request.workspace.zone, "country": request.workspace.region.upper()})
    return page(request, "hours/calendar_new.html", {"form": form, **PLACE})


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = CalendarForm(request.POST)
    if form.is_valid():
        try:
            calendar = opening.make(by=request.agent, **form.fields_of_calendar())
        except opening.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, gettext("The calendar “%(name)s” is there.") % {"name": calendar.name})
            return _back(request, calendar)
    return page(request, "hours/calendar_new.html", {"form": form, **PLACE}, status=422)


@allowed(May.READ)
def show(request: Request, calendar_id: UUID) -> HttpResponse:
    return _shown(request, _one(request, calendar_id))


@allowed(May.MANAGE)
def update(request: Request, calendar_id: UUID) -> HttpResponse:
    calendar = _one(request, calendar_id)
    form = CalendarForm(request.POST, calendar=calendar)
    if form.is_valid():
        try:
            opening.change(calendar, by=request.agent, **form.fields_of_calendar())
        except opening.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, gettext("Saved. Deadlines are being reckoned again."))
            return _back(request, calendar)
    return _shown(request, _one(request, calendar_id), form=form, status=422)


@allowed(May.MANAGE)
def archive(request: Request, calendar_id: UUID) -> HttpResponse:
    calendar = _one(request, calendar_id)
    opening.archive(calendar, by=request.agent)
    undo = reverse("web:calendar_back", args=[request.workspace.slug, calendar.pk])
    toast(request, gettext("The calendar “%(name)s” is gone.") % {"name": calendar.name}, undo=undo)
    return page(request, "hours/calendars.html", to=_list(request))


@allowed(May.MANAGE)
def bring_back(request: Request, calendar_id: UUID) -> HttpResponse:
    """POST .../settings/hours/<id>/return/"""
    calendar: Calendar = _found(Calendar.objects.of(request.workspace), calendar_id)
    opening.bring_back(calendar, by=request.agent)
    toast(request, gettext("The calendar “%(name)s” is back.") % {"name": calendar.name})
    return anew(request, _list(request))


@allowed(May.MANAGE)
def close(request: Request, calendar_id: UUID) -> HttpResponse:
    """POST .../closures/"""
    calendar = _one(request, calendar_id)
    form = ClosureForm(request.POST)
    if not form.is_valid():
        return _shown(request, calendar, closing=form, status=422)
    opening.close(calendar, by=request.agent, **form.cleaned_data)
    toast(request, gettext("Noted. Deadlines are being reckoned again."))
    return _back(request, calendar)


@allowed(May.MANAGE)
def open_again(request: Request, closure_id: UUID) -> HttpResponse:
    rows = Closure.objects.of(request.workspace).filter(feed=None).select_related("calendar")
    closure = _found(rows, closure_id)
    opening.open_again(closure, by=request.agent)
    toast(request, gettext("“%(reason)s” is gone.") % {"reason": closure.reason})
    return _back(request, closure.calendar)


@allowed(May.MANAGE)
def add_feed(request: Request, calendar_id: UUID) -> HttpResponse:
    calendar = _one(request, calendar_id)
    form = FeedForm(request.POST)
    if form.is_valid():
        try:
            opening.add_feed(calendar, by=request.agent, **form.cleaned_data)
        except opening.NameTaken as taken:
            form.add_error("url", str(taken.sentence))
        else:
            toast(request, gettext("It is read now, and then each hour."))
            return _back(request, calendar)
    return _shown(request, calendar, feeding=form, status=422)


@allowed(May.MANAGE)
def remove_feed(request: Request, feed_id: UUID) -> HttpResponse:
    feed = _found(ClosureFeed.objects.of(request.workspace).select_related("calendar"), feed_id)
    opening.remove_feed(feed, by=request.agent)
    toast(request, gettext("The address is no longer read, and its days are open again."))
    return _back(request, feed.calendar)


@allowed(May.MANAGE)
def give(request: Request, calendar_id: UUID) -> HttpResponse:
    """POST .../uses/"""
    calendar = _one(request, calendar_id)
    form = _uses(request, calendar, request.POST)
    if not form.is_valid():
        return _shown(request, calendar, using=form, status=422)
    opening.give(
        calendar,
        teams=form.chosen_teams,
        organisations=form.cleaned_data["organisations"],
        tiers=form.cleaned_data["tiers"],
        by=request.agent,
    )
    toast(request, gettext("Saved. Deadlines are being reckoned again."))
    return _back(request, calendar)


def _shown(request: Request, calendar: Calendar, *, status: int = 200, **forms: Any) -> HttpResponse:
    rows = Closure.objects.of(request.workspace).filter(calendar=calendar, last_day__gte=clock.now().date())
    facts = {
        "calendar": calendar,
        "form": forms.get("form") or CalendarForm(calendar=calendar),
        "closing": forms.get("closing") or ClosureForm(),
        "feeding": forms.get("feeding") or FeedForm(),
        "using": forms.get("using") or _uses(request, calendar),
        "closures": list(rows.filter(feed=None).order_by("first_day", "pk")[:200]),
        "feeds": list(ClosureFeed.objects.of(request.workspace).filter(calendar=calendar).order_by("name")),
        **_preview(request, calendar),
        **PLACE,
    }
    return page(request, "hours/calendar.html", facts, status=status)


def _preview(request: Request, calendar: Calendar) -> dict[str, Any]:
    zone, _fault = calendar.tz(request.workspace.zone)
    today = clock.now().astimezone(zone).date()
    first, last = opening.preview_range(today, weeks=WEEKS)
    found = opening_hours_of(calendar, first, last, fallback=request.workspace.zone)
    is_never_open = not any(calendar.week) and not found.hours.special
    days = list(_days(found.hours, first, last, today))
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    return {"weeks": weeks, "day_names": DAYS, "fault": found.fault, "is_never_open": is_never_open}


def _days(hours: Any, first: date, last: date, today: date) -> Iterator[dict[str, Any]]:
    day = first
    while day <= last:
        spans = hours.special.get(day, hours.week[day.weekday()]) if day not in hours.closed else ()
        yield {
            "day": day,
            "is_today": day == today,
            "hours": [_clock(span.opens) + "–" + _clock(span.closes) for span in spans],
            "breaks": [_clock(span.opens) + "–" + _clock(span.closes) for span in hours.breaks.get(day, ())],
            "reason": hours.closed.get(day, ""),
            "is_special": day in hours.special,
        }
        day += timedelta(days=1)


def _clock(since_midnight: timedelta) -> str:
    minutes = int(since_midnight.total_seconds() // 60)
    shown = minutes if minutes <= 24 * 60 else minutes - 24 * 60
    return f"{shown // 60}:{shown % 60:02d}"


def _uses(request: Request, calendar: Calendar, given: Any = None) -> UsesForm:
    uses = list(
        CalendarUse.objects.of(request.workspace).filter(calendar=calendar).select_related("organisation")
    )
    initial = {
        "teams": [str(one.team_id) for one in uses if one.team_id],
        "tiers": ", ".join(sorted(one.tier for one in uses if one.tier)),
        "organisations": "\n".join(sorted(one.organisation.name for one in uses if one.organisation)),
    }
    teams = Team.objects.of(request.workspace).order_by("name")
    return UsesForm(given, teams=teams, workspace_id=request.workspace.pk, initial=initial)


def _one(request: Request, calendar_id: UUID) -> Calendar:
    calendar: Calendar = _found(Calendar.objects.of(request.workspace).in_use(), calendar_id)
    return calendar


def _found(rows: Any, key: UUID) -> Any:
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _list(request: Request) -> str:
    return reverse("web:calendars", args=[request.workspace.slug])


def _back(request: Request, calendar: Calendar) -> HttpResponse:
    to = reverse("web:calendar", args=[request.workspace.slug, calendar.pk])
    return page(request, "hours/calendar.html", to=to)
