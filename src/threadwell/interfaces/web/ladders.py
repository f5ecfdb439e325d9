"""Ladders: what shall be done while a customer stays silent, under settings.

In:    forms
Out:   the list of ladders, the page of one
Touch: nothing but through `pursuing`
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.flow import pursuing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.ladder_forms import LadderForm, in_words
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.followups.models import FollowUp, FollowUpLadder
from threadwell.record.workplace.roles import May

PLACE = {"section": "ladders", "here": "settings"}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    rows = list(FollowUpLadder.objects.of(request.workspace).in_use())
    running = FollowUp.objects.of(request.workspace).filter(ended_at=None, ladder__in=rows)
    counts: dict[Any, int] = {}
    for ladder_id in running.values_list("ladder_id", flat=True):
        counts[ladder_id] = counts.get(ladder_id, 0) + 1
    shown = [
        {"ladder": one, "steps": [in_words(rung) for rung in one.rungs], "running": counts.get(one.pk, 0)}
        for one in rows
    ]
    return page(request, "followups/ladders.html", {"ladders": shown, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    return _shown(request, LadderForm())


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = LadderForm(request.POST)
    if form.is_valid():
        try:
            made = pursuing.agree(by=request.agent, **form.chosen())
        except Invalid as refused:
            form.add_error(None, str(refused.sentence))
        else:
            toast(request, gettext("The ladder “%(name)s” can be used.") % {"name": made.name})
            return _back(request)
    return _shown(request, form, status=422)


@allowed(May.MANAGE)
def show(request: Request, ladder_id: UUID) -> HttpResponse:
    ladder = _one(request, ladder_id)
    return _shown(request, LadderForm(ladder=ladder), ladder=ladder)


@allowed(May.MANAGE)
def update(request: Request, ladder_id: UUID) -> HttpResponse:
    ladder = _one(request, ladder_id)
    form = LadderForm(request.POST, ladder=ladder)
    if form.is_valid():
        try:
            pursuing.change(ladder, by=request.agent, **form.chosen())
        except Invalid as refused:
            form.add_error(None, str(refused.sentence))
        else:
            toast(request, gettext("Saved. What runs already goes on as it was begun."))
            return _back(request)
    return _shown(request, form, ladder=_one(request, ladder_id), status=422)


@allowed(May.MANAGE)
def archive(request: Request, ladder_id: UUID) -> HttpResponse:
    ladder = _one(request, ladder_id)
    pursuing.archive(ladder, by=request.agent)
    toast(request, gettext("The ladder “%(name)s” is gone.") % {"name": ladder.name})
    return _back(request)


def _shown(
    request: Request, form: LadderForm, *, ladder: FollowUpLadder | None = None, status: int = 200
) -> HttpResponse:
    return page(request, "followups/ladder.html", {"form": form, "ladder": ladder, **PLACE}, status=status)


def _one(request: Request, ladder_id: UUID) -> FollowUpLadder:
    found: FollowUpLadder | None = (
        FollowUpLadder.objects.of(request.workspace).in_use().filter(pk=ladder_id).first()
    )
    if found is None:
        raise Http404
    return found


def _back(request: Request) -> HttpResponse:
    return page(request, "followups/ladders.html", to=reverse("web:ladders", args=[request.workspace.slug]))
