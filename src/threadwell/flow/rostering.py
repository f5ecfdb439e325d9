"""Rostering: who is there, how much they carry, what they know, and when they are out of office.

In:    agents, states, absences, skills, how teams hand out their work
Out:   nothing; refusals as domain errors
Touch: record.rota; events, which `replenishing` hears to give out what waits
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from threadwell.flow import redistributing
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid, NotAllowed
from threadwell.record.hours.models import Calendar
from threadwell.record.journal.telling import tell
from threadwell.record.rota.absence import OpenWork
from threadwell.record.rota.availability import MOST
from threadwell.record.rota.models import (
    Absence,
    AgentSkill,
    Availability,
    Distribution,
    Redistribution,
    Skill,
    Workload,
)
from threadwell.record.rota.skills import BEST
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

BEAT = timedelta(seconds=30)  #: who was seen so lately is not written down again
LONGEST = timedelta(days=3 * 365)


class NameTaken(Invalid):
    """Another skill has this name."""

    code = "name-taken"


class Overlapping(DomainError):
    """The agent is out of office then already."""

    code = "absence-overlaps"


# Being there.


def availability_of(agent: Agent) -> Availability:
    """What is known of them; not kept as long as nothing was said."""
    found: Availability | None = (
        Availability.objects.of(agent.workspace_id).select_related("calendar").filter(agent=agent).first()
    )
    return found or Availability(workspace_id=agent.workspace_id, agent=agent)


def say_state(agent: Agent, state: str, *, by: Agent) -> bool:
    """Set by hand; says whether anything changed."""
    _refuse_others(agent, by=by)
    if state not in Availability.State.values:
        raise Invalid(_("There is no such state."))
    with transaction.atomic():
        row = _held(agent)
        before, now = row.standing, clock.now()
        if by.pk == agent.pk:
            row.seen_at = now
        is_news = before != state
        row.state, row.idle_since = state, None
        if is_news:
            row.since = now
        row.save()
        if is_news:
            tell(agent, "availability.changed", by=by, state=state, before=before)
    return is_news


def was_seen(agent: Agent) -> bool:
    """They did something at the desk; says whether they have come back by it."""
    now = clock.now()
    rows = Availability.objects.of(agent.workspace_id).filter(agent=agent)
    last = rows.values_list("seen_at", "idle_since").first()
    if last and last[0] and last[1] is None and abs(now - last[0]) < BEAT:
        return False
    with transaction.atomic():
        row = _held(agent)
        is_back = row.idle_since is not None
        row.seen_at, row.idle_since = now, None
        row.save(update_fields=["seen_at", "idle_since"])
        if is_back:
            because = _("back at the desk")
            tell(agent, "availability.changed", by=agent, state=row.standing, before="away", because=because)
    return is_back


def notice_silence(workspace_id: UUID, *, now: datetime) -> int:
    """Whoever has gone silent counts as away; how many."""
    workload = workload_of(workspace_id)
    silent_since = now - timedelta(minutes=workload.idle_minutes)
    with transaction.atomic():
        there = Availability.objects.of(workspace_id).filter(
            state__in=[Availability.State.ONLINE, Availability.State.BUSY], idle_since=None
        )
        # The clock was set back: nobody was seen in the future, so they were seen just now.
        there.filter(seen_at__gt=now + BEAT).update(seen_at=now)
        silent = there.filter(seen_at__lt=silent_since).select_related("agent")
        gone = list(silent.select_for_update(of=("self",), skip_locked=True))
        for row in gone:
            before, row.idle_since = row.standing, now
            row.save(update_fields=["idle_since"])
            because = _("nothing was heard of them")
            tell(row.agent, "availability.changed", state="away", before=before, because=because)
    return len(gone)


def give_capacity(agent: Agent, capacity: int | None, *, by: Agent) -> None:
    """How many points they carry; nothing said: as the workspace."""
    if capacity is not None and not 0 <= capacity <= MOST:
        raise Invalid(_("A capacity is a number from 0 to %(most)s.") % {"most": MOST})
    with transaction.atomic():
        row = _held(agent)
        before, row.capacity = row.capacity, capacity
        if before != capacity:
            row.save(update_fields=["capacity"])
            tell(agent, "availability.capacity_changed", by=by, capacity=capacity, before=before)


def give_hours(agent: Agent, calendar: Calendar | None, *, by: Agent) -> None:
    """By which calendar they work; none: they may get something at any time."""
    with transaction.atomic():
        row = _held(agent)
        key = calendar.pk if calendar else None
        if row.calendar_id != key:
            row.calendar = calendar
            row.save(update_fields=["calendar"])
            tell(agent, "availability.hours_changed", by=by, calendar=calendar.name if calendar else "")


def workload_of(workspace_id: UUID) -> Workload:
    found: Workload | None = Workload.objects.of(workspace_id).first()
    return found or Workload(workspace_id=workspace_id)


def weigh_work(
    workspace_id: UUID,
    *,
    capacity: int | None,
    channels: Mapping[str, int],
    priorities: Mapping[str, int],
    idle_minutes: int,
    by: Agent,
) -> None:
    """What work weighs in a workspace, how much an agent carries, when somebody counts as gone."""
    if not 1 <= idle_minutes <= 24 * 60:
        raise Invalid(_("Minutes until somebody counts as away: from 1 to 1440."))
    if any(not 0 <= points <= MOST for points in (*channels.values(), *priorities.values(), capacity or 0)):
        raise Invalid(_("Points are a number from 0 to %(most)s.") % {"most": MOST})
    facts = {
        "capacity": capacity,
        "channels": dict(channels),
        "priorities": dict(priorities),
        "idle_minutes": idle_minutes,
    }
    with transaction.atomic():
        rows = Workload.objects.of(workspace_id)
        row, _is_new = rows.update_or_create(workspace_id=workspace_id, defaults=facts)
        tell(row, "workload.changed", by=by, **facts)


def hand_out_by(team: Team, method: str, *, by: Agent) -> bool:
    """How a team hands out what comes to it; says whether anything changed."""
    if method not in Distribution.Method.values:
        raise Invalid(_("There is no such method."))
    with transaction.atomic():
        row, _is_new = Distribution.objects.of(team.workspace_id).get_or_create(
            workspace_id=team.workspace_id, team=team
        )
        if row.method == method:
            return False
        before, row.method = row.method, method
        row.save(update_fields=["method"])
        tell(team, "team.method_changed", by=by, method=method, before=before)
    return True


# Being out of office.


def go_out(
    agent: Agent,
    *,
    begins_at: datetime,
    ends_at: datetime,
    deputy: Agent | None,
    reason: str,
    open_work: str,
    by: Agent,
) -> Absence:
    """They are not there from one moment to another; it begins at once when the first is past."""
    _refuse_others(agent, by=by)
    absence = Absence(
        workspace_id=agent.workspace_id,
        agent=agent,
        begins_at=begins_at,
        ends_at=ends_at,
        deputy=deputy,
        reason=" ".join(reason.split())[:120],
        open_work=open_work,
        made_by=by,
    )
    _refuse_unusable(absence)
    with transaction.atomic():
        _held(agent)  # two who enter an absence at once do it one after the other
        # What is over holds nobody up: who came back early may go out again on the same day.
        theirs = Absence.objects.of(agent.workspace_id).to_come(clock.now()).filter(agent=agent)
        if theirs.filter(begins_at__lt=ends_at, ends_at__gt=begins_at).exists():
            raise Overlapping(
                _("%(name)s is out of office then already. Withdraw that first.") % {"name": agent.name}
            )
        absence.save()
        tell(agent, "absence.made", by=by, **_span(absence), deputy_name=deputy.name if deputy else "")
        if absence.is_on(clock.now()):
            begin_absence(absence)
    return absence


def come_in(absence: Absence, *, by: Agent) -> bool:
    """Withdrawn, or ended before its time; says whether anything changed."""
    _refuse_others(absence.agent, by=by)
    now = clock.now()
    with transaction.atomic():
        row = Absence.objects.of(absence.workspace_id).select_for_update(of=("self",)).get(pk=absence.pk)
        if row.withdrawn_at or row.ends_at <= now:
            return False
        if row.begins_at < now:
            row.ends_at = row.over_at = now
            row.save(update_fields=["ends_at", "over_at"])
            tell(absence.agent, "absence.ended", by=by)
        else:
            row.withdrawn_at = now
            row.save(update_fields=["withdrawn_at"])
            tell(absence.agent, "absence.withdrawn", by=by, **_span(row))
    return True


def keep_absences(workspace_id: UUID, *, now: datetime) -> int:
    """Begin those whose time has come, end those that are over; how many. Done again it does nothing."""
    with tenancy.entered(workspace_id):
        watched = Absence.objects.of(workspace_id).standing().filter(over_at=None)
        starting = watched.filter(begun_at=None, begins_at__lte=now, ends_at__gt=now)
        rows = list(
            starting.select_related("agent", "deputy").select_for_update(of=("self",), skip_locked=True)
        )
        for absence in rows:
            begin_absence(absence)
        over = list(
            watched.filter(ends_at__lte=now)
            .select_related("agent")
            .select_for_update(of=("self",), skip_locked=True)
        )
        for absence in over:
            absence.over_at = now
            absence.save(update_fields=["over_at"])
            tell(absence.agent, "absence.ended")
    return len(rows) + len(over)


def begin_absence(absence: Absence) -> None:
    """What it brings about: open work goes where it was said."""
    absence.begun_at = clock.now()
    absence.save(update_fields=["begun_at"])
    tell(absence.agent, "absence.begun", **_span(absence), open_work=absence.open_work)
    if absence.open_work != OpenWork.KEEP:
        heir = absence.deputy if absence.open_work == OpenWork.DEPUTY else None
        redistributing.begin(Redistribution.Cause.ABSENT, giver=absence.agent, heir=heir, by=absence.made_by)


# Knowing things.


def make_skill(name: str, *, by: Agent) -> Skill:
    skill = Skill(workspace_id=by.workspace_id, name=_named(name))
    _save(skill)
    tell(skill, "skill.made", by=by, name=skill.name)
    return skill


def rename_skill(skill: Skill, name: str, *, by: Agent) -> None:
    before, skill.name = skill.name, _named(name)
    if before != skill.name:
        _save(skill)
        tell(skill, "skill.renamed", by=by, name=skill.name, before=before)


def remove_skill(skill: Skill, *, by: Agent) -> None:
    """Nobody has it any more, and what needs it finds nobody: rules that name it say so."""
    with transaction.atomic():
        AgentSkill.objects.of(skill.workspace_id).filter(skill=skill).delete()
        tell(skill, "skill.removed", by=by, name=skill.name)
        Skill.objects.of(skill.workspace_id).filter(pk=skill.pk).delete()


def give_skills(agent: Agent, levels: Mapping[UUID, int], *, by: Agent) -> bool:
    """Let them have exactly these, on these levels; says whether anything changed."""
    if any(not 1 <= level <= BEST for level in levels.values()):
        raise Invalid(_("A level is a number from 1 to %(best)s.") % {"best": BEST})
    with transaction.atomic():
        _held(agent)
        rows = AgentSkill.objects.of(agent.workspace_id).filter(agent=agent)
        before = dict(rows.values_list("skill_id", "level"))
        known = Skill.objects.of(agent.workspace_id).in_bulk(list(levels))
        wanted = {key: level for key, level in levels.items() if key in known}
        if before == wanted:
            return False
        rows.delete()
        AgentSkill.objects.bulk_create(
            AgentSkill(workspace_id=agent.workspace_id, agent=agent, skill_id=key, level=level)
            for key, level in wanted.items()
        )
        facts = {known[key].name: level for key, level in wanted.items()}
        tell(agent, "skill.given", by=by, levels=facts)
    return True


def _held(agent: Agent) -> Availability:
    """Their row, made when it is first needed, and held."""
    rows = Availability.objects.of(agent.workspace_id)
    rows.get_or_create(workspace_id=agent.workspace_id, agent=agent)
    row: Availability = rows.select_for_update(of=("self",)).get(agent=agent)
    return row


def _refuse_others(agent: Agent, *, by: Agent) -> None:
    if by.pk != agent.pk and May.SUPERVISE not in by.may:
        raise NotAllowed(_("Only they themselves or a supervisor can do this."))


def _refuse_unusable(absence: Absence) -> None:
    if absence.ends_at <= absence.begins_at:
        raise Invalid(_("The end must be after the beginning."))
    if absence.ends_at <= clock.now():
        raise Invalid(_("This is over already."))
    if absence.ends_at - absence.begins_at > LONGEST:
        raise Invalid(_("Nobody is out of office for more than three years; take the seat away instead."))
    if absence.open_work not in OpenWork.values:
        raise Invalid(_("Say what becomes of open work: keep, deputy or team."))
    if absence.deputy and absence.deputy.pk == absence.agent.pk:
        raise Invalid(_("Nobody stands in for themselves."))
    if absence.deputy and May.HANDLE not in absence.deputy.may:
        raise Invalid(_("%(name)s cannot own conversations here.") % {"name": absence.deputy.name})
    if absence.open_work == OpenWork.DEPUTY and absence.deputy is None:
        raise Invalid(_("Name the deputy who gets the open work."))


def _span(absence: Absence) -> dict[str, Any]:
    return {
        "begins_at": absence.begins_at.isoformat(),
        "ends_at": absence.ends_at.isoformat(),
        "reason": absence.reason,
    }


def _named(name: str) -> str:
    name = " ".join(name.split())[:60]
    if not name:
        raise Invalid(_("A skill needs a name."))
    return name


def _save(skill: Skill) -> None:
    try:
        with transaction.atomic():
            skill.save()
    except IntegrityError as taken:
        raise NameTaken(_("There is a skill called “%(name)s” already.") % {"name": skill.name}) from taken
