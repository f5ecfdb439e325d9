"""Tokens: with one a program acts as the person who made it, within its scopes.

In:    a name, scopes, until when
Out:   the token's text, shown once
Touch: ApiToken; events
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import clock
from threadwell.kit.tenancy import OwnedQuerySet
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, ApiToken
from threadwell.record.workplace.roles import SCOPES, May

PLACE = {"section": "tokens", "here": "settings"}

WORDS: dict[May, Promise] = {
    May.READ: _("read conversations, contacts and search"),
    May.NOTE: _("write internal notes"),
    May.REPLY: _("write to customers"),
    May.HANDLE: _("assign, close, snooze, label, move and split"),
    May.SUPERVISE: _("see everybody's drafts, release quarantine, retry deliveries"),
    May.SEE_LEDGER: _("see the ledger and the raw mails in it"),
    May.AUDIT: _("see who looked at what is restricted"),
    May.MANAGE: _("change inboxes, teams and people"),
}
DAYS = (
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("one year")),
    ("", _("until it is revoked")),
)


class TokenForm(forms.Form):
    """What a token is for, and what it may do."""

    name = forms.CharField(
        label=_("What is it for?"), max_length=80, help_text=_("So that you know later what to revoke.")
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label=_("It works for"), choices=DAYS, required=False, initial="90")

    def __init__(self, *args: Any, by: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [(str(scope), WORDS[scope]) for scope in SCOPES if scope in by.may]
        self.fields["scopes"].choices = mine  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return clock.now() + timedelta(days=int(days)) if days else None


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    return _page(request, TokenForm(by=request.agent))


@never_cache
@sensitive_variables("text")
@allowed(May.READ, changes=May.READ)
def create(request: Request) -> HttpResponse:
    form = TokenForm(request.POST, by=request.agent)
    if not form.is_valid():
        return _page(request, form, status=422)
    token, text = ApiToken.issue(
        request.agent,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        expires_at=form.expires_at,
    )
    tell(token, "token.issued", by=request.agent, token_name=token.name, scopes=token.scopes)
    shown = {"token": token, "text": text, **PLACE}
    return page(request, "settings/token_made.html", shown)


@allowed(May.READ, changes=May.READ)
def revoke(request: Request, token_id: UUID) -> HttpResponse:
    """DELETE .../tokens/<id>/: one's own; whoever manages may revoke everybody's."""
    token = _seen_by(request).filter(pk=token_id, revoked_at=None).first()
    if token is None:
        raise Http404
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    tell(token, "token.revoked", by=request.agent, token_name=token.name)
    toast(request, gettext("“%(name)s” no longer works.") % {"name": token.name})
    return page(request, "settings/tokens.html", to=reverse("web:tokens", args=[request.workspace.slug]))


def _seen_by(request: Request) -> OwnedQuerySet[ApiToken]:
    every: OwnedQuerySet[ApiToken] = ApiToken.objects.of(request.workspace)
    return every if May.MANAGE in request.agent.may else every.filter(agent=request.agent)


def _page(request: Request, form: TokenForm, *, status: int = 200) -> HttpResponse:
    tokens = _seen_by(request).filter(revoked_at=None).select_related("agent").order_by("-made_at")
    shown = {
        "form": form,
        "tokens": list(tokens),
        "now": clock.now(),
        **PLACE,
    }
    return page(request, "settings/tokens.html", shown, status=status)
