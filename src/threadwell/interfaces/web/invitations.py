"""Invitations: asking somebody to work here, and the page where they say yes.

In:    an address, a role, teams; the token of a link
Out:   the link, shown once to copy; a new seat
Touch: nothing but through `joining`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from threadwell.flow import joining
from threadwell.interfaces.web import accounts
from threadwell.interfaces.web.entrance import Request, allowed, refusal
from threadwell.interfaces.web.forms import NewcomerForm
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.people import roles_for
from threadwell.kit.errors import DomainError
from threadwell.record.workplace.models import Agent, Invitation, Team, User
from threadwell.record.workplace.roles import May, Role


class InvitationForm(forms.Form):
    """Whom to ask, and what they shall be."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.AGENT)
    teams = forms.MultipleChoiceField(label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, by: Agent, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(team.pk): team for team in teams}
        self.fields["role"].choices = roles_for(by)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["teams"].choices = [(key, team.name) for key, team in self.by_id.items()]  # type: ignore[attr-defined]


class AcceptForm(NewcomerForm):
    """Name and password; the address is the invited one."""

    def __init__(self, given: Any, *, email: str) -> None:
        super().__init__(given, initial={"email": email})
        self.fields["email"].disabled = True


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    return page(request, "settings/invite.html", {"form": _form(request), "here": "settings"})


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = _form(request, request.POST)
    if not form.is_valid():
        return page(request, "settings/invite.html", {"form": form, "here": "settings"}, status=422)
    teams = [form.by_id[key] for key in form.cleaned_data["teams"]]
    try:
        asked = joining.invite(
            form.cleaned_data["email"], role=Role(form.cleaned_data["role"]), teams=teams, by=request.agent
        )
    except joining.AlreadyHere as here:
        form.add_error("email", str(here.sentence))
        return page(request, "settings/invite.html", {"form": form, "here": "settings"}, status=422)
    return _handed_over(request, asked)


@allowed(May.MANAGE)
def renew(request: Request, invitation_id: UUID) -> HttpResponse:
    """POST .../invitations/<id>/: the same once more, with a new link."""
    return _handed_over(request, joining.invite_again(_one(request, invitation_id), by=request.agent))


@allowed(May.MANAGE)
def withdraw(request: Request, invitation_id: UUID) -> HttpResponse:
    """DELETE .../invitations/<id>/"""
    invitation = _one(request, invitation_id)
    joining.withdraw(invitation, by=request.agent)
    toast(request, gettext("The invitation of %(email)s was withdrawn.") % {"email": invitation.email})
    return page(request, "settings/people.html", to=reverse("web:people", args=[request.workspace.slug]))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link, for people from outside."""
    try:
        invitation = joining.invitation_of(token)
        if isinstance(request.user, User):
            return _accept_as(request, request.user, invitation, token)
        if User.objects.filter(email__iexact=invitation.email).exists():
            return redirect_to_login(request.path)
        return _accept_as_newcomer(request, invitation, token)
    except DomainError as error:
        return refusal(request, error)


def _accept_as(request: HttpRequest, user: User, invitation: Invitation, token: str) -> HttpResponse:
    if request.method == "POST":
        joining.accept(token, by=user)
        return _welcome(request, invitation)
    return page(request, "setup/accept.html", {"invitation": invitation, "user": user})


def _accept_as_newcomer(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = AcceptForm(request.POST or None, email=invitation.email)
    if not form.is_valid():
        shown = {"invitation": invitation, "form": form}
        return page(request, "setup/accept.html", shown, status=422 if form.is_bound else 200)
    seat = joining.accept(token, by=form.newcomer)
    accounts.sign_in(request, seat.user, is_address_proven=True)
    return _welcome(request, invitation)


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    toast(request, gettext("Welcome to %(workspace)s.") % {"workspace": invitation.workspace.name})
    return page(request, "setup/accept.html", to=reverse("web:desk", args=[invitation.workspace.slug]))


def _form(request: Request, given: Any = None) -> InvitationForm:
    teams = list(Team.objects.of(request.workspace).order_by("name"))
    return InvitationForm(given, by=request.agent, teams=teams)


def _handed_over(request: Request, asked: joining.Asked) -> HttpResponse:
    # The link is not kept, so this page is the only one that can show it.
    shown = {"asked": asked, "has_mail": bool(settings.OPTIONS["THREADWELL_SYSTEM_MAIL"]), "here": "settings"}
    return page(request, "settings/invited.html", shown)


def _one(request: Request, invitation_id: UUID) -> Invitation:
    try:
        found: Invitation = Invitation.objects.of(request.workspace).select_for_update().get(pk=invitation_id)
    except Invitation.DoesNotExist:
        raise Http404 from None
    return found
