"""Rota: an agent's own page: state, being out of office, working hours, capacity, skills.

In:    forms
Out:   the page, for oneself and, to supervisors, of others
Touch: nothing but through `rostering`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from threadwell.flow import rostering
from threadwell.interfaces.web.availability import shown_of
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.rota_forms import AbsenceForm, LimitsForm, SkillsForm, known_by
from threadwell.kit import clock
from threadwell.kit.errors import NotAllowed
from threadwell.record.hours.models import Calendar
from threadwell.record.rota.models import Absence, Availability, Redistribution, Skill
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import ALLOWED, May, Role

OWNING = [role for role in Role if May.HANDLE in ALLOWED[role]]
LATELY = 5  #: redistributions that are shown


@allowed(May.READ)
def mine(request: Request) -> HttpResponse:
    """GET .../settings/rota/"""
    return _shown(request, request.agent)


@allowed(May.SUPERVISE)
def show(request: Request, agent_id: UUID) -> HttpResponse:
    """GET .../settings/people/<id>/rota/"""
    return _shown(request, _one(request, agent_id))


@allowed(May.SUPERVISE)
def say(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../settings/people/<id>/state/"""
    agent = _one(request, agent_id)
    state = request.POST.get("state", "")
    if rostering.say_state(agent, state, by=request.agent):
        label = Availability.State(state).label
        toast(request, _("%(name)s is now: %(state)s.") % {"name": agent.name, "state": label})
    return _back(request, agent)


@allowed(May.HANDLE)
def go_out(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../settings/people/<id>/absences/"""
    agent = _one(request, agent_id)
    form = _absence_form(request, agent, request.POST)
    if form.is_valid():
        try:
            absence = rostering.go_out(agent, by=request.agent, **form.facts())
        except rostering.Overlapping as overlap:
            form.add_error(None, str(overlap.sentence))
        else:
            said = _("%(name)s is out of office.") if absence.begun_at else _("The absence is entered.")
            toast(request, said % {"name": agent.name})
            return _back(request, agent)
    return _shown(request, agent, absence_form=form, status=422)


@allowed(May.HANDLE)
def come_in(request: Request, absence_id: UUID) -> HttpResponse:
    """DELETE .../settings/absences/<id>/"""
    rows = Absence.objects.of(request.workspace).select_related("agent")
    absence = rows.filter(pk=absence_id).first()
    if absence is None:
        raise Http404
    if rostering.come_in(absence, by=request.agent):
        toast(request, _("The absence is withdrawn."))
    return _back(request, absence.agent)


@allowed(May.SUPERVISE)
def limit(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../settings/people/<id>/limits/"""
    agent = _one(request, agent_id)
    form = _limits_form(request, agent, request.POST)
    if not form.is_valid():
        return _shown(request, agent, limits_form=form, status=422)
    rostering.give_capacity(agent, form.cleaned_data["capacity"], by=request.agent)
    rostering.give_hours(agent, form.calendar_chosen, by=request.agent)
    toast(request, _("Saved."))
    return _back(request, agent)


@allowed(May.SUPERVISE)
def give_skills(request: Request, agent_id: UUID) -> HttpResponse:
    """POST .../settings/people/<id>/skills/"""
    agent = _one(request, agent_id)
    form = _skills_form(request, agent, request.POST)
    if not form.is_valid():
        return _shown(request, agent, skills_form=form, status=422)
    rostering.give_skills(agent, form.levels, by=request.agent)
    toast(request, _("Saved."))
    return _back(request, agent)


def _shown(
    request: Request,
    agent: Agent,
    *,
    absence_form: AbsenceForm | None = None,
    limits_form: LimitsForm | None = None,
    skills_form: SkillsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_mine = agent.pk == request.agent.pk
    now = clock.now()
    to_come = Absence.objects.of(request.workspace).to_come(now).filter(agent=agent)
    known = known_by(agent)
    names = Skill.objects.of(request.workspace).in_bulk(list(known))
    given = Redistribution.objects.of(request.workspace).filter(giver=agent).select_related("heir")
    facts = {
        "person": agent,
        "is_mine": is_mine,
        "may_change": May.SUPERVISE in request.agent.may,
        "may_say": May.HANDLE in agent.may and (is_mine or May.SUPERVISE in request.agent.may),
        "standing": shown_of(agent),
        "states": Availability.State.choices,
        "availability": rostering.availability_of(agent),
        "absences": list(to_come.select_related("deputy").order_by("begins_at")),
        "now": now,
        "absence_form": absence_form or _absence_form(request, agent),
        "limits_form": limits_form or _limits_form(request, agent),
        "skills_form": skills_form or _skills_form(request, agent),
        "skills": sorted((names[key].name, level) for key, level in known.items()),
        "redistributions": list(given.order_by("-made_at", "-pk")[:LATELY]),
        "section": "my_rota" if is_mine else "people",
        "here": "settings",
    }
    return page(request, "rota/person.html", facts, status=status)


def _absence_form(request: Request, agent: Agent, given: Any = None) -> AbsenceForm:
    owning = Agent.objects.of(request.workspace).filter(left_at=None, role__in=OWNING)
    return AbsenceForm(given, deputies=owning.exclude(pk=agent.pk).order_by("name", "pk"))


def _limits_form(request: Request, agent: Agent, given: Any = None) -> LimitsForm:
    row = rostering.availability_of(agent)
    calendars = list(Calendar.objects.of(request.workspace).in_use().order_by("name"))
    if row.calendar and row.calendar not in calendars:
        calendars.append(row.calendar)
    initial = {"capacity": row.capacity, "calendar": str(row.calendar_id or "")}
    return LimitsForm(given, calendars=calendars, initial=initial)


def _skills_form(request: Request, agent: Agent, given: Any = None) -> SkillsForm:
    skills = Skill.objects.of(request.workspace).order_by("name")
    return SkillsForm(given, skills=skills, known=known_by(agent))


def _one(request: Request, agent_id: UUID) -> Agent:
    if agent_id != request.agent.pk and May.SUPERVISE not in request.agent.may:
        raise NotAllowed(_("Only they themselves or a supervisor can do this."))
    found: Agent | None = Agent.objects.of(request.workspace).filter(pk=agent_id, left_at=None).first()
    if found is None:
        raise Http404
    return found


def _back(request: Request, agent: Agent) -> HttpResponse:
    slug = request.workspace.slug
    if agent.pk == request.agent.pk:
        return page(request, "rota/person.html", to=reverse("web:my_rota", args=[slug]))
    return page(request, "rota/person.html", to=reverse("web:rota", args=[slug, agent.pk]))
