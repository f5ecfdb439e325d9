"""Skills: what one may have to know here; and the workload: what a conversation weighs.

In:    forms
Out:   the list of skills, the page of one, the page of the workload
Touch: nothing but through `rostering`
"""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.flow import rostering
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.rota_forms import SkillForm, WorkloadForm
from threadwell.record.rota.models import AgentSkill, Skill
from threadwell.record.workplace.roles import May

PLACE = {"section": "skills", "here": "settings"}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    return _listed(request, SkillForm())


@allowed(May.SUPERVISE)
def create(request: Request) -> HttpResponse:
    form = SkillForm(request.POST)
    if form.is_valid():
        try:
            skill = rostering.make_skill(form.cleaned_data["name"], by=request.agent)
        except rostering.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, _("The skill “%(name)s” is there.") % {"name": skill.name})
            return _back(request)
    return _listed(request, form, status=422)


@allowed(May.SUPERVISE)
def show(request: Request, skill_id: UUID) -> HttpResponse:
    skill = _one(request, skill_id)
    return _shown(request, skill, SkillForm(initial={"name": skill.name}))


@allowed(May.SUPERVISE)
def update(request: Request, skill_id: UUID) -> HttpResponse:
    skill = _one(request, skill_id)
    form = SkillForm(request.POST)
    if form.is_valid():
        try:
            rostering.rename_skill(skill, form.cleaned_data["name"], by=request.agent)
        except rostering.NameTaken as taken:
            form.add_error("name", str(taken.sentence))
        else:
            toast(request, _("Saved."))
            return _back(request)
    return _shown(request, _one(request, skill_id), form, status=422)


@allowed(May.SUPERVISE)
def remove(request: Request, skill_id: UUID) -> HttpResponse:
    skill = _one(request, skill_id)
    rostering.remove_skill(skill, by=request.agent)
    toast(request, _("The skill “%(name)s” is gone.") % {"name": skill.name})
    return _back(request)


@allowed(May.READ)
def workload(request: Request) -> HttpResponse:
    """GET .../settings/workload/"""
    return _weighed(request, WorkloadForm(workload=rostering.workload_of(request.workspace.pk)))


@allowed(May.MANAGE)
def weigh(request: Request) -> HttpResponse:
    """POST .../settings/workload/"""
    form = WorkloadForm(request.POST, workload=rostering.workload_of(request.workspace.pk))
    if not form.is_valid():
        return _weighed(request, form, status=422)
    rostering.weigh_work(request.workspace.pk, by=request.agent, **form.facts())
    toast(request, _("Saved."))
    return page(request, "rota/workload.html", to=reverse("web:workload", args=[request.workspace.slug]))


def _listed(request: Request, form: SkillForm, *, status: int = 200) -> HttpResponse:
    may = May.SUPERVISE in request.agent.may
    had = AgentSkill.objects.of(request.workspace).filter(agent__left_at=None)
    counts = dict(had.values_list("skill_id").annotate(Count("pk")).order_by())
    rows = [_row(request, skill, counts.get(skill.pk, 0), may=may) for skill in _all(request)]
    facts = {
        "title": _("Skills"),
        "text": _(
            "What a conversation may need of whoever answers it. Rules ask for them, agents have them."
        ),
        "icon": "lightbulb",
        "rows": rows,
        "nothing": _("No skills yet. Where rules ask for none, everybody of a team can take everything."),
        "form": form if may else None,
        "add": _("Add the skill"),
        **PLACE,
    }
    return page(request, "settings/list.html", facts, status=status)


def _row(request: Request, skill: Skill, count: int, *, may: bool) -> dict[str, Any]:
    told = ngettext("%(count)s agent has it", "%(count)s agents have it", count) % {"count": count}
    url = reverse("web:skill", args=[request.workspace.slug, skill.pk]) if may else ""
    return {"name": skill.name, "detail": told, "url": url}


def _shown(request: Request, skill: Skill, form: SkillForm, *, status: int = 200) -> HttpResponse:
    facts = {
        "title": skill.name,
        "form": form,
        "back_url": reverse("web:skills", args=[request.workspace.slug]),
        "skill": skill,
        **PLACE,
    }
    return page(request, "rota/skill.html", facts, status=status)


def _weighed(request: Request, form: WorkloadForm, *, status: int = 200) -> HttpResponse:
    facts = {"form": form, "section": "workload", "here": "settings"}
    return page(request, "rota/workload.html", facts, status=status)


def _all(request: Request) -> list[Skill]:
    return list(Skill.objects.of(request.workspace).order_by("name", "pk"))


def _one(request: Request, skill_id: UUID) -> Skill:
    found: Skill | None = Skill.objects.of(request.workspace).filter(pk=skill_id).first()
    if found is None:
        raise Http404
    return found


def _back(request: Request) -> HttpResponse:
    return page(request, "settings/list.html", to=reverse("web:skills", args=[request.workspace.slug]))
