"""Restrictions: what only some may see, why, and who has asked to be let in.

In:    a form; the key of a restriction or of a request
Out:   the list, the form of one, and after a deed the list again
Touch: nothing but through `restricting`
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from threadwell.flow import guarding, restricting
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.restriction_forms import RestrictionForm, initial_of
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.sight.models import AccessRequest, Restriction, Subject
from threadwell.record.workplace.roles import May

PLACE = {"here": "settings", "section": "restrictions"}
SPANS = (
    ("1", gettext_lazy("for a day")),
    ("7", gettext_lazy("for a week")),
    ("30", gettext_lazy("for 30 days")),
    ("", gettext_lazy("until it is taken back")),
)


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../settings/restrictions/: everybody may know which walls stand, and why."""
    walls = list(Restriction.objects.of(request.workspace).standing().order_by("name"))
    shown = [
        {
            "wall": wall,
            "subjects": _counted(wall),
            "insiders": guarding.insiders_named(wall),
            "is_mine": wall.pk not in request.veil.walls,
        }
        for wall in walls
    ]
    facts = {"walls": shown, "wishes": _wishes(request, walls), "spans": SPANS, **PLACE}
    return page(request, "sight/list.html", facts)


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    """GET .../settings/restrictions/new/, about the customer that the address names, if any."""
    about = _about(request)
    begun = {"accounts": [str(one.key) for one in about]}
    form = RestrictionForm(initial=begun, workspace=request.workspace, about=about)
    return page(request, "sight/form.html", _around(form, None, query=_query(about)))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/restrictions/"""
    form = RestrictionForm(request.POST, workspace=request.workspace, about=_about(request))
    if not form.is_valid():
        return _again(request, form)
    given = form.cleaned_data
    try:
        wall = restricting.restrict(
            given["name"], given["reason"], behind=form.behind, inside=form.inside, by=request.agent
        )
    except Invalid as wrong:
        return _again(request, form, wrong)
    toast(request, _("“%(name)s” is restricted now.") % {"name": wall.name})
    return _back(request)


@allowed(May.MANAGE)
def show(request: Request, restriction_id: UUID) -> HttpResponse:
    """GET .../settings/restrictions/<id>/"""
    wall = _one(request, restriction_id)
    form = RestrictionForm(initial=initial_of(wall), workspace=request.workspace, wall=wall)
    return page(request, "sight/form.html", _around(form, wall))


@allowed(May.MANAGE)
def update(request: Request, restriction_id: UUID) -> HttpResponse:
    """POST .../settings/restrictions/<id>/"""
    wall = _one(request, restriction_id)
    form = RestrictionForm(request.POST, workspace=request.workspace, wall=wall)
    if not form.is_valid():
        return _again(request, form, wall=wall)
    given = form.cleaned_data
    try:
        restricting.change(
            wall, given["name"], given["reason"], behind=form.behind, inside=form.inside, by=request.agent
        )
    except Invalid as wrong:
        return _again(request, form, wrong, wall=wall)
    toast(request, _("Saved."))
    return _back(request)


@allowed(May.MANAGE)
def dissolve(request: Request, restriction_id: UUID) -> HttpResponse:
    """DELETE .../settings/restrictions/<id>/"""
    wall = _one(request, restriction_id)
    restricting.dissolve(wall, by=request.agent)
    undo = reverse("web:restriction_standing", args=[request.workspace.slug, wall.pk])
    toast(request, _("“%(name)s” is open to everybody now.") % {"name": wall.name}, undo=undo)
    return _back(request)


@allowed(May.MANAGE)
def bring_back(request: Request, restriction_id: UUID) -> HttpResponse:
    """POST .../settings/restrictions/<id>/standing/"""
    wall = Restriction.objects.of(request.workspace).filter(pk=restriction_id).first()
    if wall is None:
        raise Http404
    restricting.bring_back(wall, by=request.agent)
    toast(request, _("“%(name)s” is restricted again.") % {"name": wall.name})
    to = reverse("web:restrictions", args=[request.workspace.slug])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return _back(request)


@allowed(May.READ, changes=May.READ)
def ask(request: Request, restriction_id: UUID) -> HttpResponse:
    """POST .../settings/restrictions/<id>/requests/: whoever stands before a wall asks to be let in."""
    wall = _one(request, restriction_id)
    if wall.pk not in request.veil.walls:
        raise Invalid(_("You see this already."))
    restricting.ask(wall, why=request.POST.get("why", ""), by=request.agent)
    names = ", ".join(agent.name for agent in guarding.keepers(wall)[: guarding.MOST_ASKED])
    toast(
        request,
        _("Asked. You will find the answer among your notices; %(names)s can give it.") % {"names": names},
    )
    return _back(request)


@allowed(May.READ, changes=May.SUPERVISE)
def answer(request: Request, request_id: UUID) -> HttpResponse:
    """POST .../settings/access-requests/<id>/"""
    rows = AccessRequest.objects.of(request.workspace).select_related("restriction", "agent")
    wish = rows.filter(pk=request_id).first()
    if wish is None:
        raise Http404
    is_granted = request.POST.get("answer") == "let-in"
    restricting.answer(wish, is_granted=is_granted, until=_until(request), by=request.agent)
    told = _("%(name)s may see it now.") if is_granted else _("%(name)s was told that it stays closed.")
    toast(request, told % {"name": wish.agent.name})
    return _back(request)


def _until(request: Request) -> datetime | None:
    days = request.POST.get("days", "")
    if days not in dict(SPANS):
        raise Invalid(_("For how long?"))
    return clock.now() + timedelta(days=int(days)) if days else None


def _wishes(request: Request, walls: list[Restriction]) -> list[dict[str, Any]]:
    """The requests that the reader can answer, and their own that nobody has."""
    rows = AccessRequest.objects.of(request.workspace).filter(answered_at=None, restriction__in=walls)
    kept = {wall.pk for wall in walls if request.agent in guarding.keepers(wall)}
    return [
        {"wish": wish, "may_answer": wish.restriction_id in kept and wish.agent_id != request.agent.pk}
        for wish in rows.select_related("restriction", "agent").order_by("made_at")
        if wish.restriction_id in kept or wish.agent_id == request.agent.pk
    ]


def _counted(wall: Restriction) -> str:
    """What stands behind it, in numbers: names may be nobody's business."""
    kinds = Counter(
        Subject.objects.of(wall.workspace_id).filter(restriction=wall).values_list("kind", flat=True)
    )
    accounts = kinds[Subject.Kind.CONTACT] + kinds[Subject.Kind.ORGANISATION]
    parts = (
        (accounts, ngettext("%(count)s customer", "%(count)s customers", accounts)),
        (kinds["inbox"], ngettext("%(count)s inbox", "%(count)s inboxes", kinds["inbox"])),
        (kinds["field"], ngettext("%(count)s field", "%(count)s fields", kinds["field"])),
    )
    return ", ".join(text % {"count": count} for count, text in parts if count) or _("nothing yet")


