"""Ratings: the page on which a customer says how it was. Anybody who has the link may open it.

In:    the token of a link; a score, words
Out:   the page; the answer, kept
Touch: nothing but through `surveying`; kit.pace

It needs no cookie and no script. To look records nothing, whoever looks: programs open the links of mails.
"""

import math
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from threadwell.flow import surveying
from threadwell.flow.reply import unattended
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.survey_forms import RatingForm
from threadwell.kit import pace, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Inbox
from threadwell.record.surveys import links
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import Scale

MOST, WITHIN = 60, timedelta(minutes=10)  #: calls of one address, besides what is counted at every door


@never_cache
@csrf_exempt  # the link alone opens it: no cookie says who somebody is, so nobody else's can be misused
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """GET, POST /rate/<token>/"""
    who = pace.caller(str(request.META.get("REMOTE_ADDR") or ""))
    if wait := pace.wait_for(f"rate:{who}", most=MOST, within=WITHIN):
        slower = page(request, "429.html", status=429)
        slower["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
        return slower
    try:
        workspace_id, _key = links.place_of(token)
        with tenancy.entered(workspace_id):
            survey = surveying.asked_of(token)
            language = surveying.wishes_of(survey.inbox)["language"] or settings.LANGUAGE_CODE
            with translation.override(language):
                return _answered(request, token, survey)
    except DomainError as refused:
        is_over = isinstance(refused, surveying.SurveyOver)
        shown = {"sentence": refused.sentence, "is_over": is_over}
        return page(request, "surveys/over.html", shown, status=refused.status)


def _answered(request: HttpRequest, token: str, survey: Survey) -> HttpResponse:
    question = unattended.filled(surveying.question_of(survey), survey.conversation)
    about: dict[str, Any] = {"scale": Scale(survey.scale), "question": question}
    if request.method == "POST":
        form = RatingForm(request.POST, **about)
        if form.is_valid():
            surveying.answer(token, **form.cleaned_data)
            return page(request, "surveys/rate.html", to=f"{request.path}?thanks=yes")
        return _shown(request, survey, form, status=422)
    begun = {"score": _score(request, survey), "words": survey.words}
    return _shown(request, survey, RatingForm(initial=begun, **about))


def _shown(request: HttpRequest, survey: Survey, form: RatingForm, *, status: int = 200) -> HttpResponse:
    facts = {
        "survey": survey,
        "form": form,
        # The place of what was logged by hand is nothing that a customer has heard of.
        "firm": survey.workspace.name if survey.inbox.kind == Inbox.Kind.HAND else survey.inbox.name,
        "has_thanks": bool(request.GET.get("thanks") and survey.answered_at),
        "given": dict(form.fields["score"].choices).get(survey.score, ""),  # type: ignore[attr-defined]  # a ChoiceField
        "title": gettext("How was it?"),
    }
    return page(request, "surveys/rate.html", facts, status=status)


def _score(request: HttpRequest, survey: Survey) -> int | None:
    """What the link that was followed says, else what was answered before."""
    told = request.GET.get("score", "")
    scores = Scale(survey.scale).scores
    return int(told) if told.isascii() and told.isdecimal() and int(told) in scores else survey.score
