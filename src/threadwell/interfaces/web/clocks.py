"""Clocks: how the deadlines of a conversation were reckoned, stretch by stretch.

In:    a conversation's number
Out:   the page of its clocks
Touch: nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow.clocks import NEVER_OPEN
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.policy_forms import span_of
from threadwell.interfaces.web.templatetags.threadwell import duration
from threadwell.interfaces.web.templatetags.timed import owed_by
from threadwell.kit.moments import moment
from threadwell.record.clocks.models import Clock, ClockStep
from threadwell.record.workplace.roles import May

WHY: dict[str, Promise] = {
    "open": gettext_lazy("open"),
    "closed": gettext_lazy("outside of business hours"),
    "exception": gettext_lazy("another day than usual"),
    "paused": gettext_lazy("the clock stood still"),
    "promised": gettext_lazy("until the date that was promised"),
}
DEEDS: dict[str, Promise] = {
    ClockStep.BREACH: gettext_lazy("the deadline"),
    "notify": gettext_lazy("tell its owner"),
    "raise": gettext_lazy("raise its priority"),
    "team": gettext_lazy("pass it to a team"),
    "supervisors": gettext_lazy("call in the supervisors"),
}
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A stretch of the arithmetic."""

    since: datetime
    until: datetime
    span: timedelta
    sum: timedelta  #: counted so far
    why: str
    counts: bool


@allowed(May.READ)
def show(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/clocks/"""
    conversation = deeds.one(request, number)
    conversation.workspace = request.workspace
    rows = Clock.objects.of(request.workspace).filter(conversation=conversation)
    clocks = list(
        rows.select_related("policy", "calendar", "promise").order_by("-started_at", "target")[:MOST]
    )
    steps: dict[Any, list[ClockStep]] = {}
    for step in ClockStep.objects.of(request.workspace).filter(clock__in=clocks).order_by("at", "pk"):
        steps.setdefault(step.clock_id, []).append(step)
    shown = [{"clock": one, **told(one), "steps": list(_steps(steps.get(one.pk, ())))} for one in clocks]
    return page(request, "clocks/of_conversation.html", {"conversation": conversation, "clocks": shown})


def told(clock: Clock) -> dict[str, Any]:
    """A clock in words, and its arithmetic."""
    return {
        "text": in_words(clock),
        "allowance": span_of(clock.minutes),
        "level": "late" if clock.is_late else "done" if clock.ended_at else "open",
        "stretches": list(counted(clock)),
        "fault": _("The calendar never opens, so there is no deadline.")
        if clock.fault == NEVER_OPEN
        else clock.fault,
    }


def in_words(clock: Clock) -> str:
    """Where it stands."""
    taken = {"span": duration(clock.taken or timedelta(0)), "how": clock.get_ended_by_display()}
    if clock.ended_by == Clock.Ending.BROKEN:
        return _("broken after %(span)s") % taken
    if clock.ended_at and clock.breached_at:
        late = {**taken, "due": moment(clock.breached_at)}
        return _("%(how)s after %(span)s, too late: it was due %(due)s") % late
    if clock.ended_at:
        return _("%(how)s after %(span)s, in time") % taken
    if clock.due_at:
        return owed_by(clock.due_at, clock.target).text
    if clock.paused_at:
        return _("stands still since %(when)s, after %(span)s") % {
            "when": moment(clock.paused_at),
            "span": duration(clock.taken or timedelta(0)),
        }
    return _("no deadline")


def counted(clock: Clock) -> Iterator[Counted]:
    """The stored arithmetic with what was counted so far."""
    total = timedelta(0)
    for one in clock.arithmetic:
        since, until = datetime.fromisoformat(one["since"]), datetime.fromisoformat(one["until"])
        counts = one["why"] in ("open", "promised")
        total += until - since if counts else timedelta(0)
        why = one.get("note") or str(WHY.get(one["why"], one["why"]))
        yield Counted(since=since, until=until, span=until - since, sum=total, why=why, counts=counts)


def _steps(steps: Any) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield {
            "at": step.at,
            "name": DEEDS.get(step.deed, step.deed),
            "done_at": step.done_at,
            "outcome": step.outcome,
        }