def _one(request: Request, restriction_id: UUID) -> Restriction:
    wall: Restriction | None
    wall = Restriction.objects.of(request.workspace).standing().filter(pk=restriction_id).first()
    if wall is None:
        raise Http404
    return wall


def _about(request: Request) -> list[Subject]:
    """The customer that an address names."""
    found = []
    for kind, model in ((Subject.Kind.CONTACT, Contact), (Subject.Kind.ORGANISATION, Organisation)):
        try:
            key = UUID(request.GET.get(kind, ""))
        except ValueError:
            continue
        account = model.objects.of(request.workspace).select_related("one_with").filter(pk=key).first()
        if account is None:
            raise Http404
        found.append(Subject(workspace=request.workspace, kind=kind, key=root_of(account).pk))
    return found


def _query(about: list[Subject]) -> str:
    return f"?{urlencode([(one.kind, one.key) for one in about])}" if about else ""


def _around(form: RestrictionForm, wall: Restriction | None, *, query: str = "") -> dict[str, Any]:
    accounts = sum(one.key is not None and one.kind != Subject.Kind.INBOX for one in form.subjects)
    return {"form": form, "wall": wall, "unseen": accounts - len(form.named), "query": query, **PLACE}


def _again(
    request: Request, form: RestrictionForm, wrong: Invalid | None = None, *, wall: Restriction | None = None
) -> HttpResponse:
    if wrong:
        form.add_error(None, str(wrong.sentence))
    query = "" if wall else _query(_about(request))
    return page(request, "sight/form.html", _around(form, wall, query=query), status=422)


def _back(request: Request) -> HttpResponse:
    return page(request, "sight/list.html", to=reverse("web:restrictions", args=[request.workspace.slug]))
