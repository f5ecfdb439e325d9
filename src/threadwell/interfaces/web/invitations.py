"""Invitations: asking somebody to work here, and the page where they say yes.

In:    an address, a role, teams; the token of a link
Out:   the link, shown once to copy; a new seat
Touch: nothing but through `joining`
"""

from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from threadwell.flow import joining
from threadwell.interfaces.web import accounts, people
from threadwell.interfaces.web.entrance import Request, allowed, refusal
from threadwell.interfaces.web.forms import InvitedForm
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import DomainError
from threadwell.record.workplace.models import Invitation, User
from threadwell.record.workplace.roles import May, Role

PLACE = {"section": "people", "here": "settings"}


@never_cache
@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    form = people.invitation_form(request, request.POST)
    if not form.is_valid():
        return people.shown(request, form, status=422)
    teams = [form.by_id[key] for key in form.cleaned_data["teams"]]
    try:
        asked = joining.invite(
            form.cleaned_data["email"], role=Role(form.cleaned_data["role"]), teams=teams, by=request.agent
        )
    except joining.AlreadyHere as here:
        form.add_error("email", str(here.sentence))
        return people.shown(request, form, status=422)
    return _handed_over(request, asked)


@never_cache
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
    return page(request, "auth/invitation.html", _facts(invitation))


def _accept_as_newcomer(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = InvitedForm(request.POST or None)
    if not form.is_valid():
        shown = {**_facts(invitation), "form": form}
        return page(request, "auth/invitation.html", shown, status=422 if form.is_bound else 200)
    seat = joining.accept(token, by=form.newcomer(email=invitation.email))
    accounts.sign_in(request, seat.user)
    return _welcome(request, invitation)


def _facts(invitation: Invitation) -> dict[str, object]:
    return {"invitation": invitation, "workspace": invitation.workspace}


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    toast(request, gettext("Welcome to %(workspace)s.") % {"workspace": invitation.workspace.name})
    return page(request, "auth/invitation.html", to=reverse("web:desk", args=[invitation.workspace.slug]))


def _handed_over(request: Request, asked: joining.Asked) -> HttpResponse:
    # The link is not kept, so this page is the only one that can show it.
    shown = {
        "asked": asked,
        **PLACE,
    }
    return page(request, "settings/invited.html", shown)


def _one(request: Request, invitation_id: UUID) -> Invitation:
    try:
        found: Invitation = Invitation.objects.of(request.workspace).select_for_update().get(pk=invitation_id)
    except Invitation.DoesNotExist:
        raise Http404 from None
    return found
