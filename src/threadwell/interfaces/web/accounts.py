"""Accounts: what we tell django-allauth about our people.

In:    allauth's questions; somebody who has just got an account; one of one's own sessions
Out:   answers; a signed-in session; the end of one
Touch: allauth's tables of addresses and sessions, the session; AuditEntry
"""

from typing import Any, cast, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from threadwell.flow import guarding
from threadwell.interfaces.web import turned_away
from threadwell.interfaces.web.page import toast
from threadwell.interfaces.web.sessions import SIGN_IN
from threadwell.kit import clock
from threadwell.record.workplace.models import User

SEEN = "seen_at"
SEEN_EVERY = 300


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed to the end
    """Nobody signs up; links lead to the address people know, whatever the request's Host said."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.PUBLIC_URL + self._path_of(super().get_reset_password_from_key_url(key))

    @override
    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    @override
    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        url = super().get_email_confirmation_url(request, emailconfirmation)
        return settings.PUBLIC_URL + self._path_of(url)

    @override
    def login(self, request: HttpRequest, user: User) -> None:
        # Nobody gets an account but by the set-up link or an invitation, so the address is theirs. allauth
        # would hold it for unproven, and wipe it from the account when another takes its place.
        proven = {"primary": True, "verified": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=proven)
        super().login(request, user)
        origin = str(request.META.get("REMOTE_ADDR") or "")
        guarding.note_entered(guarding.seats_of(user.pk), place=request.path_info, origin=origin)

    @override
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            turned_away.note(request, str(credentials.get("email") or ""), is_locked=True)
            raise

    @override
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        turned_away.note(request, str(credentials.get("email") or ""))

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "address": settings.PUBLIC_URL})

    @staticmethod
    def _path_of(url: str) -> str:
        return "/" + url.split("://", 1)[-1].partition("/")[2]


def sign_in(request: HttpRequest, user: User) -> None:
    """Begin a session for somebody whose account was made this moment."""
    cast("Any", user).backend = SIGN_IN
    Accounts(request).login(request, user)


def note_seen(request: HttpRequest) -> None:
    """Remember that this session is in use, every five minutes; a write per request would cost too much."""
    now = int(clock.now().timestamp())
    if now - request.session.get(SEEN, 0) >= SEEN_EVERY:
        request.session[SEEN] = now
        UserSession.objects.create_from_request(request)


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's own sessions, wherever it is."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    session.end()
    toast(request, gettext("Signed out there."))
    return HttpResponseRedirect(reverse("usersessions_list"))
